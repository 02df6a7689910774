"""`jobs` and `show`: what happened, from the logbook, as tables or as JSON."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import click

from integration.logbook import Logbook
from integration.logbook.connections import LoggedAction
from integration.logbook.history import LoggedLine
from integration.logbook.items import LoggedItem
from integration.logbook.jobs import LoggedJob
from integration.outcome import NotRecorded, Recorded, causes_of
from tasks import context
from tasks.cli.terminal import known_job, print_table


def show_jobs(limit: int, *, as_json: bool) -> None:
    """The latest jobs, newest first."""
    logbook = context.current().logbook
    rows = [_job_row(job, logbook) for job in logbook.jobs.latest(limit)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    print_table("Export jobs", rows)


def _job_row(job: LoggedJob, logbook: Logbook) -> dict[str, Any]:
    tally = logbook.items.tally(job.job_id)
    return {
        "job_id": str(job.job_id),
        "connection": job.connection,
        "opened": _moment(job.opened_at),
        "items": tally.all,
        "recorded": tally.recorded,
        "refused": tally.refused,
        "event": job.event or "in progress",
        "reason": job.reason or "",
    }


def show_job(job_id: UUID, *, as_json: bool) -> None:
    """Raises `UsageError` for a job that the logbook does not know."""
    logbook = context.current().logbook
    job = known_job(job_id)
    items = logbook.items.of(job_id)
    row = _job_row(job, logbook)
    parts: dict[str, list[dict[str, Any]]] = {
        "causes": [{"count": count, "cause": cause} for cause, count in causes(items)],
        "items": [_item_row(item) for item in items],
        "decisions": [_line_row(line) for line in logbook.history.decisions(job_id)],
        "attempts": [_line_row(line) for line in logbook.history.attempts(job_id)],
        "actions": [_action_row(action) for action in logbook.connections.actions_on(job_id)],
    }
    if as_json:
        click.echo(json.dumps({"job": row} | parts, indent=2))
        return
    for title, rows in ({"export job": [row]} | parts).items():
        if rows:
            print_table(title.capitalize(), rows)


def causes(items: list[LoggedItem]) -> list[tuple[str, int]]:
    """Why items were refused, grouped, commonest first."""
    return causes_of(item.outcome.reason for item in items if isinstance(item.outcome, NotRecorded))


def _item_row(item: LoggedItem) -> dict[str, Any]:
    row = {
        "accounting_entry_id": str(item.accounting_entry_id),
        "state": item.state.value,
        "amount": f"{item.worth.amount:.2f} {item.worth.currency}" if item.worth else "",
        "date": "",
        "voucher or reason": "",
        "reported": _moment(item.reported_at) if item.reported_at else "",
    }
    match item.outcome:
        case Recorded() as recorded:
            row["date"] = recorded.posting_date.isoformat()
            row["voucher or reason"] = recorded.voucher_url or recorded.voucher_id
        case NotRecorded() as refused:
            row["voucher or reason"] = refused.reason
        case None:
            pass
    return row


def _line_row(line: LoggedLine) -> dict[str, Any]:
    entry = str(line.accounting_entry_id) if line.accounting_entry_id else ""
    return {"at": _moment(line.at), "what": line.name, "accounting_entry_id": entry, "text": line.text}


def _action_row(action: LoggedAction) -> dict[str, Any]:
    new_job = str(action.new_job_id) if action.new_job_id else ""
    return {
        "at": _moment(action.at),
        "what": action.action.value,
        "by": action.by,
        "text": action.text,
        "made": new_job,
    }


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
