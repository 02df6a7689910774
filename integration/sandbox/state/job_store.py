"""All jobs of all companies, in the order in which Export was pressed."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID, uuid4

from integration.pleo.models import ExportItem, ExportJob, ItemStatus, JobStatus
from integration.sandbox.api.answers import ExportNotFound, JobFinished
from integration.sandbox.api.bodies import NewJob
from integration.sandbox.state.jobs import Job
from integration.sandbox.world.companies import Company


class JobStore:
    """A job is never taken out again; it is over or not."""

    def __init__(self, lifetime_seconds: int) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._jobs: dict[UUID, Job] = {}
        self._open: list[Job] = []

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def add(self, new_job: NewJob, content: tuple[ExportItem, ...], now: datetime) -> Job:
        """A pending job."""
        head = ExportJob(
            id=uuid4(),
            company_id=new_job.company_id,
            status=JobStatus.PENDING,
            number_of_items=len(content),
            is_interactive=new_job.is_interactive,
            vendor_based_bookkeeping=new_job.is_vendor_based,
            created_at=now,
            created_by=new_job.employee_id,
            last_updated_at=now,
            expires_in=self._lifetime_seconds,
        )
        job = self._jobs[head.id] = Job(len(self._jobs) + 1, head, content)
        self._open.append(job)
        return job

    def expire(self, now: datetime) -> None:
        """Ends the jobs that nobody updated in time; one that is over is not looked at again."""
        for job in self._open:
            job.expire(now)
        self._open = [job for job in self._open if job.is_open]

    def get(self, job_id: UUID, caller: Company | None = None) -> Job:
        """Raises `ExportNotFound`, also for a job that is not the caller's."""
        job = self._jobs.get(job_id)
        if job is None or (caller is not None and job.head.company_id != caller.id):
            raise ExportNotFound
        return job

    def open(self, job_id: UUID, caller: Company | None = None) -> Job:
        """Raises `JobFinished` too."""
        job = self.get(job_id, caller)
        if not job.is_open:
            raise JobFinished
        return job

    def list_company_jobs(self, company_id: UUID) -> list[Job]:
        """Oldest first."""
        return [job for job in self if job.head.company_id == company_id]

    def taken(self, company_id: UUID) -> Iterator[UUID]:
        """Entries that have been exported or are in a job that is not over."""
        for job in self.list_company_jobs(company_id):
            is_open, rows = job.is_open, job.items.in_order
            yield from (row.accounting_entry_id for row in rows if is_open or row.status == ItemStatus.SUCCESSFUL)
