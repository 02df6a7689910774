"""One export job as CSV, for the accountant: a line for each item, amounts as plain numbers."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from typing import Final
from uuid import UUID

import click

from integration.logbook import Logbook
from integration.logbook.items import LoggedItem
from integration.outcome import NotRecorded, Recorded
from tasks import context
from tasks.cli.terminal import known_job

HEAD: Final = (
    "accounting_entry_id",
    "reconciliation_id",
    "state",
    "currency",
    "amount",
    "posting_date",
    "voucher_id",
    "voucher_url",
    "failure_type",
    "failure_reason",
    "decisions",
    "ended_at",
    "reported_at",
)
#: A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def print_csv(job_id: UUID) -> None:
    """Raises `UsageError` for a job that the logbook does not know."""
    click.echo(csv_of(known_job(job_id).job_id, context.current().logbook), nl=False)


def csv_of(job_id: UUID, logbook: Logbook) -> str:
    """With a header; every line ends as RFC 4180 says."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(HEAD)
    writer.writerows([_harmless(cell) for cell in row] for row in _rows(job_id, logbook))
    return sheet.getvalue()


def _rows(job_id: UUID, logbook: Logbook) -> Iterator[tuple[str, ...]]:
    decisions: dict[UUID | None, list[str]] = defaultdict(list)
    for line in logbook.history.decisions(job_id):
        decisions[line.accounting_entry_id].append(line.text)
    for item in logbook.items.of(job_id):
        yield _row(item, decisions[item.accounting_entry_id])


def _row(item: LoggedItem, decisions: list[str]) -> tuple[str, ...]:
    return (
        str(item.accounting_entry_id),
        item.reconciliation_id or "",
        item.state.value,
        *((item.worth.currency, f"{item.worth.amount:.2f}") if item.worth else ("", "")),
        *_outcome(item),
        "; ".join(decisions),
        item.ended_at.isoformat() if item.ended_at else "",
        item.reported_at.isoformat() if item.reported_at else "",
    )


def _outcome(item: LoggedItem) -> tuple[str, str, str, str, str]:
    match item.outcome:
        case Recorded() as recorded:
            return recorded.posting_date.isoformat(), recorded.voucher_id, recorded.voucher_url or "", "", ""
        case NotRecorded() as refused:
            return "", "", "", refused.reason_type.value, refused.reason
        case None:
            return "", "", "", "", ""


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
