"""Export items in the logbook: the intent before the call, the outcome after it, what Pleo was told.

    pending ──begin──▶ recording ──▶ recorded ─┐
       ▲                   │  └────▶ refused ──┤ ended → reported
       └──── put back ─────┘ or in doubt

`begin` commits the intent under a lease. Whoever begins an item that another worker began and did not put back looks it
up in the accounting system first: its voucher may stand there.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Row, Update, and_, case, exists, func, or_, select, true, update

from integration.bookkeeping.vouchers import Decision
from integration.logbook.database import insert_if_absent
from integration.logbook.history import write_decisions
from integration.logbook.kept import kept_of
from integration.logbook.schema import items, jobs
from integration.outcome import ItemOutcome, NotRecorded, Recorded
from integration.reasons import ItemFailureReason


class ItemState(StrEnum):
    """Where an item stands with us."""

    PENDING = "pending"
    RECORDING = "recording"
    #: A record call was made, its answer is unknown, and it could not be looked up yet.
    IN_DOUBT = "in_doubt"
    RECORDED = "recorded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Begun:
    """The item is ours until the lease ends; `look_up` where its voucher may stand already."""

    payload: str
    look_up: bool
    attempt: int
    #: Attempts before this one that ended with their worker.
    deaths: int
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Busy:
    """Another worker holds the item until then."""

    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing is to be done: the job has ended, or a later run has the item."""


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
    """Every method is one transaction; none of them waits for anything but the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, job_id: UUID, fetched: Sequence[tuple[UUID, str]], *, now: datetime) -> None:
        """Write down the job's open items with what Pleo sent of them; those that stand there stay as they are."""
        with self._engine.begin() as db:
            adopted = bool(db.scalar(select(jobs.c.adopted).where(jobs.c.job_id == str(job_id))))
            fixed = {"job_id": str(job_id), "state": ItemState.PENDING, "look_up": adopted}
            rows = [
                {"accounting_entry_id": str(entry), "payload": payload} | fixed | kept_of(payload)
                for entry, payload in fetched
            ]
            if rows:
                db.execute(insert_if_absent(self._engine, items), rows)
                db.execute(_look_up_what_was_tried_before(job_id))
            db.execute(update(jobs).where(jobs.c.job_id == str(job_id)).values(fetched_at=now))

    def begin(
        self,
        job_id: UUID,
        entry: UUID,
        *,
        run: int,
        worker: str,
        now: datetime,
        lease_seconds: float,
        dead_owner: str | None = None,
    ) -> Begun | Busy | Over | ItemOutcome:
        """Commit the intent, before any call to the accounting system. The lease of a dead owner counts for nothing."""
        wanted = exists().where(jobs.c.job_id == str(job_id), jobs.c.closed_at.is_(None), jobs.c.run == run)
        free = or_(items.c.lease_until.is_(None), items.c.lease_until < now, items.c.lease_owner == dead_owner)
        intent = (
            update(items)
            .where(_is(job_id, entry), items.c.ended_at.is_(None), free, wanted)
            .values(
                # Who let go of it properly left it pending; any other state means that it may have been recorded.
                look_up=or_(items.c.look_up, items.c.state != ItemState.PENDING),
                deaths=items.c.deaths + case((items.c.state == ItemState.RECORDING, 1), else_=0),
                state=ItemState.RECORDING,
                attempts=items.c.attempts + 1,
                tried_at=now,
                begun_at=func.coalesce(items.c.begun_at, now),
                lease_owner=worker,
                lease_until=now + timedelta(seconds=lease_seconds),
            )
            .returning(items.c.payload, items.c.look_up, items.c.attempts, items.c.deaths, items.c.begun_at)
        )
        with self._engine.begin() as db:
            if row := db.execute(intent).one_or_none():
                return Begun(row.payload, row.look_up, row.attempts, row.deaths, row.begun_at)
            stands = db.execute(select(items, wanted.label("wanted")).where(_is(job_id, entry))).one_or_none()
        return _why_not(stands, now)

    def put_back(self, job_id: UUID, entry: UUID, *, worker: str, in_doubt: bool) -> None:
        """Let go of an item without an outcome; it is begun again later."""
        state = ItemState.IN_DOUBT if in_doubt else ItemState.PENDING
        with self._engine.begin() as db:
            db.execute(
                update(items)
                .where(_is(job_id, entry), items.c.lease_owner == worker, items.c.ended_at.is_(None))
                .values(state=state, lease_until=None)
            )

    def end(
        self,
        job_id: UUID,
        entry: UUID,
        outcome: ItemOutcome,
        *,
        worth: Worth | None,
        decided: Iterable[Decision] = (),
        worker: str,
        now: datetime,
    ) -> bool:
        """Store how the item ended and what was decided on the way; whether that counts.

        The first outcome stays; a refusal counts only from who holds the item.
        """
        money = {"currency": worth.currency, "amount": worth.amount} if worth else {}
        holds = items.c.lease_owner == worker if isinstance(outcome, NotRecorded) else true()
        statement = update(items).where(_is(job_id, entry), items.c.ended_at.is_(None), holds)
        with self._engine.begin() as db:
            ended = db.execute(statement.values(ended_at=now, lease_until=None, **money, **_columns(outcome)))
            if ended.rowcount == 1:
                write_decisions(db, job_id, entry, decided, now=now)
            return ended.rowcount == 1

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
        with self._engine.connect() as db:
            by_state: dict[str, int] = {row.state: row.ended for row in db.execute(counts)}
        return Tally(sum(by_state.values()), by_state.get(ItemState.RECORDED, 0), by_state.get(ItemState.REFUSED, 0))

    def missing(self, job_id: UUID) -> list[UUID]:
        """The items without an outcome."""
        with self._engine.connect() as db:
            entries = db.scalars(
                select(items.c.accounting_entry_id).where(items.c.job_id == str(job_id), items.c.ended_at.is_(None))
            )
            return [UUID(entry) for entry in entries]

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
        with self._engine.connect() as db:
            count, oldest = db.execute(waiting).one()
        return count, oldest

    def last_touched(self, job_id: UUID) -> datetime | None:
        """When an item was last begun or ended."""
        latest = select(func.max(items.c.tried_at), func.max(items.c.ended_at)).where(items.c.job_id == str(job_id))
        with self._engine.connect() as db:
            moments = [moment for moment in db.execute(latest).one() if moment]
        return max(moments, default=None)

    def reported(self, job_id: UUID, entries: Iterable[UUID], *, now: datetime) -> None:
        """Pleo took these outcomes, which is progress of the job."""
        ids = [str(entry) for entry in entries]
        with self._engine.begin() as db:
            db.execute(
                update(items)
                .where(items.c.job_id == str(job_id), items.c.accounting_entry_id.in_(ids))
                .values(reported_at=now)
            )
            db.execute(update(jobs).where(jobs.c.job_id == str(job_id)).values(heard_at=now))

    def unreport(self, job_id: UUID, entries: Iterable[UUID]) -> None:
        """Pleo has these open after all: they are reported again."""
        ids = [str(entry) for entry in entries]
        with self._engine.begin() as db:
            db.execute(
                update(items)
                .where(items.c.job_id == str(job_id), items.c.accounting_entry_id.in_(ids))
                .values(reported_at=None)
            )

    def _select(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[LoggedItem]:
        statement = select(items).where(*conditions).order_by(items.c.ended_at, items.c.accounting_entry_id)
        with self._engine.connect() as db:
            return [logged_item(row) for row in db.execute(statement.limit(limit))]


def _is(job_id: UUID, entry: UUID) -> ColumnElement[bool]:
    return and_(items.c.job_id == str(job_id), items.c.accounting_entry_id == str(entry))


def _why_not(stands: Row[Any] | None, now: datetime) -> Busy | Over | ItemOutcome:
    """Why an item could not be begun."""
    if stands is None:
        return Over()
    if outcome := outcome_of(stands):
        return outcome
    # A lease that is gone by now was given back between the two statements.
    return Busy(stands.lease_owner or "", stands.lease_until or now) if stands.wanted else Over()


def _look_up_what_was_tried_before(job_id: UUID) -> Update:
    earlier = items.alias()
    tried = exists().where(
        earlier.c.accounting_entry_id == items.c.accounting_entry_id,
        earlier.c.job_id != str(job_id),
        earlier.c.attempts > 0,
    )
    return update(items).where(items.c.job_id == str(job_id), tried).values(look_up=True)


def _columns(outcome: ItemOutcome) -> dict[str, object]:
    match outcome:
        case Recorded():
            return {
                "state": ItemState.RECORDED,
                "voucher_id": outcome.voucher_id,
                "voucher_url": outcome.voucher_url,
                "posting_date": outcome.posting_date,
                "adopted": outcome.adopted,
            }
        case NotRecorded():
            return {
                "state": ItemState.REFUSED,
                "code": outcome.code,
                "reason_type": outcome.reason_type,
                "reason": outcome.reason,
            }


def outcome_of(row: Row[Any]) -> ItemOutcome | None:
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
