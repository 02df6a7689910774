"""A job's leases: one worker at a time claims a job, reports it, closes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from integration.logbook.jobs import Lease
from integration.services import Desk

#: Longer than the work may take (`tasks.config` ends a task before that). It bounds how long a worker that died on
#: another host stands in the way; one that died on this host stands in nobody's.
SECONDS: Final[dict[Lease, float]] = {"claiming": 26 * 60.0, "reporting": 120.0, "closing": 26 * 60.0}


@contextmanager
def held(job_id: UUID, lease: Lease, desk: Desk) -> Iterator[bool]:
    """Whether it is ours for the length of the block."""
    jobs, me = desk.logbook.jobs, desk.worker
    holder = jobs.holder(job_id, lease)
    dead = holder if holder and me.knows_dead(holder) else None
    taken = jobs.take(job_id, lease, owner=me.name, now=desk.clock(), seconds=SECONDS[lease], dead_owner=dead)
    try:
        yield taken
    finally:
        if taken:
            jobs.release(job_id, lease, owner=me.name)
