"""What a job would give, on the path of the real thing, with nothing written anywhere.

An item that stands in the books already is said to; one that Pleo has as final is left as it is.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import assert_never
from uuid import UUID

from integration.accounting import AccountingSystem, Capabilities, ExistingVoucher, ReceiptFile
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vouchers import Decision, Voucher
from integration.errors import AccountingSystemError, AccountingSystemTransient
from integration.errors.items import Unexpected
from integration.export_item.build import DrawingUp, refusal_for
from integration.export_job import JobItems, fetch, validate
from integration.logbook.items import Worth
from integration.outcome import JobOutcome, NotRecorded, closing_outcome
from integration.pleo.models import ExportJob, ExportJobItem, ItemStatus
from integration.services import Desk

log = logging.getLogger(__name__)

#: From voucher and reference to the text that recording would write; raises what recording would raise.
Rehearse = Callable[[Voucher, str], str]


@dataclass(frozen=True, slots=True)
class FileToAttach:
    """Fetched and fitted; `size` is in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class ToRecord:
    """The item would be recorded; `text` where the books are text."""

    voucher: Voucher
    files: tuple[FileToAttach, ...]
    decisions: tuple[Decision, ...]
    text: str | None


@dataclass(frozen=True, slots=True)
class ItemPreview:
    """What would become of one item."""

    accounting_entry_id: UUID
    worth: Worth | None
    expected: ToRecord | ExistingVoucher | NotRecorded


class LookedAt:
    """An accounting system that answers questions and takes nothing."""

    def __init__(self, system: AccountingSystem) -> None:
        self._system = system

    @property
    def capabilities(self) -> Capabilities:
        """Its own."""
        return self._system.capabilities

    def check(self) -> None:
        """The chart can be read. Its own check may try whether it can be written to."""
        self._system.read_chart()

    def read_chart(self) -> Chart:
        """Its own."""
        return self._system.read_chart()

    def find(self, reference: str) -> ExistingVoucher | None:
        """Its own."""
        return self._system.find(reference)

    def has_invoice(self, vendor: str, number: str) -> bool | None:
        """Its own; a bill of the same job does not stand yet."""
        return self._system.has_invoice(vendor, number)

    def record(self, _voucher: Voucher, _reference: str, _files: tuple[ReceiptFile, ...]) -> ExistingVoucher:
        """Never."""
        raise TypeError("a preview records nothing")


@dataclass(frozen=True, slots=True)
class JobPreview:
    """A job at Pleo, pending or in progress, with its items as they are now."""

    job: ExportJob
    items: JobItems
    payloads: Mapping[UUID, str]
    desk: Desk
    rehearse: Rehearse | None = None

    @classmethod
    def of(cls, job_id: UUID, desk: Desk, rehearse: Rehearse | None = None) -> "JobPreview":
        """Raises a `PleoError`, also for a job that has ended."""
        job, items = desk.pleo.export_job(job_id), fetch(job_id, desk.pleo)
        return cls(
            job=job,
            items=items,
            payloads={one.accounting_entry_id: one.payload for one in items.contents},
            desk=replace(desk, system=LookedAt(desk.system)),
            rehearse=rehearse,
        )

    def failed_before_any_item(self) -> JobOutcome | None:
        """How pre-export validation would end the job; raises an `AccountingSystemTransient`."""
        try:
            validate(self.desk.connection, self.desk.system, vendor_based=self.job.vendor_based_bookkeeping)
        except AccountingSystemTransient:
            raise
        except AccountingSystemError as error:
            return JobOutcome.failed_before_any_item(error)
        return None

    def entries(self) -> list[UUID]:
        """The items that would be worked on."""
        return list(self.items.to_record)

    def item(self, entry: UUID, *, with_files: bool = True) -> ItemPreview:
        """Whatever is wrong with one item is what is expected of it, and stops no other."""
        drawing_up = DrawingUp(self.job.id, entry, self.payloads.get(entry, ""), self.desk)
        try:
            standing = self.desk.system.find(str(entry))
            expected = standing or self._to_record(entry, drawing_up, with_files=with_files)
        except Exception as error:
            refusal = refusal_for(error)
            if isinstance(refusal, Unexpected):
                ids = {"job_id": str(self.job.id), "accounting_entry_id": str(entry)}
                log.exception("item would fail unexpectedly", extra=ids)
            return ItemPreview(entry, drawing_up.worth, NotRecorded.because_of(refusal))
        return ItemPreview(entry, drawing_up.worth, expected)

    def _to_record(self, entry: UUID, drawing_up: DrawingUp, *, with_files: bool) -> ToRecord:
        voucher, files = drawing_up.finished(with_files=with_files)
        return ToRecord(
            voucher=voucher,
            files=tuple(FileToAttach(file.name, len(file.content)) for file in files),
            decisions=drawing_up.decisions,
            text=self.rehearse(voucher, str(entry)) if self.rehearse else None,
        )

    def closing(self, items: Iterable[ItemPreview]) -> JobOutcome:
        """The event that would close the job."""
        expected = {item.accounting_entry_id: item for item in items}
        worked_on = (_reported(self.job.id, entry, expected.get(entry)) for entry in self.items.to_record)
        return closing_outcome(chain(self.items.ended, worked_on))


def _reported(job_id: UUID, entry: UUID, item: ItemPreview | None) -> ExportJobItem:
    """The item's row at Pleo as it would be in the end."""
    row = ExportJobItem(accounting_entry_id=entry, export_job_id=job_id, status=ItemStatus.PENDING.value)
    if item is None:
        return row
    match item.expected:
        case ToRecord() | ExistingVoucher():
            return row.model_copy(update={"status": ItemStatus.SUCCESSFUL.value})
        case NotRecorded(reason=reason, reason_type=reason_type):
            failure = {"failure_reason": reason, "failure_reason_type": reason_type.value}
            return row.model_copy(update={"status": ItemStatus.FAILED.value, **failure})
        case _:
            assert_never(item.expected)
