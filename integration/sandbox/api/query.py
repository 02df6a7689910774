"""The query of a request, read strictly."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import Field, TypeAdapter

from integration.sandbox.api.answers import BadRequest
from integration.sandbox.api.bodies import parse

Closed = TypeVar("Closed", bound=StrEnum)
Value = TypeVar("Value")

_COUNT = TypeAdapter(Annotated[int, Field(ge=0, lt=2**63)])
_ID = TypeAdapter(UUID)


class Query:
    """Query parameters; each method raises `BadRequest` for a value that the contract does not allow."""

    def __init__(self, parameters: Mapping[str, Sequence[str]]) -> None:
        self.parameters = parameters

    def all(self, name: str) -> Sequence[str]:
        """A repeated parameter."""
        return self.parameters.get(name, ())

    def one(self, name: str) -> str | None:
        """A parameter that comes at most once."""
        values = self.all(name)
        if len(values) > 1:
            raise BadRequest(f"{name}: given more than once")
        return values[0] if values else None

    def count(self, name: str) -> int | None:
        """A whole number from zero up."""
        return self._parse_one(_COUNT, name)

    def id(self, name: str) -> UUID | None:
        """A UUID."""
        return self._parse_one(_ID, name)

    def parse_each(self, name: str, enum_type: type[Closed]) -> list[Closed]:
        """Values of a closed list."""
        return [parse(TypeAdapter(enum_type), value, name) for value in self.all(name)]

    def _parse_one(self, kind: TypeAdapter[Value], name: str) -> Value | None:
        value = self.one(name)
        return None if value is None else parse(kind, value, name)
