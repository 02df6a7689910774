"""The texts of a voucher, fitted to what an accounting system holds (Pleo's guide, data mapping)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from integration.bookkeeping.vouchers import Decision, Narrative
from integration.errors.items import ReconciliationIdTooLong
from integration.pleo.models import ExportItem
from integration.text import plain

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class TextLimits:
    """Characters that a system holds in each field; `None` is any number.

    `ids` is for the reconciliation id, and for all reconciled entries together with a comma and a blank between them.
    """

    text: int | None = None
    ids: int | None = None
    attendees: int | None = None


def build_narrative(item: ExportItem, limits: TextLimits, *, shifted_from: date | None) -> Narrative:
    """Raises `ReconciliationIdTooLong`: an id is whole or of no use."""
    more = item.additional_information
    reconciliation_id = plain(more.reconciliation_id)
    if limits.ids is not None and len(reconciliation_id) > limits.ids:
        raise ReconciliationIdTooLong(id=reconciliation_id, limit=limits.ids)
    return Narrative(
        text=_build_text(item, limits.text, f" ({shifted_from})" if shifted_from else ""),
        reconciliation_id=reconciliation_id,
        payee=_find_payee(item),
        reconciled_entries=_list_reconciled_entries(item)[: _count_fitting(_list_reconciled_entries(item), limits.ids)],
        attendees=_join_within_limit(_clean_names(more.attendees), limits.attendees),
    )


def ids_decision(item: ExportItem, limits: TextLimits) -> tuple[Decision, ...]:
    """The reconciled entries for which there is no room, whole."""
    left_out = _list_reconciled_entries(item)[_count_fitting(_list_reconciled_entries(item), limits.ids) :]
    if not left_out:
        return ()
    text = f"There is no room in the accounting system for the reconciled entries {', '.join(left_out)}."
    return (Decision("reconciled_entries_left_out", text),)


def _find_payee(item: ExportItem) -> str:
    named = item.vendor or item.supplier
    return plain(named.name) if named else ""


def _list_reconciled_entries(item: ExportItem) -> tuple[str, ...]:
    return _clean_names(item.additional_information.reconciled_entries)


def _clean_names(texts: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(filter(None, map(plain, texts or ())))


def _build_text(item: ExportItem, limit: int | None, ending: str) -> str:
    """Supplier, spender, note. Short of room the spender becomes initials, then the end is cut, never the date."""
    person, note = plain(item.user.name if item.user else ""), plain(item.note)
    whole = _join_with_dashes(_find_payee(item), person, note) or plain(item.type.replace("_", " "))
    if limit is None or len(whole) + len(ending) <= limit:
        return whole + ending
    initials = "".join(word[0] for word in person.split())
    return (
        _truncate(_join_with_dashes(_find_payee(item), initials, note) or whole, limit - len(ending)) + ending[:limit]
    )


def _join_with_dashes(*parts: str) -> str:
    return " - ".join(filter(None, parts))


def _truncate(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    return text[: room - 1].rstrip() + ELLIPSIS if room > 0 else ""


def _join_within_limit(names: Sequence[str], limit: int | None) -> str:
    """Whole names only; how many there was no room for stands at the end."""
    kept = _count_fitting(names, limit)
    while kept < len(names):
        joined = ", ".join([*names[:kept], f"+{len(names) - kept}"])
        if limit is None or len(joined) <= limit:
            return joined
        if not kept:
            return ""
        kept -= 1
    return ", ".join(names)


def _count_fitting(texts: Sequence[str], limit: int | None) -> int:
    """How many of the first texts fit when joined by a comma and a blank."""
    if limit is None:
        return len(texts)
    length = -len(", ")
    for count, text in enumerate(texts):
        length += len(", ") + len(text)
        if length > limit:
            return count
    return len(texts)
