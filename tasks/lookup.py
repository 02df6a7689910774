"""Finding what a person names."""

from uuid import UUID

from integration.errors import UsageError
from integration.logbook.jobs import LoggedJob
from tasks import context


def known_job(job_id: UUID) -> LoggedJob:
    """Raises `UsageError` for a job that the logbook does not know."""
    job = context.current().logbook.jobs.find(job_id)
    if job is None:
        raise UsageError(f"The logbook has no export job {job_id}. `pleo-export jobs` lists those it has.")
    return job
