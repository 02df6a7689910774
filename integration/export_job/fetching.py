"""Reading a job's items (Pleo's guide: retrieve items, fetch item data)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from uuid import UUID

from integration.outcome import open_items
from integration.pleo.client import PAGE_SIZE, PleoClient
from integration.pleo.fetched import FetchedItem
from integration.pleo.models import ExportJobItem


@dataclass(frozen=True, slots=True)
class JobItems:
    """Both layers: the status rows, and the items' contents as they arrive, which can be read once."""

    rows: Sequence[ExportJobItem]
    contents: Iterator[FetchedItem]

    def to_record(self) -> list[UUID]:
        """Only items that Pleo has open are worked on, each once even where pages overlap."""
        return list(dict.fromkeys(row.accounting_entry_id for row in open_items(self.rows)))


def fetch(job_id: UUID, pleo: PleoClient) -> JobItems:
    """The status rows to the last page, the contents' first: what Pleo has against the job it says there.

    Raises a `PleoError`, as `contents` does later.
    """
    rows, contents = list(pleo.export_job_items(job_id)), pleo.export_items(job_id)
    first = list(islice(contents, PAGE_SIZE))
    return JobItems(rows, chain(first, contents))
