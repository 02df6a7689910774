"""Rows as a table on the screen."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from integration.errors import UsageError
from integration.logbook.jobs import LoggedJob
from integration.text import plain
from tasks import context


def print_table(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """All rows have the same keys, which are the columns; no cell can tell the terminal what to do."""
    table = Table(*(rows[0] if rows else ("nothing yet",)), title=title, title_justify="left")
    for row in rows:
        table.add_row(*(escape(plain(str(value))) for value in row.values()))
    Console().print(table)


def progress_bars() -> Progress:
    """Stay on the screen when done."""
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def known_job(job_id: UUID) -> LoggedJob:
    """Raises `UsageError` for a job that the logbook does not know."""
    job = context.current().logbook.jobs.find(job_id)
    if job is None:
        raise UsageError(f"The logbook has no export job {job_id}. `pleo-export jobs` lists those it has.")
    return job
