"""Vendors: whom the accounting system knows an item's vendor as (Pleo's guide, accounts payable)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from integration.bookkeeping.chart import Chart, KnownVendor
from integration.bookkeeping.vouchers import Decision, VendorAccount
from integration.configuration.connection import Connection, UnknownVendor
from integration.errors.items import VendorMissing, VendorNotInChart
from integration.pleo.models import ExportItem, Supplier, Vendor

#: What a vendor is looked for by, and where a known one has it.
Identifier = tuple[str | None, Callable[[KnownVendor], str | None]]


@dataclass(frozen=True, slots=True)
class Creditor:
    """Whom the company owes: known to the accounting system or not, with an account of their own or not."""

    vendor: VendorAccount | None = None
    account: str | None = None
    decisions: tuple[Decision, ...] = ()


NO_CREDITOR = Creditor()


def find_known_vendor(item: ExportItem, chart: Chart) -> KnownVendor | None:
    """By code, then external id, then tax number. A mark that several vendors share names none of them.

    The supplier stands in for a vendor only where Pleo names no method.
    """
    for wanted, read_identifier in _list_identifiers(item):
        found = [vendor for vendor in chart.vendors or () if wanted and read_identifier(vendor) == wanted]
        if len(found) == 1:
            return found[0]
    return None


def find_vendor_creditor(item: ExportItem, connection: Connection, chart: Chart) -> Creditor:
    """Raises `VendorMissing` or, if the connection wants no fallback account, `VendorNotInChart`."""
    if known := find_known_vendor(item, chart):
        return Creditor(VendorAccount(code=known.code, name=known.name), known.account)
    if item.vendor is None:
        raise VendorMissing
    if chart.vendors is None and (given := choose_vendor_code(item.vendor)):
        return Creditor(VendorAccount(code=given, name=item.vendor.name))
    return _handle_unknown_vendor(item.vendor, connection)


def find_employee_creditor(item: ExportItem, chart: Chart) -> Creditor | None:
    """Who paid privately is owed as a vendor is (Pleo's guide, accounts payable), if the system has them as one."""
    if item.user is None or not item.user.code:
        return None
    if chart.vendors is not None and all(vendor.code != item.user.code for vendor in chart.vendors):
        return None
    return Creditor(VendorAccount(code=item.user.code, name=item.user.name))


def choose_vendor_code(vendor: Vendor) -> str | None:
    """What stands for a vendor's code in a system that declares no vendors."""
    return vendor.code or vendor.external_id or vendor.tax_registration_number


def _handle_unknown_vendor(vendor: Vendor, connection: Connection) -> Creditor:
    name = vendor.code or vendor.external_id or str(vendor.id)
    match connection.unknown_vendor:
        case UnknownVendor.FAIL:
            raise VendorNotInChart(vendor=name)
        case UnknownVendor.FALLBACK_ACCOUNT:
            text = f"Vendor {name} is not in the accounting system: recorded on the common accounts payable account."
            return Creditor(decisions=(Decision("fallback_account", text),))
        case _:
            assert_never(connection.unknown_vendor)


def _list_identifiers(item: ExportItem) -> tuple[Identifier, ...]:
    match item.vendor or (item.supplier if item.bookkeeping is None else None):
        case Vendor() as vendor:
            return (
                (vendor.code, lambda known: known.code),
                (vendor.external_id, lambda known: known.external_id),
                (
                    _normalise_tax_number(vendor.tax_registration_number),
                    lambda known: _normalise_tax_number(known.tax_registration_number),
                ),
            )
        case Supplier() as supplier:
            return (
                (supplier.code, lambda known: known.code),
                (supplier.account, lambda known: known.account),
                (
                    _normalise_tax_number(supplier.tax_identifier),
                    lambda known: _normalise_tax_number(known.tax_registration_number),
                ),
            )
        case None:
            return ()


def _normalise_tax_number(tax_number: str | None) -> str:
    """The same tax number is written with and without blanks, dots and hyphens."""
    return re.sub(r"[\W_]", "", tax_number or "").upper()
