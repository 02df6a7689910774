"""An export item as fetched: kept as Pleo sent it until it is worked on, so that one odd item stops no other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import to_json

from integration.errors import PleoAnswerUnreadable
from integration.errors.items import ItemUnreadable
from integration.pleo.models import ExportItem


@dataclass(frozen=True, slots=True)
class FetchedItem:
    """The join key, and the item's JSON."""

    accounting_entry_id: UUID
    payload: str

    @classmethod
    def of(cls, member: Mapping[str, Any]) -> Self:
        """Raises `PleoAnswerUnreadable` when there is no key to join on."""
        try:
            return cls(UUID(str(member["accountingEntryId"])), to_json(member).decode())
        except (KeyError, ValueError):
            raise PleoAnswerUnreadable(
                operation="GET /v3/export-items", cause="an item has no accountingEntryId"
            ) from None

    def read(self) -> ExportItem:
        """The item as a value; raises `ItemUnreadable` where it is not what the contract says."""
        return read_export_item(self.payload)


def read_export_item(payload: str) -> ExportItem:
    """Raises `ItemUnreadable`, which names the member and never its value."""
    try:
        return ExportItem.model_validate_json(payload)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise ItemUnreadable(cause=f"member {place or 'item'}"[:120]) from None
