"""Records in Tryton that are known by a reference: found, created, finished, taken back.

Two ways. With our Tryton module a record has an external id that its company has once, and is created with its note and
its files in one transaction; that it is still to be posted stands in it too. Without the module the reference ends its
description, files follow one by one, and the note comes last: a record that has it is complete.
"""

import datetime as dt
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import SystemRandom
from typing import Final

from pydantic import ValidationError

from integration.accounting import ReceiptFile
from integration.accounting.tryton.books import EXTERNAL_ID
from integration.accounting.tryton.rest import Declined, RestClient
from integration.accounting.tryton.rows import Row
from integration.accounting.tryton.texts import reference_mark
from integration.configuration.connection import PostingStatus
from integration.errors import AccountingSystemMisconfigured, OutcomeUnknown
from integration.errors.items import ReceiptUploadFailed

log = logging.getLogger(__name__)

MOVE: Final = "account.move"
INVOICE: Final = "account.invoice"
#: Posting is repeated when others were posting too: Tryton's gap-free numbers are given out one at a time.
MAX_TRIES: Final = 6
FIRST_WAIT_SECONDS: Final = 0.1

_RANDOM: Final = SystemRandom()
_DATE_FIELDS: Final = {MOVE: ("date",), INVOICE: ("accounting_date", "invoice_date")}
_DRAFT_STATES: Final = frozenset({"draft", "validated"})


class RecordRow(Row):
    """A move or an invoice, of which each has its own dates."""

    state: str
    posting_awaited: bool = False
    date: dt.date | None = None
    accounting_date: dt.date | None = None
    invoice_date: dt.date | None = None


class _LineRow(Row):
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record that stands; `is_complete` when nothing of it is left to do."""

    model: str
    id: int
    posting: PostingStatus
    day: dt.date
    is_complete: bool

    @property
    def name(self) -> str:
        """As Tryton refers to it."""
        return f"{self.model},{self.id}"


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to be made: its values, what it is known by, and what goes with it."""

    model: str
    values: dict[str, object]
    reference: str
    note: str
    files: tuple[ReceiptFile, ...]
    posting: PostingStatus


class Records(ABC):
    """The records of one company."""

    _extra_fields: tuple[str, ...] = ()

    def __init__(self, rest: RestClient) -> None:
        self._rest = rest

    def find(self, reference: str) -> FoundRecord | None:
        """Also what is not complete."""
        for model, dates in _DATE_FIELDS.items():
            for row in self._rest.search(
                model, [self._reference_clause(reference)], ("state", *dates, *self._extra_fields)
            ):
                return self._parse_found(model, row, reference)
        return None

    @abstractmethod
    def create(self, wanted: NewRecord) -> None:
        """Raises `Declined`, `TooLarge` or `OutcomeUnknown`."""

    @abstractmethod
    def finish(self, found: FoundRecord, wanted: NewRecord, /) -> None:
        """Do what is left of it. Raises `Declined` when it may not be posted."""

    def delete(self, found: FoundRecord) -> None:
        """A draft that cannot be finished would block the closing of its period."""
        self._rest.delete(found.model, found.id)

    def reconcile(self, found: FoundRecord) -> None:
        """Reconcile what a posted move owes a vendor and pays at once, so that nothing stays open. May be left out."""
        of_vendors = [["move", "=", found.id], ["party", "!=", None], ["reconciliation", "=", None]]
        rows = list(self._rest.search("account.move.line", of_vendors, ("debit", "credit")))
        lines = [_LineRow.model_validate(row) for row in rows]
        if lines and sum(line.debit - line.credit for line in lines) == 0:
            reconciled = {"date": found.day, "lines": [["add", [line.id for line in lines]]]}
            try:
                self._rest.create("account.move.reconciliation", reconciled)
            except (Declined, OutcomeUnknown) as error:
                log.warning("left to be reconciled by hand", extra={"record": found.name, "cause": str(error)})

    @abstractmethod
    def _reference_clause(self, reference: str) -> list[str]: ...

    @abstractmethod
    def _is_complete(self, record: RecordRow, model: str, reference: str, /) -> bool: ...

    def _parse_found(self, model: str, row: dict[str, object], reference: str) -> FoundRecord:
        try:
            record = RecordRow.model_validate(row)
        except ValidationError as error:
            raise AccountingSystemMisconfigured(cause=f"its answer about {model} is not Tryton 8.0's") from error
        day = record.date or record.accounting_date or record.invoice_date
        if day is None:
            raise AccountingSystemMisconfigured(cause=f"{model} {record.id} has no date")
        posting = PostingStatus.DRAFT if record.state in _DRAFT_STATES else PostingStatus.FINALISED
        return FoundRecord(model, record.id, posting, day, self._is_complete(record, model, reference))

    def _post(self, found: FoundRecord) -> None:
        """Not twice, whoever does it."""
        try:
            retry_until_done(
                lambda: self._rest.press_button("post", found.model, found.id), lambda: self._is_posted(found)
            )
        except Declined:
            if not self._is_posted(found):
                raise

    def _is_posted(self, found: FoundRecord) -> bool:
        rows = self._rest.search(found.model, [["id", "=", found.id]], ("state",))
        return any(row["state"] not in _DRAFT_STATES for row in rows)


class AtomicRecords(Records):
    """With our module: all in one transaction, and posting."""

    _extra_fields = ("posting_awaited",)

    def create(self, wanted: NewRecord) -> None:
        """Safe to repeat."""
        files = [_attachment_values(place, file) for place, file in enumerate(wanted.files, start=1)]
        whole = wanted.values | {
            EXTERNAL_ID: wanted.reference,
            "posting_awaited": wanted.posting is PostingStatus.FINALISED,
            "external_notes": [["create", [{"message": wanted.note}]]],
            "external_files": [["create", files]],
        }
        retry_until_done(lambda: self._rest.create(wanted.model, whole), lambda: self.find(wanted.reference))

    def finish(self, found: FoundRecord, _: NewRecord) -> None:
        """Posting is all that can be left."""
        self._post(found)

    def _reference_clause(self, reference: str) -> list[str]:
        return [EXTERNAL_ID, "=", reference]

    def _is_complete(self, record: RecordRow, _model: str, _reference: str) -> bool:
        return record.state not in _DRAFT_STATES or not record.posting_awaited


class StepwiseRecords(Records):
    """Without our module: one thing after the other, each looked for first."""

    def create(self, wanted: NewRecord) -> None:
        """Not repeated: nothing in Tryton would refuse the second."""
        self._rest.create(wanted.model, wanted.values)

    def finish(self, found: FoundRecord, wanted: NewRecord) -> None:
        """Files, posting, note: in this order, so that the note says that all is done."""
        self._attach(found, wanted.files)
        if wanted.posting is PostingStatus.FINALISED and found.posting is PostingStatus.DRAFT:
            self._post(found)
        self._rest.create("ir.note", {"resource": found.name, "message": wanted.note})

    def _attach(self, found: FoundRecord, files: Sequence[ReceiptFile]) -> None:
        """Each file once: its place in the voucher is part of its name."""
        standing = self._rest.search("ir.attachment", [["resource", "=", found.name]], ("name",))
        names = {row["name"] for row in standing}
        for place, file in enumerate(files, start=1):
            values = _attachment_values(place, file)
            if values["name"] in names:
                continue
            try:
                self._rest.create("ir.attachment", values | {"resource": found.name})
            except Declined as error:
                raise ReceiptUploadFailed(position=place, cause=str(error)) from error

    def _reference_clause(self, reference: str) -> list[str]:
        return ["description", "like", f"%{reference_mark(reference)}"]

    def _is_complete(self, record: RecordRow, model: str, reference: str) -> bool:
        note = [["resource", "=", f"{model},{record.id}"], ["message", "like", f"%{reference}"]]
        return any(self._rest.search("ir.note", note, ("id",)))


def retry_until_done(attempt_once: Callable[[], object], is_done: Callable[[], object]) -> None:
    """Ask again while the answer leaves open what was done and nothing shows that it was."""
    for attempt in range(MAX_TRIES):
        try:
            attempt_once()
        except OutcomeUnknown:
            if is_done():
                return
            if attempt == MAX_TRIES - 1:
                raise
            # Workers that got in each other's way must not meet again.
            time.sleep(_RANDOM.uniform(0, FIRST_WAIT_SECONDS * 2**attempt))
        else:
            return


def _attachment_values(place: int, file: ReceiptFile) -> dict[str, object]:
    return {"name": f"{place} {file.name}", "type": "data", "data": file.content}
