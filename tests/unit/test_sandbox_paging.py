"""Pages of a list: every walk sees every row once, whatever the size of the page."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.sandbox.api.answers import BadRequest
from integration.sandbox.api.paging import PageSizes, encode_cursor, page
from integration.sandbox.api.query import Query
from integration.sandbox.state.rows import NumberedRows

SIZES = PageSizes(default=3, largest=5)


def ask(rows: Sequence[tuple[int, int]], **parameters: object) -> dict:
    query = Query({name: [str(value)] for name, value in parameters.items() if value is not None})
    return page(rows, query, SIZES, lambda element: element)


def rows_of(size: int) -> list[tuple[int, int]]:
    """Places with gaps, as a filter leaves them."""
    return [(2 * number - 7, number) for number in range(size)]


sizes, limits = st.integers(0, 20), st.one_of(st.none(), st.integers(1, 9))


@given(sizes, limits)
def test_a_walk_forwards_sees_every_row_once(size, limit):
    rows, seen, after = rows_of(size), [], None
    while True:
        answer = ask(rows, limit=limit, after=after)
        assert answer["pagination"]["hasPreviousPage"] == bool(seen)
        seen += answer["data"]
        if not answer["pagination"]["hasNextPage"]:
            break
        after = answer["pagination"]["endCursor"]
    assert seen == [element for _, element in rows]


@given(st.integers(1, 20), limits)
def test_a_walk_backwards_sees_every_row_but_the_last_once(size, limit):
    rows = rows_of(size)
    before, seen = ask(rows, offset=size - 1)["pagination"]["startCursor"], []
    while True:
        answer = ask(rows, limit=limit, before=before)
        seen = answer["data"] + seen
        if not answer["pagination"]["hasPreviousPage"]:
            break
        assert answer["pagination"]["hasNextPage"]
        before = answer["pagination"]["startCursor"]
    assert seen == [element for _, element in rows[:-1]]


@given(sizes, st.integers(0, 25), limits)
def test_an_offset_counts_rows(size, offset, limit):
    rows = rows_of(size)
    answer = ask(rows, offset=offset, limit=limit)
    length = min(limit or SIZES.default, SIZES.largest)
    assert answer["data"] == [element for _, element in rows[offset : offset + length]]
    assert answer["pagination"]["hasNextPage"] == (offset + length < size)
    assert answer["pagination"]["total"] == size


class Counted(Sequence):
    """Rows that count how many of them were looked at."""

    def __init__(self, rows: Sequence[tuple[int, int]]) -> None:
        self.rows, self.looks = rows, 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, wanted: int | slice):
        found = self.rows[wanted]
        self.looks += len(found) if isinstance(wanted, slice) else 1
        return found


LONG = 100_000


@pytest.mark.parametrize("bound", ["offset", "after", "before"])
def test_a_page_of_a_long_list_looks_at_its_own_rows_and_at_a_few_to_find_them(bound):
    rows, middle = Counted(rows_of(LONG)), encode_cursor(LONG)
    answer = ask(rows, **{bound: LONG // 2 if bound == "offset" else middle})
    assert (len(answer["data"]), answer["pagination"]["total"]) == (SIZES.default, LONG)
    assert rows.looks <= SIZES.default + LONG.bit_length()


@given(sizes, st.slices(20))
def test_rows_made_when_they_are_looked_at_are_the_rows_of_a_list(size, part):
    elements = [10 * number for number in range(size)]
    made, rows = NumberedRows(elements), [*enumerate(elements, start=1)]
    assert (list(made), len(made), made[part]) == (rows, size, rows[part])
    with pytest.raises(IndexError):
        made[size]


def test_a_cursor_holds_its_place_when_rows_before_it_go():
    rows = rows_of(9)
    end = ask(rows)["pagination"]["endCursor"]
    assert ask(rows[2:], after=end)["data"] == [3, 4, 5]


@given(st.integers())
def test_cursors_are_written_in_pleos_alphabet(place):
    assert re.fullmatch("[A-Z2-7=~]+", ask([(place, 0)])["pagination"]["endCursor"])


def test_the_request_is_echoed():
    rows = rows_of(9)
    cursor = ask(rows)["pagination"]["endCursor"]
    answer = ask(rows, after=cursor, limit=50)
    echo = answer["pagination"]["currentRequestPagination"]
    assert echo == {
        "parameters": {"after": [cursor], "limit": ["50"]},
        "after": cursor,
        "limit": 5,
        "sortingKeys": [],
        "sortingOrder": [],
    }


def test_a_limit_of_zero_shows_no_rows():
    answer = ask(rows_of(4), limit=0)
    assert (answer["data"], answer["pagination"]["hasNextPage"]) == ([], True)


@pytest.mark.parametrize(
    "parameters",
    [
        {"after": "GE======", "before": "GE======"},
        {"after": "GE======", "offset": "0"},
        {"before": "GE======", "offset": "0"},
        {"after": "not a cursor"},
        {"before": "MFRGG==="},
        {"after": ""},
        {"offset": "-1"},
        {"limit": "ten"},
        {"sorting_keys": "createdAt"},
        {"sorting_order": "ASC"},
    ],
)
def test_what_the_contract_does_not_allow_is_a_bad_request(parameters):
    with pytest.raises(BadRequest):
        ask(rows_of(4), **parameters)


def test_a_parameter_that_comes_twice_is_a_bad_request():
    with pytest.raises(BadRequest):
        page(rows_of(4), Query({"limit": ["1", "2"]}), SIZES, lambda element: element)
