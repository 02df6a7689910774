"""Dimensions: the tags of a line on the posting of that line."""

import pytest
from books import record
from items import a_line, a_tag, a_tax, an_item

from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vouchers import Dimension
from integration.refusals import TagNotInChart

KNOWN = Chart(dimensions={"PROJECT": frozenset({"PRJ-1"}), "KOSTENSTELLE": frozenset({"7"})})


def test_a_tag_group_is_the_dimension_that_the_connection_names_or_its_own_code():
    line = a_line(tags=[a_tag("PRJ-1", "PROJECT"), a_tag("7", "COST-CENTRE")])
    expense, _ = record(an_item(lines=[line]), dimensions={"COST-CENTRE": "KOSTENSTELLE"}).postings
    assert expense.dimensions == (Dimension("PROJECT", "PRJ-1"), Dimension("KOSTENSTELLE", "7"))


def test_each_line_keeps_its_own_tags_and_only_the_expense_carries_them():
    lines = [a_line(net="80.00", tax=a_tax(), tags=[a_tag("PRJ-1")]), a_line(account="7600", tags=[a_tag("PRJ-2")])]
    carried = {
        posting.account: [dimension.value for dimension in posting.dimensions]
        for posting in record(an_item(lines=lines)).postings
    }
    assert carried == {"7500": ["PRJ-1"], "2641": [], "7600": ["PRJ-2"], "1150": []}


def test_five_tags_are_five_dimensions():
    tags = [a_tag(str(number), f"GROUP-{number}") for number in range(5)]
    assert len(record(an_item(lines=[a_line(tags=tags)])).postings[0].dimensions) == 5


def test_a_tag_without_a_code_says_nothing():
    assert record(an_item(lines=[a_line(tags=[a_tag("")])]), chart=KNOWN).postings[0].dimensions == ()


def test_tags_that_the_accounting_system_has_are_taken():
    item = an_item(lines=[a_line(tags=[a_tag("PRJ-1"), a_tag("7", "COST-CENTRE")])])
    voucher = record(item, chart=KNOWN, dimensions={"COST-CENTRE": "KOSTENSTELLE"})
    assert len(voucher.postings[0].dimensions) == 2


@pytest.mark.parametrize(("code", "group"), [("PRJ-404", "PROJECT"), ("PRJ-1", "PROJEKT"), ("7", "COST-CENTRE")])
def test_a_tag_that_the_accounting_system_does_not_have_is_refused_in_pleos_words(code: str, group: str):
    with pytest.raises(TagNotInChart, match=f"Tag {code} of group {group} "):
        record(an_item(lines=[a_line(tags=[a_tag(code, group)])]), chart=KNOWN)


def test_a_system_that_declares_an_empty_list_of_dimensions_has_none():
    with pytest.raises(TagNotInChart):
        record(an_item(lines=[a_line(tags=[a_tag("PRJ-1")])]), chart=Chart(dimensions={}))
