"""Export jobs, their items' status (Pleo's control layer), and what we send about both."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from integration.errors.reasons import ItemFailureReason, JobFailureReason
from integration.pleo.models.wire import Answer, Request
from integration.pleo.models.words import ItemStatus, JobEvent

#: A job's reason: the reference's list, and the one value that the guide calls the default and the list lacks.
JobReason = JobFailureReason | Literal[ItemFailureReason.ACCOUNTING_SYSTEM_VALIDATION_FAILURE]


class ExportJob(Answer):
    """The batch that Pleo prepared; `expires_in` is in seconds from `last_updated_at`."""

    id: UUID
    company_id: UUID
    status: str
    number_of_items: int
    is_interactive: bool
    vendor_based_bookkeeping: bool
    created_at: AwareDatetime
    expires_in: int
    created_by: UUID | None = None
    started_at: AwareDatetime | None = None
    last_updated_at: AwareDatetime | None = None
    completed_at: AwareDatetime | None = None
    expired_at: AwareDatetime | None = None
    failure_reason: str | None = None
    failure_reason_type: str | None = None


class ExportJobItem(Answer):
    """The status row of one item in one job (control layer)."""

    accounting_entry_id: UUID
    export_job_id: UUID
    status: str
    exported_at: AwareDatetime | None = None
    external_id: str | None = None
    external_url: str | None = None
    failure_reason: str | None = None
    failure_reason_type: str | None = None


class ItemUpdateError(Answer):
    """Why Pleo did not take one update of a batch; the HTTP status is 200 all the same."""

    accounting_entry_id: UUID
    message: str
    type: str


class ItemUpdateResult(Answer):
    """Partial success: both lists are to be looked at."""

    data: tuple[ExportJobItem, ...]
    errors: tuple[ItemUpdateError, ...]


class Introspection(Answer):
    """Which credential is this? `scope` is a list separated by blanks."""

    auth_method: str
    client_id: str
    scope: str
    application_name: str | None = None
    subject_urn: str | None = Field(default=None, alias="subjectURN")


class ItemUpdate(Request):
    """One item's result; at most 100 go into one request."""

    accounting_entry_id: UUID
    status: ItemStatus
    exported_at: datetime | None = None
    external_id: str | None = None
    external_url: str | None = None
    failure_reason: str | None = None
    failure_reason_type: ItemFailureReason | None = None


class NewJobEvent(Request):
    """Moves a job. The reference wants the reason fields with `failed` only; the guide also with errors."""

    job_id: UUID
    event: JobEvent
    failure_reason: str | None = None
    failure_reason_type: JobReason | None = None


class NewJobOptions(Request):
    """Whether the items carry vendors."""

    vendor_based_bookkeeping: bool = False


class NewExportJob(Request):
    """A job of our own making, as `retry` asks for one."""

    company_id: UUID
    accounting_entry_ids: tuple[UUID, ...]
    employee_id: UUID | None = None
    is_interactive: bool = True
    options: NewJobOptions | None = None
