"""VAT: Pleo's figures are recorded as they are, and only if they add up."""

from decimal import Decimal

import pytest
from support.builders.books import decision_codes, legs, make_voucher
from support.builders.items import Wire, a_line, a_tax, an_item

from integration.bookkeeping.chart import Chart, TaxCode
from integration.bookkeeping.vouchers import TaxTrace
from integration.errors.items import (
    ItemUnreadable,
    TaxAccountMissing,
    TaxCodeNotInChart,
    TaxDoesNotAddUp,
    TaxKindUnknown,
)

I25 = TaxCode("I25", Decimal("0.25"), input_account="1641", output_account="1611")
NO_ACCOUNTS = {"ingoingTaxAccount": None, "outgoingTaxAccount": None}

#: 100.00 is paid; 7500 is the line's account, 2641 input tax, 2611 output tax.
ADD_UP = [
    # kind, net amount, tax, rate, recorded
    ("inclusive", "80.00", "20.00", "0.25", ["Dr 7500 80.00", "Dr 2641 20.00"]),
    ("inclusive", "80.01", "19.99", "0.25", ["Dr 7500 80.01", "Dr 2641 19.99"]),
    ("inclusive", "90.00", "10.00", "0.25", ["Dr 7500 90.00", "Dr 2641 10.00"]),
    ("inclusive", "0.00", "100.00", "1", ["Dr 2641 100.00"]),
    ("inclusive", "100.00", "20.00", "0.25", ["Dr 7500 80.00", "Dr 2641 20.00"]),
    ("inclusive", "100.00", "20.01", "0.25", ["Dr 7500 79.99", "Dr 2641 20.01"]),
    ("inclusive", "100.00", "0.00", "0", ["Dr 7500 100.00"]),
    ("exclusive", "80.00", "20.00", "0.25", ["Dr 7500 80.00", "Dr 2641 20.00"]),
    ("exclusive", "100.00", "0.00", "0", ["Dr 7500 100.00"]),
    ("reverse", "100.00", "25.00", "0.25", ["Dr 7500 100.00", "Dr 2641 25.00", "Cr 2611 25.00"]),
    ("reverse", "125.00", "25.00", "0.25", ["Dr 7500 100.00", "Dr 2641 25.00", "Cr 2611 25.00"]),
    ("reverse", "100.00", "0.00", "0.25", ["Dr 7500 100.00"]),
]
DO_NOT_ADD_UP = [
    # kind, net amount, tax, rate
    ("inclusive", "125.00", "-25.00", "0.25"),
    ("inclusive", "-25.00", "125.00", "0.25"),
    ("exclusive", "125.00", "-25.00", "0.25"),
    ("reverse", "100.00", "-25.00", "0.25"),
    ("reverse", "75.00", "-25.00", "0.25"),
    ("inclusive", "80.00", "19.99", "0.25"),
    ("inclusive", "100.00", "25.00", "0.25"),
    ("inclusive", "100.00", "20.05", "0.25"),
    ("inclusive", "99.99", "0.00", "0"),
    ("exclusive", "100.00", "25.00", "0.25"),
    ("reverse", "80.00", "20.00", "0.25"),
    ("reverse", "100.01", "25.00", "0.25"),
]
#: Two cents to either side are rounding and how a split was shared out.
AS_RATED = [
    # kind, net amount, tax, rate, worth a word
    ("inclusive", "80.00", "20.00", "0.25", False),
    ("inclusive", "79.98", "20.02", "0.25", True),
    ("inclusive", "80.01", "19.99", "0.25", False),
    ("inclusive", "90.00", "10.00", "0.25", True),
    ("inclusive", "0.00", "100.00", "1", True),
    ("inclusive", "80.00", "20.00", "0", True),
    ("exclusive", "80.00", "20.00", "0.2", True),
    ("reverse", "100.00", "25.02", "0.25", False),
    ("reverse", "100.00", "25.03", "0.25", True),
    ("reverse", "125.00", "25.00", "0.25", False),
]


def a_taxed_item(kind: str, net: str, tax: str, rate: str, item_type: str = "card_purchase", **more: object) -> Wire:
    return an_item(item_type, lines=[a_line("100.00", net=net, tax=a_tax(tax, kind=kind, rate=rate, **more))])


@pytest.mark.parametrize(("kind", "net", "tax", "rate", "recorded"), ADD_UP)
def test_a_tax_that_adds_up_stands_beside_its_base(kind: str, net: str, tax: str, rate: str, recorded: list[str]):
    assert legs(make_voucher(a_taxed_item(kind, net, tax, rate))) == [*recorded, "Cr 1150 100.00"]


@pytest.mark.parametrize(("kind", "net", "tax", "rate", "recorded"), ADD_UP)
def test_a_refund_takes_the_tax_back(kind: str, net: str, tax: str, rate: str, recorded: list[str]):
    turned = [leg.replace("Dr", "dr").replace("Cr", "Dr").replace("dr", "Cr") for leg in recorded]
    assert legs(make_voucher(a_taxed_item(kind, net, tax, rate, "refund"))) == ["Dr 1150 100.00", *turned]


@pytest.mark.parametrize(("kind", "net", "tax", "rate"), DO_NOT_ADD_UP)
def test_a_tax_that_does_not_add_up_is_refused(kind: str, net: str, tax: str, rate: str):
    with pytest.raises(TaxDoesNotAddUp, match=r"Line 1: net .+ and tax .+ are not the parts of its 100\.00"):
        make_voucher(a_taxed_item(kind, net, tax, rate))


@pytest.mark.parametrize(("kind", "net", "tax", "rate", "worth_a_word"), AS_RATED)
def test_a_tax_that_is_not_what_its_rate_says_is_kept_and_written_down(
    kind: str, net: str, tax: str, rate: str, *, worth_a_word: bool
):
    voucher = make_voucher(a_taxed_item(kind, net, tax, rate))
    assert decision_codes(voucher) == (["tax_not_as_rated"] if worth_a_word else [])
    assert f"Dr 2641 {tax}" in legs(voucher)


def test_what_is_written_down_of_a_tax_names_its_line_and_its_figures():
    item = an_item(lines=[a_line(), a_line(net="90.00", tax=a_tax("10.00"))])
    (decision,) = make_voucher(item).decisions
    assert decision.text == "Line 2: tax 10.00 is not the 25.00% of 90.00 that Pleo names, and is kept."


def test_the_cents_of_a_split_stay_where_pleo_put_them():
    lines = [a_line("33.34", net="26.67", tax=a_tax("6.67")), a_line("33.33", net="26.67", tax=a_tax("6.66"))]
    recorded = ["Dr 7500 26.67", "Dr 2641 6.67", "Dr 7500 26.67", "Dr 2641 6.66", "Cr 1150 66.67"]
    assert legs(make_voucher(an_item(lines=lines))) == recorded


def test_in_accounts_payable_the_bill_carries_the_tax():
    item = an_item("invoice", lines=[a_line(net="80.00", tax=a_tax())])
    assert legs(make_voucher(item)) == ["Dr 7500 80.00", "Dr 2641 20.00", "Cr 2440 100.00"]


def test_a_movement_between_balance_accounts_has_no_tax():
    item = an_item("wallet_topup", lines=[a_line(account=None, net="1.00", tax=a_tax(kind="unheard of"))])
    assert legs(make_voucher(item)) == ["Dr 1150 100.00", "Cr 1100 100.00"]


def test_postings_say_which_tax_code_they_belong_to():
    base, tax, wallet = make_voucher(a_taxed_item("inclusive", "80.00", "20.00", "0.25")).postings
    assert base.tax == TaxTrace("I25", "base", Decimal("0.25"))
    assert tax.tax == TaxTrace("I25", "tax", Decimal("0.25"))
    assert wallet.tax is None


def test_the_accounts_that_pleo_names_win_over_those_of_the_accounting_system():
    voucher = make_voucher(a_taxed_item("reverse", "100.00", "25.00", "0.25"), chart=Chart(tax_codes={"I25": I25}))
    assert legs(voucher)[1:3] == ["Dr 2641 25.00", "Cr 2611 25.00"]


def test_the_accounting_system_knows_the_accounts_that_pleo_does_not_name():
    item = a_taxed_item("reverse", "100.00", "25.00", "0.25", **NO_ACCOUNTS)
    assert legs(make_voucher(item, chart=Chart(tax_codes={"I25": I25})))[1:3] == ["Dr 1641 25.00", "Cr 1611 25.00"]


@pytest.mark.parametrize(
    ("kind", "absent", "direction"),
    [
        ("inclusive", "ingoingTaxAccount", "input"),
        ("reverse", "ingoingTaxAccount", "input"),
        ("reverse", "outgoingTaxAccount", "output"),
    ],
)
def test_a_tax_without_an_account_is_refused_by_its_direction(kind: str, absent: str, direction: str):
    net = "80.00" if kind == "inclusive" else "100.00"
    with pytest.raises(TaxAccountMissing, match=f"I25 has no account for its {direction} tax"):
        make_voucher(a_taxed_item(kind, net, "20.00", "0.25", **{absent: None}))


def test_a_tax_of_zero_needs_no_account():
    item = a_taxed_item("inclusive", "100.00", "0.00", "0", **NO_ACCOUNTS)
    assert legs(make_voucher(item)) == ["Dr 7500 100.00", "Cr 1150 100.00"]


def test_a_tax_code_that_the_accounting_system_does_not_have_is_refused():
    with pytest.raises(TaxCodeNotInChart, match="I25"):
        make_voucher(a_taxed_item("inclusive", "80.00", "20.00", "0.25"), chart=Chart(tax_codes={"I12": I25}))


def test_a_tax_without_a_code_is_recorded_on_the_account_it_names_and_leaves_no_trace():
    item = a_taxed_item("inclusive", "80.00", "20.00", "0.25", code=None)
    voucher = make_voucher(item, chart=Chart(tax_codes={}))
    assert legs(voucher) == ["Dr 7500 80.00", "Dr 2641 20.00", "Cr 1150 100.00"]
    assert not any(posting.tax for posting in voucher.postings)


def test_a_tax_without_a_code_and_without_an_account_is_refused():
    with pytest.raises(TaxAccountMissing, match="without a code"):
        make_voucher(a_taxed_item("inclusive", "80.00", "20.00", "0.25", code=None, **NO_ACCOUNTS))


def test_a_kind_of_tax_that_we_do_not_know_is_refused():
    with pytest.raises(TaxKindUnknown, match="triangular"):
        make_voucher(a_taxed_item("triangular", "80.00", "20.00", "0.25"))


@pytest.mark.parametrize("rate", ["25", "-0.25"])
def test_a_rate_that_is_no_share_is_unreadable(rate: str):
    with pytest.raises(ItemUnreadable, match="tax rate of line 1"):
        make_voucher(a_taxed_item("inclusive", "80.00", "20.00", rate))
