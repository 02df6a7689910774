"""Pressing Export and watching, company by company: the next job follows when the one before has ended."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from rich.progress import Progress, TaskID

from integration.errors import ExportError
from integration.pleo.models import NewExportJob, NewJobOptions
from tasks import context
from tasks.cli.terminal import progress_bars
from tasks.demo.configuration import short_name
from tasks.demo.seed import COMPANIES, Batch
from tasks.demo.subprocesses import Children
from tasks.exports import poll_export_jobs

#: Nothing at all has happened for so long: say so instead of waiting for ever.
STALL_SECONDS: Final = 60.0


class Stalled(ExportError):
    """Nothing has happened for {seconds:.0f} seconds. What the worker said last is in {log}."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One job that ran, and what had been put into it."""

    batch: Batch
    job_id: UUID


def export(batches: Sequence[Batch], children: Children, directory: Path) -> list[Exported]:
    """Every batch as a job; companies side by side. Raises `ChildStopped` or `Stalled` rather than hang."""
    with progress_bars() as progress:
        lanes = [_Lane(progress, [one for one in batches if one.company is company]) for company in COMPANIES]
        seen, patience = 0, time.monotonic() + STALL_SECONDS
        while [lane for lane in lanes if not lane.advance()]:  # each of them advances
            children.must_run()
            if (now := sum(lane.steps for lane in lanes)) != seen:
                seen, patience = now, time.monotonic() + STALL_SECONDS
            if time.monotonic() > patience:
                raise Stalled(seconds=STALL_SECONDS, log=directory / "worker.log")
            time.sleep(0.1)
    return [one for lane in lanes for one in lane.exported]


class _Lane:
    """One company's jobs, one after the other."""

    def __init__(self, progress: Progress, batches: list[Batch]) -> None:
        self._progress = progress
        self._waiting = batches
        self._bar: TaskID | None = None
        self.exported: list[Exported] = []
        #: Counts up with everything that happens.
        self.steps = 0

    def advance(self) -> bool:
        """Whether all jobs of the company have ended."""
        if self._bar is not None and not self._ended(self._bar):
            return False
        self._bar = None
        if not self._waiting:
            return True
        self._bar = self._press_export(self._waiting.pop(0))
        return False

    def _press_export(self, batch: Batch) -> TaskID:
        connection = context.current().settings.connection(short_name(batch.company))
        wish = NewExportJob(
            company_id=batch.company.id,
            accounting_entry_ids=batch.entries,
            options=NewJobOptions(vendor_based_bookkeeping=batch.company.vendor_based_bookkeeping),
        )
        job = context.current().desk(connection).pleo.create_export_job(wish)
        poll_export_jobs.delay(str(batch.company.id))
        self.exported.append(Exported(batch, job.id))
        self.steps += 1
        return self._progress.add_task(f"{batch.company.name}: {batch.title}", total=len(batch.entries))

    def _ended(self, bar: TaskID) -> bool:
        logbook, exported = context.current().logbook, self.exported[-1]
        job = logbook.jobs.find(exported.job_id)
        ended = logbook.items.tally(exported.job_id).ended
        if job is None or job.closed_at is None:
            self.steps += ended - int(self._progress.tasks[bar].completed)
            self._progress.update(bar, completed=ended)
            return False
        self.steps += 1
        self._progress.update(bar, completed=self._progress.tasks[bar].total)
        return True
