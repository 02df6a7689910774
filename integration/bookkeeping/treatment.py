"""How an item is recorded: as what kind of voucher, between which accounts, and owed to whom."""

from collections.abc import Iterator
from dataclasses import dataclass

from integration.bookkeeping.accounts import Balance, Entry, entry_for, type_of
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.dimensions import tag_text
from integration.bookkeeping.lines import Sums
from integration.bookkeeping.method import is_payable, method_decision
from integration.bookkeeping.payables import NOBODY_OWED, entries_of, kind_of, owed_to, terms_decision
from integration.bookkeeping.vendors import NOBODY, Creditor
from integration.bookkeeping.vouchers import Decision, VoucherKind
from integration.connection import Connection
from integration.pleo.models import ExportItem, ItemType, Line

EXCHANGED = Decision("sides_exchanged", "The amount is below zero: debit and credit are exchanged.")
IGNORED = Decision(
    "sign_ignored", "The amount is below zero: recorded all the same in the direction that its type says."
)
#: They say by their name that money comes back, with whichever sign it arrives.
MONEY_BACK = frozenset({ItemType.REFUND, ItemType.CHARGEBACK, ItemType.CASHBACK})


@dataclass(frozen=True, slots=True)
class Treatment:
    """Accounts payable has a creditor, though perhaps none that the system knows; the journal has none."""

    kind: VoucherKind
    entries: tuple[Entry, ...]
    creditor: Creditor
    decisions: tuple[Decision, ...]


def treatment_of(item: ExportItem, sums: Sums, connection: Connection, chart: Chart) -> Treatment:
    """Raises the refusal of an unknown type or method, or of a vendor that is missing or unknown."""
    item_type, entry = type_of(item), entry_for(item)
    exchanged = entry.sign_counts and sums.total < 0
    wanted = is_payable(item, item_type, chart)
    creditor = owed_to(item, item_type, entry, connection, chart) if wanted else None
    payable = creditor is not None
    return Treatment(
        kind=kind_of(item_type, exchanged=exchanged) if payable else VoucherKind.JOURNAL_ENTRY,
        entries=entries_of(item_type, entry) if payable else (entry,),
        creditor=creditor or NOBODY,
        decisions=(
            *method_decision(item, item_type, payable=payable),
            *((NOBODY_OWED,) if wanted and not payable else ()),
            *(terms_decision(item, item_type) if payable else ()),
            *(creditor.decisions if creditor else ()),
            *_sign_decision(item_type, entry, sums),
            *_unused(item, entry),
        ),
    )


def _sign_decision(item_type: ItemType, entry: Entry, sums: Sums) -> tuple[Decision, ...]:
    if sums.total >= 0 or item_type in MONEY_BACK:
        return ()
    return (EXCHANGED if entry.sign_counts else IGNORED,)


def _unused(item: ExportItem, entry: Entry) -> tuple[Decision, ...]:
    """Settling a debt or loading the wallet with an expense account would count the expense twice."""
    if not (isinstance(entry.debit, Balance) and isinstance(entry.credit, Balance)):
        return ()
    given = dict.fromkeys(text for line in item.accounting_entry_lines for text in _said_of(line))
    if not given:
        return ()
    text = f"Not used, because the item moves money between balance accounts: {', '.join(given)}."
    return (Decision("line_unused", text),)


def _said_of(line: Line) -> Iterator[str]:
    """What an expense would be recorded with."""
    if line.account and line.account.number:
        yield f"account {line.account.number}"
    yield from (tag_text(tag) for tag in line.tags or () if tag.code)
    if line.tax:
        yield f"tax code {line.tax.code}" if line.tax.code else "a tax"
