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
_PLACE = itemgetter(0)


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
class Cut(Generic[Element]):
    """The rows inside a window, and what lies on either side."""

    rows: Sequence[tuple[int, Element]]
    has_previous: bool
    has_next: bool
    total: int


def page(
    rows: Sequence[tuple[int, Element]], query: Query, sizes: PageSizes, encode: Callable[[Element], object]
) -> dict[str, object]:
    """Pleo's envelope of a list; raises `BadRequest`."""
    window = window_of(query, sizes)
    cut = cut_out(rows, window)
    pagination = {
        "currentRequestPagination": {"parameters": dict(query.parameters), **_echo(window)},
        "hasNextPage": cut.has_next,
        "hasPreviousPage": cut.has_previous,
        "total": cut.total,
        **_ends(cut),
    }
    return {"data": [encode(element) for _, element in cut.rows], "pagination": pagination}


def window_of(query: Query, sizes: PageSizes) -> Window:
    """Raises `BadRequest`, also for any sorting key: Pleo publishes none."""
    bounds = {name: query.one(name) for name in ("before", "after", "offset")}
    if sum(value is not None for value in bounds.values()) > 1:
        raise BadRequest("only one of before, after and offset can be given")
    if query.all("sorting_keys") or query.all("sorting_order"):
        raise BadRequest("sorting_keys: none is published for this list")
    limit = query.count("limit")
    return Window(
        limit=sizes.default if limit is None else min(limit, sizes.largest),
        before=place_of(bounds["before"]),
        after=place_of(bounds["after"]),
        offset=query.count("offset"),
    )


def cut_out(rows: Sequence[tuple[int, Element]], window: Window) -> Cut[Element]:
    """The rows inside the window; `rows` are in the order of their places."""
    first = window.offset or 0
    last = first + window.limit
    if window.after is not None:
        first = bisect_right(rows, window.after, key=_PLACE)
        last = first + window.limit
    elif window.before is not None:
        last = bisect_left(rows, window.before, key=_PLACE)
        first = max(last - window.limit, 0)
    return Cut(rows[first:last], first > 0 and bool(rows), last < len(rows), len(rows))


def _echo(window: Window) -> dict[str, object]:
    cursors = {name: cursor_of(place) for name in ("before", "after") if (place := getattr(window, name)) is not None}
    offset = {} if window.offset is None else {"offset": window.offset}
    return {"limit": window.limit, **cursors, **offset, "sortingKeys": [], "sortingOrder": []}


def _ends(cut: Cut[Element]) -> dict[str, str]:
    if not cut.rows:
        return {}
    return {"startCursor": cursor_of(cut.rows[0][0]), "endCursor": cursor_of(cut.rows[-1][0])}


def cursor_of(place: int) -> str:
    """In Pleo's alphabet: A to Z, 2 to 7, = and ~."""
    return b32encode(str(place).encode()).decode()


def place_of(cursor: str | None) -> int | None:
    """Raises `BadRequest` for what is no cursor of ours."""
    if cursor is None:
        return None
    try:
        return int(b32decode(cursor))
    except ValueError as error:
        raise BadRequest("before, after: not a cursor of this list") from error
