"""Dimensions: the tags of a line on the posting of that line."""

import pytest
from support.builders.books import decision_codes, make_voucher
from support.builders.items import a_line, a_tag, a_tax, an_item

from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vouchers import Dimension
from integration.errors.items import DimensionTwice, TagNotInChart, TooManyTags

KNOWN = Chart(dimensions={"PROJECT": frozenset({"PRJ-1"}), "KOSTENSTELLE": frozenset({"7"})})


def test_a_tag_group_is_the_dimension_that_the_connection_names_or_its_own_code():
    line = a_line(tags=[a_tag("PRJ-1", "PROJECT"), a_tag("7", "COST-CENTRE")])
    expense, _ = make_voucher(an_item(lines=[line]), dimensions={"COST-CENTRE": "KOSTENSTELLE"}).postings
    assert expense.dimensions == (Dimension("PROJECT", "PRJ-1"), Dimension("KOSTENSTELLE", "7"))


def test_each_line_keeps_its_own_tags_and_only_the_expense_carries_them():
    lines = [a_line(net="80.00", tax=a_tax(), tags=[a_tag("PRJ-1")]), a_line(account="7600", tags=[a_tag("PRJ-2")])]
    carried = {
        posting.account: [dimension.value for dimension in posting.dimensions]
        for posting in make_voucher(an_item(lines=lines)).postings
    }
    assert carried == {"7500": ["PRJ-1"], "2641": [], "7600": ["PRJ-2"], "1150": []}


def test_five_tags_are_five_dimensions():
    tags = [a_tag(str(number), f"GROUP-{number}") for number in range(5)]
    assert len(make_voucher(an_item(lines=[a_line(tags=tags)])).postings[0].dimensions) == 5


def test_more_tags_than_the_accounting_system_takes_are_refused_by_their_line():
    tags = [a_tag(str(number), f"GROUP-{number}") for number in range(3)]
    item = an_item(lines=[a_line(tags=tags[:2]), a_line(tags=[*tags, a_tag("", "EMPTY")])])
    with pytest.raises(TooManyTags, match="Line 2 has 3 tags, and the accounting system takes 2"):
        make_voucher(item, max_dimensions=2)
    assert make_voucher(item, max_dimensions=3)


def test_two_tags_of_one_group_are_refused_by_both_names():
    item = an_item(lines=[a_line(), a_line(tags=[a_tag("PRJ-1"), a_tag("PRJ-2")])])
    both = "Line 2: tag PRJ-1 of group PROJECT and tag PRJ-2 of group PROJECT are both dimension PROJECT"
    with pytest.raises(DimensionTwice, match=both):
        make_voucher(item)


def test_two_groups_that_the_connection_maps_to_one_dimension_are_refused_by_both_names():
    item = an_item(lines=[a_line(tags=[a_tag("1", "COST"), a_tag("2", "TEAM")])])
    both = "tag 1 of group COST and tag 2 of group TEAM are both dimension KOSTENSTELLE"
    with pytest.raises(DimensionTwice, match=both):
        make_voucher(item, dimensions={"COST": "KOSTENSTELLE", "TEAM": "KOSTENSTELLE"})


def test_the_same_tag_twice_is_one_dimension():
    expense, _ = make_voucher(an_item(lines=[a_line(tags=[a_tag("PRJ-1"), a_tag("PRJ-1")])])).postings
    assert expense.dimensions == (Dimension("PROJECT", "PRJ-1"),)


def test_tags_and_tax_that_a_movement_between_balance_accounts_does_not_use_are_written_down():
    line = a_line(account=None, net="80.00", tax=a_tax(), tags=[a_tag("PRJ-1")])
    voucher = make_voucher(an_item("direct_reimbursement", lines=[line, line, a_line(account="7500")]))
    assert decision_codes(voucher) == ["line_unused"]
    assert voucher.decisions[0].text.endswith(": tag PRJ-1 of group PROJECT, tax code I25, account 7500.")


def test_a_tag_without_a_code_says_nothing():
    assert make_voucher(an_item(lines=[a_line(tags=[a_tag("")])]), chart=KNOWN).postings[0].dimensions == ()


def test_tags_that_the_accounting_system_has_are_taken():
    item = an_item(lines=[a_line(tags=[a_tag("PRJ-1"), a_tag("7", "COST-CENTRE")])])
    voucher = make_voucher(item, chart=KNOWN, dimensions={"COST-CENTRE": "KOSTENSTELLE"})
    assert len(voucher.postings[0].dimensions) == 2


@pytest.mark.parametrize(("code", "group"), [("PRJ-404", "PROJECT"), ("PRJ-1", "PROJEKT"), ("7", "COST-CENTRE")])
def test_a_tag_that_the_accounting_system_does_not_have_is_refused_in_pleos_words(code: str, group: str):
    with pytest.raises(TagNotInChart, match=f"Tag {code} of group {group} "):
        make_voucher(an_item(lines=[a_line(tags=[a_tag(code, group)])]), chart=KNOWN)


def test_a_system_that_declares_an_empty_list_of_dimensions_has_none():
    with pytest.raises(TagNotInChart):
        make_voucher(an_item(lines=[a_line(tags=[a_tag("PRJ-1")])]), chart=Chart(dimensions={}))


def test_a_tax_without_a_code_that_is_not_used_is_written_down_too():
    line = a_line(account=None, net="80.00", tax=a_tax(code=None))
    assert make_voucher(an_item("wallet_topup", lines=[line])).decisions[0].text.endswith(": a tax.")
