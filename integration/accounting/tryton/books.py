"""A Tryton company's books as far as vouchers need them: ids by code, and the chart made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from integration.accounting.tryton.rest import RestClient
from integration.accounting.tryton.rows import (
    ACCOUNT_FIELDS,
    COMPANY_FIELDS,
    DIMENSION_FIELDS,
    PARTY_FIELDS,
    PERIOD_FIELDS,
    TAX_FIELDS,
    AccountRow,
    CompanyRow,
    CurrencyRow,
    DimensionRow,
    JournalRow,
    PartyRow,
    PeriodRow,
    TaxRow,
    read_rows,
)
from integration.bookkeeping.chart import Chart, KnownVendor, Period, TaxCode
from integration.errors import AccountingSystemMisconfigured

EXTERNAL_ID: Final = "external_id"


@dataclass(frozen=True, slots=True)
class TaxIds:
    """The ids to trace by: the same but for reverse charge, where each side is a tax of its own."""

    input: int
    output: int


@dataclass(frozen=True, slots=True)
class Books:
    """What vouchers are written with, and the chart they are checked against."""

    company: int
    currency: CurrencyRow
    currencies: Mapping[str, CurrencyRow]
    journal: int
    invoice_journal: int | None
    accounts: Mapping[str, AccountRow]
    taxes: Mapping[str, TaxIds]
    dimensions: Mapping[tuple[str, str], tuple[int, int]]
    parties: Mapping[str, PartyRow]
    periods: tuple[PeriodRow, ...]
    #: Whether our Tryton module is there, so that an external id exists once.
    has_module: bool
    chart: Chart

    def find_period(self, day: date) -> PeriodRow | None:
        """The open period that holds the day."""
        return next((one for one in self.periods if one.start_date <= day <= one.end_date and one.is_open), None)


def read_books(rest: RestClient, company: str, journal: str) -> Books:
    """Raises the `AccountingSystemError` of what is missing."""
    ours = _find_company(rest, company)
    rest.company = ours.id
    journals = read_rows(rest, JournalRow, "account.journal", [], ("code", "type"))
    accounts = {one.code: one for one in _read_accounts(rest, ours.id)}
    taxes = read_rows(rest, TaxRow, "account.tax", [], TAX_FIELDS)
    dimensions = read_rows(rest, DimensionRow, "analytic_account.account", [["type", "=", "normal"]], DIMENSION_FIELDS)
    parties = [one for one in _parties(rest) if one.id != ours.party.id]
    periods = read_rows(rest, PeriodRow, "account.period", [["type", "=", "standard"]], PERIOD_FIELDS)
    periods.sort(key=lambda period: period.start_date)
    return Books(
        company=ours.id,
        currency=ours.currency,
        currencies={one.code: one for one in read_rows(rest, CurrencyRow, "currency.currency", [], ("code", "digits"))},
        journal=_find_journal(journals, journal),
        invoice_journal=next((one.id for one in journals if one.type == "expense"), None),
        accounts=accounts,
        taxes={code: _build_tax_ids(found) for code, found in _group_by_code(taxes).items()},
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
            tax_codes={code: _build_tax_code(code, found) for code, found in _group_by_code(taxes).items()},
            dimensions=_group_dimension_values(dimensions),
            vendors=tuple(_build_vendor(one) for one in parties),
            periods=tuple(Period(one.start_date, one.end_date, is_open=one.is_open) for one in periods),
        ),
    )


def _find_company(rest: RestClient, name: str) -> CompanyRow:
    found = read_rows(rest, CompanyRow, "company.company", [], COMPANY_FIELDS)
    for company in found:
        if company.rec_name == name:
            return company
    named = ", ".join(company.rec_name for company in found) or "none"
    raise AccountingSystemMisconfigured(cause=f"the key sees no company {name}; it sees: {named}")


def _find_journal(journals: Sequence[JournalRow], code: str) -> int:
    for journal in journals:
        if journal.code == code:
            return journal.id
    raise AccountingSystemMisconfigured(cause=f"there is no journal with the code {code}")


def _read_accounts(rest: RestClient, company: int) -> list[AccountRow]:
    postable = [["company", "=", company], ["code", "!=", None], ["type", "!=", None], ["closed", "!=", True]]
    return read_rows(rest, AccountRow, "account.account", postable, ACCOUNT_FIELDS)


def _parties(rest: RestClient) -> list[PartyRow]:
    return read_rows(rest, PartyRow, "party.party", [["code", "!=", None]], PARTY_FIELDS)


def _group_by_code(taxes: Sequence[TaxRow]) -> dict[str, tuple[TaxRow, ...]]:
    """A tax is known by its description; one that is a sum of others stands for those."""
    parts = {tax.id: tuple(one for one in taxes if one.parent == tax.id) or (tax,) for tax in taxes}
    found = {tax.description: parts[tax.id] for tax in taxes if tax.description and tax.parent is None}
    return {code: taxes for code, taxes in found.items() if all(tax.rate is not None for tax in taxes)}


def _build_tax_ids(taxes: tuple[TaxRow, ...]) -> TaxIds:
    ordered = sorted(taxes, key=lambda tax: tax.rate or 0)
    return TaxIds(input=ordered[-1].id, output=ordered[0].id)


def _build_tax_code(code: str, taxes: tuple[TaxRow, ...]) -> TaxCode:
    ordered = sorted(taxes, key=lambda tax: tax.rate or 0)
    below_zero, above = ordered[0], ordered[-1]
    return TaxCode(
        code,
        above.rate or Decimal(0),
        input_account=above.invoice_account.code if above.invoice_account else None,
        output_account=below_zero.invoice_account.code if below_zero.invoice_account and len(ordered) > 1 else None,
    )


def _group_dimension_values(dimensions: Sequence[DimensionRow]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one in dimensions:
        if one.root and one.root.code and one.code:
            found.setdefault(one.root.code, set()).add(one.code)
    return {name: frozenset(values) for name, values in found.items()}


def _build_vendor(party: PartyRow) -> KnownVendor:
    numbers = [one.code for one in party.identifiers if one.code]
    return KnownVendor(
        code=party.code,
        name=party.name or party.code,
        tax_registration_number=numbers[0] if numbers else None,
        account=party.account_payable.code if party.account_payable else None,
    )


def _has_module(rest: RestClient) -> bool:
    wanted = [["model", "=", "account.move"], ["name", "=", EXTERNAL_ID]]
    return any(rest.search("ir.model.field", wanted, ("name",)))
