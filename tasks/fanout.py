"""One job's items as one chord. Publishing the same run twice is harmless: task ids are `job:run:entry`.

Celery's own `chord(header)(body)` holds all N signatures and results in memory, asks Redis for a channel for each, and
says only after the last message how many there are. Here the count comes first, then the messages, in pipelines.
"""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias
from uuid import UUID

from celery import Task
from celery.canvas import Signature

from integration.export_job import Dispatch
from tasks.queues import item_queue

#: Celery's types are generic for the type checker only, so the name is a string.
AnyTask: TypeAlias = "Task[Any, Any]"
#: Messages that go to the broker at once; as many as Pleo sends items, so that none waits for a later page.
BATCH: Final = 100
#: Compressed: each message carries the chord's callbacks. Not declared, not tried again: that is done for all at once.
PLAINLY: Final[dict[str, Any]] = {"compression": "zlib", "declare": (), "retry": False}


def publish(dispatch: Dispatch, *, record: AnyTask, complete: AnyTask, recover: AnyTask) -> None:
    """Queue every item of the run; when all have ended Celery queues `complete`, or `recover` if one died.

    Raises what reading the items raises; those before it are queued then, and do no harm.
    """
    job_id, run = str(dispatch.job_id), dispatch.run
    body = complete.si(job_id, run).on_error(recover.s(job_id=job_id, run=run))
    if not dispatch.count:
        body.apply_async()
        return
    chord = f"{job_id}:{run}"
    body.freeze(f"{chord}:complete")
    body.options.pop("reply_to", None)  # goes with every message, and nobody waits for an answer
    record.app.backend.set_chord_size(chord, dispatch.count)
    messages = _Messages(dispatch, chord, record, body)
    with record.app.producer_or_acquire() as producer:
        producer.connection.ensure(producer, messages.queue, **record.app.conf.task_publish_retry_policy)(producer)


class _Messages:
    """A run's messages; queued from the start where the broker was lost on the way."""

    def __init__(self, dispatch: Dispatch, chord: str, record: AnyTask, body: "Signature[Any]") -> None:
        self._dispatch, self._chord, self._record, self._body = dispatch, chord, record, body
        self._arriving = iter(dispatch.entries)
        self._arrived: list[UUID] = []

    def queue(self, producer: Any) -> None:
        """What `apply_async` does for each, without looking up the same settings and the same queue N times."""
        amqp: Any = self._record.app.amqp
        queue = amqp.queues[item_queue(self._dispatch.connection)]
        queue(producer.channel).declare()
        with producer.batch(BATCH):
            for place, entry in enumerate(self._entries()):
                message = self._message(amqp, place, entry)
                amqp.send_task_message(producer, self._record.name, message, queue=queue, **PLAINLY)

    def _entries(self) -> Iterator[UUID]:
        yield from tuple(self._arrived)
        for entry in self._arriving:
            self._arrived.append(entry)
            yield entry

    def _message(self, amqp: Any, place: int, entry: UUID) -> object:
        arguments = (str(self._dispatch.job_id), str(entry), self._dispatch.run)
        return amqp.create_task_message(
            f"{self._chord}:{entry}",
            self._record.name,
            arguments,
            group_id=self._chord,
            group_index=place,
            chord=self._body,
            root_id=self._chord,
            ignore_result=True,
            argsrepr=repr(arguments),
            kwargsrepr="{}",
        )
