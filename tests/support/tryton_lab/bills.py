"""Vouchers of Nordlys, whose chart the lab's Tryton has."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from support.builders.vouchers import reference

from integration.bookkeeping.vouchers import (
    Dimension,
    InvoiceTerms,
    Narrative,
    Posting,
    Side,
    TaxTrace,
    VendorAccount,
    Voucher,
    VoucherKind,
)

GOODS, SOFTWARE, INPUT_VAT, OUTPUT_VAT, WALLET, PAYABLE = "2210", "2530", "5690", "6695", "5820", "6510"
DAIRY = VendorAccount("L-1002", "Mejeriet Højmark")
PROJECT, DEPARTMENT = Dimension("PROJECT", "WEBSHOP"), Dimension("DEPARTMENT", "ROASTERY")
#: In the lab every month of this year is open until a test closes it.
YEAR = 2026


def day(month: int) -> date:
    return date(YEAR, month, 14)


def debit(account: str, amount: str, tax: TaxTrace | None = None, *dimensions: Dimension) -> Posting:
    return Posting(account, Side.DEBIT, Decimal(amount), tax=tax, dimensions=dimensions)


def credit(account: str, amount: str, tax: TaxTrace | None = None, *dimensions: Dimension) -> Posting:
    return Posting(account, Side.CREDIT, Decimal(amount), tax=tax, dimensions=dimensions)


def base(code: str = "I25") -> TaxTrace:
    return TaxTrace(code, "base", Decimal("0.25"))


def tax(code: str = "I25") -> TaxTrace:
    return TaxTrace(code, "tax", Decimal("0.25"))


def a_purchase(number: int, *postings: Posting, month: int = 3, **more: object) -> Voucher:
    """Goods with 25 % VAT from the wallet, or other postings."""
    voucher = Voucher(
        kind=VoucherKind.JOURNAL_ENTRY,
        accounting_entry_id=UUID(reference(number)),
        date=day(month),
        currency="DKK",
        postings=postings
        or (
            debit(GOODS, "100.01", base(), PROJECT, DEPARTMENT),
            debit(INPUT_VAT, "25.00", tax()),
            credit(WALLET, "125.01"),
        ),
        narrative=Narrative("Milk", f"R-{number}"),
    )
    return replace(voucher, **more)


def a_bill(number: int, *postings: Posting, invoice: str = "", month: int = 3, **more: object) -> Voucher:
    """Goods with 25 % VAT that the dairy is owed for."""
    owed = (
        debit(GOODS, "100.01", base(), PROJECT, DEPARTMENT),
        debit(INPUT_VAT, "24.99", tax()),
        credit(PAYABLE, "125.00"),
    )
    wanted: dict[str, object] = {
        "kind": VoucherKind.SUPPLIER_INVOICE,
        "vendor": DAIRY,
        "invoice": InvoiceTerms(invoice or f"INV-{number}", day(month), date(YEAR, month, 28)),
    }
    return a_purchase(number, *(postings or owed), month=month, **wanted | more)
