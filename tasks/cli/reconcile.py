"""`pleo-export reconcile`: the logbook against the accounting system and against Pleo. Writes nothing.

The books are asked for each entry that the logbook knows; a voucher that nobody of us made is not looked for.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import click

from integration.accounting import ExistingVoucher
from integration.logbook.items import LoggedItem
from integration.logbook.jobs import LoggedJob
from integration.outcome import NotRecorded, Recorded
from integration.pleo.models import ExportJobItem, ItemStatus
from integration.services import Desk
from tasks import context
from tasks.cli.terminal import known_job, print_table
from tasks.producer import chosen


class Difference(StrEnum):
    """In which way two of the three disagree."""

    #: Recorded, says the logbook, and it does not stand in the books.
    MISSING = "missing"
    #: It stands in the books or is successful at Pleo, and no job recorded it.
    EXTRA = "extra"
    #: Both have it, and not alike.
    CHANGED = "changed"
    #: It ended, and Pleo has not been told.
    UNREPORTED = "unreported"


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry of one job on which two of the three disagree."""

    job_id: UUID
    accounting_entry_id: UUID
    difference: Difference
    text: str


def reconcile(company: str | None, job_id: UUID | None, limit: int, *, as_json: bool) -> bool:
    """Whether all three agree on these jobs."""
    found = [finding for job in _jobs(company, job_id, limit) for finding in findings(job, _desk(job))]
    rows = [
        {
            "job_id": str(finding.job_id),
            "accounting_entry_id": str(finding.accounting_entry_id),
            "difference": finding.difference.value,
            "what": finding.text,
        }
        for finding in found
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif rows:
        print_table("Differences", rows)
    else:
        click.echo("Logbook, accounting system and Pleo agree.")
    return not found


def _jobs(company: str | None, job_id: UUID | None, limit: int) -> list[LoggedJob]:
    if job_id:
        return [known_job(job_id)]
    names = {connection.name for connection in chosen(company)}
    return [summary.job for summary in context.current().logbook.overview.jobs(names, limit=limit)]


def _desk(job: LoggedJob) -> Desk:
    return context.current().desk_of_job(job.job_id)


def findings(job: LoggedJob, desk: Desk) -> Iterator[Finding]:
    """Every disagreement on the items of this job that have ended."""
    items = [item for item in desk.logbook.items.of(job.job_id) if item.outcome]
    at_pleo = {row.accounting_entry_id: row for row in desk.pleo.export_job_items(job.job_id)}
    recorded = desk.logbook.overview.recorded_among([item.accounting_entry_id for item in items])
    for item in items:
        entry = item.accounting_entry_id
        standing = desk.system.find(str(entry))
        for difference, text in (*_in_the_books(item, standing, recorded), *_at_pleo(item, at_pleo.get(entry))):
            yield Finding(job.job_id, entry, difference, text)
    yield from _unknown_to_us(job, items, at_pleo)


def _in_the_books(
    item: LoggedItem, standing: ExistingVoucher | None, recorded: set[UUID]
) -> Iterator[tuple[Difference, str]]:
    match item.outcome, standing:
        case Recorded() as outcome, None:
            yield Difference.MISSING, f"voucher {outcome.voucher_id} does not stand in the books"
        case Recorded() as outcome, ExistingVoucher() if outcome.voucher_id != standing.voucher_id:
            yield Difference.CHANGED, f"voucher {outcome.voucher_id} is {standing.voucher_id} in the books"
        case Recorded() as outcome, ExistingVoucher() if outcome.posting_date != standing.date:
            yield Difference.CHANGED, f"date {outcome.posting_date} is {standing.date} in the books"
        case NotRecorded(), ExistingVoucher() if item.accounting_entry_id not in recorded:
            yield Difference.EXTRA, f"refused, and voucher {standing.voucher_id} stands in the books"


def _at_pleo(item: LoggedItem, row: ExportJobItem | None) -> Iterator[tuple[Difference, str]]:
    expected = ItemStatus.SUCCESSFUL if isinstance(item.outcome, Recorded) else ItemStatus.FAILED
    if row is None or row.status != expected:
        yield Difference.UNREPORTED, f"{expected.value} here, {row.status if row else 'unknown'} at Pleo"
    elif isinstance(item.outcome, Recorded) and row.external_id != item.outcome.voucher_id:
        yield Difference.CHANGED, f"voucher {item.outcome.voucher_id} is {row.external_id or 'not named'} at Pleo"


def _unknown_to_us(job: LoggedJob, items: list[LoggedItem], at_pleo: Mapping[UUID, ExportJobItem]) -> Iterator[Finding]:
    known = {item.accounting_entry_id for item in items}
    for entry, row in at_pleo.items():
        if entry not in known and row.status == ItemStatus.SUCCESSFUL:
            yield Finding(job.job_id, entry, Difference.EXTRA, "successful at Pleo, and no outcome here")
