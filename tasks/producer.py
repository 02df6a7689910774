"""The producer: finds export jobs and queues them, and waits for one where asked to."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import click
from kombu.exceptions import OperationalError
from rich.progress import Progress, TaskID

from integration import export_job
from integration.configuration.connection import Connection
from integration.errors import ExportError, ExportJobNotFound, PleoError, UsageError
from integration.logbook import Logbook
from tasks import context
from tasks.cli.terminal import progress_bars
from tasks.config import broker_url
from tasks.exports import claim_export_job

#: A worker that runs opens a queued job at once.
UNTAKEN_SECONDS: Final = 60.0


class BrokerUnreachable(ExportError):
    """The broker cannot be reached ({cause}). Start Redis, or set PLEO_EXPORT_BROKER_URL to where it runs."""


def poll_connections(company: str | None) -> bool:
    """Queue the next job of each connection; `False` where one of them could not be asked."""
    asked = [_poll(connection) for connection in chosen(company)]  # each, whatever became of the one before
    return all(asked)


def chosen(company: str | None) -> tuple[Connection, ...]:
    """All connections, or the one that is named."""
    settings = context.current().settings
    return (settings.connection_of(company),) if company else settings.connections


def _poll(connection: Connection) -> bool:
    desk = context.current().desk(connection)
    if _is_paused(connection):
        click.echo(f"{connection.name}: paused; `pleo-export resume {connection.name}` lets it go on")
        return True
    try:
        job_id = export_job.next_job(desk)
    except PleoError as error:
        click.echo(f"{connection.name}: {error}", err=True)
        return False
    if job_id is None:
        running = desk.logbook.jobs.open_of(connection.company_id)
        click.echo(f"{connection.name}: " + (f"job {running.job_id} is being worked on" if running else "no job"))
        return True
    _queue(job_id, connection)
    click.echo(f"{connection.name}: queued {job_id}")
    return True


def queue_job(job_id: UUID, company: str | None) -> None:
    """Raises `UsageError` where no connection knows the job, or where its connection is paused."""
    connection = connection_of_job(job_id, company)
    if _is_paused(connection):
        raise UsageError(f"Connection {connection.name} is paused. Resume it first.")
    _queue(job_id, connection)


def _is_paused(connection: Connection) -> bool:
    return connection.name in context.current().logbook.connections.paused()


def connection_of_job(job_id: UUID, company: str | None) -> Connection:
    """The one whose company has the job at Pleo. Raises `UsageError` where none has it."""
    for connection in chosen(company):
        try:
            job = context.current().desk(connection).pleo.export_job(job_id)
        except ExportJobNotFound:
            continue
        if job.company_id == connection.company_id:
            return connection
    hint = "Check the id, and --company; `pleo-export jobs` lists yours."
    raise UsageError(f"No connection has an export job {job_id} at Pleo. {hint}")


def _queue(job_id: UUID, connection: Connection) -> None:
    with broker_reached():
        claim_export_job.apply_async((str(job_id), connection.name), retry=False)


@contextmanager
def broker_reached() -> Iterator[None]:
    """Raises `BrokerUnreachable` instead of what kombu says."""
    try:
        yield
    except OperationalError as error:
        raise BrokerUnreachable(cause=f"{_without_password(broker_url)}: {error}") from None


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def wait_for_job(job_id: UUID) -> bool:
    """Progress until the job has ended; whether every item was recorded."""
    logbook = context.current().logbook
    with progress_bars() as progress:
        bar = progress.add_task("waiting for a worker", total=None)
        untaken_until = time.monotonic() + UNTAKEN_SECONDS
        while not _advanced(progress, bar, job_id, logbook):
            if logbook.jobs.find(job_id) is None and time.monotonic() > untaken_until:
                raise UsageError("No worker took the job. Is one running? (celery -A tasks worker)")
            time.sleep(0.2)
    job = logbook.jobs.known(job_id)
    click.echo(f"{job.event}" + (f": {job.reason}" if job.reason else ""))
    return job.event == "completed"


def _advanced(progress: Progress, bar: TaskID, job_id: UUID, logbook: Logbook) -> bool:
    job = logbook.jobs.find(job_id)
    if job is None:
        return False
    tally = logbook.items.tally(job_id)
    progress.update(bar, description=str(job_id), completed=tally.ended, total=tally.all or None)
    return job.closed_at is not None
