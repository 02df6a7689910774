"""Pleo's values as JSON: money as numbers, times in whole seconds of UTC."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from integration.pleo.models import ExportItem
from integration.pleo.models.wire import Answer


def to_json(document: object) -> bytes:
    """UTF-8."""
    return json.dumps(document, default=_plain, ensure_ascii=False, separators=(",", ":")).encode()


def value(answer: Answer) -> dict[str, Any]:
    """A value with its wire names."""
    return answer.model_dump(by_alias=True)


def export_item(item: ExportItem, base_url: str, expires: int) -> dict[str, Any]:
    """An item whose files are stamped with the second at which their URLs die."""
    wire = value(item)
    for file in wire["files"] or ():
        file["url"] = f"{base_url}/files/{file['url']}?expires={expires}"
    wire["vendor"] = _given(wire["vendor"])
    for line in wire["accountingEntryLines"]:
        line["tax"] = _given(line["tax"])
    return wire


def _given(members: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Pleo lets what these do not have be absent, and not null."""
    return None if members is None else {name: member for name, member in members.items() if member is not None}


def _plain(leaf: object) -> str | int | float:
    match leaf:
        case Decimal():
            return int(leaf) if leaf == leaf.to_integral_value() else float(leaf)
        case datetime():
            return leaf.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return leaf.isoformat()
        case UUID():
            return str(leaf)
        case _:
            raise TypeError(f"{type(leaf).__name__} has no place in Pleo's JSON")
