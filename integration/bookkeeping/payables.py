"""Accounts payable: bills, their payments and credit notes (Pleo's guide, accounts payable)."""

from datetime import date

from integration.bookkeeping.accounts import AccountPair, BalanceAccount
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vendors import Creditor, find_employee_creditor, find_vendor_creditor
from integration.bookkeeping.vouchers import Decision, InvoiceTerms, VoucherKind
from integration.configuration.connection import Connection
from integration.pleo.models import ExportItem, ItemType
from integration.pleo.models.items import InvoiceInformation

#: What each type is in accounts payable. Wallet movements are never there.
VOUCHER_KINDS: dict[ItemType, VoucherKind] = {
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
#: What nobody may have billed. Without a vendor it is a journal entry; everything else has to have one.
WITHOUT_BILL = frozenset({ItemType.FEE, ItemType.CASHBACK, ItemType.ATM_WITHDRAWAL, ItemType.PERSONAL_SPEND})
NO_CREDITOR_DECISION = Decision(
    "nobody_owed", "No vendor or employee that the accounting system has: recorded as a journal entry."
)


def choose_voucher_kind(item_type: ItemType, *, is_swapped: bool) -> VoucherKind:
    """A bill below zero is a credit note; a payment stays a payment in either direction."""
    kind = VOUCHER_KINDS[item_type]
    return VoucherKind.CREDIT_NOTE if is_swapped and kind is not VoucherKind.PAYMENT else kind


def split_payable_pair(item_type: ItemType, pair: AccountPair) -> tuple[AccountPair, ...]:
    """What is paid at once is a bill and its payment: both stand on the vendor's account, which ends as it began."""
    if VOUCHER_KINDS[item_type] not in PAID_AT_ONCE:
        return (pair,)
    return (
        AccountPair(pair.debit, BalanceAccount.VENDOR, sign_matters=pair.sign_matters),
        AccountPair(BalanceAccount.VENDOR, pair.credit, sign_matters=pair.sign_matters),
    )


def find_creditor(
    item: ExportItem, item_type: ItemType, pair: AccountPair, connection: Connection, chart: Chart
) -> Creditor | None:
    """The employee where the entry is with employees, else the vendor; `None` where the journal has to do."""
    if BalanceAccount.EMPLOYEE in {pair.debit, pair.credit}:
        return find_employee_creditor(item, chart)
    if item.vendor is None and item_type in WITHOUT_BILL:
        return None
    return find_vendor_creditor(item, connection, chart)


def build_invoice_terms(item: ExportItem, item_type: ItemType, kind: VoucherKind, day: date) -> InvoiceTerms | None:
    """What the accounting system matches bill and payment by. A bill always has a number, a payment only Pleo's.

    The invoice that a refund gives back is another document than its credit note, which gets a number of its own.
    """
    given = _find_invoice_information(item)
    is_refund = kind is VoucherKind.CREDIT_NOTE and item_type not in INVOICES
    if given and not is_refund:
        return InvoiceTerms(number=given.invoice_number, issued=given.invoice_date, due=given.due_date)
    if kind in {VoucherKind.JOURNAL_ENTRY, VoucherKind.PAYMENT}:
        return None
    number = item.additional_information.reconciliation_id or str(item.accounting_entry_id)
    return InvoiceTerms(number=number, issued=day, credits=given.invoice_number if given else None)


def terms_decision(item: ExportItem, item_type: ItemType) -> tuple[Decision, ...]:
    """An invoice of which Pleo knows no number, or its payment."""
    if _find_invoice_information(item):
        return ()
    if item_type is ItemType.INVOICE_PAYMENT:
        return (Decision("payment_left_open", "Pleo knows no invoice number: the payment is left open."),)
    if item_type in INVOICES:
        return (Decision("invoice_number", "Pleo knows no invoice number: the reconciliation id stands in its place."),)
    return ()


def _find_invoice_information(item: ExportItem) -> InvoiceInformation | None:
    """With a number."""
    given = item.additional_information.invoice_information
    return given if given and given.invoice_number else None
