"""A preview for the eye: vouchers with their postings, what stands already, and refusals."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, assert_never

from rich.box import SIMPLE
from rich.console import Console
from rich.filesize import decimal as readable_size
from rich.markup import escape
from rich.table import Column, Table

from integration.accounting import ExistingVoucher
from integration.bookkeeping.vouchers import Posting, Side
from integration.export_job.preview import FileToAttach, ItemPreview, ToRecord
from integration.outcome import NotRecorded
from integration.text import plain

_TITLES: Final[Mapping[str, str]] = {
    "to_record": "To be recorded",
    "stands": "Stands in the books already",
    "refused": "Refused",
}
#: Ids are there to be copied: never cut.
_ID: Final = 36
_COLUMNS: Final[Mapping[str, Callable[[], tuple[Column, ...]]]] = {
    "to_record": lambda: (
        Column("item", min_width=_ID),
        Column("account"),
        Column("debit", justify="right"),
        Column("credit", justify="right"),
    ),
    "stands": lambda: (Column("item", min_width=_ID), Column("voucher"), Column("date"), Column("posting")),
    "refused": lambda: (Column("item", min_width=_ID), Column("what to change")),
}


def outcome_name(item: ItemPreview) -> str:
    """How an item's outcome is called in every form of output."""
    match item.expected:
        case ToRecord():
            return "to_record"
        case ExistingVoucher():
            return "stands"
        case NotRecorded():
            return "refused"
        case _:
            assert_never(item.expected)


def readable_file(file: FileToAttach) -> str:
    """Name and size."""
    return f"{file.name}, {readable_size(file.size)}"


def print_items(items: Sequence[ItemPreview], console: Console) -> None:
    """Grouped by outcome."""
    for name in _TITLES:
        group = [item for item in items if outcome_name(item) == name]
        if group:
            console.print(_table(name, group))


def _table(name: str, items: Sequence[ItemPreview]) -> Table:
    title = f"{_TITLES[name]}: {len(items)}"
    table = Table(*_COLUMNS[name](), title=title, title_justify="left", box=SIMPLE, pad_edge=False)
    for item in sorted(items, key=_cause):
        table.add_row(*(escape("\n".join(map(plain, lines))) for lines in _cells(item)), end_section=True)
    return table


def _cause(item: ItemPreview) -> str:
    """Refusals for the same cause stand together."""
    return item.expected.reason if isinstance(item.expected, NotRecorded) else ""


def _cells(item: ItemPreview) -> tuple[Sequence[str], ...]:
    """Each cell line by line; one line for each posting."""
    entry = str(item.accounting_entry_id)
    match item.expected:
        case ToRecord(voucher=voucher) as to_record:
            legs = voucher.postings
            return (
                [entry, *_facts(to_record)],
                [leg.account for leg in legs],
                [_amount(leg, Side.DEBIT) for leg in legs],
                [_amount(leg, Side.CREDIT) for leg in legs],
            )
        case ExistingVoucher() as standing:
            return [entry], [standing.voucher_id], [standing.date.isoformat()], [standing.posting]
        case NotRecorded() as refused:
            worth = [f"{item.worth.amount:,.2f} {item.worth.currency}"] if item.worth else []
            return [entry, *worth, refused.reason_type], [refused.reason]
        case _:
            assert_never(item.expected)


def _facts(to_record: ToRecord) -> Iterator[str]:
    voucher = to_record.voucher
    yield f"{voucher.date} {voucher.kind} {voucher.currency}"
    yield voucher.narrative.text
    for file in to_record.files:
        yield f"file: {readable_file(file)}"
    for decision in to_record.decisions:
        yield f"decision: {decision.text}"


def _amount(leg: Posting, side: Side) -> str:
    return f"{leg.amount:,.2f}" if leg.side is side else ""
