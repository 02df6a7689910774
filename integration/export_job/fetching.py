"""Reading a job's items (Pleo's guide: retrieve items, fetch item data)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from uuid import UUID

from integration.outcome import is_final_item
from integration.pleo.client import PAGE_SIZE, PleoClient
from integration.pleo.fetched import FetchedItem
from integration.pleo.models import ExportJobItem


@dataclass(frozen=True, slots=True)
class JobItems:
    """Both layers: the status rows, and the items' contents as they arrive, which can be read once.

    Only items that Pleo has open are worked on, each once even where pages overlap. Of these no more is kept than the
    key: there may be a hundred thousand.
    """

    to_record: Collection[UUID]
    ended: Sequence[ExportJobItem]
    contents: Iterator[FetchedItem]


def fetch(job_id: UUID, pleo: PleoClient) -> JobItems:
    """The status rows to the last page, the contents' first: what Pleo has against the job it says there.

    Raises a `PleoError`, as `contents` does later.
    """
    to_record, ended = dict[UUID, None](), list[ExportJobItem]()
    for row in pleo.export_job_items(job_id):
        if is_final_item(row):
            ended.append(row)
        else:
            to_record[row.accounting_entry_id] = None
    contents = pleo.export_items(job_id)
    first = list(islice(contents, PAGE_SIZE))
    return JobItems(to_record.keys(), ended, chain(first, contents))
