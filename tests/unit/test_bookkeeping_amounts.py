"""Sums and currencies: what is recorded is what Pleo says, or nothing is."""

from decimal import Decimal

import pytest
from support.builders.books import legs, make_voucher
from support.builders.items import Wire, a_line, a_tax, an_amount, an_item, money

from integration.bookkeeping.vouchers import OriginalAmount
from integration.errors.items import AmountNotInCurrency, CurrenciesDiffer, CurrencyUndefined, LinesDoNotSumToItem
from integration.pleo.models import Money

#: Pleo sends hundredths for every currency.
HELD = [
    ("EUR", 1234, "12.34"),
    ("EUR", 1, "0.01"),
    ("ISK", 150000, "1500"),
    ("JPY", 100, "1"),
    ("KWD", 1234.5, "12.345"),
    ("BHD", 0.1, "0.001"),
    ("XXX", 1234, "12.34"),
]
NOT_HELD = [
    ("EUR", 1234.5),
    ("EUR", 0.0001),
    ("ISK", 150050),
    ("JPY", 1),
    ("KWD", 1234.56),
    ("EUR", 10**18),
    ("EUR", 10**40),
    ("EUR", -(10**40)),
]


def with_value(currency: str, value: float) -> dict[str, object]:
    return {
        "inSupplierCurrency": {"currency": currency, "value": value},
        "inWalletCurrency": {"currency": currency, "value": value},
    }


@pytest.mark.parametrize(("currency", "value", "amount"), HELD)
def test_an_amount_is_recorded_in_the_coins_of_its_currency(currency: str, value: float, amount: str):
    sums = with_value(currency, value)
    voucher = make_voucher(an_item(lines=[a_line() | {"lineAmount": sums}], amount=sums))
    assert (voucher.currency, legs(voucher)) == (currency, [f"Dr 7500 {amount}", f"Cr 1150 {amount}"])


@pytest.mark.parametrize(("currency", "value"), NOT_HELD)
def test_an_amount_that_its_currency_cannot_hold_is_refused(currency: str, value: float):
    sums = with_value(currency, value)
    with pytest.raises(AmountNotInCurrency, match=currency):
        make_voucher(an_item(lines=[a_line() | {"lineAmount": sums}], amount=sums))


@pytest.mark.parametrize("value", ["1e1000000", "-1e1000000", "1e-1000000", f"1.{'0' * 60}1"])
def test_an_amount_that_no_computer_sums_exactly_is_refused(value: str):
    item = an_item()
    huge = item.amount.model_copy(update={"in_wallet_currency": Money(currency="EUR", value=Decimal(value))})
    with pytest.raises(AmountNotInCurrency):
        make_voucher(item.model_copy(update={"amount": huge}))


@pytest.mark.parametrize("currency", ["UNDEFINED", "", "eur", "EURO", "EU\u202e"])
def test_an_item_without_a_currency_is_refused(currency: str):
    with pytest.raises(CurrencyUndefined):
        make_voucher(an_item(currency=currency))


@pytest.mark.parametrize("item_type", ["card_purchase", "wallet_topup"])
def test_a_line_in_another_currency_is_refused(item_type: str):
    lines = [a_line(), a_line(currency="SEK")]
    with pytest.raises(CurrenciesDiffer, match="in EUR and one of its lines in SEK"):
        make_voucher(an_item(item_type, lines=lines))


@pytest.mark.parametrize(
    "line",
    [
        a_line(net="80.00", tax=a_tax("20.00", currency="SEK")),
        a_line(tax=a_tax("20.00")) | {"netAmount": an_amount("80.00", "SEK")},
    ],
)
def test_a_tax_or_a_net_amount_in_another_currency_is_refused(line: Wire):
    with pytest.raises(CurrenciesDiffer):
        make_voucher(an_item(lines=[line]))


@pytest.mark.parametrize("item_type", ["card_purchase", "refund", "direct_reimbursement", "wallet_topup"])
@pytest.mark.parametrize("total", ["100.01", "-100.00", "0.00"])
def test_lines_that_do_not_sum_to_the_item_are_refused(item_type: str, total: str):
    with pytest.raises(LinesDoNotSumToItem, match=r"100\.00"):
        make_voucher(an_item(item_type, lines=[a_line("60.00"), a_line("40.00")], total=total))


def test_what_the_supplier_asked_for_is_kept_where_it_was_another_currency():
    assert make_voucher(an_item(asked=money("1099.50", "SEK"))).original == OriginalAmount("SEK", Decimal("1099.50"))
    assert make_voucher(an_item(asked=money("-1099.50", "SEK"))).original == OriginalAmount("SEK", Decimal("1099.50"))


@pytest.mark.parametrize("asked", [None, money("100.00", "EUR"), money("100.00", "UNDEFINED")])
def test_there_is_no_original_amount_where_the_currency_is_the_same_or_not_known(asked: Wire | None):
    assert make_voucher(an_item(asked=asked)).original is None


def test_an_original_amount_that_its_currency_cannot_hold_is_kept_as_sent_beside_a_sound_sum():
    assert make_voucher(an_item(asked=money("16000.50", "JPY"))).original == OriginalAmount("JPY", Decimal("16000.50"))


@pytest.mark.parametrize("value", ["1e1000000", "-1e18", "1e-1000000"])
def test_an_original_amount_that_is_no_sum_of_money_is_left_out(value: str):
    item = an_item(asked=money("1.00", "JPY"))
    absurd = item.amount.model_copy(update={"in_supplier_currency": Money(currency="JPY", value=Decimal(value))})
    assert make_voucher(item.model_copy(update={"amount": absurd})).original is None
