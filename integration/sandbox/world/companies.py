"""A company in Pleo: its chart, its people and where it buys."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from integration.configuration.connection import Accounts
from integration.pleo.models import Named, TaxType, Vendor


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
class Merchant:
    """Where a company's people buy; prices are hundredths of `currency`, or of the wallet's if it has none."""

    name: str
    country: str
    category_code: str
    account: str
    tax_code: str
    prices: tuple[int, int]
    notes: tuple[str, ...]
    currency: str | None = None
    #: The code of the vendor it is kept as, for vendor-based bookkeeping.
    vendor: str | None = None
    #: People are invited there, so that attendees are named.
    hosts_guests: bool = False


@dataclass(frozen=True, slots=True)
class PurposeAccounts:
    """Account numbers of what is not bought from a merchant."""

    cash: str
    private: str
    mileage: str
    per_diem: str
    fee: str
    interest: str
    cashback: str


@dataclass(frozen=True, slots=True)
class Market:
    """What a company spends on: `rates` are units of the wallet currency for one unit of another."""

    merchants: tuple[Merchant, ...]
    bills: tuple[Merchant, ...]
    purposes: PurposeAccounts
    rates: Mapping[str, Decimal]
    #: Hundredths of the wallet currency for one kilometre (or mile) and one day.
    per_distance: int
    per_day: int
    distance_unit: str


@dataclass(frozen=True, slots=True)
class Company:
    """What Pleo knows of a company; `accounts` are the numbers that its integration is set up with."""

    id: UUID
    name: str
    country: str
    currency: str
    api_key: str
    accounts: Accounts
    ledger_accounts: tuple[LedgerAccount, ...]
    tax_codes: tuple[TaxCode, ...]
    tag_groups: tuple[TagGroup, ...]
    vendors: tuple[Vendor, ...]
    employees: tuple[Named, ...]
    teams: tuple[Named, ...]
    market: Market
    vendor_based_bookkeeping: bool = True

    def account(self, number: str) -> LedgerAccount:
        """Raises `KeyError` for a number that is not in the chart."""
        return {account.number: account for account in self.ledger_accounts}[number]


def chart(accounts: Mapping[AccountKind, Mapping[str, str]]) -> tuple[LedgerAccount, ...]:
    """From numbers and names by kind."""
    return tuple(
        LedgerAccount(number, name, kind) for kind, names in accounts.items() for number, name in names.items()
    )


def people(code: str, *names: str) -> tuple[Named, ...]:
    """Employees or teams, numbered from one."""
    return tuple(
        Named(id=uuid5(NAMESPACE_URL, f"{code}/{name}"), name=name, code=f"{code}{number}")
        for number, name in enumerate(names, start=1)
    )


def vendor(code: str, name: str, country: str, currency: str, tax_number: str) -> Vendor:
    """A vendor as the accounting system knows it; a tax number begins with its country."""
    return Vendor(
        id=uuid5(NAMESPACE_URL, f"vendor/{code}"),
        name=name,
        default_currency=currency,
        code=code,
        country=country,
        external_id=f"ext-{code}",
        registration_number=tax_number[2:],
        tax_registration_number=tax_number,
    )
