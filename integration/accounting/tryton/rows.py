"""Tryton's records as we read them, each with the fields that are asked for."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from integration.accounting.tryton.rest import RestClient
from integration.errors import AccountingSystemMisconfigured

R = TypeVar("R", bound="Row")


class Row(BaseModel):
    """One record of Tryton's as we read it; what we did not ask for is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int


class CodedRow(Row):
    """What it is known by."""

    code: str | None


class CurrencyRow(CodedRow):
    """`rate` is units of it for one unit of the currency that Tryton's rates are told in."""

    code: str
    digits: int
    rate: Decimal | None = None


class CompanyRow(Row):
    """`rec_name` is its name."""

    rec_name: str
    party: Row
    currency: CurrencyRow


class AccountTypeRow(Row):
    """What an account is for."""

    payable: bool
    expense: bool


class AccountRow(Row):
    """A ledger account; a line on it has a party exactly if `party_required`."""

    code: str
    type: AccountTypeRow
    party_required: bool
    second_currency: int | None
    start_date: date | None
    end_date: date | None


class TaxRow(Row):
    """A tax, or with a parent a part of one."""

    description: str | None
    type: str
    rate: Decimal | None
    parent: int | None
    invoice_account: CodedRow | None


class DimensionRow(CodedRow):
    """A value of the dimension that is its root."""

    root: CodedRow | None


class PartyRow(Row):
    """A vendor; an invoice needs an address."""

    code: str
    name: str | None
    addresses: list[int]
    identifiers: list[CodedRow]
    account_payable: CodedRow | None


class PeriodRow(Row):
    """A period; one that is closed or locked is not open."""

    start_date: date
    end_date: date
    state: str

    @property
    def is_open(self) -> bool:
        """For posting."""
        return self.state == "open"


class JournalRow(CodedRow):
    """Moves are in one of type «general», invoices in one of type «expense»."""

    type: str


COMPANY_FIELDS: Final = ("rec_name", "party.id", "currency.code", "currency.digits")
DIMENSION_FIELDS: Final = ("code", "root.code")
PERIOD_FIELDS: Final = ("start_date", "end_date", "state")
TAX_FIELDS: Final = ("description", "type", "rate", "parent", "invoice_account.code")
ACCOUNT_FIELDS: Final = (
    "code",
    "type.payable",
    "type.expense",
    "party_required",
    "second_currency",
    "start_date",
    "end_date",
)
PARTY_FIELDS: Final = ("code", "name", "addresses", "identifiers.code", "account_payable.code")


def read_rows(
    rest: RestClient,
    row: type[R],
    model: str,
    domain: Sequence[object],
    fields: Sequence[str],
    *,
    day: date | None = None,
) -> list[R]:
    """Raises `AccountingSystemMisconfigured` when they are not what Tryton 8.0 answers."""
    try:
        return [row.model_validate(one) for one in rest.search(model, domain, fields, day=day)]
    except ValidationError as error:
        raise AccountingSystemMisconfigured(cause=f"its answer about {model} is not Tryton 8.0's") from error
