"""What holds for every item, whatever its type, split, sign, currency and tax."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from support.builders.any_items import ACCOUNTS, odd_wire_items, wire_items
from support.builders.books import NORDIC_PAPER, make_voucher
from support.builders.items import Wire, parse_item

from integration.bookkeeping.accounts import find_account_pair
from integration.bookkeeping.chart import Chart, Period, TaxCode
from integration.bookkeeping.narrative import TextLimits
from integration.bookkeeping.vouchers import Side, Voucher, sum_side
from integration.configuration.connection import ClosedPeriod, UnknownVendor
from integration.errors import Refused
from integration.pleo.models import ExportItem, ItemType

#: Everything is declared, and half of it is there.
STRICT = Chart(
    accounts=frozenset({"7500", "7600", "1150", "1210", "2150", "2440", "2447", "2641"}),
    tax_codes={"I25": TaxCode("I25", Decimal("0.25"), input_account="2641")},
    dimensions={"PROJECT": frozenset({"1"}), "COST": frozenset({"1"})},
    vendors=(NORDIC_PAPER,),
    periods=(Period(date.min, date(2010, 12, 31), is_open=False), Period(date(2011, 1, 1), date.max, is_open=True)),
)
LIMITS = st.builds(
    TextLimits,
    text=st.none() | st.integers(0, 120),
    ids=st.none() | st.integers(0, 60),
    attendees=st.none() | st.integers(0, 60),
)
BOOKS = st.fixed_dictionaries(
    {
        "chart": st.sampled_from([Chart(), STRICT]),
        "limits": LIMITS,
        "closed_period": st.sampled_from(ClosedPeriod),
        "unknown_vendor": st.sampled_from(UnknownVendor),
    }
)
#: The machine may be slow; what is asked is not how long it takes.
EXAMPLES = settings(max_examples=40, deadline=None)
JOURNALS = wire_items(methods=("journal",)).map(parse_item)


@settings(EXAMPLES, max_examples=150)
@given(wire=odd_wire_items() | wire_items(), books=BOOKS)
def test_every_item_that_can_be_read_becomes_a_voucher_or_is_refused(wire: Wire, books: dict[str, Any]):
    try:
        item = parse_item(wire)
    except ValidationError:
        return
    outcome = outcome_of(item, books)
    if isinstance(outcome, Voucher):
        assert sum_side(outcome.postings, Side.DEBIT) == sum_side(outcome.postings, Side.CREDIT) == outcome.total > 0
    else:
        assert outcome


@EXAMPLES
@given(wire=wire_items(), books=BOOKS)
def test_the_same_item_gives_the_same_voucher(wire: Wire, books: dict[str, Any]):
    assert outcome_of(parse_item(wire), books) == outcome_of(parse_item(wire), books)


@EXAMPLES
@given(item=wire_items(methods=("journal",), min_coins=1).map(parse_item))
def test_a_journal_entry_is_of_what_left_the_wallet(item: ExportItem):
    voucher = make_voucher(item)
    reversed_charges = sum(posting.amount for posting in voucher.postings if posting.account == "2611")
    assert voucher.total == item.amount.in_wallet_currency.amount + reversed_charges


@EXAMPLES
@given(item=JOURNALS)
def test_no_coin_is_lost_between_the_lines_and_the_account_they_are_settled_on(item: ExportItem):
    try:
        voucher = make_voucher(item)
    except Refused:
        return
    for_lines = abs(balance(voucher, *ACCOUNTS, "2641", "2611"))
    if for_lines:
        assert for_lines == abs(item.amount.in_wallet_currency.amount)
    assert sum(posting.signed for posting in voucher.postings) == 0


@EXAMPLES
@given(item=wire_items(item_types=(ItemType.CARD_PURCHASE,), methods=("journal",)).map(parse_item))
def test_each_account_gets_what_its_lines_say(item: ExportItem):
    try:
        voucher = make_voucher(item)
    except Refused:
        return
    for account in ACCOUNTS:
        lines = [line for line in item.accounting_entry_lines if line.account and line.account.number == account]
        assert balance(voucher, account) == sum(
            line.line_amount.in_wallet_currency.amount - included_tax(line) for line in lines
        )
    taxes = sum(line.tax.amount.in_wallet_currency.amount for line in item.accounting_entry_lines if line.tax)
    assert balance(voucher, "2641") == taxes


@EXAMPLES
@given(wire=wire_items(methods=("journal", "accounts_payable")))
def test_an_item_with_its_sign_turned_is_the_same_or_exactly_the_opposite(wire: Wire):
    item, turned = parse_item(wire), parse_item(negative(wire))
    try:
        before, after = make_voucher(item).postings, make_voucher(turned).postings
    except Refused as refusal:
        with pytest.raises(type(refusal)):
            make_voucher(turned)
        return
    opposite = find_account_pair(item).sign_matters or not item.amount.in_wallet_currency.value
    sign = -1 if opposite else 1
    assert [(posting.account, sign * posting.signed, posting.tax) for posting in before] == [
        (posting.account, posting.signed, posting.tax) for posting in after
    ]


@EXAMPLES
@given(wire=wire_items(methods=("accounts_payable",)))
def test_what_is_paid_at_once_leaves_the_vendors_account_as_it_was(wire: Wire):
    try:
        voucher = make_voucher(parse_item(wire), chart=Chart(vendors=(NORDIC_PAPER,)))
    except Refused:
        return
    if wire["type"] not in {"invoice", "invoice_payment"}:
        assert balance(voucher, "2447") == 0


@EXAMPLES
@given(wire=wire_items() | odd_wire_items(), books=BOOKS)
def test_no_persons_name_and_no_note_gets_into_a_decision_or_a_refusal(wire: Wire, books: dict[str, Any]):
    private = {"user": {"id": wire.get("companyId"), "name": "Zaphod", "code": None}, "note": "Zaphod"}
    try:
        outcome = outcome_of(parse_item(wire | private), books)
    except ValidationError:
        return
    said = [decision.text for decision in outcome.decisions] if isinstance(outcome, Voucher) else [outcome]
    assert not any("Zaphod" in text for text in said)


def outcome_of(item: ExportItem, books: dict[str, Any]) -> Voucher | str:
    try:
        return make_voucher(item, **books)
    except Refused as refusal:
        return str(refusal)


def balance(voucher: Voucher, *accounts: str) -> Decimal:
    return sum((posting.signed for posting in voucher.postings if posting.account in accounts), Decimal(0))


def included_tax(line: Any) -> Decimal:
    if line.tax is None or line.tax.type == "reverse":
        return Decimal(0)
    return line.tax.amount.in_wallet_currency.amount


def negative(value: Any) -> Any:
    """Every amount turned."""
    if isinstance(value, list):
        return [negative(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {key: -member if key == "value" else negative(member) for key, member in value.items()}
