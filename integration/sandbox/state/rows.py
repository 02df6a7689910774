"""A list of rows, each made when it is looked at."""

from collections.abc import Sequence
from typing import TypeVar, overload

Element = TypeVar("Element")


class NumberedRows(Sequence[tuple[int, Element]]):
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
        positions = range(1, len(self) + 1)[wanted]
        return self._row(positions) if isinstance(positions, int) else [self._row(position) for position in positions]

    def _row(self, position: int) -> tuple[int, Element]:
        return position, self._elements[position - 1]
