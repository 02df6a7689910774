"""What recording into a beancount ledger would write, said without writing it."""

from collections.abc import Callable
from pathlib import Path

from integration.accounting.beancount_chart import ChartFile
from integration.accounting.beancount_directives import ACCOUNTS_FILE
from integration.accounting.beancount_rules import account_names
from integration.accounting.beancount_text import entry
from integration.bookkeeping.vouchers import Voucher
from integration.connection import Posting


def rehearsal(directory: Path, posting: Posting) -> Callable[[Voucher, str], str]:
    """From voucher and reference to text, without documents; raises what `record` would raise of the voucher."""
    chart = ChartFile(directory / ACCOUNTS_FILE)

    def text_of(voucher: Voucher, reference: str) -> str:
        accounts = account_names(voucher, chart.books())
        return entry(voucher, reference=reference, posting=posting, accounts=accounts, documents=())

    return text_of
