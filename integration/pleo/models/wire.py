"""What every value on the wire has in common.

Answers are read tolerantly: unknown members are ignored, unknown enum values stay plain strings, an absent and a null
member are alike. Requests are closed: what Pleo's contract does not list cannot be built.
"""

from datetime import date
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel


def _day_of(value: object) -> object:
    """Invoice dates are printed as days and declared as times; both are read."""
    return value[:10] if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day_of)]


class Answer(BaseModel):
    """What Pleo sends: frozen, camelCase on the wire, unknown members ignored."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        str_strip_whitespace=True,
        hide_input_in_errors=True,  # values are personal, and error texts end up in logs
    )


class Request(BaseModel):
    """What we send: closed, camelCase on the wire, members without a value left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class ExceptionInfo(Answer):
    """The body of Pleo's errors. Compare `type` without regard to case; `message` is not stable."""

    type: str
    message: str | None = None


Element = TypeVar("Element")


class PageEnd(Answer):
    """What is needed of a page's paging facts to ask for the next one."""

    has_next_page: bool
    end_cursor: str | None = None


class Page(Answer, Generic[Element]):
    """One page of a list."""

    data: tuple[Element, ...]
    pagination: PageEnd


class One(Answer, Generic[Element]):
    """A single value in Pleo's envelope."""

    data: Element
