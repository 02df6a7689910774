"""Export items for tests: made as Pleo sends them, then read as we read them.

`an_item` and `a_line` take amounts in units of the currency, as a person says them ("12.50"). Everything else in an
item is named as on the wire.
"""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ParamSpec
from uuid import UUID, uuid5

from integration.pleo.models import ExportItem

Wire = dict[str, Any]

COMPANY = "12abc3d4-e567-890e-1234-abc56e78fabc"
CURRENCY = "EUR"


def an_id(name: str) -> str:
    """The same name is the same id."""
    return str(uuid5(UUID(COMPANY), name))


def money(amount: str | Decimal, currency: str = CURRENCY) -> Wire:
    """Pleo's hundredths."""
    hundredths = Decimal(amount).scaleb(2)
    return {"currency": currency, "value": int(hundredths) if hundredths == int(hundredths) else float(hundredths)}


def an_amount(amount: str | Decimal, currency: str = CURRENCY, asked: Wire | None = None) -> Wire:
    """The same sum for supplier and wallet, unless the supplier asked for something else."""
    return {"inSupplierCurrency": asked or money(amount, currency), "inWalletCurrency": money(amount, currency)}


def an_account(code: str | None, **more: object) -> Wire:
    return {"id": an_id(f"account {code}"), "name": "Office supplies", "code": code, "identifier": None} | more


def a_tag(code: str, group: str = "PROJECT") -> Wire:
    return {"id": an_id(f"tag {group} {code}"), "code": code, "groupCode": group}


def a_tax(
    amount: str | Decimal = "20.00",
    *,
    rate: str = "0.25",
    kind: str = "inclusive",
    currency: str = CURRENCY,
    **more: object,
) -> Wire:
    """Tax code I25 with an input and an output account."""
    wire: Wire = {
        "id": an_id("tax"),
        "code": "I25",
        "rate": float(rate),
        "type": kind,
        "amount": an_amount(amount, currency),
        "ingoingTaxAccount": "2641",
        "outgoingTaxAccount": "2611",
    }
    return wire | more


def a_line(
    amount: str | Decimal = "100.00",
    account: str | None = "7500",
    *,
    net: str | Decimal | None = None,
    currency: str = CURRENCY,
    **more: object,
) -> Wire:
    """Without a net amount there is no tax in the line."""
    wire: Wire = {
        "accountingEntryLineId": an_id("line"),
        "lineAmount": an_amount(amount, currency),
        "netAmount": an_amount(amount if net is None else net, currency),
        "account": an_account(account) if account else None,
        "tags": [],
        "tax": None,
    }
    return wire | more


def a_vendor(**more: object) -> Wire:
    wire: Wire = {
        "id": an_id("vendor"),
        "name": "Nordic Paper",
        "defaultCurrency": CURRENCY,
        "code": "V-0007",
        "country": "DK",
    }
    return wire | more


def a_supplier(**more: object) -> Wire:
    wire: Wire = {
        "account": None,
        "categoryCode": "5943",
        "code": None,
        "country": "DK",
        "name": "NORDIC PAPER KBH",
        "taxIdentifier": None,
    }
    return wire | more


def an_invoice(number: str = "INV-118", **more: object) -> Wire:
    wire: Wire = {
        "invoiceNumber": number,
        "invoiceDate": "2026-03-01",
        "dueDate": "2026-03-31",
        "paymentDate": None,
        "status": "paid",
        "supplierBankAccount": None,
    }
    return wire | more


def information(**more: object) -> Wire:
    """`additionalInformation`."""
    wire: Wire = {
        "reconciliationId": "4113617",
        "attendees": None,
        "reconciledEntries": None,
        "invoiceInformation": None,
    }
    return wire | more


def a_wire_item(
    item_type: str = "card_purchase",
    *,
    sub_type: str | None = None,
    lines: Sequence[Wire] | None = None,
    total: str | Decimal | None = None,
    method: str | None = "journal",
    currency: str = CURRENCY,
    asked: Wire | None = None,
    **more: object,
) -> Wire:
    """The total is what the lines sum to, unless it is named; `method=None` is an item without bookkeeping."""
    lines = [a_line(currency=currency)] if lines is None else lines
    values = (Decimal(str(line["lineAmount"]["inWalletCurrency"]["value"])) for line in lines)
    total = sum(values, Decimal(0)).scaleb(-2) if total is None else total
    wire: Wire = {
        "_links": {"web": {"exportItem": "https://app.pleo.io/export"}},
        "companyId": COMPANY,
        "accountingEntryId": an_id("entry"),
        "type": item_type,
        "subType": sub_type,
        "date": "2026-03-10T15:46:34Z",
        "amount": an_amount(total, currency, asked),
        "note": "Printer ink",
        "files": None,
        "supplier": a_supplier(),
        "vendor": None,
        "user": {"id": an_id("user"), "name": "Ada Lovelace", "code": "E-17"},
        "team": None,
        "accountingEntryLines": list(lines),
        "additionalInformation": information(),
        "bookkeeping": None if method is None else {"method": method},
        "contraAccount": None,
        "servicePeriod": None,
    }
    return wire | more


def parse_item(wire: Wire) -> ExportItem:
    """Raises pydantic's `ValidationError` where it is not what the contract says."""
    return ExportItem.model_validate_json(json.dumps(wire))


P = ParamSpec("P")


def _parsing(build: Callable[P, Wire]) -> Callable[P, ExportItem]:
    return lambda *args, **more: parse_item(build(*args, **more))


#: `a_wire_item`, read.
an_item = _parsing(a_wire_item)
