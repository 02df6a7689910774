"""Record one export item, at most once.

1. `begin` commits the intent under a lease, before any call; an item that ended answers with its stored outcome.
2. An item that was begun before, in this job or another, is looked up: what stands in the books is adopted.
3. Otherwise it is recorded.
4. A lost answer is no failure: look it up, then decide.
5. `end` stores the outcome.

No database transaction is open during a call to anyone else.
"""

import logging
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from integration.accounting import ReceiptFile, Standing
from integration.attachments import receipts_for
from integration.bookkeeping.assembly import voucher_for
from integration.bookkeeping.vouchers import Decision, Voucher
from integration.desk import Desk
from integration.errors import (
    AccountingSystemError,
    AccountingSystemTransient,
    ExportError,
    OutcomeUnknown,
    PleoRefused,
    PleoTransient,
    Refused,
)
from integration.logbook.items import Begun, Busy, Worth
from integration.outcome import ItemOutcome, NotRecorded, Recorded
from integration.patience import FIRST_WAIT_SECONDS, patience_is_over, wait_seconds
from integration.pleo.fetched import read_export_item
from integration.pleo.models import ExportItem
from integration.refusals import AccountingSystemGone, Unexpected

log = logging.getLogger(__name__)

#: Longer than a task may take; a worker of another host that died holds its item no longer than this.
LEASE_SECONDS: Final = 6 * 60


@dataclass(frozen=True, slots=True)
class TryAgain:
    """No outcome yet; come back after so many seconds."""

    seconds: float


def record(job_id: UUID, entry: UUID, desk: Desk) -> ItemOutcome | TryAgain:
    """How the item ended, now or at an earlier call. Never raises for anything that is wrong with the item."""
    begun = _begin(job_id, entry, desk)
    if isinstance(begun, Busy) and desk.worker.knows_dead(begun.owner):
        begun = _begin(job_id, entry, desk, dead_owner=begun.owner)
    if isinstance(begun, Busy):
        return TryAgain(max((begun.until - desk.clock()).total_seconds(), FIRST_WAIT_SECONDS))
    if not isinstance(begun, Begun):
        return begun
    return _work_on(job_id, entry, begun, desk)


def _begin(job_id: UUID, entry: UUID, desk: Desk, *, dead_owner: str | None = None) -> Begun | Busy | ItemOutcome:
    return desk.logbook.items.begin(
        job_id,
        entry,
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
    except (AccountingSystemTransient, OutcomeUnknown, PleoTransient) as error:
        if not attempt.patience_is_over():
            return attempt.again_later(error)
        outcome = NotRecorded.because_of(AccountingSystemGone())
    except AccountingSystemError as error:
        outcome = NotRecorded.because_of(error)
    except Exception as error:  # the one boundary: whatever it is, it is this item's outcome and no other's
        log.exception("item failed unexpectedly", extra=attempt.ids)
        outcome = NotRecorded.because_of(Unexpected(kind=type(error).__name__))
    attempt.end(outcome)
    return outcome


class _Attempt:
    """One attempt at one item; knows what has been learned of it so far."""

    def __init__(self, job_id: UUID, entry: UUID, begun: Begun, desk: Desk) -> None:
        self._job_id, self._entry, self._begun, self._desk = job_id, entry, begun, desk
        self._worth: Worth | None = None
        self._decisions: tuple[Decision, ...] = ()
        self.ids = {
            "job_id": str(job_id),
            "accounting_entry_id": str(entry),
            "connection": desk.connection.name,
        }

    def recorded(self) -> Recorded:
        """Raises `Refused`, or an `AccountingSystemError`."""
        reference = str(self._entry)
        if self._begun.look_up and (standing := self._desk.system.find(reference)):
            return self._adopted(standing)
        item = read_export_item(self._begun.payload)
        voucher = self._voucher(item)
        capabilities = self._desk.system.capabilities
        files, left_out = receipts_for(
            item,
            rules=capabilities.files,
            policy=self._desk.connection.attachments,
            session=self._desk.files,
            fetch_again=self._fetch_again,
        )
        self._decisions += left_out
        return self._in_the_books(voucher, reference, files)

    def _voucher(self, item: ExportItem) -> Voucher:
        total = item.amount.in_wallet_currency
        self._worth = Worth(total.currency, abs(total.amount))
        voucher = voucher_for(
            item,
            connection=self._desk.connection,
            chart=self._desk.system.chart(),
            limits=self._desk.system.capabilities.texts,
            today=self._desk.clock().date(),
        )
        self._worth = Worth(voucher.currency, voucher.total)
        self._decisions = voucher.decisions
        return voucher

    def _in_the_books(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> Recorded:
        try:
            return self._as_recorded(self._desk.system.record(voucher, reference, files))
        except OutcomeUnknown:
            if standing := self._desk.system.find(reference):
                return self._adopted(standing)
            raise

    def _adopted(self, standing: Standing) -> Recorded:
        return self._as_recorded(standing, adopted=True)

    def _as_recorded(self, standing: Standing, *, adopted: bool = False) -> Recorded:
        return Recorded(standing.voucher_id, standing.url, standing.date, self._desk.clock(), adopted)

    def _fetch_again(self) -> ExportItem | None:
        """The same item with file URLs that live another 24 hours."""
        try:
            fetched = self._desk.pleo.export_items(self._job_id)
            return next((one.read() for one in fetched if one.accounting_entry_id == self._entry), None)
        except PleoRefused:  # the job is over at Pleo, and so are its URLs
            return None

    def patience_is_over(self) -> bool:
        """The job must end while Pleo still listens."""
        return patience_is_over(self._begun.begun_at, self._desk.clock())

    def again_later(self, error: ExportError) -> TryAgain:
        """Put the item back; waits grow."""
        self._desk.logbook.items.put_back(
            self._job_id, self._entry, worker=self._desk.worker.name, in_doubt=isinstance(error, OutcomeUnknown)
        )
        self._desk.tried(self._job_id, self._entry, "record", f"{error.code}: {error}")
        log.warning("item is tried again later", extra=self.ids | {"cause": error.code})
        return TryAgain(wait_seconds(self._begun.attempt))

    def end(self, outcome: ItemOutcome) -> None:
        """Store the outcome and what was decided on the way."""
        now, logbook = self._desk.clock(), self._desk.logbook
        logbook.history.decided(self._job_id, self._entry, self._decisions, now=now)
        logbook.items.end(self._job_id, self._entry, outcome, worth=self._worth, worker=self._desk.worker.name, now=now)
        match outcome:
            case Recorded():
                log.info("item recorded", extra=self.ids | {"voucher_id": outcome.voucher_id})
            case NotRecorded():
                log.info("item refused", extra=self.ids | {"code": outcome.code})
