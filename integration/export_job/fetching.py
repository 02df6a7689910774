"""Reading a job's items (Pleo's guide: retrieve items, fetch item data)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from integration.outcome import open_items
from integration.pleo.client import PleoClient
from integration.pleo.models import ExportJobItem


@dataclass(frozen=True, slots=True)
class JobItems:
    """Both layers: the status rows, and each item's content as Pleo sent it."""

    rows: Sequence[ExportJobItem]
    payloads: Mapping[UUID, str]

    def to_record(self) -> list[UUID]:
        """Only items that Pleo has open are worked on."""
        return [row.accounting_entry_id for row in open_items(self.rows)]

    def payload(self, entry: UUID) -> str:
        """Empty where Pleo sent a row and no content: drawing it up is then refused."""
        return self.payloads.get(entry, "")


def fetch(job_id: UUID, pleo: PleoClient) -> JobItems:
    """To the last page. Raises a `PleoError`."""
    rows = list(pleo.export_job_items(job_id))
    return JobItems(rows, {item.accounting_entry_id: item.payload for item in pleo.export_items(job_id)})
