"""Export items: the bookkeeping content of expenses (Pleo's data layer)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from integration.pleo.models.wire import Answer, Day


class Money(Answer):
    """An amount in hundredths of its currency, for every currency (12.50 is 1250)."""

    currency: Annotated[str, Field(max_length=16)]
    value: Decimal

    @property
    def amount(self) -> Decimal:
        """The amount in units of its currency."""
        return self.value.scaleb(-2)


class Amount(Answer):
    """One sum, as the supplier asked for it and as it left the wallet."""

    in_supplier_currency: Money
    in_wallet_currency: Money


class Account(Answer):
    """A ledger account: `code` is its number, `identifier` the accounting system's own id, `id` Pleo's."""

    id: UUID
    name: str
    code: str | None = None
    identifier: str | None = None

    @property
    def number(self) -> str | None:
        """What the accounting system knows it by; at least one of the two is set once an account is allocated."""
        return self.code or self.identifier


class Tag(Answer):
    """A cost centre, project or the like; `group_code` names the dimension."""

    id: UUID
    code: str
    group_code: str


class Tax(Answer):
    """The tax of one line; `rate` is a fraction (0.25 is 25 %)."""

    id: UUID
    rate: Decimal
    type: str
    amount: Amount
    code: str | None = None
    ingoing_tax_account: str | None = None
    outgoing_tax_account: str | None = None


class Line(Answer):
    """One part of a split item; an item that is not split has one."""

    accounting_entry_line_id: UUID
    line_amount: Amount
    net_amount: Amount
    account: Account | None = None
    tags: tuple[Tag, ...] | None = None
    tax: Tax | None = None


class File(Answer):
    """A receipt; the URL lives for 24 hours from the moment the item was fetched. `size` is in bytes."""

    url: str
    type: str
    size: int


class Supplier(Answer):
    """The merchant as the card network named it."""

    account: str | None = None
    category_code: str | None = None
    code: str | None = None
    country: str | None = None
    name: str | None = None
    tax_identifier: str | None = None


class Vendor(Answer):
    """The vendor a user chose; vendor-based bookkeeping only."""

    id: UUID
    name: str
    default_currency: str
    code: str | None = None
    country: str | None = None
    external_id: str | None = None
    registration_number: str | None = None
    tax_registration_number: str | None = None


class Named(Answer):
    """A team or a person; `code` is usually the id in the accounting system or the employee number."""

    id: UUID
    name: str
    code: str | None = None


class Bookkeeping(Answer):
    """How Pleo wants the item recorded; an open string in answers."""

    method: str


class ServicePeriod(Answer):
    """The time that the service covers; it does not move the posting date."""

    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime


class SupplierBankAccount(Answer):
    """Where an invoice is to be paid to."""

    bank_name: str
    country: str
    account_number: str | None = None
    bank_code: str | None = None
    bic: str | None = None
    iban: str | None = None


class InvoiceInformation(Answer):
    """What an invoice says of itself."""

    invoice_number: str
    invoice_date: Day
    status: str
    due_date: Day | None = None
    payment_date: Day | None = None
    supplier_bank_account: SupplierBankAccount | None = None


class AdditionalInformation(Answer):
    """What the bookkeeper matches Pleo and the books by; `reconciliation_id` is Pleo's «book ID»."""

    reconciliation_id: str
    attendees: tuple[str, ...] | None = None
    reconciled_entries: tuple[str, ...] | None = None
    invoice_information: InvoiceInformation | None = None


class Links(Answer):
    """Where the item can be seen in Pleo."""

    web: Mapping[str, str] | None = None
    mobile: Mapping[str, str] | None = None
    api: Mapping[str, str] | None = None


class ExportItem(Answer):
    """The bookkeeping content of one expense (data layer)."""

    links: Links = Field(alias="_links")
    accounting_entry_id: UUID
    company_id: UUID
    type: str
    date: AwareDatetime
    amount: Amount
    accounting_entry_lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    additional_information: AdditionalInformation
    sub_type: str | None = None
    bookkeeping: Bookkeeping | None = None
    contra_account: Account | None = None
    files: tuple[File, ...] | None = None
    note: str | None = None
    service_period: ServicePeriod | None = None
    supplier: Supplier | None = None
    vendor: Vendor | None = None
    team: Named | None = None
    user: Named | None = None
