"""A company's books for tests: its connection, its chart, and vouchers written as an accountant would."""

from datetime import date

from support.builders.items import COMPANY

from integration.bookkeeping.chart import Chart, KnownVendor
from integration.bookkeeping.narrative import TextLimits
from integration.bookkeeping.voucher_for import build_voucher
from integration.bookkeeping.vouchers import Side, Voucher
from integration.configuration.connection import Accounts, Connection
from integration.pleo.models import ExportItem

ACCOUNTS = Accounts(
    wallet="1150",
    out_of_pocket="2150",
    contra="1159",
    accounts_payable="2440",
    external_reimbursement="2160",
    bank="1100",
)
TODAY = date(2026, 3, 20)
UNCHECKED = Chart()
NORDIC_PAPER = KnownVendor(code="V-0007", name="Nordic Paper A/S", account="2447")
#: The employee of `an_item`.
ADA = KnownVendor(code="E-17", name="Ada Lovelace")


def a_connection(**more: object) -> Connection:
    wanted: dict[str, object] = {
        "name": "acme",
        "company_id": COMPANY,
        "api_key_env": "PLEO_API_KEY_ACME",
        "accounting_system": "beancount",
        "accounts": ACCOUNTS,
    }
    return Connection.model_validate(wanted | more)


def make_voucher(
    item: ExportItem,
    *,
    chart: Chart = UNCHECKED,
    limits: TextLimits | None = None,
    max_dimensions: int = 5,
    today: date = TODAY,
    **connection: object,
) -> Voucher:
    return build_voucher(
        item,
        connection=a_connection(**connection),
        chart=chart,
        limits=limits or TextLimits(),
        max_dimensions=max_dimensions,
        today=today,
    )


def legs(voucher: Voucher) -> list[str]:
    """«Dr 7500 80.00», in order."""
    return [
        f"{'Dr' if posting.side is Side.DEBIT else 'Cr'} {posting.account} {posting.amount}"
        for posting in voucher.postings
    ]


def decision_codes(voucher: Voucher) -> list[str]:
    return [decision.code for decision in voucher.decisions]
