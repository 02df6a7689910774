"""Closing a job: once, when every item is final at Pleo, with the event that Pleo's own item statuses call for."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from integration.desk import Desk
from integration.errors import ExportJobFinished, InvalidJobStatusChange, PleoRefused, PleoTransient
from integration.export_job.reporting import report
from integration.leases import held
from integration.outcome import JobOutcome, closing_outcome, open_items
from integration.pleo.models import ExportJob, JobEvent, JobStatus, NewJobEvent
from integration.reasons import JobFailureReason

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """The job is closed, at Pleo and in the logbook."""

    event: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """A normal answer: these items have no outcome, or Pleo has not taken all of them."""

    missing: Sequence[UUID]


def settle(job_id: UUID, desk: Desk) -> Settled | NotYet:
    """Close the job if everything is final. Called by the chord, by its error callback and by the sweeper alike.

    Raises a `PleoTransient` when it should be tried again.
    """
    job = desk.logbook.jobs.find(job_id)
    if job is None or job.fetched_at is None:
        return NotYet(()) if job is None or job.event is None else Settled(job.event)
    if job.event is not None:
        return Settled(job.event)
    if missing := desk.logbook.items.missing(job_id):
        return NotYet(missing)
    with held(job_id, "closing", desk) as ours:
        return _closed(job_id, desk) if ours else NotYet(())


def _closed(job_id: UUID, desk: Desk) -> Settled | NotYet:
    try:
        report(job_id, desk)
    except ExportJobFinished:
        return close_as_pleo_says(desk.pleo.export_job(job_id), desk)
    rows = list(desk.pleo.export_job_items(job_id))
    if still_open := [item.accounting_entry_id for item in open_items(rows)]:
        log.warning("items are open at Pleo", extra={"job_id": str(job_id), "items": len(still_open)})
        desk.logbook.items.unreport(job_id, still_open)
        return NotYet(())
    return _finish(job_id, closing_outcome(rows), desk)


def close_failed(job_id: UUID, outcome: JobOutcome, desk: Desk) -> Settled:
    """Close a job of which no item was touched."""
    return _finish(job_id, outcome, desk)


def close_as_pleo_says(job: ExportJob, desk: Desk) -> Settled:
    """The job ended at Pleo without us: expired, cancelled, or closed by an event whose answer was lost."""
    reason = next((one for one in JobFailureReason if one == job.failure_reason_type), None)
    outcome = JobOutcome(JobEvent(job.status), job.failure_reason, reason)
    return _close(job.id, outcome, desk)


def _finish(job_id: UUID, outcome: JobOutcome, desk: Desk) -> Settled:
    """Send the event. Where the answer is lost or refused as a status change, the job is read, never sent blindly."""
    try:
        sent = _send(job_id, outcome, desk)
    except (PleoTransient, InvalidJobStatusChange) as error:
        job = desk.pleo.export_job(job_id)
        if not is_final(job):
            raise
        desk.tried(job_id, None, "event", f"{error.code}; Pleo has the job as {job.status}")
        return close_as_pleo_says(job, desk)
    return _close(job_id, replace(sent, reason=outcome.reason), desk)  # whoever asks us is told, even if Pleo was not


def is_final(job: ExportJob) -> bool:
    """Whether Pleo takes nothing more of it; a status we do not know is not final."""
    return job.status in {status.value for status in JobStatus if status.is_final}


def _send(job_id: UUID, outcome: JobOutcome, desk: Desk) -> JobOutcome:
    """As Pleo's guide says; where this host refuses that, as its API reference says, and so from then on."""
    as_reference = outcome.as_reference_says()
    if desk.pleo.follows_reference or as_reference == outcome:
        return _sent(job_id, as_reference, desk)
    try:
        return _sent(job_id, outcome, desk)
    except InvalidJobStatusChange:
        raise
    except PleoRefused as refusal:
        desk.tried(job_id, None, "event", f"Pleo refused the guide's form: {refusal}")
        desk.pleo.follows_reference = True
        return _sent(job_id, as_reference, desk)


def _sent(job_id: UUID, outcome: JobOutcome, desk: Desk) -> JobOutcome:
    desk.pleo.create_export_job_event(
        NewJobEvent(
            job_id=job_id,
            event=outcome.event,
            failure_reason=outcome.reason,
            failure_reason_type=outcome.reason_type,
        )
    )
    desk.tried(job_id, None, "event", f"sent {outcome.event}")
    return outcome


def _close(job_id: UUID, outcome: JobOutcome, desk: Desk) -> Settled:
    desk.logbook.jobs.close(job_id, outcome, now=desk.clock())
    log.info("job closed", extra={"job_id": str(job_id), "event": outcome.event.value})
    return Settled(outcome.event)
