"""A job's leases: one worker at a time reports a job, and one closes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from integration.desk import Desk
from integration.logbook.jobs import Lease

#: Far longer than it takes; it bounds how long a worker of another host that died stands in the way.
LEASE_SECONDS: Final = 120.0


@contextmanager
def held(job_id: UUID, lease: Lease, desk: Desk) -> Iterator[bool]:
    """Whether it is ours for the length of the block. A dead worker of this host stands in nobody's way."""
    jobs, me = desk.logbook.jobs, desk.worker
    holder = jobs.holder(job_id, lease)
    dead = holder if holder and me.knows_dead(holder) else None
    taken = jobs.take(job_id, lease, owner=me.name, now=desk.clock(), seconds=LEASE_SECONDS, dead_owner=dead)
    try:
        yield taken
    finally:
        if taken:
            jobs.release(job_id, lease, owner=me.name)
