"""Expenses as they wait in a company's queue, with their files."""

from dataclasses import dataclass
from enum import StrEnum

from integration.pleo.models import ExportItem


class Flaw(StrEnum):
    """Why an expense is bound to be refused; each is the code of a refusal in `integration.errors.items`."""

    ACCOUNT_NOT_IN_CHART = "account_not_in_chart"
    LINE_ACCOUNT_MISSING = "line_account_missing"
    TAX_CODE_NOT_IN_CHART = "tax_code_not_in_chart"
    TAG_NOT_IN_CHART = "tag_not_in_chart"
    LINES_DO_NOT_SUM_TO_ITEM = "lines_do_not_sum_to_item"
    VENDOR_MISSING = "vendor_missing"
    CURRENCY_UNDEFINED = "currency_undefined"
    RECEIPT_DOWNLOAD_FAILED = "receipt_download_failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A file on the sandbox's shelf; `name` ends its URL."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Expense:
    """One expense, the files its item names, and why it cannot be recorded, if it cannot."""

    item: ExportItem
    receipts: tuple[Receipt, ...] = ()
    flaw: Flaw | None = None
