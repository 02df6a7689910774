"""One job's items as one chord. Publishing the same run twice is harmless: task ids are `job:run:entry`.

Celery's own `chord(header)(body)` holds all N signatures and results in memory, asks Redis for a channel for each, and
says only after the last message how many there are. Here the count comes first, then the messages, in pipelines.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final, TypeAlias
from uuid import UUID

from celery import Task
from celery.canvas import Signature
from kombu.exceptions import KombuError

from integration.errors import ExportError
from integration.export_job import Dispatch
from tasks.broker.queues import item_queue

#: Celery's types are generic for the type checker only, so the name is a string.
AnyTask: TypeAlias = "Task[Any, Any]"
#: Messages that go to the broker at once; as many as Pleo sends items, so that none waits for a later page.
BATCH: Final = 100
#: Not declared, not tried again: that is done for all at once.
PLAINLY: Final[dict[str, Any]] = {"declare": (), "retry": False}


class RestartWorkers(ExportError):
    """This worker does not know the connection {connection}, which was added since it started. Restart the workers."""


def publish(dispatch: Dispatch, *, record: AnyTask, complete: AnyTask) -> None:
    """Queue every item of the run; when all have ended, `complete` is queued.

    Raises what reading the items raises, what a broker raises that stays away, and `RestartWorkers`.
    """
    job_id, run = str(dispatch.job_id), dispatch.run
    body = complete.si(job_id, run)
    if not dispatch.count:
        body.apply_async()
        return
    messages = _Messages(dispatch, record, body)
    record.app.backend.set_chord_size(messages.chord, dispatch.count)
    entries = enumerate(dispatch.entries)
    policy = {"retry_errors": (KombuError,), **record.app.conf.task_publish_retry_policy}
    with record.app.producer_or_acquire() as producer:
        while batch := list(islice(entries, BATCH)):  # outside of `ensure`, to which many an error is the broker's
            producer.connection.ensure(producer, messages.queue, **policy)(producer, batch)


class _Messages:
    """What `apply_async` does for each item, without looking up the same settings and the same queue N times."""

    def __init__(self, dispatch: Dispatch, record: AnyTask, body: "Signature[Any]") -> None:
        self.chord = f"{dispatch.job_id}:{dispatch.run}"
        self._dispatch, self._record, self._body = dispatch, record, dict(body)
        self._amqp: Any = record.app.amqp
        self._queue = _queue_of(dispatch.connection, self._amqp)

    def queue(self, producer: Any, batch: Sequence[tuple[int, UUID]]) -> None:
        """All of them at once. A broken pipeline says nothing of the connection; the declaration finds out."""
        self._queue(producer.channel).declare()
        with producer.batch(BATCH):
            for place, entry in batch:
                message = self._message(place, entry)
                self._amqp.send_task_message(producer, self._record.name, message, queue=self._queue, **PLAINLY)

    def _message(self, place: int, entry: UUID) -> object:
        arguments = (str(self._dispatch.job_id), str(entry), self._dispatch.run)
        return self._amqp.create_task_message(
            f"{self.chord}:{entry}",
            self._record.name,
            arguments,
            group_id=self.chord,
            group_index=place,
            chord=self._body,
            root_id=self.chord,
            ignore_result=True,
            argsrepr=repr(arguments),
            kwargsrepr="{}",
        )


def _queue_of(connection: str, amqp: Any) -> Any:
    try:
        return amqp.queues[item_queue(connection)]
    except KeyError:
        raise RestartWorkers(connection=connection) from None
