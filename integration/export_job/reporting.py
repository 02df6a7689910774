"""Telling Pleo how items ended, in batches (Pleo's guide, update export items)."""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from integration.errors import ExportJobFinished, PleoRefused
from integration.export_job.closing import Settled, close_as_pleo_says
from integration.export_job.lease import held
from integration.logbook.items import LoggedItem
from integration.outcome import NotRecorded, Recorded
from integration.pleo.client import LARGEST_UPDATE
from integration.pleo.models import ItemStatus, ItemUpdate
from integration.services import Desk

log = logging.getLogger(__name__)

#: An outcome waits no longer than this for company.
REPORT_AFTER: Final = timedelta(seconds=30)


def report_if_due(job_id: UUID, desk: Desk) -> Settled | None:
    """When a hundred outcomes wait, or all once the oldest has waited long enough. One worker at a time reports a job.

    `Settled` where it turns out that the job is over at Pleo. Raises a `PleoError`.
    """
    waiting, oldest = desk.logbook.items.waiting_for_report(job_id)
    is_late = oldest is not None and desk.clock() - oldest >= REPORT_AFTER
    least = 1 if is_late else LARGEST_UPDATE
    if waiting < least:
        return None
    with held(job_id, "reporting", desk) as ours:
        return report_or_let_go(job_id, desk, least=least) if ours else None


def report_or_let_go(job_id: UUID, desk: Desk, *, least: int = 1) -> Settled | None:
    """A job that was cancelled or has expired at Pleo is closed here too, so that no more of it is recorded."""
    try:
        report(job_id, desk, least=least)
    except ExportJobFinished:
        return close_as_pleo_says(desk.pleo.export_job(job_id), desk)
    return None


def report(job_id: UUID, desk: Desk, *, least: int = 1) -> None:
    """What waits, in batches of `least` at least. Repeating an outcome changes nothing at Pleo: no lease is needed.

    What Pleo does not take waits for the next report and holds up none of the others.
    """
    not_taken: set[UUID] = set()
    while len(batch := desk.logbook.items.unreported(job_id, LARGEST_UPDATE, besides=not_taken)) >= least:
        not_taken |= _not_taken(job_id, batch, desk)
        if len(batch) < LARGEST_UPDATE:
            return  # that was all; what comes meanwhile waits for company again


def _not_taken(job_id: UUID, batch: list[LoggedItem], desk: Desk) -> set[UUID]:
    """Which of them Pleo refused. Where it refuses the batch as a whole, the culprit is found by halves."""
    try:
        result = desk.pleo.update_export_job_items(job_id, [_update(item) for item in batch])
    except PleoRefused as refusal:
        if type(refusal) is not PleoRefused:  # one with a name of its own is about the job or about us
            raise
        if len(batch) == 1:
            return {_noted(job_id, batch[0].accounting_entry_id, str(refusal), desk)}
        middle = len(batch) // 2
        return _not_taken(job_id, batch[:middle], desk) | _not_taken(job_id, batch[middle:], desk)
    refused = {_noted(job_id, error.accounting_entry_id, error.type, desk) for error in result.errors}
    taken = [item.accounting_entry_id for item in batch if item.accounting_entry_id not in refused]
    desk.logbook.items.reported(job_id, taken, now=desk.clock())
    return refused


def _noted(job_id: UUID, entry: UUID, why: str, desk: Desk) -> UUID:
    desk.tried(job_id, entry, "report", f"Pleo did not take the update: {why}"[:300])
    log.warning("item update not taken", extra={"job_id": str(job_id), "accounting_entry_id": str(entry)})
    return entry


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
