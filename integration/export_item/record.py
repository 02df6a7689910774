"""Record one export item, at most once.

1. `begin` commits the intent under a lease, before any call; an item that ended answers with its stored outcome.
2. An item that was begun before, in this job or another, is looked up: what stands in the books is adopted.
3. Otherwise it is recorded.
4. A lost answer is no failure: look it up, then decide.
5. `end` stores the outcome.

No database transaction is open during a call to anyone else.
"""

import logging
import traceback
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from integration.accounting import ExistingVoucher, ReceiptFile
from integration.bookkeeping.vouchers import Voucher
from integration.errors import (
    AccountingSystemError,
    AccountingSystemTransient,
    ExportError,
    OutcomeUnknown,
    PleoTransient,
    Refused,
)
from integration.errors.items import LeftInDoubt, StopsTheWorker, Unexpected
from integration.export_item.build import DrawingUp, refusal_for
from integration.limits.backoff import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, patience_is_over, wait_seconds
from integration.logbook.item_protocol import Begun, Busy, Over
from integration.outcome import ItemOutcome, NotRecorded, Recorded
from integration.services import Desk

__all__ = ["Over", "TryAgain", "record"]

log = logging.getLogger(__name__)

#: Longer than a task may take; a worker of another host that died holds its item no longer than this.
LEASE_SECONDS: Final = 6 * 60


#: Nobody comes back to a gate sooner: each time costs the broker a message.
SHORTEST_WAIT_SECONDS: Final = 1.0
#: An item that stopped so many workers is not given to another.
MOST_DEATHS: Final = 5


@dataclass(frozen=True, slots=True)
class TryAgain:
    """No outcome yet; come back after so many seconds."""

    seconds: float


def record(job_id: UUID, entry: UUID, run: int, desk: Desk) -> ItemOutcome | TryAgain | Over:
    """How the item ended, now or at an earlier call. Never raises for anything that is wrong with the item."""
    if wait := desk.gate.enter(desk.worker.name):
        job = desk.logbook.jobs.find(job_id)
        if job is None or job.run != run or job.closed_at:
            return Over()  # or the messages of every run before would come back to the gate for ever
        return TryAgain(min(max(wait, SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS))
    try:
        return _record(job_id, entry, run, desk)
    finally:
        desk.gate.leave(desk.worker.name)


def _record(job_id: UUID, entry: UUID, run: int, desk: Desk) -> ItemOutcome | TryAgain | Over:
    begun = _begin(job_id, entry, run, desk)
    if isinstance(begun, Busy) and desk.worker.knows_dead(begun.owner):
        begun = _begin(job_id, entry, run, desk, dead_owner=begun.owner)
    match begun:
        case Begun():
            return _work_on(job_id, entry, begun, desk)
        case Busy(until=until):
            seconds = (until - desk.clock()).total_seconds()
            return TryAgain(min(max(seconds, FIRST_WAIT_SECONDS), LONGEST_WAIT_SECONDS))
        case _:
            return begun


def _begin(
    job_id: UUID, entry: UUID, run: int, desk: Desk, *, dead_owner: str | None = None
) -> Begun | Busy | Over | ItemOutcome:
    return desk.logbook.recording.begin(
        job_id,
        entry,
        run=run,
        worker=desk.worker.name,
        now=desk.clock(),
        lease_seconds=LEASE_SECONDS,
        dead_owner=dead_owner,
    )


def _work_on(job_id: UUID, entry: UUID, begun: Begun, desk: Desk) -> ItemOutcome | TryAgain:
    attempt = _Attempt(job_id, entry, begun, desk)
    try:
        outcome: ItemOutcome = attempt.recorded()
    except Refused as refusal:
        outcome = NotRecorded.because_of(refusal)
    except Exception as error:  # the one boundary: whatever it is, it is this item's outcome and no other's
        if attempt.is_worth_another(error):
            return attempt.again_later(error)
        outcome = attempt.given_up(error)
    attempt.end(outcome)
    return outcome


class _Attempt:
    """One attempt at one item; knows what has been learned of it so far."""

    def __init__(self, job_id: UUID, entry: UUID, begun: Begun, desk: Desk) -> None:
        self._job_id, self._entry, self._begun, self._desk = job_id, entry, begun, desk
        self._drawing_up = DrawingUp(job_id, entry, begun.payload, desk)
        #: Something may stand in the books that we do not know of: no refusal is the truth then.
        self._in_doubt = begun.look_up
        self._ids = {
            "job_id": str(job_id),
            "accounting_entry_id": str(entry),
            "connection": desk.connection.name,
        }

    def recorded(self) -> Recorded:
        """Raises `Refused`, or an `AccountingSystemError`."""
        reference = str(self._entry)
        if self._in_doubt and (standing := self._desk.system.find(reference)):
            return self._adopted(standing)
        self._in_doubt = False
        if self._begun.deaths >= MOST_DEATHS:
            raise StopsTheWorker(times=self._begun.deaths)
        voucher, files = self._drawing_up.finished()
        return self._in_the_books(voucher, reference, files)

    def _in_the_books(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> Recorded:
        self._in_doubt = True
        try:
            return self._as_recorded(self._desk.system.record(voucher, reference, files))
        except Refused:
            self._in_doubt = False
            raise
        except AccountingSystemError as error:
            if standing := self._desk.system.find(reference):
                return self._adopted(standing)
            self._in_doubt = isinstance(error, OutcomeUnknown)  # it may still be about to record
            raise

    def _adopted(self, standing: ExistingVoucher) -> Recorded:
        return self._as_recorded(standing, adopted=True)

    def _as_recorded(self, standing: ExistingVoucher, *, adopted: bool = False) -> Recorded:
        return Recorded(standing.voucher_id, standing.url, standing.date, self._desk.clock(), adopted)

    def is_worth_another(self, error: Exception) -> bool:
        """What may pass, and every doubt, as long as the job can still end in time."""
        may_pass = isinstance(error, AccountingSystemTransient | OutcomeUnknown | PleoTransient)
        return (may_pass or self._in_doubt) and not patience_is_over(self._begun.begun_at, self._desk.clock())

    def again_later(self, error: Exception) -> TryAgain:
        """Put the item back; waits grow."""
        cause = _cause(error)
        self._desk.tried(self._job_id, self._entry, "record", cause)
        self._desk.logbook.recording.put_back(
            self._job_id, self._entry, worker=self._desk.worker.name, in_doubt=self._in_doubt
        )
        log.warning("item is tried again later", extra=self._ids | {"cause": cause, "in_doubt": self._in_doubt})
        wait = wait_seconds(self._begun.attempt)
        if isinstance(error, AccountingSystemTransient):
            self._desk.gate.shut(wait)  # the others need not find out for themselves
        return TryAgain(wait)

    def given_up(self, error: Exception) -> NotRecorded:
        """The outcome of an item that did not get as far as a refusal of its own."""
        self._desk.tried(self._job_id, self._entry, "record", f"given up: {_cause(error)}")
        if self._in_doubt:
            return NotRecorded.because_of(LeftInDoubt())
        refusal = refusal_for(error)
        if isinstance(refusal, Unexpected):
            trace = "".join(traceback.format_tb(error.__traceback__))  # without the text, which may quote the item
            log.error("item failed unexpectedly", extra=self._ids | {"kind": type(error).__name__, "trace": trace})
        return NotRecorded.because_of(refusal)

    def end(self, outcome: ItemOutcome) -> None:
        """Store the outcome and what was decided on the way."""
        counts = self._desk.logbook.recording.end(
            self._job_id,
            self._entry,
            outcome,
            worth=self._drawing_up.worth,
            decided=self._drawing_up.decisions,
            worker=self._desk.worker.name,
            now=self._desk.clock(),
        )
        match outcome:
            case _ if not counts:
                log.warning("item had ended before", extra=self._ids)
            case Recorded():
                log.info("item recorded", extra=self._ids | {"voucher_id": outcome.voucher_id})
            case NotRecorded():
                log.info("item refused", extra=self._ids | {"code": outcome.code})


def _cause(error: Exception) -> str:
    """Texts of ours are free of personal data; of others only the kind is known to be."""
    return f"{error.code}: {error}" if isinstance(error, ExportError) else type(error).__name__
