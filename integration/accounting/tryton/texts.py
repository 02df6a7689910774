"""The texts of a voucher in Tryton: its description, and a note with everything that has no field there."""

from collections.abc import Iterator
from typing import Final

from integration.bookkeeping.vouchers import Voucher
from integration.text import plain

#: The last line of every note of ours.
REFERENCE_LABEL: Final = "Accounting entry"


def reference_mark(reference: str) -> str:
    """What a record is known by in a Tryton without our module: the end of its description."""
    return f"[pleo:{reference}]"


def build_description(voucher: Voucher, reference: str, *, has_module: bool) -> str:
    """One line."""
    text = plain(voucher.narrative.text)
    return text if has_module else f"{text} {reference_mark(reference)}".lstrip()


def build_note(voucher: Voucher, reference: str) -> str:
    """«Name: text» line by line; what is empty is left out."""
    return "\n".join(
        f"{name}: {plain(text)}" for name, text in (*_facts(voucher), (REFERENCE_LABEL, reference)) if plain(text)
    )


def _facts(voucher: Voucher) -> Iterator[tuple[str, str]]:
    narrative = voucher.narrative
    yield "Payee", narrative.payee
    yield "Reconciliation id", narrative.reconciliation_id
    yield "Reconciled entries", ", ".join(narrative.reconciled_entries)
    yield "Attendees", narrative.attendees
    if voucher.vendor:
        yield "Vendor", f"{voucher.vendor.code} {voucher.vendor.name}"
    if voucher.invoice:
        yield "Invoice", f"{voucher.invoice.number} of {voucher.invoice.issued}"
    if voucher.original:
        yield "Original amount", f"{voucher.original.amount:f} {voucher.original.currency}"
    for decision in voucher.decisions:
        yield "Decision", decision.text
