"""What a careful integration never does, written down when it happens, refused or not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ViolationKind(StrEnum):
    """The rules of Pleo's guide that can be broken from outside."""

    EARLY_FINAL_EVENT = "early_final_event"
    #: The event does not follow from the items' statuses.
    WRONG_FINAL_EVENT = "wrong_final_event"
    DOUBLE_FINAL_EVENT = "double_final_event"
    TWO_JOBS_IN_PROGRESS = "two_jobs_in_progress"
    #: Started although an older job of the company was pending.
    OUT_OF_ORDER = "out_of_order"
    FINAL_ITEM_CHANGED = "final_item_changed"
    BATCH_TOO_LARGE = "batch_too_large"
    RATE_EXCEEDED = "rate_exceeded"


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach; a breach of the request rate belongs to no job."""

    time: datetime
    kind: ViolationKind
    company_id: UUID
    job_id: UUID | None = None
