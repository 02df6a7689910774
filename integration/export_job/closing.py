"""The one final event, and what stands in the logbook when a job is over."""

import logging
from dataclasses import dataclass, replace
from uuid import UUID

from integration.errors import ExportJobFinished, InvalidJobStatusChange, PleoInTwoMinds, PleoRefused, PleoTransient
from integration.errors.reasons import JobFailureReason
from integration.outcome import JobOutcome
from integration.pleo.models import ExportJob, JobEvent, JobStatus, NewJobEvent
from integration.services import Desk

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """The job is closed, at Pleo and in the logbook."""

    event: str


def close(job_id: UUID, outcome: JobOutcome, desk: Desk) -> Settled:
    """Send the event. Where the answer is lost or refused as a status change, the job is read, never sent blindly.

    Raises a `PleoTransient` when it should be tried again.
    """
    try:
        sent = _send(job_id, outcome, desk)
    except (PleoTransient, InvalidJobStatusChange, ExportJobFinished) as error:
        job = desk.pleo.export_job(job_id)
        if not is_final(job) and isinstance(error, PleoTransient):
            raise
        desk.tried(job_id, None, "event", f"{error.code}; Pleo has the job as {job.status}")
        return close_as_pleo_says(job, desk)
    return _write_down(job_id, replace(sent, reason=outcome.reason), desk)  # who asks us is told, even if Pleo was not


def close_as_pleo_says(job: ExportJob, desk: Desk) -> Settled:
    """The job ended at Pleo without us: expired, cancelled, or closed by an event whose answer was lost.

    Raises `PleoInTwoMinds` where Pleo refuses the job as finished and shows it as open.
    """
    if not is_final(job):
        raise PleoInTwoMinds
    reason = next((one for one in JobFailureReason if one == job.failure_reason_type), None)
    return _write_down(job.id, JobOutcome(JobEvent(job.status), job.failure_reason, reason), desk)


def close_unknown(job_id: UUID, desk: Desk) -> Settled:
    """Pleo does not know the job, so there is nobody to send an event to."""
    return _write_down(job_id, JobOutcome(JobEvent.FAILED, "Pleo does not know this export job."), desk)


def is_final(job: ExportJob) -> bool:
    """Whether Pleo takes nothing more of it; a status we do not know is not final."""
    return job.status in {status.value for status in JobStatus if status.is_final}


def _send(job_id: UUID, outcome: JobOutcome, desk: Desk) -> JobOutcome:
    """As Pleo's guide says; where this host refuses that form, as its API reference says, and so from then on."""
    as_reference = outcome.as_reference_says()
    if desk.pleo.follows_reference or as_reference == outcome:
        return _sent(job_id, as_reference, desk)
    try:
        return _sent(job_id, outcome, desk)
    except PleoRefused as refusal:
        if type(refusal) is not PleoRefused:  # a refusal with a name of its own says nothing about the form
            raise
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


def _write_down(job_id: UUID, outcome: JobOutcome, desk: Desk) -> Settled:
    desk.logbook.jobs.close(job_id, outcome, now=desk.clock())
    log.info("job closed", extra={"job_id": str(job_id), "event": outcome.event.value})
    return Settled(outcome.event)
