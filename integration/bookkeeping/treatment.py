"""How an item is recorded: as what kind of voucher, between which accounts, and owed to whom."""

from dataclasses import dataclass

from integration.bookkeeping.accounts import Balance, Entry, entry_for, type_of
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.lines import Sums
from integration.bookkeeping.method import is_payable, method_decision
from integration.bookkeeping.payables import entries_of, kind_of, owed_to, terms_decision
from integration.bookkeeping.vendors import NOBODY, Creditor
from integration.bookkeeping.vouchers import Decision, VoucherKind
from integration.connection import Connection
from integration.pleo.models import ExportItem

EXCHANGED = (Decision("sides_exchanged", "The amount is below zero: debit and credit are exchanged."),)


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
    payable = is_payable(item, item_type, chart)
    creditor = owed_to(item, entry, connection, chart) if payable else NOBODY
    return Treatment(
        kind=kind_of(item_type, exchanged=exchanged) if payable else VoucherKind.JOURNAL_ENTRY,
        entries=entries_of(item_type, entry) if payable else (entry,),
        creditor=creditor,
        decisions=(
            *method_decision(item, item_type, payable=payable),
            *(terms_decision(item, item_type) if payable else ()),
            *creditor.decisions,
            *(EXCHANGED if exchanged else ()),
            *_unused_accounts(item, entry),
        ),
    )


def _unused_accounts(item: ExportItem, entry: Entry) -> tuple[Decision, ...]:
    """Settling a debt or loading the wallet with an expense account would count the expense twice."""
    if not (isinstance(entry.debit, Balance) and isinstance(entry.credit, Balance)):
        return ()
    given = {line.account.number for line in item.accounting_entry_lines if line.account and line.account.number}
    if not given:
        return ()
    text = f"Not used, because the item moves money between balance accounts: line account {', '.join(sorted(given))}."
    return (Decision("line_account_unused", text),)
