"""`pleo-export preview`: what a job would give. It goes to the terminal only: persons are named in it."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, assert_never
from uuid import UUID

import click
from pydantic import TypeAdapter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from integration.accounting.beancount.directives import ACCOUNTS_FILE
from integration.accounting.beancount.rendering import quote
from integration.accounting.registry import open_text_renderer
from integration.configuration.connection import BeancountLedger
from integration.errors import UsageError
from integration.export_job.preview import ItemPreview, JobPreview, ToRecord
from integration.outcome import JobOutcome, NotRecorded
from integration.pleo.models import JobEvent
from integration.services import Desk
from integration.text import plain
from tasks import context
from tasks.cli.preview_tables import outcome_name, print_items, readable_file
from tasks.producer import connection_of_job

_ITEM: Final = TypeAdapter(ItemPreview)


class Form(StrEnum):
    """How the preview is printed."""

    TABLES = "tables"
    JSON = "json"
    BEANCOUNT = "beancount"


def show_preview(job_id: UUID, company: str | None, form: Form, *, with_files: bool) -> bool:
    """Whether every item would be recorded. Raises `UsageError` where no connection knows the job."""
    desk = context.current().desk(connection_of_job(job_id, company))
    if form is Form.BEANCOUNT:
        _ledger(desk)
    job = JobPreview.of(job_id, desk, open_text_renderer(desk.connection))
    failed = job.failed_before_any_item()
    items = [] if failed else _items(job, with_files=with_files)
    outcome = failed or job.closing(items)
    match form:
        case Form.TABLES:
            print_items(items, Console())
            click.echo(_verdict(outcome))
        case Form.JSON:
            click.echo(json.dumps(_json(job, outcome, items), indent=2))
        case Form.BEANCOUNT:
            click.echo(_beancount(job, outcome, items))
        case _:
            assert_never(form)
    return outcome.event is JobEvent.COMPLETED


def _ledger(desk: Desk) -> BeancountLedger:
    ledger = desk.connection.beancount
    if open_text_renderer(desk.connection) is None or ledger is None:
        raise UsageError(f"Connection {desk.connection.name} does not record into beancount: leave --beancount out.")
    return ledger


def _items(job: JobPreview, *, with_files: bool) -> list[ItemPreview]:
    """Progress goes to standard error, so that what is printed can be piped."""
    columns, console = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()), Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        entries = progress.track(job.entries(), description="looking at items")
        return [job.item(entry, with_files=with_files) for entry in entries]


def _verdict(outcome: JobOutcome) -> str:
    """On one line, whatever stands in it: it is also a comment in a ledger."""
    reason = f" ({outcome.reason_type}: {plain(outcome.reason)})" if outcome.reason else ""
    return f"Pleo would get: {outcome.event}{reason}. Nothing was written."


def _json(job: JobPreview, outcome: JobOutcome, items: Sequence[ItemPreview]) -> dict[str, object]:
    return {
        "job_id": str(job.job.id),
        "connection": job.desk.connection.name,
        "status": job.job.status,
        "event": outcome.event,
        "reason": outcome.reason,
        "reason_type": outcome.reason_type,
        "items": [{"outcome": outcome_name(item)} | _item_json(item) for item in items],
    }


def _item_json(item: ItemPreview) -> dict[str, object]:
    """What was decided stands beside the voucher, with what was decided about files."""
    members: dict[str, object] = _ITEM.dump_python(item, mode="json", exclude={"expected": {"voucher": {"decisions"}}})
    return members


def _beancount(job: JobPreview, outcome: JobOutcome, items: Sequence[ItemPreview]) -> str:
    """A ledger that `bean-check` reads: the user's accounts, and the vouchers; the rest are comments."""
    directory = _ledger(job.desk).directory
    head = f"; {_verdict(outcome)}\ninclude {quote(str(directory / ACCOUNTS_FILE))}\n"
    return "\n".join([head, *(_entry(item) for item in items)])


def _entry(item: ItemPreview) -> str:
    match item.expected:
        case ToRecord(text=text, files=files):
            return (text or "") + "".join(f"; file: {plain(readable_file(file))}\n" for file in files)
        case NotRecorded(reason=reason):
            return f"; {item.accounting_entry_id} refused: {plain(reason)}\n"
        case standing:
            return f"; {item.accounting_entry_id} stands already, on {standing.date}\n"
