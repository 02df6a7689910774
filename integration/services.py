"""What one connection's jobs and items are worked on with: the collaborators of every use case, in one value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import requests

from integration.accounting import AccountingSystem
from integration.configuration.connection import Connection
from integration.limits.admission import Gate
from integration.logbook import Logbook
from integration.pleo.client import PleoClient
from integration.worker_identity import Worker


@dataclass(frozen=True, slots=True)
class Desk:
    """Built for one thread of one worker process."""

    connection: Connection
    logbook: Logbook
    system: AccountingSystem
    #: Before the accounting system.
    gate: Gate
    pleo: PleoClient
    #: Fetches files. Bare: Pleo's credential never goes to a file host.
    files: requests.Session
    worker: Worker
    #: Now, in UTC.
    clock: Callable[[], datetime]

    def tried(self, job_id: UUID, entry: UUID | None, step: str, text: str) -> None:
        """Write an attempt into the logbook; the text is free of secrets and personal data."""
        self.logbook.history.tried(job_id, entry, step, text, worker=self.worker.name, now=self.clock())
