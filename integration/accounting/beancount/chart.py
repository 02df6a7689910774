"""The chart of accounts as `accounts.beancount` declares it: the user's own file, and the only one that is read for it.

    2020-01-01 open Expenses:Meals DKK
      code: "7010"
    2020-01-01 custom "tax-code" "I25" 0.25 Assets:Input-VAT Liabilities:Output-VAT
    2020-01-01 custom "dimension" "PROJECT" "PRJ-1" "PRJ-2"
    2020-01-01 custom "vendor" "V-0007" "Nordic Coffee"
      tax_registration_number: "DK12345678"
    2026-02-03 custom "period-close" "2026-01"

An account is known by its `code`, or by its name where it has none. A vendor may also have an `external_id` and an
`account`. `period-close` closes everything up to the end of that month. A kind of which nothing is declared is not
checked. Files that `accounts.beancount` includes are not read.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from integration.accounting.beancount.directives import Directive, chart_error, read_directives
from integration.accounting.beancount.durable_files import translating_os_errors
from integration.bookkeeping.chart import Chart, KnownVendor, Period, TaxCode
from integration.errors import AccountingSystemMisconfigured, AccountingSystemUnreachable

T = TypeVar("T")

_NOT_ASCII = "\u0080-\U0010ffff"
_ACCOUNT = re.compile(
    rf"[A-Z{_NOT_ASCII}][A-Za-z0-9\-{_NOT_ASCII}]*(?::[A-Z0-9{_NOT_ASCII}][A-Za-z0-9\-{_NOT_ASCII}]*)+"
)
_RATE = re.compile(r"0(?:\.\d+)?|1(?:\.0+)?", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_EXPECTED_FORMS = {
    "open": "open ACCOUNT",
    "tax-code": 'custom "tax-code" "CODE" 0.25 INPUT-ACCOUNT OUTPUT-ACCOUNT, for 25 %',
    "dimension": 'custom "dimension" "NAME" "VALUE"',
    "vendor": 'custom "vendor" "CODE" "NAME"',
    "period-close": 'custom "period-close" "2026-01"',
}


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the ledger, usable from `opened` to `closed`; without currencies it takes any."""

    name: str
    opened: date
    closed: date
    currencies: frozenset[str]


@dataclass(frozen=True, slots=True)
class LedgerChart:
    """What is declared: accounts by number, the last closed day, and the chart made of both."""

    accounts: Mapping[str, Account]
    closed_until: date | None
    chart: Chart


class ChartFile:
    """The file on the disk, read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cached: tuple[tuple[int, ...], LedgerChart] | None = None

    def load(self) -> LedgerChart:
        """What it declares now; an item costs one look at the file's time and size."""
        with translating_os_errors(AccountingSystemUnreachable):
            try:
                return self._load_if_changed()
            except FileNotFoundError:
                raise AccountingSystemMisconfigured(cause=f"write the chart of accounts to {self._path}") from None
            except UnicodeDecodeError as error:
                raise AccountingSystemMisconfigured(cause=f"{self._path.name} is not UTF-8") from error

    def _load_if_changed(self) -> LedgerChart:
        stat = self._path.stat()
        version = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if self._cached is None or self._cached[0] != version:
            self._cached = version, parse_chart(self._path.read_text(encoding="utf-8"))
        return self._cached[1]


def parse_chart(text: str) -> LedgerChart:
    """Raises `AccountingSystemMisconfigured` that names the line of the first mistake."""
    directives = read_directives(text)
    closing = {
        name: directive.date for directive in directives if directive.kind == "close" for name in directive.values
    }
    accounts = _index_by_code(directives, "open", lambda directive: _parse_account(directive, closing))
    numbers = {account.name: number for number, account in accounts.items()}
    closed_until = max(
        (_parse_last_closed_day(directive) for directive in directives if directive.kind == "period-close"),
        default=None,
    )
    chart = Chart(
        accounts=frozenset(accounts) or None,
        tax_codes=_index_by_code(directives, "tax-code", lambda directive: _parse_tax_code(directive, numbers)) or None,
        dimensions=_collect_dimensions(directives) or None,
        vendors=tuple(
            _index_by_code(directives, "vendor", lambda directive: _parse_vendor(directive, numbers)).values()
        )
        or None,
        periods=_build_periods(closed_until),
    )
    return LedgerChart(accounts, closed_until, chart)


def _index_by_code(
    directives: Iterable[Directive], kind: str, parse: Callable[[Directive], tuple[str, T]]
) -> dict[str, T]:
    found: dict[str, T] = {}
    for directive in directives:
        if directive.kind == kind:
            code, value = parse(directive)
            if code in found:
                raise chart_error(directive.line, f"{code} is declared a second time")
            found[code] = value
    return found


def _parse_account(directive: Directive, closing: Mapping[str, date]) -> tuple[str, Account]:
    name, *currencies = _check_values(directive, 1, None)
    if not _ACCOUNT.fullmatch(name):
        raise chart_error(directive.line, f"{name} is no account name")
    account = Account(name, directive.date, closing.get(name, date.max), frozenset(currencies))
    return directive.metadata.get("code") or name, account


def _parse_tax_code(directive: Directive, numbers: Mapping[str, str]) -> tuple[str, TaxCode]:
    code, rate, *accounts = _check_values(directive, 2, 4)
    if not _RATE.fullmatch(rate):
        raise _form_error(directive)
    account_numbers = (_find_account_number(directive, name, numbers) for name in accounts)
    return code, TaxCode(code, Decimal(rate), *account_numbers)


def _parse_vendor(directive: Directive, numbers: Mapping[str, str]) -> tuple[str, KnownVendor]:
    code, name = _check_values(directive, 2, 2)
    known = directive.metadata
    account = known.get("account")
    return code, KnownVendor(
        code=code,
        name=name,
        external_id=known.get("external_id"),
        tax_registration_number=known.get("tax_registration_number"),
        account=_find_account_number(directive, account, numbers) if account else None,
    )


def _collect_dimensions(directives: Iterable[Directive]) -> dict[str, frozenset[str]]:
    dimensions: dict[str, frozenset[str]] = {}
    for directive in directives:
        if directive.kind == "dimension":
            name, *values = _check_values(directive, 2, None)
            dimensions[name] = dimensions.get(name, frozenset()) | frozenset(values)
    return dimensions


def _parse_last_closed_day(directive: Directive) -> date:
    (text,) = _check_values(directive, 1, 1)
    month = _MONTH.fullmatch(text)
    if not month or month[1] == "0000":
        raise _form_error(directive)
    year, number = int(month[1]), int(month[2])
    return date(year, number, monthrange(year, number)[1])


def _build_periods(closed_until: date | None) -> tuple[Period, ...] | None:
    if closed_until is None:
        return None
    closed = Period(date.min, closed_until, is_open=False)
    if closed_until == date.max:
        return (closed,)
    return closed, Period(closed_until + timedelta(days=1), date.max, is_open=True)


def _find_account_number(directive: Directive, name: str, numbers: Mapping[str, str]) -> str:
    try:
        return numbers[name]
    except KeyError:
        raise chart_error(directive.line, f"the account {name} is not opened in this file") from None


def _check_values(directive: Directive, minimum: int, maximum: int | None) -> tuple[str, ...]:
    if len(directive.values) < minimum or (maximum and len(directive.values) > maximum) or not all(directive.values):
        raise _form_error(directive)
    return directive.values


def _form_error(directive: Directive) -> Exception:
    return chart_error(directive.line, f"write it as {_EXPECTED_FORMS[directive.kind]}")
