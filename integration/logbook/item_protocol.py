"""Recording an item in the logbook: the intent before the call, the outcome after it.

    pending ──begin──▶ recording ──▶ recorded ─┐
       ▲                   │  └────▶ refused ──┤ ended → reported
       └──── put back ─────┘ or in doubt

`begin` commits the intent under a lease. Whoever begins an item that another worker began and did not put back looks it
up in the accounting system first: its voucher may stand there.

This is what every item costs, so statements are built once, and threads that write at the same time share a commit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, case, exists, func, insert, or_, select, update
from sqlalchemy.engine.interfaces import DBAPICursor

from integration.bookkeeping.vouchers import Decision
from integration.logbook.items import WITHOUT_PAYLOAD, ItemState, Worth, outcome_of
from integration.logbook.schema import decisions, items, jobs
from integration.logbook.storage.database import Database
from integration.outcome import ItemOutcome, NotRecorded, Recorded


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


_THIS: Final = (items.c.job_id == bindparam("job"), items.c.accounting_entry_id == bindparam("entry"))
_NOT_ENDED: Final = items.c.ended_at.is_(None)
_HELD_BY: Final = items.c.lease_owner == bindparam("worker")
_WANTED: Final = exists().where(
    jobs.c.job_id == bindparam("job"), jobs.c.closed_at.is_(None), jobs.c.run == bindparam("for_run")
)
#: A worker does one thing at a time: what it holds itself when it begins is what it could not let go of.
_FREE: Final = or_(
    items.c.lease_until.is_(None),
    items.c.lease_until < bindparam("now"),
    items.c.lease_owner == bindparam("dead_owner"),
    items.c.lease_owner == bindparam("worker"),
)

_BEGIN: Final = (
    update(items)
    .where(*_THIS, _NOT_ENDED, _FREE, _WANTED)
    .values(
        # Who let go of it properly left it pending; any other state means that it may have been recorded.
        look_up=or_(items.c.look_up, items.c.state != ItemState.PENDING),
        deaths=items.c.deaths + case((items.c.state == ItemState.RECORDING, 1), else_=0),
        state=ItemState.RECORDING,
        attempts=items.c.attempts + 1,
        tried_at=bindparam("now"),
        begun_at=func.coalesce(items.c.begun_at, bindparam("now")),
        lease_owner=bindparam("worker"),
        lease_until=bindparam("until"),
    )
    .returning(items.c.payload, items.c.look_up, items.c.attempts, items.c.deaths, items.c.begun_at)
)
_STANDS: Final = select(*WITHOUT_PAYLOAD, _WANTED.label("wanted")).where(*_THIS)
_LET_GO: Final = update(items).where(*_THIS, _NOT_ENDED, _HELD_BY)
_PUT_BACK: Final = _LET_GO.values(state=bindparam("as_state"), lease_until=None)
_ENDED: Final[dict[str, Any]] = {
    "ended_at": bindparam("now"),
    "lease_until": None,
    "currency": func.coalesce(bindparam("worth_currency"), items.c.currency),
    "amount": func.coalesce(bindparam("worth_amount", type_=items.c.amount.type), items.c.amount),
}
_RECORDED: Final = (
    update(items)
    .where(*_THIS, _NOT_ENDED)
    .values(
        **_ENDED,
        state=ItemState.RECORDED,
        voucher_id=bindparam("voucher"),
        voucher_url=bindparam("url"),
        posting_date=bindparam("day"),
        adopted=bindparam("was_adopted"),
    )
)
_REFUSED: Final = _LET_GO.values(
    **_ENDED,
    state=ItemState.REFUSED,
    code=bindparam("why"),
    reason_type=bindparam("of_type"),
    reason=bindparam("sentence"),
)
_DECIDED: Final = insert(decisions).values(
    job_id=bindparam("job"),
    accounting_entry_id=bindparam("entry"),
    at=bindparam("now"),
    code=bindparam("what"),
    text=bindparam("sentence"),
)


class Recording:
    """The protocol of one item. Every method is one transaction, at times one that others' share."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._begin = database.prepared(_BEGIN)
        self._stands = database.prepared(_STANDS)
        self._put_back = database.prepared(_PUT_BACK)
        self._recorded = database.prepared(_RECORDED)
        self._refused = database.prepared(_REFUSED)
        self._decided = database.prepared(_DECIDED)

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
        this = {"job": str(job_id), "entry": str(entry), "for_run": run}
        until = now + timedelta(seconds=lease_seconds)
        lease = {"worker": worker, "until": until, "dead_owner": dead_owner, "now": now}

        def write(cursor: DBAPICursor) -> Begun | Busy | Over | ItemOutcome:
            if row := self._begin.one(cursor, this | lease):
                return Begun(row.payload, row.look_up, row.attempts, row.deaths, row.begun_at)
            return _why_not(self._stands.one(cursor, this), now)

        return self._database.together(write, is_single=True)

    def put_back(self, job_id: UUID, entry: UUID, *, worker: str, in_doubt: bool) -> None:
        """Let go of an item without an outcome; it is begun again later."""
        state = ItemState.IN_DOUBT if in_doubt else ItemState.PENDING
        this = {"job": str(job_id), "entry": str(entry), "worker": worker, "as_state": state}
        self._database.together(lambda cursor: self._put_back.change(cursor, this), is_single=True)

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
        this = {"job": str(job_id), "entry": str(entry), "now": now}
        money = {"worth_currency": worth and worth.currency, "worth_amount": worth and worth.amount}
        statement = self._recorded if isinstance(outcome, Recorded) else self._refused
        values = this | money | _ending(outcome, worker)
        notes = [{"what": one.code, "sentence": one.text} for one in decided]

        def write(cursor: DBAPICursor) -> bool:
            counts = statement.change(cursor, values) == 1
            for note in notes if counts else ():
                self._decided.change(cursor, this | note)
            return counts

        return self._database.together(write, is_single=not notes)


def _why_not(stands: SimpleNamespace | None, now: datetime) -> Busy | Over | ItemOutcome:
    """Why an item could not be begun."""
    if stands is None:
        return Over()
    if outcome := outcome_of(stands):
        return outcome
    # A lease that is gone by now was given back between the two statements.
    return Busy(stands.lease_owner or "", stands.lease_until or now) if stands.wanted else Over()


def _ending(outcome: ItemOutcome, worker: str) -> dict[str, object]:
    match outcome:
        case Recorded():
            return {
                "voucher": outcome.voucher_id,
                "url": outcome.voucher_url,
                "day": outcome.posting_date,
                "was_adopted": outcome.adopted,
            }
        case NotRecorded():
            return {
                "why": outcome.code,
                "of_type": outcome.reason_type,
                "sentence": outcome.reason,
                "worker": worker,
            }
