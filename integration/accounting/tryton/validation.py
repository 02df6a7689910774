"""What a voucher has and the books have not. Tryton's own words for it are less clear, and in its user's language."""

from datetime import date

from integration.accounting.tryton.books import Books
from integration.bookkeeping.vouchers import Posting, Voucher
from integration.errors.items import (
    AccountNotInChart,
    PeriodClosed,
    RejectedByAccountingSystem,
    TagNotInChart,
    TaxCodeNotInChart,
    VendorNotInChart,
)


def check_references(voucher: Voucher, books: Books) -> None:
    """Raises the first `Refused` that the books give a reason for."""
    if books.find_period(voucher.date) is None:
        raise PeriodClosed(date=voucher.date)
    if voucher.vendor and voucher.vendor.code not in books.parties:
        raise VendorNotInChart(vendor=voucher.vendor.code)
    if voucher.currency not in books.currencies:
        raise RejectedByAccountingSystem(answer=f"it has no currency {voucher.currency}")
    for leg in voucher.postings:
        _check_posting_references(leg, voucher, books)


def _check_posting_references(leg: Posting, voucher: Voucher, books: Books) -> None:
    account = books.accounts.get(leg.account)
    if account is None:
        raise AccountNotInChart(account=leg.account)
    if not (account.start_date or date.min) <= voucher.date <= (account.end_date or date.max):
        raise RejectedByAccountingSystem(answer=f"account No. {leg.account} is not in use on {voucher.date}")
    if account.party_required and voucher.vendor is None:
        raise RejectedByAccountingSystem(answer=f"account No. {leg.account} needs a party and the item has no vendor")
    if leg.tax and leg.tax.code not in books.taxes:
        raise TaxCodeNotInChart(code=leg.tax.code)
    for dimension in leg.dimensions:
        if (dimension.name, dimension.value) not in books.dimensions:
            raise TagNotInChart(code=dimension.value, group=dimension.name)
