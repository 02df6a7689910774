"""A Tryton company's books as far as vouchers need them: ids by code, and the chart made of them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from threading import Lock
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from integration.accounting.tryton_rest import Rest
from integration.bookkeeping.chart import Chart, KnownVendor, Period, TaxCode
from integration.errors import AccountingSystemMisconfigured

R = TypeVar("R", bound="Row")

EXTERNAL_ID: Final = "external_id"
LIVE_SECONDS: Final = 60.0


class Row(BaseModel):
    """One record of Tryton's as we read it; what we did not ask for is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int


class Coded(Row):
    """What it is known by."""

    code: str | None


class Currency(Coded):
    """`rate` is units of it for one unit of the currency that Tryton's rates are told in."""

    code: str
    digits: int
    rate: Decimal | None = None


class _Company(Row):
    rec_name: str
    party: Row
    currency: Currency


class _Kind(Row):
    payable: bool
    expense: bool


class Account(Row):
    """A ledger account; a line on it has a party exactly if `party_required`."""

    code: str
    type: _Kind
    party_required: bool
    second_currency: int | None
    start_date: date | None
    end_date: date | None


class _Tax(Row):
    description: str | None
    type: str
    rate: Decimal | None
    parent: int | None
    invoice_account: Coded | None


class _Dimension(Coded):
    root: Coded | None


class Party(Row):
    """A vendor; an invoice needs an address."""

    code: str
    name: str | None
    addresses: list[int]
    identifiers: list[Coded]
    account_payable: Coded | None


class _Period(Row):
    start_date: date
    end_date: date
    state: str


class _Journal(Coded):
    type: str


@dataclass(frozen=True, slots=True)
class Tax:
    """The ids to trace by: the same but for reverse charge, where each side is a tax of its own."""

    input: int
    output: int


@dataclass(frozen=True, slots=True)
class Books:
    """What vouchers are written with, and the chart they are checked against."""

    company: int
    currency: Currency
    currencies: Mapping[str, Currency]
    journal: int
    invoice_journal: int | None
    accounts: Mapping[str, Account]
    taxes: Mapping[str, Tax]
    dimensions: Mapping[tuple[str, str], tuple[int, int]]
    parties: Mapping[str, Party]
    periods: tuple[_Period, ...]
    #: Whether our Tryton module is there, so that an external id exists once.
    has_module: bool
    chart: Chart

    def period(self, day: date) -> _Period | None:
        """The open period that holds the day."""
        return next((one for one in self.periods if one.start_date <= day <= one.end_date and _is_open(one)), None)


def read_books(rest: Rest, company: str, journal: str) -> Books:
    """Raises the `AccountingSystemError` of what is missing."""
    ours = _company(rest, company)
    rest.company = ours.id
    journals = _rows(rest, _Journal, "account.journal", [], ("code", "type"))
    accounts = {one.code: one for one in _accounts(rest, ours.id)}
    taxes = _rows(rest, _Tax, "account.tax", [], _TAX_FIELDS)
    dimensions = _rows(rest, _Dimension, "analytic_account.account", [["type", "=", "normal"]], ("code", "root.code"))
    parties = [one for one in _parties(rest) if one.id != ours.party.id]
    periods = _rows(rest, _Period, "account.period", [["type", "=", "standard"]], ("start_date", "end_date", "state"))
    periods.sort(key=lambda period: period.start_date)
    return Books(
        company=ours.id,
        currency=ours.currency,
        currencies={one.code: one for one in _rows(rest, Currency, "currency.currency", [], ("code", "digits"))},
        journal=_journal(journals, journal),
        invoice_journal=next((one.id for one in journals if one.type == "expense"), None),
        accounts=accounts,
        taxes={code: _trace(found) for code, found in _by_code(taxes).items()},
        dimensions={
            (one.root.code, one.code): (one.root.id, one.id)
            for one in dimensions
            if one.code and one.root and one.root.code
        },
        parties={one.code: one for one in parties},
        periods=tuple(periods),
        has_module=_has_module(rest),
        chart=Chart(
            accounts=frozenset(accounts),
            tax_codes={code: _tax_code(code, found) for code, found in _by_code(taxes).items()},
            dimensions=_values(dimensions),
            vendors=tuple(_vendor(one) for one in parties),
            periods=tuple(Period(one.start_date, one.end_date, is_open=_is_open(one)) for one in periods),
        ),
    )


class BooksKept:
    """The books, read again when they are older than a minute or when asked for."""

    def __init__(self, rest: Rest, company: str, journal: str) -> None:
        self._rest, self._company, self._journal = rest, company, journal
        self._kept: tuple[float, Books] | None = None
        self._reading = Lock()

    def current(self) -> Books:
        """At most a minute old."""
        with self._reading:
            if self._kept and time.monotonic() - self._kept[0] < LIVE_SECONDS:
                return self._kept[1]
            return self._read()

    def fresh(self) -> Books:
        """As they are now."""
        with self._reading:
            return self._read()

    def rates(self, day: date, currency: str) -> dict[str, Decimal]:
        """Tryton's rates of that day for the company's currency and another; empty where they are the same."""
        own = self.current().currency.code
        if currency == own:
            return {}
        wanted = [["code", "in", [own, currency]]]
        found = _rows(self._rest, Currency, "currency.currency", wanted, ("code", "digits", "rate"), day=day)
        return {one.code: one.rate for one in found if one.rate}

    def _read(self) -> Books:
        books = read_books(self._rest, self._company, self._journal)
        self._kept = time.monotonic(), books
        return books


_TAX_FIELDS: Final = ("description", "type", "rate", "parent", "invoice_account.code")
_ACCOUNT_FIELDS: Final = (
    "code",
    "type.payable",
    "type.expense",
    "party_required",
    "second_currency",
    "start_date",
    "end_date",
)
_PARTY_FIELDS: Final = ("code", "name", "addresses", "identifiers.code", "account_payable.code")


def _rows(
    rest: Rest, row: type[R], model: str, domain: Sequence[object], fields: Sequence[str], *, day: date | None = None
) -> list[R]:
    try:
        return [row.model_validate(one) for one in rest.rows(model, domain, fields, day=day)]
    except ValidationError as error:
        raise AccountingSystemMisconfigured(cause=f"its answer about {model} is not Tryton 8.0's") from error


def _company(rest: Rest, name: str) -> _Company:
    found = _rows(rest, _Company, "company.company", [], ("rec_name", "party.id", "currency.code", "currency.digits"))
    for company in found:
        if company.rec_name == name:
            return company
    named = ", ".join(company.rec_name for company in found) or "none"
    raise AccountingSystemMisconfigured(cause=f"the key sees no company {name}; it sees: {named}")


def _journal(journals: Sequence[_Journal], code: str) -> int:
    for journal in journals:
        if journal.code == code:
            return journal.id
    raise AccountingSystemMisconfigured(cause=f"there is no journal with the code {code}")


def _accounts(rest: Rest, company: int) -> Iterator[Account]:
    postable = [["company", "=", company], ["code", "!=", None], ["type", "!=", None], ["closed", "!=", True]]
    yield from _rows(rest, Account, "account.account", postable, _ACCOUNT_FIELDS)


def _parties(rest: Rest) -> Iterator[Party]:
    yield from _rows(rest, Party, "party.party", [["code", "!=", None]], _PARTY_FIELDS)


def _by_code(taxes: Sequence[_Tax]) -> dict[str, tuple[_Tax, ...]]:
    """A tax is known by its description; one that is a sum of others stands for those."""
    parts = {tax.id: tuple(one for one in taxes if one.parent == tax.id) or (tax,) for tax in taxes}
    found = {tax.description: parts[tax.id] for tax in taxes if tax.description and tax.parent is None}
    return {code: taxes for code, taxes in found.items() if all(tax.rate is not None for tax in taxes)}


def _trace(taxes: tuple[_Tax, ...]) -> Tax:
    ordered = sorted(taxes, key=lambda tax: tax.rate or 0)
    return Tax(input=ordered[-1].id, output=ordered[0].id)


def _tax_code(code: str, taxes: tuple[_Tax, ...]) -> TaxCode:
    ordered = sorted(taxes, key=lambda tax: tax.rate or 0)
    below_zero, above = ordered[0], ordered[-1]
    return TaxCode(
        code,
        above.rate or Decimal(0),
        input_account=above.invoice_account.code if above.invoice_account else None,
        output_account=below_zero.invoice_account.code if below_zero.invoice_account and len(ordered) > 1 else None,
    )


def _values(dimensions: Sequence[_Dimension]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one in dimensions:
        if one.root and one.root.code and one.code:
            found.setdefault(one.root.code, set()).add(one.code)
    return {name: frozenset(values) for name, values in found.items()}


def _vendor(party: Party) -> KnownVendor:
    numbers = [one.code for one in party.identifiers if one.code]
    return KnownVendor(
        code=party.code,
        name=party.name or party.code,
        tax_registration_number=numbers[0] if numbers else None,
        account=party.account_payable.code if party.account_payable else None,
    )


def _has_module(rest: Rest) -> bool:
    wanted = [["model", "=", "account.move"], ["name", "=", EXTERNAL_ID]]
    return any(rest.rows("ir.model.field", wanted, ("name",)))


def _is_open(period: _Period) -> bool:
    return period.state == "open"
