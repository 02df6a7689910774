"""Which jobs stand still: a chord can lose its callback, so somebody looks."""

from datetime import datetime, timedelta
from typing import Final

from integration.logbook import Logbook
from integration.logbook.jobs import LoggedJob

#: Longer than a task may take with all its waits; shorter waits would dispatch again what is merely queued.
STANDS_STILL_AFTER: Final = timedelta(minutes=10)


def standing_still(logbook: Logbook, *, now: datetime) -> list[LoggedJob]:
    """Open jobs of which nothing has been heard: no item ended, nothing was reported or dispatched."""
    return [job for job in logbook.jobs.all_open() if now - _last_heard(job, logbook) >= STANDS_STILL_AFTER]


def _last_heard(job: LoggedJob, logbook: Logbook) -> datetime:
    return max(job.progressed_at, logbook.items.last_ended(job.job_id) or job.opened_at)
