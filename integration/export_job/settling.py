"""Settling a job: once every item has ended and Pleo knows, the event that Pleo's own item statuses call for."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from integration.export_job.closing import Settled, close
from integration.export_job.lease import held
from integration.export_job.reporting import report_or_let_go
from integration.outcome import closing_outcome, is_final_item
from integration.pleo.models import ExportJobItem
from integration.services import Desk

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NotYet:
    """A normal answer: these items have no outcome, or Pleo has not taken all of them, or another worker is at it."""

    missing: Sequence[UUID]


def settle(job_id: UUID, desk: Desk) -> Settled | NotYet:
    """Close the job if everything is final. Called by the chord, by its error callback and by the sweeper alike.

    Raises a `PleoTransient` when it should be tried again.
    """
    job = desk.logbook.jobs.known(job_id)
    if job.event is not None:
        return Settled(job.event)
    if job.fetched_at is None:
        return NotYet(())
    if missing := desk.logbook.items.missing(job_id):
        return NotYet(missing)
    with held(job_id, "closing", desk) as ours:
        return _closed(job_id, desk) if ours else NotYet(())


def _closed(job_id: UUID, desk: Desk) -> Settled | NotYet:
    if let_go := report_or_let_go(job_id, desk):
        return let_go
    still_open: list[UUID] = []
    outcome = closing_outcome(_noting_open(desk.pleo.export_job_items(job_id), still_open))
    if still_open:
        log.warning("items are open at Pleo", extra={"job_id": str(job_id), "items": len(still_open)})
        desk.logbook.items.unreport(job_id, still_open)
        return NotYet(())
    return close(job_id, outcome, desk)


def _noting_open(rows: Iterable[ExportJobItem], still_open: list[UUID]) -> Iterator[ExportJobItem]:
    for row in rows:
        if not is_final_item(row):
            still_open.append(row.accounting_entry_id)
        yield row
