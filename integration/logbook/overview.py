"""The logbook as people and monitors ask it: jobs with their money, causes, searches, counts. Reads only."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Float, Select, cast, func, or_, select

from integration.logbook.items import ItemState, LoggedItem, logged_item
from integration.logbook.jobs import LoggedJob, logged_job
from integration.logbook.schema import items, jobs
from integration.logbook.storage.database import Database

#: Pleo's amounts are hundredths of every currency, so whole hundredths add up exactly in every database.
_HUNDREDTHS: Final = cast(func.round(cast(items.c.amount, Float) * 100), BigInteger)
#: A statement takes a bounded number of parameters.
_PART: Final = 1000


@dataclass(frozen=True, slots=True)
class JobSummary:
    """A job, how many of its items stand where, and what they come to in each currency."""

    job: LoggedJob
    counts: Mapping[ItemState, int]
    sums: Mapping[ItemState, Mapping[str, Decimal]]

    @property
    def total(self) -> int:
        """All items."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """Those with an outcome."""
        return self.counts[ItemState.RECORDED] + self.counts[ItemState.REFUSED]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why so many items of a job were refused."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """An item and its job."""

    job: LoggedJob
    item: LoggedItem


@dataclass(slots=True)
class _Standing:
    counts: dict[ItemState, int] = field(default_factory=lambda: dict.fromkeys(ItemState, 0))
    sums: dict[ItemState, dict[str, Decimal]] = field(default_factory=lambda: defaultdict(dict))


class Overview:
    """Counting and adding is the database's work, so that a job of 100,000 items costs a few rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def jobs(self, connections: Collection[str], *, limit: int, offset: int = 0) -> list[JobSummary]:
        """The newest jobs of these connections, newest first."""
        newest = select(jobs).where(jobs.c.connection.in_(connections)).order_by(jobs.c.opened_at.desc(), jobs.c.job_id)
        return self._summaries([logged_job(row) for row in self._rows(newest.limit(limit).offset(offset))])

    def job(self, job_id: UUID) -> JobSummary | None:
        """`None` where the logbook does not know it."""
        found = self._rows(select(jobs).where(jobs.c.job_id == str(job_id)))
        return next(iter(self._summaries([logged_job(row) for row in found])), None)

    def _summaries(self, listed: Sequence[LoggedJob]) -> list[JobSummary]:
        per_state = (
            select(items.c.job_id, items.c.state, items.c.currency, func.count(), func.sum(_HUNDREDTHS))
            .where(items.c.job_id.in_([str(job.job_id) for job in listed]))
            .group_by(items.c.job_id, items.c.state, items.c.currency)
        )
        standings: dict[str, _Standing] = defaultdict(_Standing)
        for job_id, state, currency, count, hundredths in self._rows(per_state):
            standing = standings[job_id]
            standing.counts[ItemState(state)] += count
            if currency:
                standing.sums[ItemState(state)][currency] = Decimal(hundredths).scaleb(-2)
        found = ((job, standings[str(job.job_id)]) for job in listed)
        return [JobSummary(job, standing.counts, standing.sums) for job, standing in found]

    def items(
        self, job_id: UUID, *, limit: int, offset: int = 0, states: Collection[ItemState] = tuple(ItemState)
    ) -> list[LoggedItem]:
        """Refused ones first, then by how they ended."""
        statement = (
            select(items)
            .where(items.c.job_id == str(job_id), items.c.state.in_(states))
            .order_by(items.c.state != ItemState.REFUSED, items.c.reason, items.c.ended_at, items.c.accounting_entry_id)
        )
        return [logged_item(row) for row in self._rows(statement.limit(limit).offset(offset))]

    def causes(self, job_id: UUID) -> list[Cause]:
        """Why items were refused, commonest first."""
        grouped = (
            select(items.c.reason, func.count())
            .where(items.c.job_id == str(job_id), items.c.state == ItemState.REFUSED)
            .group_by(items.c.reason)
            .order_by(func.count().desc(), items.c.reason)
        )
        return [Cause(reason, count) for reason, count in self._rows(grouped)]

    def search(self, wanted: str, connections: Collection[str], *, limit: int) -> list[Found]:
        """By entry id, job id, reconciliation id or voucher id, given in full."""
        names: list[ColumnElement[bool]] = [items.c.reconciliation_id == wanted, items.c.voucher_id == wanted]
        names += [items.c[column] == wanted.lower() for column in ("accounting_entry_id", "job_id")]
        matching = (
            select(items, jobs.c.opened_at)
            .join(jobs, jobs.c.job_id == items.c.job_id)
            .where(jobs.c.connection.in_(connections), or_(*names))
            .order_by(jobs.c.opened_at.desc(), items.c.accounting_entry_id)
        )
        rows = self._rows(matching.limit(limit))
        by_id = self._jobs_of(rows)
        return [Found(by_id[row.job_id], logged_item(row)) for row in rows]

    def _jobs_of(self, rows: Sequence[Any]) -> dict[str, LoggedJob]:
        wanted = select(jobs).where(jobs.c.job_id.in_({row.job_id for row in rows}))
        return {row.job_id: logged_job(row) for row in self._rows(wanted)}

    def recorded_among(self, entries: Collection[UUID]) -> set[UUID]:
        """Those that stand in the books, whichever job recorded them."""
        wanted = [str(entry) for entry in entries]
        recorded = select(items.c.accounting_entry_id).where(items.c.state == ItemState.RECORDED)
        parts = (wanted[start : start + _PART] for start in range(0, len(wanted), _PART))
        rows = (row for part in parts for row in self._rows(recorded.where(items.c.accounting_entry_id.in_(part))))
        return {UUID(row.accounting_entry_id) for row in rows}

    def item_counts(self) -> list[tuple[str, ItemState, str, int]]:
        """How many items: connection, state, code of the refusal (empty where there is none), count."""
        code = func.coalesce(items.c.code, "")
        grouped = (
            select(jobs.c.connection, items.c.state, code, func.count())
            .join(jobs, jobs.c.job_id == items.c.job_id)
            .group_by(jobs.c.connection, items.c.state, code)
        )
        return [(name, ItemState(state), refusal, count) for name, state, refusal, count in self._rows(grouped)]

    def job_counts(self) -> list[tuple[str, str, int]]:
        """How many closed jobs: connection, event, count."""
        grouped = (
            select(jobs.c.connection, jobs.c.event, func.count())
            .where(jobs.c.closed_at.is_not(None))
            .group_by(jobs.c.connection, jobs.c.event)
        )
        return [(name, event or "unknown", count) for name, event, count in self._rows(grouped)]

    def open_since(self) -> dict[str, datetime]:
        """When the open job of each connection was opened."""
        grouped = select(jobs.c.connection, func.min(jobs.c.opened_at)).where(jobs.c.closed_at.is_(None))
        return dict(tuple(row) for row in self._rows(grouped.group_by(jobs.c.connection)))

    def _rows(self, statement: Select[Any]) -> list[Any]:
        with self._database.reading() as db:
            return list(db.execute(statement))
