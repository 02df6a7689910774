"""A list of rows, each made when it is looked at."""

from collections.abc import Sequence
from typing import TypeVar, overload

Element = TypeVar("Element")


class Rows(Sequence[tuple[int, Element]]):
    """All elements of a list, their places counted from 1."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self._elements = elements

    def __len__(self) -> int:
        return len(self._elements)

    @overload
    def __getitem__(self, wanted: int) -> tuple[int, Element]: ...

    @overload
    def __getitem__(self, wanted: slice) -> list[tuple[int, Element]]: ...

    def __getitem__(self, wanted: int | slice) -> tuple[int, Element] | list[tuple[int, Element]]:
        places = range(1, len(self) + 1)[wanted]
        return self._row(places) if isinstance(places, int) else [self._row(place) for place in places]

    def _row(self, place: int) -> tuple[int, Element]:
        return place, self._elements[place - 1]
