"""Every request to Pleo and its answer, told to those who watch: attempts in the logbook, metrics, traces."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import requests

from integration.logbook import Logbook
from integration.worker_identity import Worker

#: From here on an answer is not what was hoped for.
LEAST_ODD_STATUS: Final = 300
#: Members from closed lists.
SHOWN: Final = ("event", "failureReasonType")
_JOB: Final = re.compile(r"/export-jobs/([0-9a-f-]{36})")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked and how it was answered; the answer's body is not waited for."""

    method: str
    path: str
    body: bytes | str | None
    status: int
    seconds: float

    @property
    def is_report(self) -> bool:
        """Whether it told Pleo how items ended."""
        return self.method == "PUT" and self.path.endswith("/items")

    @property
    def reported(self) -> list[dict[str, str]]:
        """Each item's update, where it is a report."""
        updates: list[dict[str, str]] = json.loads(self.body or "[]") if self.is_report else []
        return updates

    @property
    def members(self) -> dict[str, str]:
        """What was sent, where it is not a report."""
        sent: dict[str, str] = {} if self.is_report else json.loads(self.body or "{}")
        return sent

    @property
    def job_id(self) -> UUID | None:
        """Which export job it is about, where it says so."""
        named = _JOB.search(self.path)
        found = named[1] if named else self.members.get("jobId")
        return UUID(found) if found else None

    def redacted(self) -> str:
        """What was sent, by words and counts; no text that a person wrote."""
        counts = Counter(update["status"] for update in self.reported)
        words = [f"{count} {status}" for status, count in sorted(counts.items())]
        members = self.members
        return ", ".join([*words, *(f"{name} {members[name]}" for name in SHOWN if name in members)])


Watcher = Callable[[Exchange], None]
#: Of this process; modules that are switched on by the environment add themselves.
WATCHERS: Final[list[Watcher]] = []


def watched_session(*more: Watcher) -> requests.Session:
    """For one transport."""
    session = requests.Session()

    def told(answer: requests.Response, **_: object) -> None:
        request = answer.request
        path = urlsplit(str(request.url)).path
        exchange = Exchange(
            method=str(request.method),
            path=path,
            body=request.body,
            status=answer.status_code,
            seconds=answer.elapsed.total_seconds(),
        )
        for watcher in (*WATCHERS, *more):
            watcher(exchange)

    session.hooks["response"].append(told)
    return session


def attempts_into(logbook: Logbook, now: Callable[[], datetime]) -> Watcher:
    """What changed something at Pleo, and what Pleo did not answer with a 2xx, as an attempt of its job."""

    def write_down(exchange: Exchange) -> None:
        job_id = exchange.job_id
        if job_id is None or (exchange.method == "GET" and exchange.status < LEAST_ODD_STATUS):
            return
        path = _JOB.sub("/export-jobs/…", exchange.path)
        text = f"{exchange.method} {path}: {exchange.redacted()} → {exchange.status} after {exchange.seconds:.2f} s"
        logbook.history.tried(job_id, None, "request", text, worker=Worker.here().name, now=now())

    return write_down
