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
    changed, accepted, errors = 0, list[ExportJobItem](), list[ItemUpdateError]()
    for update in updates:
        leaves_final = _changes_final_status(job, update)
        changed += leaves_final
        if update.accounting_entry_id not in job.items:
            errors.append(_build_not_in_job_error(update, entries))
        elif leaves_final and strictness.final_item_changed:
            errors.append(build_update_error(update, "The item has its final status."))
        else:
            accepted.append(job.update(update))
    if accepted:
        job.touch(now)
    return changed, ItemUpdateResult(data=tuple(accepted), errors=tuple(errors))


def build_update_error(
    update: Update, message: str, kind: str = "EXPORT_ENTRY_STATUS_UPDATE_FAILED"
) -> ItemUpdateError:
    """One refused update of a batch."""
    return ItemUpdateError(accounting_entry_id=update.accounting_entry_id, message=message, type=kind)


def _changes_final_status(job: Job, update: Update) -> bool:
    """Reporting the same status again is no change."""
    item = job.items.get(update.accounting_entry_id)
    return item is not None and ItemStatus(item.status).is_final and item.status != update.status


def _build_not_in_job_error(update: Update, entries: Container[UUID]) -> ItemUpdateError:
    if update.accounting_entry_id in entries:
        return build_update_error(update, "The accounting entry is not in this export job.")
    return build_update_error(update, "Accounting entry does not exist.", "ACCOUNTING_ENTRY_DOES_NOT_EXIST")
