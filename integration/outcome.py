"""How an item and a job ended, and which event closes a job (Pleo's guide, update and complete export job)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from integration.errors import AccountingSystemError, Refused
from integration.errors.reasons import ItemFailureReason, JobFailureReason
from integration.pleo.models import ExportJobItem, ItemStatus, JobEvent
from integration.pleo.models.jobs import JobReason
from integration.text import plain

#: So many causes are named in a job's failure reason; the rest is counted.
CAUSES_NAMED: Final = 3
LONGEST_REASON: Final = 500
#: Why an item failed, as Pleo has it: the reason and its type.
Cause = tuple[str | None, str | None]
_FINAL: Final = frozenset(status.value for status in ItemStatus if status.is_final)

#: Pleo's guide names this default for a job; its API reference does not list it.
GUIDES_DEFAULT: Final = ItemFailureReason.ACCOUNTING_SYSTEM_VALIDATION_FAILURE


@dataclass(frozen=True, slots=True)
class Recorded:
    """The item stands in the accounting system; `adopted` where it stood there already."""

    voucher_id: str
    voucher_url: str | None
    posting_date: date
    recorded_at: datetime
    adopted: bool = False


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """The item was refused: `code` names it in the error catalogue, `reason` is the sentence for Pleo's user."""

    code: str
    reason_type: ItemFailureReason
    reason: str

    @classmethod
    def because_of(cls, error: Refused | AccountingSystemError) -> "NotRecorded":
        """What a refusal becomes, and what the whole system's fault becomes for one item.

        The sentence quotes what people named their categories and tags, and what an accounting system answered.
        """
        return cls(error.code, _item_reason(error.reason), _shortened(plain(str(error))))


def _item_reason(reason: ItemFailureReason | JobFailureReason) -> ItemFailureReason:
    """The item's list lacks some of the job's reasons."""
    shared = (item for item in ItemFailureReason if item.value == reason.value)
    return next(shared, ItemFailureReason.UNEXPECTED_FAILURE)


ItemOutcome = Recorded | NotRecorded


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """The one event that closes a job."""

    event: JobEvent
    reason: str | None = None
    reason_type: JobReason | None = None

    @classmethod
    def failed_before_any_item(cls, error: AccountingSystemError) -> "JobOutcome":
        """Pre-export validation found that no item can be recorded."""
        return cls(JobEvent.FAILED, _shortened(plain(str(error))), error.reason)

    def as_reference_says(self) -> "JobOutcome":
        """The same, in the form of Pleo's API reference where guide and reference disagree."""
        if self.event is not JobEvent.FAILED:
            return JobOutcome(self.event)
        listed = self.reason_type if isinstance(self.reason_type, JobFailureReason) else None
        return JobOutcome(self.event, self.reason, listed or JobFailureReason.VALIDATION_FAILURE)


def is_final_item(item: ExportJobItem) -> bool:
    """Whether Pleo is done with the item; a status we do not know is not final."""
    return item.status in _FINAL


def closing_outcome(items: Iterable[ExportJobItem]) -> JobOutcome:
    """Which event the items' final statuses at Pleo call for; their order does not matter, and none is kept."""
    ended = Counter(map(_cause, items))
    failed = Counter({cause: count for cause, count in ended.items() if cause})
    if not failed:
        return JobOutcome(JobEvent.COMPLETED)
    event = JobEvent.COMPLETED_WITH_ERRORS if None in ended else JobEvent.FAILED
    return JobOutcome(event, _failure_summary(failed, ended.total()), _common_reason(failed))


def _cause(item: ExportJobItem) -> Cause | None:
    """`None` where the item went well."""
    return None if item.status == ItemStatus.SUCCESSFUL else (item.failure_reason, item.failure_reason_type)


def _failure_summary(failed: Counter[Cause], of: int) -> str:
    """Such as «12 of 240 failed: 9 × Tax code I25 does not exist, 3 × …», commonest first."""
    causes = causes_of(reason for reason, _ in failed.elements())
    named = ", ".join(f"{count} × {cause}" for cause, count in causes[:CAUSES_NAMED])
    unnamed = len(causes) - CAUSES_NAMED
    rest = f", and {unnamed} more causes" if unnamed > 0 else ""
    return _shortened(f"{failed.total()} of {of} failed: {named}{rest}")


def causes_of(reasons: Iterable[str | None]) -> list[tuple[str, int]]:
    """Reasons grouped, commonest first, then by text."""
    counted = Counter((reason or "no reason given").rstrip(".") for reason in reasons)
    return sorted(counted.items(), key=lambda cause: (-cause[1], cause[0]))


def _common_reason(failed: Counter[Cause]) -> JobReason:
    """The reason that all share, where the job's list has it too; else the guide's default."""
    reasons = {reason_type for _, reason_type in failed}
    shared = reasons.pop() if len(reasons) == 1 else None
    return next((reason for reason in JobFailureReason if reason.value == shared), GUIDES_DEFAULT)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1] + "…"
