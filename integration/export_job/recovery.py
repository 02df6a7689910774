"""Looking after open jobs: a chord can lose its callback, and Pleo ends a job of which it hears nothing for an hour."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from integration.export_job.reporting import report_or_let_go
from integration.logbook import Logbook
from integration.logbook.jobs import LoggedJob
from integration.pleo.models import ItemStatus, ItemUpdate
from integration.services import Desk

#: Longer than a task may take with all its waits; less would dispatch again what is merely queued.
STANDS_STILL_AFTER: Final = timedelta(minutes=10)
#: All items have ended and nobody closed the job: its callback is lost.
CALLBACK_LOST_AFTER: Final = timedelta(minutes=1)
#: Pleo hears of a job at least so often, far within its hour.
KEEP_ALIVE_AFTER: Final = timedelta(minutes=15)


def standing_still(logbook: Logbook, *, now: datetime) -> list[LoggedJob]:
    """Open jobs that nothing moves any more."""
    return [job for job in logbook.jobs.all_open() if _stands_still(job, logbook, now)]


def _stands_still(job: LoggedJob, logbook: Logbook, now: datetime) -> bool:
    touched = logbook.items.last_touched(job.job_id)
    moments = (job.opened_at, job.dispatched_at, job.looked_after_at, touched)
    moved = max(moment for moment in moments if moment)
    tally = logbook.items.tally(job.job_id)
    all_ended = job.fetched_at is not None and tally.ended == tally.all
    return now - moved >= (CALLBACK_LOST_AFTER if all_ended else STANDS_STILL_AFTER)


def falling_silent(logbook: Logbook, *, now: datetime) -> list[LoggedJob]:
    """Open jobs that Pleo should hear of."""
    return [job for job in logbook.jobs.all_open() if now - job.heard_at >= KEEP_ALIVE_AFTER]


def keep_alive(job_id: UUID, desk: Desk) -> None:
    """Let Pleo hear of the job: outcomes that wait, or else that an item is being worked on."""
    if report_or_let_go(job_id, desk):
        return
    if desk.clock() - desk.logbook.jobs.known(job_id).heard_at < KEEP_ALIVE_AFTER:
        return
    for entry in desk.logbook.items.missing(job_id)[:1]:
        touch = ItemUpdate(accounting_entry_id=entry, status=ItemStatus.IN_PROGRESS)
        desk.pleo.update_export_job_items(job_id, [touch])
        desk.logbook.jobs.heard(job_id, now=desk.clock())
