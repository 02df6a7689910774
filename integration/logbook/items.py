"""Export items in the logbook: what came from Pleo, how it ended, what Pleo was told. `recording` moves them on."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Update, exists, func, select, update

from integration.errors.reasons import ItemFailureReason
from integration.logbook.retained_fields import kept_of
from integration.logbook.schema import items, jobs
from integration.logbook.storage.database import Database
from integration.outcome import ItemOutcome, NotRecorded, Recorded

#: A job's payloads are megabytes, and nobody asks for them but who records.
WITHOUT_PAYLOAD: Final = tuple(column for column in items.c if column is not items.c.payload)


class ItemState(StrEnum):
    """Where an item stands with us."""

    PENDING = "pending"
    RECORDING = "recording"
    #: A record call was made, its answer is unknown, and it could not be looked up yet.
    IN_DOUBT = "in_doubt"
    RECORDED = "recorded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Worth:
    """What an item comes to in the books, or at Pleo if it came to no voucher."""

    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LoggedItem:
    """One item as the logbook knows it; `outcome` is `None` until it ended."""

    accounting_entry_id: UUID
    state: ItemState
    attempts: int
    worth: Worth | None
    outcome: ItemOutcome | None
    ended_at: datetime | None
    reported_at: datetime | None
    reconciliation_id: str | None
    pleo_url: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items of a job ended, and how."""

    all: int
    recorded: int
    refused: int

    @property
    def ended(self) -> int:
        """Those with an outcome."""
        return self.recorded + self.refused


class Items:
    """What is written by one method is written at once; none of them waits for anything but the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job_id: UUID, fetched: Sequence[tuple[UUID, str]]) -> bool:
        """Write down open items of the job with what Pleo sent of them; those that stand there stay as they are.

        `False` for a job that is closed, into which nothing is written any more.
        """
        fixed = {"job_id": str(job_id), "state": ItemState.PENDING}
        rows = [
            {"accounting_entry_id": str(entry), "payload": payload} | fixed | kept_of(payload)
            for entry, payload in fetched
        ]
        is_open = jobs.c.job_id == str(job_id), jobs.c.closed_at.is_(None)
        with self._database.writing() as db:
            adopted = db.scalar(select(jobs.c.adopted).where(*is_open).with_for_update(read=True))
            if adopted is not None and rows:
                db.execute(self._database.insert_if_absent(items), [row | {"look_up": adopted} for row in rows])
                db.execute(_look_up_what_was_tried_before(job_id, [str(entry) for entry, _ in fetched]))
        return adopted is not None

    def of(self, job_id: UUID) -> list[LoggedItem]:
        """All items of a job."""
        return self._select(items.c.job_id == str(job_id))

    def tally(self, job_id: UUID) -> Tally:
        """Counted by the database."""
        counts = (
            select(items.c.state, func.count().label("ended"))
            .where(items.c.job_id == str(job_id))
            .group_by(items.c.state)
        )
        with self._database.reading() as db:
            by_state: dict[str, int] = {row.state: row.ended for row in db.execute(counts)}
        return Tally(sum(by_state.values()), by_state.get(ItemState.RECORDED, 0), by_state.get(ItemState.REFUSED, 0))

    def missing(self, job_id: UUID) -> list[UUID]:
        """The items without an outcome."""
        with self._database.reading() as db:
            entries = db.scalars(
                select(items.c.accounting_entry_id).where(items.c.job_id == str(job_id), items.c.ended_at.is_(None))
            )
            return [UUID(entry) for entry in entries]

    def ended(self, job_id: UUID) -> frozenset[UUID]:
        """The items with an outcome."""
        with self._database.reading() as db:
            entries = db.scalars(
                select(items.c.accounting_entry_id).where(items.c.job_id == str(job_id), items.c.ended_at.is_not(None))
            )
            return frozenset(UUID(entry) for entry in entries)

    def unreported(self, job_id: UUID, count: int, *, besides: Collection[UUID] = ()) -> list[LoggedItem]:
        """Outcomes that Pleo has not been told, oldest first, at most `count`."""
        return self._select(
            items.c.job_id == str(job_id),
            items.c.ended_at.is_not(None),
            items.c.reported_at.is_(None),
            items.c.accounting_entry_id.not_in([str(entry) for entry in besides]),
            limit=count,
        )

    def waiting_for_report(self, job_id: UUID) -> tuple[int, datetime | None]:
        """How many outcomes Pleo has not been told, and when the oldest of them came."""
        waiting = select(func.count(), func.min(items.c.ended_at)).where(
            items.c.job_id == str(job_id), items.c.ended_at.is_not(None), items.c.reported_at.is_(None)
        )
        with self._database.reading() as db:
            count, oldest = db.execute(waiting).one()
        return count, oldest

    def last_touched(self, job_id: UUID) -> datetime | None:
        """When an item was last begun or ended."""
        latest = select(func.max(items.c.tried_at), func.max(items.c.ended_at)).where(items.c.job_id == str(job_id))
        with self._database.reading() as db:
            moments = [moment for moment in db.execute(latest).one() if moment]
        return max(moments, default=None)

    def reported(self, job_id: UUID, entries: Iterable[UUID], *, now: datetime) -> None:
        """Pleo took these outcomes, which is progress of the job."""
        ids = [str(entry) for entry in entries]
        with self._database.writing() as db:
            db.execute(
                update(items)
                .where(items.c.job_id == str(job_id), items.c.accounting_entry_id.in_(ids))
                .values(reported_at=now)
            )
            db.execute(update(jobs).where(jobs.c.job_id == str(job_id)).values(heard_at=now))

    def unreport(self, job_id: UUID, entries: Iterable[UUID]) -> None:
        """Pleo has these open after all: they are reported again."""
        ids = [str(entry) for entry in entries]
        with self._database.writing() as db:
            db.execute(
                update(items)
                .where(items.c.job_id == str(job_id), items.c.accounting_entry_id.in_(ids))
                .values(reported_at=None)
            )

    def _select(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[LoggedItem]:
        statement = select(*WITHOUT_PAYLOAD).where(*conditions).order_by(items.c.ended_at, items.c.accounting_entry_id)
        with self._database.reading() as db:
            return [logged_item(row) for row in db.execute(statement.limit(limit))]


def _look_up_what_was_tried_before(job_id: UUID, entries: Sequence[str]) -> Update:
    earlier = items.alias()
    tried = exists().where(
        earlier.c.accounting_entry_id == items.c.accounting_entry_id,
        earlier.c.job_id != str(job_id),
        earlier.c.attempts > 0,
    )
    of_these = items.c.accounting_entry_id.in_(entries)
    return update(items).where(items.c.job_id == str(job_id), of_these, tried).values(look_up=True)


def outcome_of(row: Row[Any] | SimpleNamespace) -> ItemOutcome | None:
    """`None` until the item ended."""
    if row.ended_at is None:
        return None
    if row.state == ItemState.REFUSED:
        return NotRecorded(row.code, ItemFailureReason(row.reason_type), row.reason)
    return Recorded(row.voucher_id, row.voucher_url, row.posting_date, row.ended_at, bool(row.adopted))


def logged_item(row: Row[Any]) -> LoggedItem:
    """From a row with all of the table's columns."""
    return LoggedItem(
        accounting_entry_id=UUID(row.accounting_entry_id),
        state=ItemState(row.state),
        attempts=row.attempts,
        worth=Worth(row.currency, row.amount) if row.currency else None,
        outcome=outcome_of(row),
        ended_at=row.ended_at,
        reported_at=row.reported_at,
        reconciliation_id=row.reconciliation_id,
        pleo_url=row.pleo_url,
    )
