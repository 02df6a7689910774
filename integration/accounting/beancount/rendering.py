"""Vouchers as beancount text. Written by us: beancount itself is called as a program and never imported.

Any text survives or is made harmless: quotes, backslashes, tabs and line breaks are escaped; control characters, halves
of surrogate pairs and the marks that turn a line around on the screen become U+FFFD.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import assert_never

from integration.bookkeeping.vouchers import Dimension, Posting, Voucher
from integration.configuration.connection import PostingStatus

_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_BIDI_CONTROLS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SURROGATES = range(0xD800, 0xE000)
_ESCAPES = dict.fromkeys((*_CONTROLS, *_BIDI_CONTROLS, *_SURROGATES), "\ufffd") | {
    ord("\\"): r"\\",
    ord('"'): r"\"",
    ord("\t"): r"\t",
    ord("\n"): r"\n",
    ord("\x85"): r"\n",
    ord("\u2028"): r"\n",
    ord("\u2029"): r"\n",
}

_TRANSACTION = re.compile(r"^(\d{4}-\d{2}-\d{2})[ \t]+(!|\*|txn)[ \t]", re.ASCII | re.MULTILINE)

_STATUS_BY_FLAG = {"!": PostingStatus.DRAFT, "*": PostingStatus.FINALISED, "txn": PostingStatus.FINALISED}


def render_transaction(
    voucher: Voucher, *, reference: str, posting: PostingStatus, accounts: Mapping[str, str], documents: Sequence[str]
) -> str:
    """One transaction and its documents, tied by the link `^reference`; `accounts` maps numbers to account names."""
    narrative, first = voucher.narrative, accounts[voucher.postings[0].account]
    head = f"{voucher.date} {choose_flag(posting)} {quote(narrative.payee)} {quote(narrative.text)} ^{reference}"
    facts = (f"  {key}: {quote(text)}" for key, text in _facts(voucher) if text)
    legs = (line for leg in voucher.postings for line in _render_posting(leg, accounts[leg.account], voucher.currency))
    files = (f"{voucher.date} document {first} {quote(document)} ^{reference}" for document in documents)
    return "\n".join((head, *facts, *legs, *files, ""))


def choose_flag(posting: PostingStatus) -> str:
    """Beancount's mark of a transaction that is to be looked at, or of one that is done."""
    match posting:
        case PostingStatus.DRAFT:
            return "!"
        case PostingStatus.FINALISED:
            return "*"
        case _:
            assert_never(posting)


def parse_state(text: str) -> tuple[PostingStatus, date] | None:
    """Whether the transaction in a voucher's file is a draft, and its day; `None` when there is none."""
    found = _TRANSACTION.search(text)
    try:
        return (_STATUS_BY_FLAG[found[2]], date.fromisoformat(found[1])) if found else None
    except ValueError:
        return None


def quote(text: str) -> str:
    """A string literal on one line."""
    if not text.isprintable() or '"' in text or "\\" in text:  # translating is slow, and few texts need it
        text = text.replace("\r\n", "\n").translate(_ESCAPES)
    return f'"{text}"'


def format_number(amount: Decimal) -> str:
    """Plain digits with two decimals or more."""
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{whole}.{decimals:0<2}"


def _facts(voucher: Voucher) -> Iterator[tuple[str, str]]:
    """The metadata of the transaction; an empty text is left out."""
    yield "accounting_entry_id", str(voucher.accounting_entry_id)
    yield "kind", voucher.kind
    yield "reconciliation_id", voucher.narrative.reconciliation_id
    yield "reconciled_entries", ", ".join(voucher.narrative.reconciled_entries)
    yield "attendees", voucher.narrative.attendees
    if vendor := voucher.vendor:
        yield "vendor", vendor.code
        yield "vendor_name", vendor.name
    if invoice := voucher.invoice:
        yield "invoice_number", invoice.number
        yield "invoice_issued", str(invoice.issued)
        yield "invoice_due", str(invoice.due or "")
        yield "credits_invoice", invoice.credits or ""
    if original := voucher.original:
        yield "original_amount", f"{format_number(original.amount)} {original.currency}"
    yield "decisions", " ".join(decision.text for decision in voucher.decisions)


def _render_posting(leg: Posting, account: str, currency: str) -> Iterator[str]:
    yield f"  {account}  {format_number(leg.signed)} {currency}"
    if leg.text:
        yield f"    text: {quote(leg.text)}"
    if leg.tax:
        yield f"    tax_code: {quote(leg.tax.code)}"
        yield f"    tax_part: {quote(leg.tax.part)}"
        yield f"    tax_rate: {quote(f'{leg.tax.rate:f}')}"
    for key, value in _build_dimension_keys(leg.dimensions).items():
        yield f"    {key}: {quote(value)}"


def _build_dimension_keys(dimensions: Sequence[Dimension]) -> dict[str, str]:
    """Keys that beancount can hold: `dimension_project`. A name that gives none, or a taken one, joins its value."""
    keys: dict[str, str] = {}
    for place, dimension in enumerate(dimensions, start=1):
        name = re.sub(r"[^a-z0-9]+", "_", dimension.name.lower()).strip("_")
        if name and f"dimension_{name}" not in keys:
            keys[f"dimension_{name}"] = dimension.value
        else:
            keys[f"other_dimension_{place}"] = f"{dimension.name}: {dimension.value}"
    return keys
