"""Vouchers: what is recorded in an accounting system. One that does not balance cannot exist."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

#: Double entry.
MIN_POSTINGS = 2


class Side(StrEnum):
    """The two sides of an account."""

    DEBIT = "debit"
    CREDIT = "credit"

    @property
    def other(self) -> "Side":
        """The side that balances this one."""
        return Side.CREDIT if self is Side.DEBIT else Side.DEBIT


class VoucherKind(StrEnum):
    """What kind of record the accounting system is to make of it."""

    JOURNAL_ENTRY = "journal_entry"
    SUPPLIER_INVOICE = "supplier_invoice"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    #: An invoice and its payment in one document (Pleo's `card_invoice`).
    PAID_INVOICE = "paid_invoice"


#: What a later payment is matched with.
OPEN_BILLS = frozenset({VoucherKind.SUPPLIER_INVOICE, VoucherKind.CREDIT_NOTE})


class Unbalanced(ValueError):
    """Debits and credits of a voucher differ: a fault of ours, never of an item."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A cost centre, project or the like on one posting, in the accounting system's own words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class TaxTrace:
    """Which tax code a posting belongs to: its base (net) or the tax itself. `rate` is a fraction."""

    code: str
    part: Literal["base", "tax"]
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg: an account number, a side and an amount above zero in the voucher's currency."""

    account: str
    side: Side
    amount: Decimal
    text: str = ""
    dimensions: tuple[Dimension, ...] = ()
    tax: TaxTrace | None = None

    def __post_init__(self) -> None:
        if not self.account:
            raise ValueError("a posting needs an account")
        if not (self.amount.is_finite() and self.amount > 0):
            raise ValueError("a posting's amount is above zero; the side says its direction")

    @property
    def signed(self) -> Decimal:
        """Debits above zero, credits below."""
        return self.amount if self.side is Side.DEBIT else -self.amount


@dataclass(frozen=True, slots=True)
class VendorAccount:
    """A vendor as the accounting system knows it: its code there and the name to show."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class InvoiceTerms:
    """What identifies an invoice and says when it is due; a credit note also names the invoice that it `credits`."""

    number: str
    issued: date
    due: date | None = None
    credits: str | None = None


@dataclass(frozen=True, slots=True)
class OriginalAmount:
    """The sum in the currency that the supplier asked for."""

    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Narrative:
    """The texts of a voucher. Ids are never cut; `text` may be shortened by what the system holds."""

    text: str
    reconciliation_id: str
    payee: str = ""
    reconciled_entries: tuple[str, ...] = ()
    attendees: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Something settled automatically that an accountant may want to know; free of personal data."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Voucher:
    """One item's record: postings in one currency that balance, on one day, with their texts."""

    kind: VoucherKind
    accounting_entry_id: UUID
    date: date
    currency: str
    postings: tuple[Posting, ...]
    narrative: Narrative
    vendor: VendorAccount | None = None
    invoice: InvoiceTerms | None = None
    original: OriginalAmount | None = None
    decisions: tuple[Decision, ...] = ()

    def __post_init__(self) -> None:
        if len(self.postings) < MIN_POSTINGS:
            raise Unbalanced("a voucher has at least two postings")
        if difference := sum(posting.signed for posting in self.postings):
            raise Unbalanced(f"debits and credits differ by {difference} {self.currency}")

    @property
    def total(self) -> Decimal:
        """The sum of one side."""
        return sum_side(self.postings, Side.DEBIT)


def sum_side(postings: Iterable[Posting], side: Side) -> Decimal:
    """The sum of all postings on one side."""
    return sum((posting.amount for posting in postings if posting.side is side), Decimal(0))
