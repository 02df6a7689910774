"""The chart: what an accounting system knows, which vouchers are checked against."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A tax code of the accounting system; accounts are numbers, `rate` is a fraction."""

    code: str
    rate: Decimal
    input_account: str | None = None
    output_account: str | None = None


@dataclass(frozen=True, slots=True)
class KnownVendor:
    """A vendor of the accounting system and what it may be recognised by."""

    code: str
    name: str
    external_id: str | None = None
    tax_registration_number: str | None = None
    #: The vendor's own payables account, where the system keeps one for each.
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, both ends included, that is open or closed for posting."""

    first: date
    last: date
    is_open: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """`None` for a kind means that the system declares nothing of it, so it is not checked.

    `dimensions` maps a dimension to its values. `periods` are in order and do not overlap; a day outside all of them
    is closed. A system with nothing but a lock date has two periods, from `date.min` and to `date.max`.
    """

    accounts: frozenset[str] | None = None
    tax_codes: Mapping[str, TaxCode] | None = None
    dimensions: Mapping[str, frozenset[str]] | None = None
    vendors: tuple[KnownVendor, ...] | None = None
    periods: tuple[Period, ...] | None = None
