"""What beancount would say about one voucher, said before it is written.

Asking `bean-check` costs a fifth of a second and more with every voucher that stands, so it judges the whole once per
job; these are the rules that a single voucher of ours can break.
"""

import re
from datetime import date

from integration.accounting.beancount.chart import Account, LedgerChart
from integration.bookkeeping.vouchers import Voucher
from integration.errors.items import AccountNotInChart, PeriodClosed, RejectedByAccountingSystem

#: Beancount's commodities, without the signs that no currency has and without its three words.
_COMMODITY = re.compile(r"(?!(?:TRUE|FALSE|NULL)$)[A-Z][A-Z0-9]{1,23}")


def resolve_account_names(voucher: Voucher, ledger_chart: LedgerChart) -> dict[str, str]:
    """Account number → the name to write. Raises `Refused` when the voucher may not stand in these books."""
    if ledger_chart.closed_until and voucher.date <= ledger_chart.closed_until:
        raise PeriodClosed(date=voucher.date)
    if not _COMMODITY.fullmatch(voucher.currency):
        raise RejectedByAccountingSystem(answer="its currency is no commodity that beancount can hold")
    return {leg.account: _find_usable_account(leg.account, voucher, ledger_chart).name for leg in voucher.postings}


def _find_usable_account(number: str, voucher: Voucher, ledger_chart: LedgerChart) -> Account:
    account = ledger_chart.accounts.get(number)
    if account is None:
        raise AccountNotInChart(account=number)
    _check_account_open(account, number, voucher.date)
    if account.currencies and voucher.currency not in account.currencies:
        allowed = ", ".join(sorted(account.currencies))
        raise RejectedByAccountingSystem(answer=f"account No. {number} takes {allowed}, not {voucher.currency}")
    return account


def _check_account_open(account: Account, number: str, day: date) -> None:
    if day < account.opened:
        raise RejectedByAccountingSystem(answer=f"account No. {number} opens on {account.opened}, after {day}")
    if day > account.closed:
        raise RejectedByAccountingSystem(answer=f"account No. {number} was closed on {account.closed}, before {day}")
