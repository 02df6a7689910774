"""The straight path of an export job, top to bottom in the order it runs.

    pleo-export poll · beat
      └ export_jobs.poll          the next job of each company, oldest first
          └ export_job.claim      `started` · pre-export validation · fetch
              └ chord
                  header  record.record × N     → an outcome in the logbook, reported in batches
                  body    export_job.complete        report · read back · one final event · next job of the company
    beat
      └ export_jobs.recover         jobs that stand still or fall silent
          ├ export_job.recover      what the body does; where a header task died, both dispatch what is missing
          └ export_job.keep_alive   Pleo hears of a job that waits

The chord drives, the logbook decides. A task decodes, calls one function of `integration`, encodes. The names are the
wire format: they never follow a refactor.
"""

import logging
import time
from collections.abc import Callable, Hashable
from typing import Final, TypedDict
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import InterfaceError, OperationalError

from integration import export_item, export_job
from integration.errors import (
    AccountingSystemTransient,
    ExportError,
    ExportJobFinished,
    LogbookUnreachable,
    PleoError,
    PleoTransient,
)
from integration.limits.backoff import wait_seconds
from integration.outcome import NotRecorded, Recorded
from integration.services import Desk
from tasks import context
from tasks.broker import publish
from tasks.broker.publish import AnyTask
from tasks.celery import app
from tasks.config import JOB_SOFT_TIME_LIMIT, JOB_TIME_LIMIT, LONGEST_COUNTDOWN

log = logging.getLogger(__name__)


#: With growing waits this is more than Pleo's hour; what then still fails is the sweeper's.
MAX_RETRIES: Final = 40
#: Until about the next round, which asks anew.
POLL_RETRIES: Final = 3
#: Some minutes; then the sweeper sees to it once a minute.
SOON_RETRIES: Final = 8


def countdown(error: ExportError, retries: int) -> float:
    """Seconds; who asks us to wait longer is believed, up to what the broker keeps a task for."""
    asked = error.retry_after if isinstance(error, PleoTransient) else None
    return min(max(asked or 0, wait_seconds(retries + 1)), LONGEST_COUNTDOWN)


class Throttle:
    """Allow one call per key every `seconds`. Thread-safe, per process."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._passed: dict[Hashable, float] = {}

    def allow(self, key: Hashable) -> bool:
        """Two threads that ask at the same moment may both be allowed; the question is then only asked twice."""
        now = self._clock()
        if now - self._passed.get(key, -self._seconds) < self._seconds:
            return False
        self._passed = {other: at for other, at in self._passed.items() if now - at < self._seconds} | {key: now}
        return True


class Limits(TypedDict):
    """Seconds that a task may take."""

    soft_time_limit: int
    time_limit: int


JOB_LIMITS: Final[Limits] = {"soft_time_limit": JOB_SOFT_TIME_LIMIT, "time_limit": JOB_TIME_LIMIT}
#: A process asks so often whether outcomes wait to be reported: a second, for outcomes that wait thirty.
REPORTS: Final = Throttle(seconds=1)
#: How often the sweeper comes.
SWEEP_SECONDS: Final = 60


@app.task(name="export_jobs.poll", bind=True, max_retries=POLL_RETRIES)
def poll_export_jobs(self: AnyTask, company_id: str | None = None) -> None:
    """Queue the next job of one company, or ask for every company by itself so that none waits for another."""
    settings = context.current().settings
    if company_id is None:
        for connection in settings.connections:
            poll_export_jobs.delay(str(connection.company_id))
        return
    desk = context.current().desk(settings.connection_of(company_id))
    if desk.connection.name in desk.logbook.connections.paused():
        return
    try:
        job_id = export_job.next_job(desk)
    except PleoTransient as error:
        raise self.retry(countdown=countdown(error, self.request.retries), exc=error) from error
    if job_id:
        claim_export_job.delay(str(job_id), desk.connection.name)


@app.task(name="export_job.claim", bind=True, max_retries=MAX_RETRIES, **JOB_LIMITS)
def claim_export_job(self: AnyTask, job_id: str, connection: str) -> None:
    """Make the job ours and spread its items over the workers."""
    desk = context.current().desk(context.current().settings.connection(connection))
    try:
        with export_job.claim(UUID(job_id), desk) as claimed:
            if isinstance(claimed, export_job.Dispatch):
                _publish(claimed)
    except (PleoTransient, AccountingSystemTransient, ExportJobFinished, LogbookUnreachable) as error:
        raise self.retry(countdown=countdown(error, self.request.retries), exc=error) from error
    except (OperationalError, InterfaceError) as error:
        raise self.retry(countdown=30, exc=error) from error
    if isinstance(claimed, export_job.Settled):
        _next_job_of(desk)


@app.task(name="export_item.record", bind=True, max_retries=None)
def record_export_item(self: AnyTask, job_id: str, accounting_entry_id: str, run: int) -> str:
    """Record one item. Never fails: a refusal is an outcome, and what has no outcome is dispatched again.

    Answers one word, for those who watch tasks; it is not stored as a result.
    """
    try:
        desk = context.current().desk_of_job(UUID(job_id))
        outcome = export_item.record(UUID(job_id), UUID(accounting_entry_id), run, desk)
    except (OperationalError, InterfaceError, LogbookUnreachable, SoftTimeLimitExceeded) as error:
        ids = {"job_id": job_id, "accounting_entry_id": accounting_entry_id}
        log.warning("item postponed", extra=ids | {"cause": type(error).__name__})
        raise self.retry(countdown=30) from None
    match outcome:
        case export_item.TryAgain(seconds=seconds):
            raise self.retry(countdown=seconds)
        case export_item.Over():
            return "over"
        case Recorded() | NotRecorded():
            _report_on_the_way(UUID(job_id), desk)
            return "recorded" if isinstance(outcome, Recorded) else "refused"


def _report_on_the_way(job_id: UUID, desk: Desk) -> None:
    """The item has its outcome whatever happens here; completing the job reports what is left."""
    if not REPORTS.allow(job_id):
        return
    try:
        if export_job.report_if_due(job_id, desk):
            _next_job_of(desk)
    except (PleoError, OperationalError, InterfaceError, SoftTimeLimitExceeded) as error:
        log.warning("report postponed", extra={"job_id": str(job_id), "cause": type(error).__name__})


@app.task(name="export_job.complete", bind=True, max_retries=SOON_RETRIES, **JOB_LIMITS)
def complete_export_job(self: AnyTask, job_id: str, run: int) -> str:
    """Close the job if everything is final; else go on with what is missing."""
    try:
        done = _settle(UUID(job_id), run)
    except PleoTransient as error:
        raise self.retry(countdown=countdown(error, self.request.retries), exc=error) from error
    if done is None:
        raise self.retry(countdown=10)
    return done


@app.task(name="export_job.recover", **JOB_LIMITS)
def recover_export_job(job_id: str, run: int) -> str:
    """The same, when the job stands still; the sweeper comes again."""
    try:
        return _settle(UUID(job_id), run) or "not yet"
    except PleoTransient as error:
        log.warning("recovery postponed", extra={"job_id": job_id, "cause": type(error).__name__})
        return "postponed"


def _settle(job_id: UUID, run: int) -> str | None:
    """What was done about the job, `None` where there is nothing to do yet. Raises a `PleoTransient`."""
    desk = context.current().desk_of_job(job_id)
    job = desk.logbook.jobs.known(job_id)
    if job.run != run:
        return "superseded by a later run"
    if job.fetched_at is None and job.closed_at is None:
        claim_export_job.delay(str(job_id), job.connection)
        return "claimed again"
    match export_job.settle(job_id, desk):
        case export_job.Settled(event=event):
            _next_job_of(desk)
            return event
        case export_job.NotYet(missing=missing) if missing:
            if dispatch := export_job.redispatch(job_id, desk, after=run):
                _publish(dispatch)
            return f"{len(missing)} items dispatched again"
        case _:
            return None


@app.task(name="export_jobs.recover")
def recover_export_jobs() -> None:
    """Look after every open job that stands still or falls silent; each by itself, so that none waits for another."""
    logbook, now = context.current().logbook, context.utc_now()
    for job in export_job.standing_still(logbook, now=now):
        if logbook.jobs.look_after(job, now=now):
            recover_export_job.delay(job_id=str(job.job_id), run=job.run)
    for job in export_job.falling_silent(logbook, now=now):
        keep_export_job_alive.apply_async((str(job.job_id),), expires=SWEEP_SECONDS)


@app.task(name="export_job.keep_alive")
def keep_export_job_alive(job_id: str) -> None:
    """Pleo ends a job that it hears nothing of for an hour; the sweeper comes again within a minute."""
    try:
        export_job.keep_alive(UUID(job_id), context.current().desk_of_job(UUID(job_id)))
    except PleoTransient as error:
        log.warning("keeping alive postponed", extra={"job_id": job_id, "cause": type(error).__name__})


def _next_job_of(desk: Desk) -> None:
    poll_export_jobs.delay(str(desk.connection.company_id))


def _publish(dispatch: export_job.Dispatch) -> None:
    publish.publish(dispatch, record=record_export_item, complete=complete_export_job)
    context.current().logbook.jobs.published(dispatch.job_id, dispatch.run)
