"""Which events a job takes, and which of them a careful integration would not have sent."""

from collections.abc import Iterable, Iterator

from integration.pleo.models import ItemStatus, JobEvent, JobStatus
from integration.sandbox.api.answers import InvalidStatusChange
from integration.sandbox.faults.strictness import Strictness
from integration.sandbox.faults.violations import ViolationKind
from integration.sandbox.state.jobs import Job


def find_event_violations(job: Job, event: JobEvent, company_jobs: Iterable[Job]) -> Iterator[ViolationKind]:
    """What is wrong with the event by Pleo's guide; a job that Pleo ended itself is nobody's fault."""
    if event is JobEvent.STARTED:
        yield from _find_start_violations(job, company_jobs)
    elif job.closed_by is not None:
        yield ViolationKind.DOUBLE_FINAL_EVENT
    elif job.is_open and job.open_items:
        # An unrecoverable fault ends a job whatever its items; any other event says that the work is done.
        if event is not JobEvent.FAILED:
            yield ViolationKind.EARLY_FINAL_EVENT
    elif job.is_open and event is not job.compute_final_event():
        yield ViolationKind.WRONG_FINAL_EVENT


def _find_start_violations(job: Job, company_jobs: Iterable[Job]) -> Iterator[ViolationKind]:
    if job.status is not JobStatus.PENDING:
        return
    others = [other for other in company_jobs if other is not job]
    if any(other.status is JobStatus.IN_PROGRESS for other in others):
        yield ViolationKind.TWO_JOBS_IN_PROGRESS
    if any(other.status is JobStatus.PENDING and other.serial < job.serial for other in others):
        yield ViolationKind.OUT_OF_ORDER


def accepts_event(job: Job, event: JobEvent, company_jobs: Iterable[Job], strictness: Strictness) -> bool:
    """Whether the event changes the job; raises `InvalidStatusChange`, and is false for a repetition let pass."""
    if not job.is_open:
        return _check_repetition(is_tolerated=event is job.closed_by and not strictness.repeated_end)
    if event is not JobEvent.STARTED:
        _check_end(job, event, strictness)
        return True
    if job.status is JobStatus.IN_PROGRESS:
        return _check_repetition(is_tolerated=not strictness.repeated_start)
    if any(other.status is JobStatus.IN_PROGRESS for other in company_jobs):
        raise InvalidStatusChange("Another export job of this company is in progress.")
    return True


def _check_repetition(*, is_tolerated: bool) -> bool:
    if not is_tolerated:
        raise InvalidStatusChange
    return False


def _check_end(job: Job, event: JobEvent, strictness: Strictness) -> None:
    if job.status is JobStatus.PENDING and strictness.end_before_start:
        raise InvalidStatusChange("The export job was not started.")
    if event is JobEvent.FAILED:
        return
    if job.open_items and strictness.end_with_open_items:
        raise InvalidStatusChange("Items of the export job have no final status.")
    if (
        event is JobEvent.COMPLETED
        and job.has_item_with_status(ItemStatus.FAILED)
        and strictness.completed_despite_failures
    ):
        raise InvalidStatusChange("Items of the export job failed.")
