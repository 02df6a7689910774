"""Which account a side stands on, and what is said when there is none."""

import pytest
from support.builders.books import ACCOUNTS, decision_codes, legs, make_voucher
from support.builders.items import a_line, a_tax, a_vendor, an_account, an_item

from integration.bookkeeping.chart import Chart
from integration.configuration.connection import Accounts
from integration.errors.items import (
    AccountNotConfigured,
    AccountNotInChart,
    AccountOnBothSides,
    LineAccountMissing,
    MethodUnknown,
    TypeUnknown,
)

FROM_THE_WALLET = ["card_purchase", "refund", "direct_reimbursement", "invoice_payment", "wallet_topup"]
NOT_FROM_THE_WALLET = ["out_of_pocket", "mileage", "per_diem", "external_reimbursement", "invoice"]


@pytest.mark.parametrize("item_type", FROM_THE_WALLET)
def test_the_contra_account_of_the_item_wins_over_the_configured_wallet(item_type: str):
    postings = legs(make_voucher(an_item(item_type, contraAccount=an_account("1210"))))
    assert any("1210" in leg for leg in postings)
    assert not any("1150" in leg for leg in postings)


@pytest.mark.parametrize("item_type", NOT_FROM_THE_WALLET)
def test_the_contra_account_means_nothing_where_the_wallet_is_not_touched(item_type: str):
    assert not any("1210" in leg for leg in legs(make_voucher(an_item(item_type, contraAccount=an_account("1210")))))


def test_a_contra_account_without_a_number_is_known_by_its_identifier():
    item = an_item(contraAccount=an_account(None, identifier="ext-1210"))
    assert legs(make_voucher(item)) == ["Dr 7500 100.00", "Cr ext-1210 100.00"]


def test_a_contra_account_that_names_nothing_leaves_the_configured_wallet():
    assert legs(make_voucher(an_item(contraAccount=an_account(None)))) == ["Dr 7500 100.00", "Cr 1150 100.00"]


def test_a_line_account_without_a_number_is_known_by_its_identifier():
    item = an_item(lines=[a_line(account=None) | {"account": an_account(None, identifier="ext-7500")}])
    assert legs(make_voucher(item)) == ["Dr ext-7500 100.00", "Cr 1150 100.00"]


@pytest.mark.parametrize(
    ("item_type", "missing", "setting"),
    [
        ("card_purchase", "wallet", "wallet"),
        ("out_of_pocket", "out_of_pocket", "out_of_pocket"),
        ("direct_reimbursement", "out_of_pocket", "out_of_pocket"),
        ("external_reimbursement", "external_reimbursement", "external_reimbursement"),
        ("invoice", "accounts_payable", "accounts_payable"),
    ],
)
def test_an_account_that_is_not_configured_is_named(item_type: str, missing: str, setting: str):
    with pytest.raises(AccountNotConfigured, match=f"accounts.{setting} "):
        make_voucher(an_item(item_type), accounts=ACCOUNTS.model_copy(update={missing: None}))


@pytest.mark.parametrize("item_type", ["wallet_topup", "wallet_unload"])
def test_the_wallet_is_loaded_from_the_contra_account_where_no_bank_is_configured(item_type: str):
    postings = legs(make_voucher(an_item(item_type), accounts=ACCOUNTS.model_copy(update={"bank": None})))
    assert any("1159" in leg for leg in postings)


def test_neither_bank_nor_contra_account_is_a_missing_bank():
    with pytest.raises(AccountNotConfigured, match=r"accounts\.bank "):
        make_voucher(an_item("wallet_topup"), accounts=Accounts(wallet="1150"))


@pytest.mark.parametrize(
    "item_type", ["card_purchase", "atm_withdrawal", "fee", "mileage", "invoice", "refund", "cashback"]
)
def test_a_line_without_an_account_is_refused_by_its_position_and_category(item_type: str):
    lines = [a_line(), a_line() | {"account": an_account(None, name="Travel")}]
    with pytest.raises(LineAccountMissing, match=r"Line 2 \(category: Travel\)"):
        make_voucher(an_item(item_type, lines=lines))


@pytest.mark.parametrize("item_type", ["direct_reimbursement", "external_reimbursement", "wallet_topup"])
def test_a_movement_between_balance_accounts_needs_no_line_account(item_type: str):
    voucher = make_voucher(an_item(item_type, lines=[a_line(account=None)]))
    assert (len(voucher.postings), decision_codes(voucher)) == (2, [])


@pytest.mark.parametrize("item_type", ["direct_reimbursement", "external_reimbursement", "wallet_topup"])
def test_a_line_account_that_a_movement_does_not_use_is_written_down(item_type: str):
    voucher = make_voucher(an_item(item_type, lines=[a_line(account="7500")]))
    assert not any("7500" in leg for leg in legs(voucher))
    assert decision_codes(voucher) == ["line_unused"]
    assert "7500" in voucher.decisions[0].text


def test_personal_spend_without_an_account_is_owed_by_the_employee():
    item = an_item("personal_spend", lines=[a_line(account=None)])
    assert legs(make_voucher(item)) == ["Dr 2150 100.00", "Cr 1150 100.00"]


def test_personal_spend_without_any_account_names_the_setting():
    with pytest.raises(AccountNotConfigured, match=r"accounts\.out_of_pocket "):
        make_voucher(an_item("personal_spend", lines=[a_line(account=None)]), accounts=Accounts(wallet="1150"))


@pytest.mark.parametrize("method", ["journal", "accounts_payable"])
@pytest.mark.parametrize("item_type", ["card_purchase", "refund", "personal_spend"])
def test_an_account_that_would_pay_itself_is_refused(item_type: str, method: str):
    lines = [a_line("60.00", "7500"), a_line("40.00", "1150")]
    with pytest.raises(AccountOnBothSides, match=r"No\. 1150 "):
        make_voucher(an_item(item_type, lines=lines, method=method, vendor=a_vendor()))


def test_an_invoice_for_the_vendors_own_account_is_refused():
    with pytest.raises(AccountOnBothSides, match=r"No\. 2440 "):
        make_voucher(an_item("invoice", lines=[a_line(account="2440")]))


@pytest.mark.parametrize(("item_type", "contra"), [("wallet_topup", "1100"), ("direct_reimbursement", "2150")])
def test_a_movement_from_an_account_to_itself_is_refused(item_type: str, contra: str):
    with pytest.raises(AccountOnBothSides, match=rf"No\. {contra} "):
        make_voucher(an_item(item_type, lines=[a_line(account=None)], contraAccount=an_account(contra)))


def test_lines_of_both_signs_may_share_an_account():
    item = an_item(lines=[a_line("120.00", "7500"), a_line("-20.00", "7500")])
    assert legs(make_voucher(item)) == ["Dr 7500 120.00", "Cr 7500 20.00", "Cr 1150 100.00"]


@pytest.mark.parametrize("absent", ["7500", "1150", "2641"])
def test_an_account_that_the_chart_does_not_have_is_refused_by_its_number(absent: str):
    item = an_item(lines=[a_line(net="80.00", tax=a_tax("20.00"))])
    chart = Chart(accounts=frozenset({"7500", "1150", "2641"} - {absent}))
    with pytest.raises(AccountNotInChart, match=absent):
        make_voucher(item, chart=chart)


def test_a_chart_with_every_account_takes_the_item():
    item = an_item(lines=[a_line(net="80.00", tax=a_tax("20.00"))])
    assert make_voucher(item, chart=Chart(accounts=frozenset({"7500", "1150", "2641"})))


@pytest.mark.parametrize("item_type", ["overdraft", "CARD_PURCHASE", ""])
def test_a_type_that_we_do_not_know_is_refused(item_type: str):
    with pytest.raises(TypeUnknown):
        make_voucher(an_item(item_type))


@pytest.mark.parametrize("item_type", ["direct_reimbursement", "external_reimbursement", "invoice_payment"])
@pytest.mark.parametrize("sub_type", ["interest", "reimbursement_to_mars"])
def test_a_sub_type_that_leaves_the_direction_open_is_refused(item_type: str, sub_type: str):
    with pytest.raises(TypeUnknown, match=sub_type):
        make_voucher(an_item(item_type, sub_type=sub_type))


def test_a_sub_type_that_we_do_not_know_changes_nothing_where_the_type_says_it_all():
    assert legs(make_voucher(an_item("fee", sub_type="subscription"))) == legs(make_voucher(an_item("fee")))


def test_a_method_that_we_do_not_know_is_refused():
    with pytest.raises(MethodUnknown, match="cash_basis"):
        make_voucher(an_item(method="cash_basis"))
