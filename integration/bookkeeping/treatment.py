"""How an item is recorded: as what kind of voucher, between which accounts, and owed to whom."""

from collections.abc import Iterator
from dataclasses import dataclass

from integration.bookkeeping.accounts import AccountPair, BalanceAccount, find_account_pair, parse_item_type
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.dimensions import describe_tag
from integration.bookkeeping.lines import Sums
from integration.bookkeeping.payables import (
    NO_CREDITOR_DECISION,
    choose_voucher_kind,
    find_creditor,
    split_payable_pair,
    terms_decision,
)
from integration.bookkeeping.vendors import NO_CREDITOR, Creditor, choose_vendor_code, find_known_vendor
from integration.bookkeeping.vouchers import Decision, VoucherKind
from integration.configuration.connection import Connection
from integration.errors.items import MethodUnknown
from integration.pleo.models import BookkeepingMethod, ExportItem, ItemType, Line

SIDES_SWAPPED = Decision("sides_exchanged", "The amount is below zero: debit and credit are exchanged.")
SIGN_IGNORED = Decision(
    "sign_ignored", "The amount is below zero: recorded all the same in the direction that its type says."
)
#: They say by their name that money comes back, with whichever sign it arrives.
MONEY_BACK = frozenset({ItemType.REFUND, ItemType.CHARGEBACK, ItemType.CASHBACK})


@dataclass(frozen=True, slots=True)
class Treatment:
    """Accounts payable has a creditor, though perhaps none that the system knows; the journal has none."""

    kind: VoucherKind
    pairs: tuple[AccountPair, ...]
    creditor: Creditor
    decisions: tuple[Decision, ...]


def choose_treatment(item: ExportItem, sums: Sums, connection: Connection, chart: Chart) -> Treatment:
    """Raises the refusal of an unknown type or method, or of a vendor that is missing or unknown."""
    item_type, pair = parse_item_type(item), find_account_pair(item)
    is_swapped = pair.sign_matters and sums.total < 0
    wanted = is_payable(item, item_type, chart)
    creditor = find_creditor(item, item_type, pair, connection, chart) if wanted else None
    payable = creditor is not None
    return Treatment(
        kind=choose_voucher_kind(item_type, is_swapped=is_swapped) if payable else VoucherKind.JOURNAL_ENTRY,
        pairs=split_payable_pair(item_type, pair) if payable else (pair,),
        creditor=creditor or NO_CREDITOR,
        decisions=(
            *method_decision(item, item_type, payable=payable),
            *((NO_CREDITOR_DECISION,) if wanted and not payable else ()),
            *(terms_decision(item, item_type) if payable else ()),
            *(creditor.decisions if creditor else ()),
            *_sign_decision(item_type, pair, sums),
            *_line_unused_decision(item, pair),
        ),
    )


def _sign_decision(item_type: ItemType, pair: AccountPair, sums: Sums) -> tuple[Decision, ...]:
    if sums.total >= 0 or item_type in MONEY_BACK:
        return ()
    return (SIDES_SWAPPED if pair.sign_matters else SIGN_IGNORED,)


def _line_unused_decision(item: ExportItem, pair: AccountPair) -> tuple[Decision, ...]:
    """Settling a debt or loading the wallet with an expense account would count the expense twice."""
    if not (isinstance(pair.debit, BalanceAccount) and isinstance(pair.credit, BalanceAccount)):
        return ()
    given = dict.fromkeys(text for line in item.accounting_entry_lines for text in _list_line_details(line))
    if not given:
        return ()
    text = f"Not used, because the item moves money between balance accounts: {', '.join(given)}."
    return (Decision("line_unused", text),)


def _list_line_details(line: Line) -> Iterator[str]:
    """What an expense would be recorded with."""
    if line.account and line.account.number:
        yield f"account {line.account.number}"
    yield from (describe_tag(tag) for tag in line.tags or () if tag.code)
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
        return item.vendor is not None and choose_vendor_code(item.vendor) is not None
    return find_known_vendor(item, chart) is not None
