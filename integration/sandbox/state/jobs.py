"""One export job: pending, in progress, over; and its items' statuses."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integration.errors.reasons import JobFailureReason
from integration.pleo.models import ExportItem, ExportJob, ExportJobItem, ItemStatus, JobEvent, JobStatus
from integration.sandbox.api.bodies import Event, Update
from integration.sandbox.state.status_rows import StatusRows


@dataclass(slots=True)
class Job:
    """`serial` is its place in the line of all jobs; `closed_by` the event that ended it, if one did."""

    serial: int
    head: ExportJob
    content: tuple[ExportItem, ...]
    items: StatusRows = field(init=False)
    closed_by: JobEvent | None = None

    def __post_init__(self) -> None:
        self.items = StatusRows(self._build_pending_item(item) for item in self.content)

    def _build_pending_item(self, item: ExportItem) -> ExportJobItem:
        return ExportJobItem(
            accounting_entry_id=item.accounting_entry_id, export_job_id=self.head.id, status=ItemStatus.PENDING
        )

    @property
    def status(self) -> JobStatus:
        """Where the job stands."""
        return JobStatus(self.head.status)

    @property
    def is_open(self) -> bool:
        """Pending or in progress."""
        return not self.status.is_final

    @property
    def open_items(self) -> list[ExportJobItem]:
        """Items without a final status."""
        return [item for item in self.items.in_order if not ItemStatus(item.status).is_final]

    def has_item_with_status(self, status: ItemStatus) -> bool:
        """Whether any item has this status."""
        return any(item.status == status for item in self.items.in_order)

    def compute_final_event(self) -> JobEvent:
        """The event that follows from the items' statuses (Pleo's guide, update and complete export job)."""
        successes = sum(item.status == ItemStatus.SUCCESSFUL for item in self.items.in_order)
        if successes == len(self.items):
            return JobEvent.COMPLETED
        return JobEvent.COMPLETED_WITH_ERRORS if successes else JobEvent.FAILED

    def move(self, event: Event, now: datetime) -> None:
        """The integration's event; items still open at a final one are abandoned."""
        if event.event is JobEvent.STARTED:
            self._change(status=JobStatus.IN_PROGRESS, started_at=now, last_updated_at=now)
            return
        self.closed_by = event.event
        self._close(JobStatus(event.event.value), event.failure_reason, event.failure_reason_type)
        self._change(completed_at=now, last_updated_at=now)

    def cancel(self, now: datetime) -> None:
        """A user of Pleo's takes it back."""
        self._close(JobStatus.FAILED, "Cancelled by a user.", JobFailureReason.CANCELED_BY_USER)
        self._change(completed_at=now, last_updated_at=now)

    def expire(self, now: datetime) -> None:
        """Ends it if nothing was heard for `expires_in` seconds; the time of it is when they had gone by."""
        deadline = (self.head.last_updated_at or self.head.created_at) + timedelta(seconds=self.head.expires_in)
        if self.is_open and now >= deadline:
            self._close(JobStatus.FAILED, "Not updated in time.", JobFailureReason.JOB_EXPIRED)
            self._change(expired_at=deadline)

    def update(self, update: Update) -> ExportJobItem:
        """What the integration reports of one item; raises `KeyError` for one that is not in the job."""
        entry = update.accounting_entry_id
        item = self.items[entry] = self.items[entry].model_copy(update=vars(update))
        return item

    def touch(self, now: datetime) -> None:
        """Something was done about the job, which keeps it alive."""
        self._change(last_updated_at=now)

    def _close(self, status: JobStatus, reason: str | None, reason_type: str | None) -> None:
        self._change(status=status, failure_reason=reason, failure_reason_type=reason_type)
        self._abandon(self.open_items)

    def _abandon(self, items: Iterable[ExportJobItem]) -> None:
        for item in items:
            self.items[item.accounting_entry_id] = item.model_copy(update={"status": ItemStatus.ABANDONED})

    def _change(self, **changes: object) -> None:
        self.head = self.head.model_copy(update=changes)
