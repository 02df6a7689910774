"""Export items of every shape for Hypothesis.

`wire_items` are as Pleo's contract says and add up. `odd_wire_items` have some member that is not, and still can often
be read.
"""

import copy
from decimal import Decimal
from functools import cache, partial
from typing import Any

from hypothesis import strategies as st
from support.builders.items import (
    COMPANY,
    Wire,
    a_line,
    a_supplier,
    a_tag,
    a_tax,
    a_vendor,
    a_wire_item,
    an_account,
    an_invoice,
    information,
    money,
)

from integration.pleo.models import ItemSubType, ItemType

#: Currencies and their smallest coins.
COINS = {"EUR": Decimal("0.01"), "JPY": Decimal(1), "KWD": Decimal("0.001")}
SUB_TYPES: dict[ItemType, tuple[ItemSubType, ...]] = {
    ItemType.FEE: (ItemSubType.INTEREST,),
    ItemType.DIRECT_REIMBURSEMENT: (
        ItemSubType.REIMBURSEMENT_TO_EMPLOYEE,
        ItemSubType.REIMBURSEMENT_TO_EMPLOYEE_REFUND,
        ItemSubType.REIMBURSEMENT_TO_COMPANY,
    ),
    ItemType.EXTERNAL_REIMBURSEMENT: (
        ItemSubType.REIMBURSEMENT_TO_EMPLOYEE,
        ItemSubType.REIMBURSEMENT_TO_EMPLOYEE_REFUND,
        ItemSubType.REIMBURSEMENT_TO_COMPANY,
    ),
    ItemType.INVOICE_PAYMENT: (ItemSubType.INVOICE_PAYMENT_SENT, ItemSubType.INVOICE_PAYMENT_RETURNED),
}
METHODS = ("journal", "accounts_payable", "none", None)
ACCOUNTS = ("7500", "7600", "7700")
RATES = ("0", "0.055", "0.2", "0.25")

#: One of each, and now and then none.
texts = st.text(max_size=40)
NOTES = st.none() | texts
SUPPLIERS = st.none() | texts.map(lambda name: a_supplier(name=name))
VENDORS = st.sampled_from([a_vendor(), None])
PEOPLE = st.none() | texts.map(lambda name: {"id": COMPANY, "name": name, "code": "E-17"})
CONTRA_ACCOUNTS = st.sampled_from([None, an_account("1210")])
TAGS = st.sampled_from([None, [], [a_tag("1")], [a_tag("1"), a_tag("1", "COST")], [a_tag("2", "TEAM")]])
DAYS = st.dates().map(lambda day: f"{day}T23:30:00Z")
ASKED = st.none() | st.integers(-1000, 1000).map(lambda euros: money(Decimal(euros)))
INFORMATION = st.builds(
    lambda number, names, ids, invoice: information(
        reconciliationId=str(number), attendees=names, reconciledEntries=ids, invoiceInformation=invoice
    ),
    st.integers(0, 10**9),
    st.none() | st.lists(texts, max_size=4),
    st.none() | st.lists(st.integers(0, 10**9).map(str), max_size=9, unique=True),
    st.sampled_from([None, an_invoice()]),
)
TAXES = st.tuples(
    st.sampled_from([None, "inclusive", "inclusive, net with tax", "exclusive", "reverse"]), st.sampled_from(RATES)
)


@cache
def wire_lines(currency: str, *, min_coins: int = -1_000_000) -> st.SearchStrategy[Wire]:
    """A line of whole coins; a tax adds up in one of the ways in which Pleo says it."""
    amounts = st.integers(min_coins, 1_000_000).map(lambda coins: coins * COINS[currency])
    return st.builds(partial(_line, currency), amounts, st.sampled_from(ACCOUNTS), TAXES, TAGS)


def _line(currency: str, amount: Decimal, account: str, tax: tuple[str | None, str], tags: list[Wire] | None) -> Wire:
    kind, rate = tax
    if kind is None:
        return a_line(amount, account, currency=currency, tags=tags)
    share = Decimal(rate) if kind == "reverse" else Decimal(rate) / (1 + Decimal(rate))
    taxed = (amount * share).quantize(COINS[currency])
    return a_line(
        amount,
        account,
        net=amount if kind in {"reverse", "inclusive, net with tax"} else amount - taxed,
        currency=currency,
        tags=tags,
        tax=a_tax(taxed, rate=rate, kind=kind.split(",")[0], currency=currency),
    )


@cache
def wire_items(
    *,
    item_types: tuple[ItemType, ...] = tuple(ItemType),
    methods: tuple[str | None, ...] = METHODS,
    min_coins: int = -1_000_000,
) -> st.SearchStrategy[Wire]:
    """`least` is the least coins of a line."""
    kinds = [(item_type, sub_type) for item_type in item_types for sub_type in (None, *SUB_TYPES.get(item_type, ()))]
    lines = {
        currency: st.lists(wire_lines(currency, min_coins=min_coins), min_size=1, max_size=4) for currency in COINS
    }
    split = st.sampled_from(sorted(COINS)).flatmap(lambda currency: st.tuples(st.just(currency), lines[currency]))
    return st.builds(
        _item,
        st.sampled_from(kinds),
        split,
        method=st.sampled_from(methods),
        asked=ASKED,
        date=DAYS,
        note=NOTES,
        supplier=SUPPLIERS,
        vendor=VENDORS,
        user=PEOPLE,
        contraAccount=CONTRA_ACCOUNTS,
        additionalInformation=INFORMATION,
    )


def _item(kind: tuple[str, str | None], split: tuple[str, list[Wire]], **more: Any) -> Wire:
    return a_wire_item(kind[0], sub_type=kind[1], currency=split[0], lines=split[1], **more)


ODD_TEXTS = st.text(max_size=10) | st.sampled_from(
    [
        *["", " ", "UNDEFINED", "EUR", "eur", "\u202e", "\x00", "\n", "9" * 70, "accounts_payable", "reverse", "2641"],
        *["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
    ]
)
ODD_NUMBERS = st.integers() | st.sampled_from([0, -1, 0.5, 1e22, 1e300, -(10**40), 10**40, 1e-30, 33.333333333333336])
#: Left as they are: an item whose ids are not ids is never read.
IDS = frozenset({"id", "accountingEntryId", "accountingEntryLineId", "companyId"})
ODD = {str: ODD_TEXTS, int: ODD_NUMBERS, float: ODD_NUMBERS}


@st.composite
def odd_wire_items(draw: st.DrawFn) -> Wire:
    """One to three members replaced by something odd, mostly of the same kind."""
    wire = copy.deepcopy(draw(wire_items()))
    for _ in range(draw(st.integers(1, 3))):
        place, key = draw(st.sampled_from(_members(wire)))
        place[key] = draw(ODD.get(type(place[key]), st.none()))
    return wire


def _members(value: Any) -> list[tuple[Any, Any]]:
    """Where each member stands, at any depth."""
    if not isinstance(value, dict | list):
        return []
    keys = value if isinstance(value, dict) else range(len(value))
    return [found for key in keys if key not in IDS for found in ((value, key), *_members(value[key]))]
