"""Pleo's values as JSON: money as numbers, times in whole seconds of UTC."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pydantic_core

from integration.pleo.models import ExportItem
from integration.pleo.models.wire import Answer


def to_json(document: object) -> bytes:
    """UTF-8. Uses the document up: its money and times are replaced where they stand, for a copy costs most."""
    return pydantic_core.to_json(_convert(document))


def value(answer: Answer) -> dict[str, Any]:
    """A value with its wire names."""
    return answer.model_dump(by_alias=True)


def encode_export_item(item: ExportItem, base_url: str, expires: int) -> dict[str, Any]:
    """An item whose files are stamped with the second at which their URLs die."""
    wire = value(item)
    for file in wire["files"] or ():
        file["url"] = f"{base_url}/files/{file['url']}?expires={expires}"
    wire["vendor"] = _drop_nulls(wire["vendor"])
    for line in wire["accountingEntryLines"]:
        line["tax"] = _drop_nulls(line["tax"])
    return wire


def _drop_nulls(members: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Pleo lets what these do not have be absent, and not null."""
    return None if members is None else {name: member for name, member in members.items() if member is not None}


def _convert(leaf: object) -> object:
    form = _CONVERTERS.get(type(leaf))
    return form(leaf) if form else leaf


def _convert_members(document: dict[str, Any]) -> dict[str, Any]:
    for name, member in document.items():
        if form := _CONVERTERS.get(type(member)):
            document[name] = form(member)
    return document


def _convert_elements(elements: Iterable[object]) -> list[object]:
    return [_convert(element) for element in elements]


def _to_number(money: Decimal) -> int | float:
    whole = int(money)
    return whole if whole == money else float(money)


def _format_time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


#: What pydantic would write otherwise than Pleo, and what holds such things.
_CONVERTERS: Mapping[type, Callable[[Any], object]] = {
    dict: _convert_members,
    list: _convert_elements,
    tuple: _convert_elements,
    Decimal: _to_number,
    datetime: _format_time,
}
