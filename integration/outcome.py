"""How an item and a job ended, and which event closes a job (Pleo's guide, update and complete export job)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from integration.errors import AccountingSystemError, Refused
from integration.plain import plain
from integration.pleo.models import ExportJobItem, ItemStatus, JobEvent
from integration.pleo.models.jobs import JobReason
from integration.reasons import ItemFailureReason, JobFailureReason

#: So many causes are named in a job's failure reason; the rest is counted.
CAUSES_NAMED: Final = 3
LONGEST_REASON: Final = 500

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


def open_items(items: Iterable[ExportJobItem]) -> list[ExportJobItem]:
    """The items that have no final status at Pleo; a status we do not know is not final."""
    final = {status.value for status in ItemStatus if status.is_final}
    return [item for item in items if item.status not in final]


def closing_outcome(items: Iterable[ExportJobItem]) -> JobOutcome:
    """Which event the items' final statuses at Pleo call for; the items' order does not matter."""
    rows = list(items)
    failed = [row for row in rows if row.status != ItemStatus.SUCCESSFUL]
    if not failed:
        return JobOutcome(JobEvent.COMPLETED)
    event = JobEvent.FAILED if len(failed) == len(rows) else JobEvent.COMPLETED_WITH_ERRORS
    return JobOutcome(event, failure_summary(failed, len(rows)), _common_reason(failed))


def failure_summary(failed: list[ExportJobItem], of: int) -> str:
    """Such as «12 of 240 failed: 9 × Tax code I25 does not exist, 3 × …», commonest first."""
    causes = causes_of(row.failure_reason for row in failed)
    named = ", ".join(f"{count} × {cause}" for cause, count in causes[:CAUSES_NAMED])
    unnamed = len(causes) - CAUSES_NAMED
    rest = f", and {unnamed} more causes" if unnamed > 0 else ""
    return _shortened(f"{len(failed)} of {of} failed: {named}{rest}")


def causes_of(reasons: Iterable[str | None]) -> list[tuple[str, int]]:
    """Reasons grouped, commonest first, then by text."""
    counted = Counter((reason or "no reason given").rstrip(".") for reason in reasons)
    return sorted(counted.items(), key=lambda cause: (-cause[1], cause[0]))


def _common_reason(failed: list[ExportJobItem]) -> JobReason:
    """The reason that all share, where the job's list has it too; else the guide's default."""
    reasons = {row.failure_reason_type for row in failed}
    shared = reasons.pop() if len(reasons) == 1 else None
    return next((reason for reason in JobFailureReason if reason.value == shared), GUIDES_DEFAULT)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1] + "…"
