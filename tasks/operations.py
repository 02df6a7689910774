"""What a person can do to a job or a connection, by command or console. Each leaves a line that says who did it."""

import getpass
from uuid import UUID

from integration.errors import UsageError
from integration.logbook.connections import ActionKind, LoggedAction
from integration.logbook.jobs import LoggedJob
from integration.pleo.models import ExportJobItem, ItemStatus, NewExportJob, NewJobOptions
from integration.services import Desk
from tasks import context
from tasks.cli.terminal import known_job
from tasks.exports import poll_export_jobs, recover_export_job
from tasks.producer import broker_reached


def typist() -> str:
    """Who acts from the command line."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "command line"


def retry(job_id: UUID, *, by: str, cause: str | None = None) -> UUID:
    """A new job at Pleo of the entries that failed, of one cause or of all. Raises an `ExportError`."""
    desk, job = _job(job_id)
    _may_begin(desk)
    if job.closed_at is None:
        raise UsageError(f"Export job {job_id} has not ended. Retry what failed when it has.")
    entries = _left_to_retry(desk, job_id, cause)
    new_job_id = _new_job(desk, job_id, entries)
    _write_down(desk, ActionKind.RETRY, by, f"{_count(entries)}: {cause or 'all that failed'}", job_id, new_job_id)
    _poll(desk)
    return new_job_id


def _left_to_retry(desk: Desk, job_id: UUID, cause: str | None) -> tuple[UUID, ...]:
    """Pleo's own statuses count, but nothing that stands in the books is asked for again."""
    failed = [item for item in desk.pleo.export_job_items(job_id) if _failed(item, cause)]
    entries = [item.accounting_entry_id for item in failed]
    recorded = desk.logbook.overview.recorded_among(entries)
    left = tuple(entry for entry in entries if entry not in recorded)
    if not left:
        raise UsageError(f"Nothing of export job {job_id} is left to retry{' for this cause' if cause else ''}.")
    return left


def _failed(item: ExportJobItem, cause: str | None) -> bool:
    if item.status == ItemStatus.SUCCESSFUL:
        return False
    return cause is None or (item.failure_reason or "") == cause


def _new_job(desk: Desk, job_id: UUID, entries: tuple[UUID, ...]) -> UUID:
    before = desk.pleo.export_job(job_id)
    options = NewJobOptions(vendor_based_bookkeeping=before.vendor_based_bookkeeping)
    wish = NewExportJob(company_id=desk.connection.company_id, accounting_entry_ids=entries, options=options)
    return desk.pleo.create_export_job(wish).id


def recover(job_id: UUID, *, by: str) -> None:
    """Look after an open job now instead of at the sweeper's next turn."""
    desk, job = _job(job_id)
    if job.closed_at is not None:
        raise UsageError(f"Export job {job_id} has ended; there is nothing to recover. Retry what failed instead.")
    _write_down(desk, ActionKind.RECOVER, by, f"run {job.run}", job_id)
    with broker_reached():
        recover_export_job.apply_async(kwargs={"job_id": str(job_id), "run": job.run}, retry=False)


def pause(name: str, *, by: str) -> None:
    """Begin no further job of this connection; a job in progress goes on to its end."""
    desk = _desk(name)
    if name in desk.logbook.connections.paused():
        raise UsageError(f"Connection {name} is paused already.")
    _write_down(desk, ActionKind.PAUSE, by, "no further job begins")


def resume(name: str, *, by: str) -> None:
    """Begin jobs again, the next one at once."""
    desk = _desk(name)
    if name not in desk.logbook.connections.paused():
        raise UsageError(f"Connection {name} is not paused.")
    _write_down(desk, ActionKind.RESUME, by, "jobs begin again")
    _poll(desk)


def _job(job_id: UUID) -> tuple[Desk, LoggedJob]:
    job = known_job(job_id)
    return _desk(job.connection), job


def _desk(name: str) -> Desk:
    return context.current().desk(context.current().settings.connection(name))


def _may_begin(desk: Desk) -> None:
    if desk.connection.name in desk.logbook.connections.paused():
        raise UsageError(f"Connection {desk.connection.name} is paused. Resume it first.")


def _poll(desk: Desk) -> None:
    with broker_reached():
        poll_export_jobs.apply_async((str(desk.connection.company_id),), retry=False)


def _write_down(desk: Desk, kind: ActionKind, by: str, text: str, *jobs: UUID) -> None:
    """The jobs are the one acted on and the one that was made, where there are such."""
    job_id, new_job_id, *_ = (*jobs, None, None)
    desk.logbook.connections.acted(
        LoggedAction(
            at=desk.clock(),
            by=by,
            action=kind,
            connection=desk.connection.name,
            job_id=job_id,
            new_job_id=new_job_id,
            text=text,
        )
    )


def _count(entries: tuple[UUID, ...]) -> str:
    return f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"
