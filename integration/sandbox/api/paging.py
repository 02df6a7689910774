"""Pages of a list, by cursor or offset (Pleo's API reference, pagination).

A row is its place in the list's order and its element. Cursors hold the place, so that a page is right also when
rows before it have gone or come meanwhile. A page looks at its own rows and at the few that a search for its place
takes, so that it costs the same in a list of any length.
"""

from base64 import b32decode, b32encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Generic, TypeVar

from integration.sandbox.api.answers import BadRequest
from integration.sandbox.api.query import Query

Element = TypeVar("Element")
_POSITION = itemgetter(0)


@dataclass(frozen=True, slots=True)
class PageSizes:
    """Pleo publishes neither; a larger `limit` is cut down to the largest."""

    default: int = 50
    largest: int = 100


@dataclass(frozen=True, slots=True)
class Window:
    """What a request asks to see of a list."""

    limit: int
    before: int | None = None
    after: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class PageSlice(Generic[Element]):
    """The rows inside a window, and what lies on either side."""

    rows: Sequence[tuple[int, Element]]
    has_previous: bool
    has_next: bool
    total: int


def page(
    rows: Sequence[tuple[int, Element]], query: Query, sizes: PageSizes, encode: Callable[[Element], object]
) -> dict[str, object]:
    """Pleo's envelope of a list; raises `BadRequest`."""
    window = parse_window(query, sizes)
    page_slice = slice_rows(rows, window)
    pagination = {
        "currentRequestPagination": {"parameters": dict(query.parameters), **_build_request_parameters(window)},
        "hasNextPage": page_slice.has_next,
        "hasPreviousPage": page_slice.has_previous,
        "total": page_slice.total,
        **_build_cursors(page_slice),
    }
    return {"data": [encode(element) for _, element in page_slice.rows], "pagination": pagination}


def parse_window(query: Query, sizes: PageSizes) -> Window:
    """Raises `BadRequest`, also for any sorting key: Pleo publishes none."""
    bounds = {name: query.one(name) for name in ("before", "after", "offset")}
    if sum(value is not None for value in bounds.values()) > 1:
        raise BadRequest("only one of before, after and offset can be given")
    if query.all("sorting_keys") or query.all("sorting_order"):
        raise BadRequest("sorting_keys: none is published for this list")
    limit = query.count("limit")
    return Window(
        limit=sizes.default if limit is None else min(limit, sizes.largest),
        before=decode_cursor(bounds["before"]),
        after=decode_cursor(bounds["after"]),
        offset=query.count("offset"),
    )


def slice_rows(rows: Sequence[tuple[int, Element]], window: Window) -> PageSlice[Element]:
    """The rows inside the window; `rows` are in the order of their places."""
    first = window.offset or 0
    last = first + window.limit
    if window.after is not None:
        first = bisect_right(rows, window.after, key=_POSITION)
        last = first + window.limit
    elif window.before is not None:
        last = bisect_left(rows, window.before, key=_POSITION)
        first = max(last - window.limit, 0)
    return PageSlice(rows[first:last], first > 0 and bool(rows), last < len(rows), len(rows))


def _build_request_parameters(window: Window) -> dict[str, object]:
    cursors = {
        name: encode_cursor(position) for name in ("before", "after") if (position := getattr(window, name)) is not None
    }
    offset = {} if window.offset is None else {"offset": window.offset}
    return {"limit": window.limit, **cursors, **offset, "sortingKeys": [], "sortingOrder": []}


def _build_cursors(page_slice: PageSlice[Element]) -> dict[str, str]:
    if not page_slice.rows:
        return {}
    return {"startCursor": encode_cursor(page_slice.rows[0][0]), "endCursor": encode_cursor(page_slice.rows[-1][0])}


def encode_cursor(position: int) -> str:
    """In Pleo's alphabet: A to Z, 2 to 7, = and ~."""
    return b32encode(str(position).encode()).decode()


def decode_cursor(cursor: str | None) -> int | None:
    """Raises `BadRequest` for what is no cursor of ours."""
    if cursor is None:
        return None
    try:
        return int(b32decode(cursor))
    except ValueError as error:
        raise BadRequest("before, after: not a cursor of this list") from error
