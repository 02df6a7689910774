"""The golden table, worked out by hand: what each type of item is in the books.

7500 office supplies · 1150 wallet · 1100 bank · 2150 owed to employees · 2160 external reimbursements
2440 accounts payable · 2447 accounts payable of Nordic Paper
"""

import re

import pytest
from support.builders.books import ADA, NORDIC_PAPER, decision_codes, legs, make_voucher
from support.builders.items import a_line, a_vendor, an_item

from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vouchers import VoucherKind
from integration.errors.items import NothingToRecord
from integration.pleo.models import ExportItem, ItemSubType, ItemType

JOURNAL = """
type                    sub type                          100.00                 -100.00
card_purchase           -                                 Dr 7500 Cr 1150       Cr 7500 Dr 1150
card_invoice            -                                 Dr 7500 Cr 1150       Cr 7500 Dr 1150
atm_withdrawal          -                                 Dr 7500 Cr 1150       Cr 7500 Dr 1150
personal_spend          -                                 Dr 7500 Cr 1150       Cr 7500 Dr 1150
fee                     -                                 Dr 7500 Cr 1150       Cr 7500 Dr 1150
fee                     interest                          Dr 7500 Cr 1150       Cr 7500 Dr 1150
out_of_pocket           -                                 Dr 7500 Cr 2150       Cr 7500 Dr 2150
mileage                 -                                 Dr 7500 Cr 2150       Cr 7500 Dr 2150
per_diem                -                                 Dr 7500 Cr 2150       Cr 7500 Dr 2150
direct_reimbursement    -                                 Dr 2150 Cr 1150       Cr 2150 Dr 1150
direct_reimbursement    reimbursement_to_employee         Dr 2150 Cr 1150       Dr 2150 Cr 1150
direct_reimbursement    reimbursement_to_employee_refund  Dr 1150 Cr 2150       Dr 1150 Cr 2150
direct_reimbursement    reimbursement_to_company          Dr 1150 Cr 2150       Dr 1150 Cr 2150
external_reimbursement  -                                 Dr 2150 Cr 2160       Cr 2150 Dr 2160
external_reimbursement  reimbursement_to_employee         Dr 2150 Cr 2160       Dr 2150 Cr 2160
external_reimbursement  reimbursement_to_employee_refund  Dr 2160 Cr 2150       Dr 2160 Cr 2150
external_reimbursement  reimbursement_to_company          Dr 2160 Cr 2150       Dr 2160 Cr 2150
invoice                 -                                 Dr 7500 Cr 2440       Cr 7500 Dr 2440
invoice_payment         -                                 Dr 2440 Cr 1150       Cr 2440 Dr 1150
invoice_payment         invoice_payment_sent              Dr 2440 Cr 1150       Dr 2440 Cr 1150
invoice_payment         invoice_payment_returned          Dr 1150 Cr 2440       Dr 1150 Cr 2440
refund                  -                                 Dr 1150 Cr 7500       Dr 1150 Cr 7500
chargeback              -                                 Dr 1150 Cr 7500       Dr 1150 Cr 7500
cashback                -                                 Dr 1150 Cr 7500       Dr 1150 Cr 7500
wallet_topup            -                                 Dr 1150 Cr 1100       Dr 1150 Cr 1100
wallet_unload           -                                 Dr 1100 Cr 1150       Dr 1100 Cr 1150
"""

PAYABLES = """
type                    sub type                          total    kind              postings
card_purchase           -                                 100.00   paid_invoice      Dr 7500 Cr 2447 Dr 2447 Cr 1150
card_purchase           -                                 -100.00  credit_note       Cr 7500 Dr 2447 Cr 2447 Dr 1150
card_invoice            -                                 100.00   paid_invoice      Dr 7500 Cr 2447 Dr 2447 Cr 1150
card_invoice            -                                 -100.00  credit_note       Cr 7500 Dr 2447 Cr 2447 Dr 1150
atm_withdrawal          -                                 100.00   paid_invoice      Dr 7500 Cr 2447 Dr 2447 Cr 1150
atm_withdrawal          -                                 -100.00  credit_note       Cr 7500 Dr 2447 Cr 2447 Dr 1150
personal_spend          -                                 100.00   paid_invoice      Dr 7500 Cr 2447 Dr 2447 Cr 1150
personal_spend          -                                 -100.00  credit_note       Cr 7500 Dr 2447 Cr 2447 Dr 1150
fee                     -                                 100.00   paid_invoice      Dr 7500 Cr 2447 Dr 2447 Cr 1150
fee                     -                                 -100.00  credit_note       Cr 7500 Dr 2447 Cr 2447 Dr 1150
fee                     interest                          100.00   paid_invoice      Dr 7500 Cr 2447 Dr 2447 Cr 1150
fee                     interest                          -100.00  credit_note       Cr 7500 Dr 2447 Cr 2447 Dr 1150
out_of_pocket           -                                 100.00   supplier_invoice  Dr 7500 Cr 2150
out_of_pocket           -                                 -100.00  credit_note       Cr 7500 Dr 2150
mileage                 -                                 100.00   supplier_invoice  Dr 7500 Cr 2150
mileage                 -                                 -100.00  credit_note       Cr 7500 Dr 2150
per_diem                -                                 100.00   supplier_invoice  Dr 7500 Cr 2150
per_diem                -                                 -100.00  credit_note       Cr 7500 Dr 2150
direct_reimbursement    -                                 100.00   payment           Dr 2150 Cr 1150
direct_reimbursement    -                                 -100.00  payment           Cr 2150 Dr 1150
direct_reimbursement    reimbursement_to_employee         100.00   payment           Dr 2150 Cr 1150
direct_reimbursement    reimbursement_to_employee         -100.00  payment           Dr 2150 Cr 1150
direct_reimbursement    reimbursement_to_employee_refund  100.00   payment           Dr 1150 Cr 2150
direct_reimbursement    reimbursement_to_employee_refund  -100.00  payment           Dr 1150 Cr 2150
direct_reimbursement    reimbursement_to_company          100.00   payment           Dr 1150 Cr 2150
direct_reimbursement    reimbursement_to_company          -100.00  payment           Dr 1150 Cr 2150
external_reimbursement  -                                 100.00   payment           Dr 2150 Cr 2160
external_reimbursement  -                                 -100.00  payment           Cr 2150 Dr 2160
external_reimbursement  reimbursement_to_employee         100.00   payment           Dr 2150 Cr 2160
external_reimbursement  reimbursement_to_employee         -100.00  payment           Dr 2150 Cr 2160
external_reimbursement  reimbursement_to_employee_refund  100.00   payment           Dr 2160 Cr 2150
external_reimbursement  reimbursement_to_employee_refund  -100.00  payment           Dr 2160 Cr 2150
external_reimbursement  reimbursement_to_company          100.00   payment           Dr 2160 Cr 2150
external_reimbursement  reimbursement_to_company          -100.00  payment           Dr 2160 Cr 2150
invoice                 -                                 100.00   supplier_invoice  Dr 7500 Cr 2447
invoice                 -                                 -100.00  credit_note       Cr 7500 Dr 2447
invoice_payment         -                                 100.00   payment           Dr 2447 Cr 1150
invoice_payment         -                                 -100.00  payment           Cr 2447 Dr 1150
invoice_payment         invoice_payment_sent              100.00   payment           Dr 2447 Cr 1150
invoice_payment         invoice_payment_sent              -100.00  payment           Dr 2447 Cr 1150
invoice_payment         invoice_payment_returned          100.00   payment           Dr 1150 Cr 2447
invoice_payment         invoice_payment_returned          -100.00  payment           Dr 1150 Cr 2447
refund                  -                                 100.00   credit_note       Dr 1150 Cr 2447 Dr 2447 Cr 7500
refund                  -                                 -100.00  credit_note       Dr 1150 Cr 2447 Dr 2447 Cr 7500
chargeback              -                                 100.00   credit_note       Dr 1150 Cr 2447 Dr 2447 Cr 7500
chargeback              -                                 -100.00  credit_note       Dr 1150 Cr 2447 Dr 2447 Cr 7500
cashback                -                                 100.00   credit_note       Dr 1150 Cr 2447 Dr 2447 Cr 7500
cashback                -                                 -100.00  credit_note       Dr 1150 Cr 2447 Dr 2447 Cr 7500
wallet_topup            -                                 100.00   journal_entry     Dr 1150 Cr 1100
wallet_topup            -                                 -100.00  journal_entry     Dr 1150 Cr 1100
wallet_unload           -                                 100.00   journal_entry     Dr 1100 Cr 1150
wallet_unload           -                                 -100.00  journal_entry     Dr 1100 Cr 1150
"""


CHART = Chart(vendors=(NORDIC_PAPER, ADA))


def rows(table: str) -> list[list[str]]:
    """Columns stand two blanks or more apart."""
    return [re.split(r" {2,}", row) for row in table.strip().splitlines()[1:]]


def whole(postings: str) -> list[str]:
    """Every posting of the tables is of 100.00."""
    return [f"{posting} 100.00" for posting in re.findall(r"[DC]r \d+", postings)]


def an_item_of(item_type: str, sub_type: str, total: str, method: str) -> ExportItem:
    sub_type_or_none = None if sub_type == "-" else sub_type
    return an_item(item_type, sub_type=sub_type_or_none, lines=[a_line(total)], method=method, vendor=a_vendor())


@pytest.mark.parametrize(("item_type", "sub_type", "above_zero", "below_zero"), rows(JOURNAL))
@pytest.mark.parametrize("method", ["journal", "none"])
def test_a_journal_entry_stands_on_these_accounts(
    item_type: str, sub_type: str, above_zero: str, below_zero: str, method: str
):
    for total, expected in (("100.00", above_zero), ("-100.00", below_zero)):
        voucher = make_voucher(an_item_of(item_type, sub_type, total, method))
        assert (voucher.kind, legs(voucher)) == (VoucherKind.JOURNAL_ENTRY, whole(expected))


@pytest.mark.parametrize(("item_type", "sub_type", "total", "kind", "expected"), rows(PAYABLES))
def test_accounts_payable_stands_on_these_accounts(item_type: str, sub_type: str, total: str, kind: str, expected: str):
    voucher = make_voucher(an_item_of(item_type, sub_type, total, "accounts_payable"), chart=CHART)
    assert (voucher.kind, legs(voucher)) == (kind, whole(expected))


@pytest.mark.parametrize("table", [JOURNAL, PAYABLES])
def test_the_tables_have_every_type_and_sub_type(table: str):
    assert {row[0] for row in rows(table)} == set(ItemType)
    assert {row[1] for row in rows(table)} - {"-"} == set(ItemSubType)


def test_a_split_has_one_debit_for_each_line():
    item = an_item(lines=[a_line("60.00", "7500"), a_line("39.99", "7600"), a_line("0.01", "7500")])
    assert legs(make_voucher(item)) == ["Dr 7500 60.00", "Dr 7600 39.99", "Dr 7500 0.01", "Cr 1150 100.00"]


def test_a_line_of_the_other_sign_stands_on_the_other_side():
    item = an_item(lines=[a_line("120.00", "7500"), a_line("-20.00", "7600")])
    assert legs(make_voucher(item)) == ["Dr 7500 120.00", "Cr 7600 20.00", "Cr 1150 100.00"]


@pytest.mark.parametrize(("first", "second"), [("120.00", "-20.00"), ("-120.00", "20.00")])
def test_a_refund_keeps_its_split_whichever_sign_it_arrives_with(first: str, second: str):
    item = an_item("refund", lines=[a_line(first, "7500"), a_line(second, "7600")])
    assert legs(make_voucher(item)) == ["Dr 1150 100.00", "Cr 7500 120.00", "Dr 7600 20.00"]


def test_lines_that_cancel_out_move_only_between_themselves():
    item = an_item(lines=[a_line("50.00", "7500"), a_line("-50.00", "7600")])
    assert legs(make_voucher(item)) == ["Dr 7500 50.00", "Cr 7600 50.00"]


def test_a_line_of_zero_is_left_out():
    item = an_item(lines=[a_line("100.00"), a_line("0.00", None)])
    assert legs(make_voucher(item)) == ["Dr 7500 100.00", "Cr 1150 100.00"]


@pytest.mark.parametrize("item_type", ["card_purchase", "refund", "wallet_topup"])
def test_an_item_of_zero_is_refused(item_type: str):
    with pytest.raises(NothingToRecord):
        make_voucher(an_item(item_type, lines=[a_line("0.00"), a_line("0.00")]))


def test_a_total_below_zero_is_written_down_where_the_type_does_not_say_that_money_comes_back():
    assert "sides_exchanged" in decision_codes(make_voucher(an_item("card_purchase", lines=[a_line("-100.00")])))
    assert decision_codes(make_voucher(an_item("refund", lines=[a_line("-100.00")]))) == []


@pytest.mark.parametrize(
    ("item_type", "sub_type"),
    [
        ("wallet_topup", None),
        ("wallet_unload", None),
        ("direct_reimbursement", "reimbursement_to_employee"),
        ("invoice_payment", "invoice_payment_sent"),
    ],
)
def test_a_sign_that_counts_for_nothing_is_written_down(item_type: str, sub_type: str | None):
    for amount, expected in (("-100.00", ["sign_ignored"]), ("100.00", [])):
        voucher = make_voucher(an_item(item_type, sub_type=sub_type, lines=[a_line(amount, None)]))
        assert decision_codes(voucher) == expected
