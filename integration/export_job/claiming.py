"""Finding, claiming and fetching a job (Pleo's guide: detect and start, retrieve items, fetch item data)."""

import logging
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

from integration.errors import (
    AccountingSystemError,
    AccountingSystemTransient,
    ExportJobFinished,
    ExportJobNotFound,
    InvalidJobStatusChange,
    MissingContraAccounts,
    PleoAnswerUnreadable,
    PleoInTwoMinds,
)
from integration.errors.reasons import JobFailureReason
from integration.export_job.closing import Settled, close, close_as_pleo_says, close_unknown, is_final
from integration.export_job.fetching import JobItems, fetch
from integration.export_job.lease import held
from integration.export_job.validation import validate
from integration.limits.backoff import patience_is_over
from integration.logbook.jobs import CompanyBusy, LoggedJob
from integration.outcome import JobOutcome
from integration.pleo.client import PAGE_SIZE
from integration.pleo.fetched import FetchedItem
from integration.pleo.models import ExportJob, JobEvent, JobStatus, NewJobEvent
from integration.services import Desk

log = logging.getLogger(__name__)

ELIGIBLE: Final = (JobStatus.PENDING, JobStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The items to record now. Callbacks of runs before this one do nothing.

    How many they are is known from the start; `entries` can be read once, may still be arriving from Pleo, and raises
    what that raises: whoever reads it to the end has all of them in the logbook.
    """

    job_id: UUID
    connection: str
    run: int
    count: int
    entries: Iterable[UUID]


def next_job(desk: Desk) -> UUID | None:
    """The company's next job, `None` while it has one open. Changes nothing.

    One that Pleo has in progress and we do not know comes first: an earlier installation left it. Then oldest first.
    """
    company = desk.connection.company_id
    if desk.logbook.jobs.open_of(company):
        return None
    eligible = [job for job in desk.pleo.export_jobs(company, ELIGIBLE) if _is_eligible(job, desk)]
    first = min(eligible, key=lambda job: (job.status == JobStatus.PENDING, job.created_at), default=None)
    return first.id if first else None


def _is_eligible(job: ExportJob, desk: Desk) -> bool:
    if job.status not in ELIGIBLE or job.company_id != desk.connection.company_id:
        return False
    logged = desk.logbook.jobs.find(job.id)
    return logged is None or logged.closed_at is None  # Pleo's list may lag behind the event that it accepted


@contextmanager
def claim(job_id: UUID, desk: Desk) -> Iterator[Dispatch | Settled | None]:
    """Make the job ours, for as long as its items are read. `None` where another worker or another job is at it.

    Raises a `PleoTransient` or `AccountingSystemTransient` when it should be tried again.
    """
    opened = desk.logbook.jobs.open(
        job_id, connection=desk.connection.name, company_id=desk.connection.company_id, now=desk.clock()
    )
    if isinstance(opened, CompanyBusy):
        log.info("company has another job open", extra=_ids(job_id, desk) | {"open_job_id": str(opened.job_id)})
        yield None
        return
    with held(job_id, "claiming", desk) as ours:
        yield _claimed(job_id, desk) if ours else _ended(job_id, desk)


def _claimed(job_id: UUID, desk: Desk) -> Dispatch | Settled | None:
    """Under the lease: what another worker did meanwhile is not done again."""
    job = desk.logbook.jobs.known(job_id)
    desk.logbook.jobs.look_after(job, now=desk.clock())
    if job.fetched_at is None:
        prepared = _prepared(job_id, desk)
        return prepared if isinstance(prepared, Settled) else _first_dispatch(job, prepared, desk)
    return None if job.published_run is not None else redispatch(job_id, desk, after=job.run)


def _ended(job_id: UUID, desk: Desk) -> Settled | None:
    """Of a job that is closed nobody gets a lease."""
    event = desk.logbook.jobs.known(job_id).event
    return Settled(event) if event else None


def redispatch(job_id: UUID, desk: Desk, *, after: int) -> Dispatch | None:
    """A new run of the items that have no outcome; `None` where another worker began one since run `after`."""
    run = desk.logbook.jobs.next_run(job_id, after=after, now=desk.clock())
    if run is None:
        return None
    missing = desk.logbook.items.missing(job_id)
    return Dispatch(job_id, desk.connection.name, run, len(missing), missing)


def _first_dispatch(job: LoggedJob, items: JobItems, desk: Desk) -> Dispatch | None:
    """Recording begins while the rest arrives. Some may have ended already: an earlier worker may have got so far."""
    run = desk.logbook.jobs.next_run(job.job_id, after=job.run, now=desk.clock())
    if run is None:
        return None
    ended = desk.logbook.items.ended(job.job_id)
    wanted = [entry for entry in items.to_record if entry not in ended]
    arriving = _kept(job.job_id, wanted, items.contents, desk)
    return Dispatch(job.job_id, desk.connection.name, run, len(wanted), arriving if wanted else list(arriving))


def _kept(job_id: UUID, wanted: Sequence[UUID], contents: Iterator[FetchedItem], desk: Desk) -> Iterator[UUID]:
    """Each entry once it stands in the logbook; the last ones when all do: no chord is complete before.

    It ends early where the job has been closed meanwhile.
    """
    waiting, rows = dict.fromkeys(wanted), dict[UUID, str]()
    while waiting:
        yield from rows
        page = list(islice(contents, PAGE_SIZE))
        rows = _wanted_of(page, waiting) if page else dict.fromkeys(waiting, "")  # a row without content is refused
        if not desk.logbook.items.add(job_id, list(rows.items())):
            return
        for entry in rows:
            del waiting[entry]
    desk.logbook.jobs.fetched(job_id, now=desk.clock())
    log.info("job fetched", extra=_ids(job_id, desk) | {"items": len(wanted)})
    yield from rows


def _wanted_of(page: Iterable[FetchedItem], waiting: Container[UUID]) -> dict[UUID, str]:
    return {item.accounting_entry_id: item.payload for item in page if item.accounting_entry_id in waiting}


def _prepared(job_id: UUID, desk: Desk) -> JobItems | Settled:
    """The job's items when it is in progress and the system ready; else the job is closed."""
    try:
        job = _started(job_id, desk)
    except ExportJobNotFound:
        return close_unknown(job_id, desk)
    if is_final(job):
        return close_as_pleo_says(job, desk)
    if job.status == JobStatus.PENDING:  # the start was accepted, and this answer does not know of it yet
        raise PleoInTwoMinds
    if job.status != JobStatus.IN_PROGRESS:
        raise PleoAnswerUnreadable(operation="GET /v3/export-jobs", cause=f"status {job.status[:40]!r} is unknown")
    try:
        validate(desk.connection, desk.system, vendor_based=job.vendor_based_bookkeeping)
        return fetch(job_id, desk.pleo)
    except AccountingSystemError as error:
        if isinstance(error, AccountingSystemTransient) and not _waited_long_enough(job_id, desk):
            raise
        return close(job_id, JobOutcome.failed_before_any_item(error), desk)
    except MissingContraAccounts as error:
        if desk.logbook.items.ended(job_id):  # some stand in the books, so the job did not fail before any item
            raise PleoInTwoMinds from None
        reason = JobFailureReason.MISSING_CONFIGURATION
        return close(job_id, JobOutcome(JobEvent.FAILED, str(error), reason), desk)
    except ExportJobFinished:
        return close_as_pleo_says(desk.pleo.export_job(job_id), desk)


def _waited_long_enough(job_id: UUID, desk: Desk) -> bool:
    return patience_is_over(desk.logbook.jobs.known(job_id).opened_at, desk.clock())


def _started(job_id: UUID, desk: Desk) -> ExportJob:
    """The job as Pleo has it after our `started`; sent only to a pending job."""
    job = desk.pleo.export_job(job_id)
    if job.status == JobStatus.IN_PROGRESS:
        desk.logbook.jobs.adopt(job_id)
    if job.status != JobStatus.PENDING:
        return job
    try:
        desk.pleo.create_export_job_event(NewJobEvent(job_id=job_id, event=JobEvent.STARTED))
        desk.logbook.jobs.heard(job_id, now=desk.clock())
    except InvalidJobStatusChange:
        log.info("job had been started or ended meanwhile", extra=_ids(job_id, desk))
    else:
        log.info("job claimed", extra=_ids(job_id, desk))
    return desk.pleo.export_job(job_id)


def _ids(job_id: UUID, desk: Desk) -> dict[str, str]:
    return {"job_id": str(job_id), "connection": desk.connection.name}
