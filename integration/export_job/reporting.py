"""Telling Pleo how items ended, in batches (Pleo's guide, update export items)."""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from integration.desk import Desk
from integration.leases import held
from integration.logbook.items import LoggedItem
from integration.outcome import NotRecorded, Recorded
from integration.pleo.client import LARGEST_UPDATE
from integration.pleo.models import ItemStatus, ItemUpdate

log = logging.getLogger(__name__)

#: An outcome waits no longer than this for company.
REPORT_AFTER: Final = timedelta(seconds=30)


def report_if_due(job_id: UUID, desk: Desk) -> None:
    """When a hundred outcomes wait, or the oldest has waited long enough. One worker at a time reports a job."""
    if not _is_due(job_id, desk):
        return
    with held(job_id, "reporting", desk) as ours:
        if ours:
            report(job_id, desk)


def _is_due(job_id: UUID, desk: Desk) -> bool:
    waiting, oldest = desk.logbook.items.waiting_for_report(job_id)
    return waiting >= LARGEST_UPDATE or (oldest is not None and desk.clock() - oldest >= REPORT_AFTER)


def report(job_id: UUID, desk: Desk) -> None:
    """Everything that waits. Repeating an outcome changes nothing at Pleo, so no lease is needed."""
    while batch := desk.logbook.items.unreported(job_id, LARGEST_UPDATE):
        if not _reported(job_id, batch, desk):
            return


def _reported(job_id: UUID, batch: list[LoggedItem], desk: Desk) -> bool:
    """Whether Pleo took every one of them; those it did not take wait for the next report."""
    result = desk.pleo.update_export_job_items(job_id, [_update(item) for item in batch])
    refused = {error.accounting_entry_id: error for error in result.errors}
    taken = [item.accounting_entry_id for item in batch if item.accounting_entry_id not in refused]
    desk.logbook.items.reported(job_id, taken, now=desk.clock())
    for entry, error in refused.items():
        desk.tried(job_id, entry, "report", f"Pleo did not take the update: {error.type}")
        log.warning("item update not taken", extra={"job_id": str(job_id), "accounting_entry_id": str(entry)})
    return not refused


def _update(item: LoggedItem) -> ItemUpdate:
    match item.outcome:
        case Recorded() as recorded:
            return ItemUpdate(
                accounting_entry_id=item.accounting_entry_id,
                status=ItemStatus.SUCCESSFUL,
                exported_at=recorded.recorded_at,
                external_id=recorded.voucher_id,
                external_url=recorded.voucher_url,
            )
        case NotRecorded() as refused:
            return ItemUpdate(
                accounting_entry_id=item.accounting_entry_id,
                status=ItemStatus.FAILED,
                failure_reason=refused.reason,
                failure_reason_type=refused.reason_type,
            )
        case None:
            raise ValueError(f"item {item.accounting_entry_id} has not ended, so there is nothing to report")
