"""Bookkeeping method: journal or accounts payable (Pleo's guide, bookkeeping method)."""

from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vendors import as_given, known_vendor
from integration.bookkeeping.vouchers import Decision
from integration.pleo.models import BookkeepingMethod, ExportItem, ItemType
from integration.refusals import MethodUnknown

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
