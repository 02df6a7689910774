"""Accounts payable: bills, their payments and credit notes (Pleo's guide, accounts payable)."""

from datetime import date

from integration.bookkeeping.accounts import Balance, Entry
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vendors import Creditor, creditor_of, employee_of
from integration.bookkeeping.vouchers import Decision, InvoiceTerms, VoucherKind
from integration.connection import Connection
from integration.pleo.models import ExportItem, ItemType

#: What each type is in accounts payable. Wallet movements are never there.
KINDS: dict[ItemType, VoucherKind] = {
    ItemType.INVOICE: VoucherKind.SUPPLIER_INVOICE,
    ItemType.INVOICE_PAYMENT: VoucherKind.PAYMENT,
    ItemType.CARD_INVOICE: VoucherKind.PAID_INVOICE,
    ItemType.CARD_PURCHASE: VoucherKind.PAID_INVOICE,
    ItemType.ATM_WITHDRAWAL: VoucherKind.PAID_INVOICE,
    ItemType.PERSONAL_SPEND: VoucherKind.PAID_INVOICE,
    ItemType.FEE: VoucherKind.PAID_INVOICE,
    ItemType.REFUND: VoucherKind.CREDIT_NOTE,
    ItemType.CHARGEBACK: VoucherKind.CREDIT_NOTE,
    ItemType.CASHBACK: VoucherKind.CREDIT_NOTE,
    ItemType.OUT_OF_POCKET: VoucherKind.SUPPLIER_INVOICE,
    ItemType.MILEAGE: VoucherKind.SUPPLIER_INVOICE,
    ItemType.PER_DIEM: VoucherKind.SUPPLIER_INVOICE,
    ItemType.DIRECT_REIMBURSEMENT: VoucherKind.PAYMENT,
    ItemType.EXTERNAL_REIMBURSEMENT: VoucherKind.PAYMENT,
}
PAID_AT_ONCE = frozenset({VoucherKind.PAID_INVOICE, VoucherKind.CREDIT_NOTE})
INVOICES = frozenset({ItemType.INVOICE, ItemType.CARD_INVOICE})


def kind_of(item_type: ItemType, *, exchanged: bool) -> VoucherKind:
    """A bill below zero is a credit note; a payment stays a payment in either direction."""
    kind = KINDS[item_type]
    return VoucherKind.CREDIT_NOTE if exchanged and kind is not VoucherKind.PAYMENT else kind


def entries_of(item_type: ItemType, entry: Entry) -> tuple[Entry, ...]:
    """What is paid at once is a bill and its payment: both stand on the vendor's account, which ends as it began."""
    if KINDS[item_type] not in PAID_AT_ONCE:
        return (entry,)
    return (
        Entry(entry.debit, Balance.VENDOR, sign_counts=entry.sign_counts),
        Entry(Balance.VENDOR, entry.credit, sign_counts=entry.sign_counts),
    )


def owed_to(item: ExportItem, entry: Entry, connection: Connection, chart: Chart) -> Creditor:
    """The employee where the entry is with employees, else the vendor."""
    if Balance.EMPLOYEE in {entry.debit, entry.credit}:
        return employee_of(item, chart)
    return creditor_of(item, connection, chart)


def terms_of(item: ExportItem, kind: VoucherKind, day: date) -> InvoiceTerms | None:
    """What the accounting system matches bill and payment by. A bill always has a number, a payment only Pleo's."""
    given = item.additional_information.invoice_information
    if given and given.invoice_number:
        return InvoiceTerms(number=given.invoice_number, issued=given.invoice_date, due=given.due_date)
    if kind in {VoucherKind.JOURNAL_ENTRY, VoucherKind.PAYMENT}:
        return None
    number = item.additional_information.reconciliation_id or str(item.accounting_entry_id)
    return InvoiceTerms(number=number, issued=day)


def terms_decision(item: ExportItem, item_type: ItemType) -> tuple[Decision, ...]:
    """An invoice of which Pleo knows no number."""
    given = item.additional_information.invoice_information
    if item_type not in INVOICES or (given and given.invoice_number):
        return ()
    return (Decision("invoice_number", "Pleo knows no invoice number: the reconciliation id stands in its place."),)
