"""Request bodies, parsed once at the edge. What Pleo's lists leave open is decided by `Strictness`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from integration.errors.reasons import ItemFailureReason, JobFailureReason
from integration.pleo.models import ItemStatus, JobEvent
from integration.sandbox.api.answers import BadRequest
from integration.sandbox.faults.strictness import Strictness

GUIDES_DEFAULT = ItemFailureReason.ACCOUNTING_SYSTEM_VALIDATION_FAILURE


class Body(BaseModel):
    """Frozen, camelCase on the wire; members that Pleo does not know are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Update(Body):
    """What an integration reports of one item; what it leaves out is emptied."""

    accounting_entry_id: UUID
    status: ItemStatus
    exported_at: AwareDatetime | None = None
    external_id: str | None = None
    external_url: str | None = None
    failure_reason: str | None = None
    failure_reason_type: str | None = None


class Event(Body):
    """What is to happen to a job."""

    job_id: UUID
    event: JobEvent
    failure_reason: str | None = None
    failure_reason_type: str | None = None


class Options(Body):
    """Whether the job's items carry vendor and bookkeeping method."""

    vendor_based_bookkeeping: bool | None = False


def _replace_null_by_true(value: object) -> object:
    return True if value is None else value


class NewJob(Body):
    """A job that is asked for through the API."""

    company_id: UUID
    accounting_entry_ids: tuple[UUID, ...]
    employee_id: UUID | None = None
    is_interactive: Annotated[bool, BeforeValidator(_replace_null_by_true)] = True
    options: Options | None = None

    @property
    def is_vendor_based(self) -> bool:
        """Whether the items are to carry vendor and bookkeeping method."""
        return bool(self.options and self.options.vendor_based_bookkeeping)


Parsed = TypeVar("Parsed")
_UPDATES = TypeAdapter(tuple[Update, ...])


def parse_updates(document: object, strictness: Strictness) -> tuple[Update, ...]:
    """Raises `BadRequest`."""
    if isinstance(document, Mapping) and "items" in document and not strictness.wrapped_updates:
        document = document["items"]
    updates = parse(_UPDATES, document)
    for update in updates:
        _check_reason_type(update.failure_reason_type, ItemFailureReason, strictness)
    return updates


def parse_event(document: object, strictness: Strictness) -> Event:
    """Raises `BadRequest`."""
    event = parse(TypeAdapter(Event), document)
    reasons = event.failure_reason, event.failure_reason_type
    if strictness.reason_without_failure and event.event is not JobEvent.FAILED and reasons != (None, None):
        raise BadRequest("failureReason and failureReasonType go with the event failed only")
    if event.failure_reason_type != GUIDES_DEFAULT or strictness.guides_default_reason:
        _check_reason_type(event.failure_reason_type, JobFailureReason, strictness)
    return event


def parse(kind: TypeAdapter[Parsed], document: object, name: str = "body") -> Parsed:
    """Raises `BadRequest` that names the member at fault and never its value."""
    try:
        return kind.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        member = ".".join(str(step) for step in first["loc"]) or name
        raise BadRequest(f"{member}: {first['msg']}") from error


def _check_reason_type(reason: str | None, listed: type[StrEnum], strictness: Strictness) -> None:
    if reason is None or reason in set(listed):
        return
    if reason == GUIDES_DEFAULT or strictness.unknown_reason_type:
        raise BadRequest(f"failureReasonType is not one of Pleo's: {', '.join(listed)}")
