"""A company in Pleo: its chart, its people and the vendors it buys from."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from integration.connection import Accounts
from integration.pleo.models import ExportItem, Named, TaxType, Vendor


class AccountKind(StrEnum):
    """Where a ledger account stands in the books."""

    ASSET = "asset"
    LIABILITY = "liability"
    EXPENSE = "expense"
    INCOME = "income"


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """One account of the chart."""

    number: str
    name: str
    kind: AccountKind


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A tax code; `rate` is a fraction, accounts are numbers."""

    code: str
    name: str
    rate: Decimal
    type: TaxType
    input_account: str | None = None
    output_account: str | None = None


@dataclass(frozen=True, slots=True)
class TagGroup:
    """A dimension and its values' codes."""

    code: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """What Pleo knows of a company; `accounts` are the numbers that its integration is set up with."""

    id: UUID
    name: str
    country: str
    currency: str
    api_key: str
    accounts: Accounts
    ledger_accounts: tuple[LedgerAccount, ...] = ()
    tax_codes: tuple[TaxCode, ...] = ()
    tag_groups: tuple[TagGroup, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    employees: tuple[Named, ...] = ()
    teams: tuple[Named, ...] = ()
    vendor_based_bookkeeping: bool = True

    def account(self, number: str) -> LedgerAccount:
        """Raises `KeyError` for a number that is not in the chart."""
        return {account.number: account for account in self.ledger_accounts}[number]


class Flaw(StrEnum):
    """Why an expense is bound to be refused; each is the code of a refusal in `integration.refusals`."""

    ACCOUNT_NOT_IN_CHART = "account_not_in_chart"
    LINE_ACCOUNT_MISSING = "line_account_missing"
    TAX_CODE_NOT_IN_CHART = "tax_code_not_in_chart"
    TAG_NOT_IN_CHART = "tag_not_in_chart"
    LINES_DO_NOT_SUM_TO_ITEM = "lines_do_not_sum_to_item"
    VENDOR_MISSING = "vendor_missing"
    CURRENCY_UNDEFINED = "currency_undefined"
    RECEIPT_DOWNLOAD_FAILED = "receipt_download_failed"


@dataclass(frozen=True, slots=True)
class Expense:
    """One expense of the queue, and why it cannot be recorded, if it cannot."""

    item: ExportItem
    why: Flaw | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A file on the sandbox's shelf; `name` ends its URL."""

    name: str
    media_type: str
    content: bytes
