"""Export jobs in the logbook: opening, progress, runs, closing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from integration.logbook.schema import items, jobs
from integration.logbook.storage.database import Database
from integration.outcome import JobOutcome


@dataclass(frozen=True, slots=True)
class LoggedJob:
    """One export job as the logbook knows it."""

    job_id: UUID
    connection: str
    company_id: UUID
    run: int
    adopted: bool
    opened_at: datetime
    fetched_at: datetime | None
    heard_at: datetime
    dispatched_at: datetime | None
    published_run: int | None
    looked_after_at: datetime | None
    closed_at: datetime | None
    event: str | None
    reason: str | None
    reason_type: str | None


@dataclass(frozen=True, slots=True)
class CompanyBusy:
    """Another job of the company is open; one at a time."""

    job_id: UUID


#: What one worker at a time may do with a job.
Lease = Literal["claiming", "reporting", "closing"]


class Jobs:
    """What is written by one method is written at once; none of them waits for anything but the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, job_id: UUID, *, connection: str, company_id: UUID, now: datetime) -> LoggedJob | CompanyBusy:
        """The job as it stands in the logbook, opened now if it did not stand there."""
        if job := self.find(job_id):
            return job
        try:
            with self._database.writing() as db:
                db.execute(
                    insert(jobs).values(
                        job_id=str(job_id),
                        connection=connection,
                        company_id=str(company_id),
                        opened_at=now,
                        heard_at=now,
                    )
                )
        except IntegrityError:  # another worker opened this job, or another job of the company
            if stands := self.find(job_id) or self._busy(company_id):
                return stands
            return self.open(job_id, connection=connection, company_id=company_id, now=now)  # it has just ended
        return self.known(job_id)

    def _busy(self, company_id: UUID) -> CompanyBusy | None:
        open_job = self.open_of(company_id)
        return CompanyBusy(open_job.job_id) if open_job else None

    def known(self, job_id: UUID) -> LoggedJob:
        """Raises `LookupError` where the logbook does not know it."""
        job = self.find(job_id)
        if job is None:
            raise LookupError(f"the logbook has no job {job_id}")
        return job

    def find(self, job_id: UUID) -> LoggedJob | None:
        """`None` where the logbook does not know it."""
        return next(iter(self._select(jobs.c.job_id == str(job_id))), None)

    def open_of(self, company_id: UUID) -> LoggedJob | None:
        """The company's open job; there is at most one."""
        found = self._select(jobs.c.company_id == str(company_id), jobs.c.closed_at.is_(None))
        return next(iter(found), None)

    def all_open(self) -> list[LoggedJob]:
        """Oldest first."""
        return self._select(jobs.c.closed_at.is_(None))

    def latest(self, count: int) -> list[LoggedJob]:
        """The newest jobs, newest first."""
        with self._database.reading() as db:
            rows = db.execute(select(jobs).order_by(jobs.c.opened_at.desc()).limit(count)).all()
        return [logged_job(row) for row in rows]

    def _select(self, *conditions: ColumnElement[bool]) -> list[LoggedJob]:
        with self._database.reading() as db:
            rows = db.execute(select(jobs).where(*conditions).order_by(jobs.c.opened_at)).all()
        return [logged_job(row) for row in rows]

    def adopt(self, job_id: UUID) -> None:
        """Pleo had it in progress before we knew of it."""
        self._set(job_id, adopted=True)

    def heard(self, job_id: UUID, *, now: datetime) -> None:
        """Pleo has heard of the job from us."""
        self._set(job_id, heard_at=now)

    def fetched(self, job_id: UUID, *, now: datetime) -> None:
        """All of its items stand in the logbook."""
        self._set(job_id, fetched_at=now)

    def next_run(self, job_id: UUID, *, after: int, now: datetime) -> int | None:
        """The number of a new dispatch, `None` where another worker began one since run `after`.

        Callbacks of earlier runs do nothing from now on.
        """
        is_current = jobs.c.job_id == str(job_id), jobs.c.run == after, jobs.c.closed_at.is_(None)
        with self._database.writing() as db:
            begun = db.execute(update(jobs).where(*is_current).values(run=after + 1, dispatched_at=now)).rowcount
        return after + 1 if begun else None

    def published(self, job_id: UUID, run: int) -> None:
        """Every message of the run is with the broker, which says nothing once a later run has begun."""
        with self._database.writing() as db:
            is_current = jobs.c.job_id == str(job_id), jobs.c.run == run
            db.execute(update(jobs).where(*is_current).values(published_run=run))

    def look_after(self, job: LoggedJob, *, now: datetime) -> bool:
        """Whether it is the caller who now sees to this job: of those who saw it stand still, one is."""
        unseen = jobs.c.looked_after_at.is_not_distinct_from(job.looked_after_at)
        with self._database.writing() as db:
            statement = update(jobs).where(jobs.c.job_id == str(job.job_id), unseen)
            return db.execute(statement.values(looked_after_at=now)).rowcount == 1

    def holder(self, job_id: UUID, lease: Lease) -> str | None:
        """Who took the lease last and did not give it back; it may have run out."""
        with self._database.reading() as db:
            holder: str | None = db.scalar(select(jobs.c[f"{lease}_owner"]).where(jobs.c.job_id == str(job_id)))
        return holder

    def take(
        self, job_id: UUID, lease: Lease, *, owner: str, now: datetime, seconds: float, dead_owner: str | None = None
    ) -> bool:
        """Take one of an open job's leases; one holder at a time. The lease of a dead owner counts for nothing."""
        held_by, until = jobs.c[f"{lease}_owner"], jobs.c[f"{lease}_until"]
        is_free = or_(until.is_(None), until < now, held_by == dead_owner)
        statement = update(jobs).where(jobs.c.job_id == str(job_id), jobs.c.closed_at.is_(None), is_free)
        with self._database.writing() as db:
            taken = statement.values({held_by: owner, until: now + timedelta(seconds=seconds)})
            return db.execute(taken).rowcount == 1

    def release(self, job_id: UUID, lease: Lease, *, owner: str) -> None:
        """Give the lease back, unless another has it by now."""
        held_by, until = jobs.c[f"{lease}_owner"], jobs.c[f"{lease}_until"]
        statement = update(jobs).where(jobs.c.job_id == str(job_id), held_by == owner)
        with self._database.writing() as db:
            db.execute(statement.values({held_by: None, until: None}))

    def close(self, job_id: UUID, outcome: JobOutcome, *, now: datetime) -> None:
        """Write down the event that Pleo accepted, and forget what the items held. The first to close it is right."""
        with self._database.writing() as db:
            db.execute(
                update(jobs)
                .where(jobs.c.job_id == str(job_id), jobs.c.closed_at.is_(None))
                .values(
                    closed_at=now,
                    heard_at=now,
                    event=outcome.event,
                    reason=outcome.reason,
                    reason_type=outcome.reason_type,
                )
            )
            db.execute(update(items).where(items.c.job_id == str(job_id)).values(payload=""))

    def _set(self, job_id: UUID, **values: object) -> None:
        with self._database.writing() as db:
            db.execute(update(jobs).where(jobs.c.job_id == str(job_id)).values(**values))


def logged_job(row: Row[Any]) -> LoggedJob:
    """From a row with all of the table's columns."""
    return LoggedJob(
        job_id=UUID(row.job_id),
        connection=row.connection,
        company_id=UUID(row.company_id),
        run=row.run,
        adopted=row.adopted,
        opened_at=row.opened_at,
        fetched_at=row.fetched_at,
        heard_at=row.heard_at,
        dispatched_at=row.dispatched_at,
        published_run=row.published_run,
        looked_after_at=row.looked_after_at,
        closed_at=row.closed_at,
        event=row.event,
        reason=row.reason,
        reason_type=row.reason_type,
    )
