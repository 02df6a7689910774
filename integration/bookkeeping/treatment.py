"""How an item is recorded: as what kind of voucher, between which accounts, and owed to whom."""

from collections.abc import Iterator
from dataclasses import dataclass

from integration.bookkeeping.accounts import Balance, Entry, entry_for, type_of
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.dimensions import tag_text
from integration.bookkeeping.lines import Sums
from integration.bookkeeping.payables import NOBODY_OWED, entries_of, kind_of, owed_to, terms_decision
from integration.bookkeeping.vendors import NOBODY, Creditor, as_given, known_vendor
from integration.bookkeeping.vouchers import Decision, VoucherKind
from integration.configuration.connection import Connection
from integration.errors.items import MethodUnknown
from integration.pleo.models import BookkeepingMethod, ExportItem, ItemType, Line

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


#: Movements between the company's own accounts are never payable, whatever the method says.
ALWAYS_JOURNAL = frozenset({ItemType.WALLET_TOPUP, ItemType.WALLET_UNLOAD})
#: What may be payable where Pleo names no method: invoices, and what settles them. A refund of them comes back to the
#: wallet at once, so accounts payable would stand as the journal leaves it.
PAYABLE_WITHOUT_METHOD = frozenset({ItemType.INVOICE, ItemType.INVOICE_PAYMENT, ItemType.CARD_INVOICE})


def is_payable(item: ExportItem, item_type: ItemType, chart: Chart) -> bool:
    """Through accounts payable, or else by journal entry; raises `MethodUnknown`."""
    if item_type in ALWAYS_JOURNAL:
        return False
    if item.bookkeeping is None:
        return item_type in PAYABLE_WITHOUT_METHOD and _has_vendor(item, chart)
    try:
        method = BookkeepingMethod(item.bookkeeping.method)
    except ValueError:
        raise MethodUnknown(method=item.bookkeeping.method) from None
    return method is BookkeepingMethod.ACCOUNTS_PAYABLE


def method_decision(item: ExportItem, item_type: ItemType, *, payable: bool) -> tuple[Decision, ...]:
    """Pleo named no method and it mattered."""
    if item.bookkeeping is not None or item_type not in PAYABLE_WITHOUT_METHOD:
        return ()
    how = "a vendor was found, so it went through accounts payable" if payable else "no vendor was found: journal entry"
    return (Decision("method_without_pleo", f"Pleo named no bookkeeping method; {how}."),)


def _has_vendor(item: ExportItem, chart: Chart) -> bool:
    """A supplier of the card network is only a vendor where the accounting system knows it."""
    if chart.vendors is None:
        return item.vendor is not None and as_given(item.vendor) is not None
    return known_vendor(item, chart) is not None
