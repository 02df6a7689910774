"""Item results as an integration reports them: each is taken or refused on its own."""

from collections.abc import Container, Sequence
from datetime import datetime
from uuid import UUID

from integration.pleo.models import ExportJobItem, ItemStatus, ItemUpdateError, ItemUpdateResult
from integration.sandbox.api.bodies import Update
from integration.sandbox.faults.strictness import Strictness
from integration.sandbox.state.jobs import Job


def apply_updates(
    job: Job, updates: Sequence[Update], entries: Container[UUID], strictness: Strictness, now: datetime
) -> tuple[int, ItemUpdateResult]:
    """How often a final status was touched, and the answer; `entries` are the company's accounting entries."""
    changed, taken, errors = 0, list[ExportJobItem](), list[ItemUpdateError]()
    for update in updates:
        leaves_final = _leaves_final(job, update)
        changed += leaves_final
        if update.accounting_entry_id not in job.items:
            errors.append(_not_in_job(update, entries))
        elif leaves_final and strictness.final_item_changed:
            errors.append(update_error(update, "The item has its final status."))
        else:
            taken.append(job.update(update))
    if taken:
        job.touch(now)
    return changed, ItemUpdateResult(data=tuple(taken), errors=tuple(errors))


def update_error(update: Update, message: str, kind: str = "EXPORT_ENTRY_STATUS_UPDATE_FAILED") -> ItemUpdateError:
    """One refused update of a batch."""
    return ItemUpdateError(accounting_entry_id=update.accounting_entry_id, message=message, type=kind)


def _leaves_final(job: Job, update: Update) -> bool:
    """Reporting the same status again is no change."""
    item = job.items.get(update.accounting_entry_id)
    return item is not None and ItemStatus(item.status).is_final and item.status != update.status


def _not_in_job(update: Update, entries: Container[UUID]) -> ItemUpdateError:
    if update.accounting_entry_id in entries:
        return update_error(update, "The accounting entry is not in this export job.")
    return update_error(update, "Accounting entry does not exist.", "ACCOUNTING_ENTRY_DOES_NOT_EXIST")
