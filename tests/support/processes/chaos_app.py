"""The Celery application with fault points in it: `celery -A support.processes.chaos_app worker`. They exist only here.

CHAOS_DIRECTORY holds a file for each fault still to come, named `<point>-<number>`; the process that takes one dies on
the spot. Waits are short, so that recovery is seen within seconds.
"""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from kombu import Queue
from support.fakes.naive_ledger import NaiveLedger

from integration.accounting import registry
from integration.export_job import recovery, reporting
from integration.limits import backoff
from integration.logbook.item_protocol import Recording
from integration.logbook.items import Items
from integration.logbook.jobs import Jobs
from integration.pleo.client import PleoClient
from integration.pleo.models import JobEvent
from tasks import context, exports
from tasks.broker import publish
from tasks.broker.chord_counter import ChordBackend
from tasks.broker.queues import item_queue
from tasks.celery import app

__all__ = ["app"]

DIRECTORY = Path(os.environ["CHAOS_DIRECTORY"])


def die_if_due(point: str) -> None:
    """If a fault is due here."""
    for token in DIRECTORY.glob(f"{point}-*"):
        try:
            token.unlink()
        except FileNotFoundError:
            continue
        os.kill(os.getpid(), signal.SIGKILL)


def add_fault_points(owner: Any, name: str, before: str | None = None, after: str | None = None) -> None:
    """Fault points before and after a method's work is done."""
    original: Callable[..., Any] = getattr(owner, name)

    @wraps(original)
    def with_faults(*args: Any, **kwargs: Any) -> Any:
        if before:
            die_if_due(before)
        answer = original(*args, **kwargs)
        if after:
            die_if_due(after)
        return answer

    setattr(owner, name, with_faults)


def add_final_event_fault_points() -> None:
    original = PleoClient.create_export_job_event

    @wraps(original)
    def with_faults(self: PleoClient, event: Any) -> None:
        final = event.event is not JobEvent.STARTED
        if final:
            die_if_due("before_event")
        original(self, event)
        die_if_due("after_event" if final else "after_started")

    PleoClient.create_export_job_event = with_faults  # type: ignore[method-assign]


def make_publish_repeat() -> None:
    original = publish.publish

    def publish_twice(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        original(*args, **kwargs)

    publish.publish = publish_twice


def make_callbacks_get_lost() -> None:
    original = exports._settle

    def settle_or_lose(job_id: Any, run: int) -> str | None:
        for token in DIRECTORY.glob("lose_callback-*"):
            token.unlink(missing_ok=True)
            return "lost"
        return original(job_id, run)

    exports._settle = settle_or_lose


add_fault_points(Recording, "begin", before="before_intent", after="after_intent")
add_fault_points(NaiveLedger, "record", before="before_call", after="after_call")
add_fault_points(Recording, "end", after="after_answer")
add_fault_points(PleoClient, "update_export_job_items", before="before_report", after="during_report")
add_fault_points(Items, "add", before="before_fetch_stored", after="after_fetch_stored")
add_fault_points(Jobs, "next_run", after="before_publish")
add_fault_points(Jobs, "close", before="before_closing")
add_fault_points(ChordBackend, "_call_back", before="in_chord")
add_final_event_fault_points()
make_callbacks_get_lost()
if os.environ.get("CHAOS_TWICE"):
    make_publish_repeat()

registry.ADAPTERS = {"beancount": lambda connection, *_: NaiveLedger(Path(connection.beancount.directory))}
recovery.STANDS_STILL_AFTER = timedelta(seconds=6)
recovery.CALLBACK_LOST_AFTER = timedelta(seconds=3)
reporting.REPORT_AFTER = timedelta(seconds=1)
backoff.FIRST_WAIT_SECONDS = 0.5
backoff.LONGEST_WAIT_SECONDS = 2.0
app.conf.beat_schedule = {
    "poll": {"task": "export_jobs.poll", "schedule": timedelta(seconds=2)},
    "recover": {"task": "export_jobs.recover", "schedule": timedelta(seconds=1)},
}
if prefix := os.environ.get("CHAOS_QUEUES"):
    app.conf.task_queues = [
        Queue(f"{prefix}-{queue.name}", queue_arguments=queue.queue_arguments) for queue in app.conf.task_queues
    ]
    app.conf.task_default_queue = f"{prefix}-jobs"
    publish.item_queue = lambda connection: f"{prefix}-{item_queue(connection)}"
if hours := os.environ.get("CHAOS_CLOCK_HOURS"):
    true_now = context.utc_now
    context.utc_now = lambda: true_now() + timedelta(hours=float(hours))
