"""One job's items as one chord. Publishing the same run twice is harmless: task ids are `job:run:entry`.

Celery's own `chord(header)(body)` holds all N signatures and results in memory, asks Redis for a channel for each, and
says only after the last message how many there are. Here the count comes first, then the messages, in pipelines.
"""

from typing import Any, Final, TypeAlias

from celery import Task

from integration.export_job import Dispatch
from tasks.queues import item_queue

#: Celery's types are generic for the type checker only, so the name is a string.
AnyTask: TypeAlias = "Task[Any, Any]"
#: Messages that go to the broker at once.
BATCH: Final = 500


def publish(dispatch: Dispatch, *, record: AnyTask, complete: AnyTask, recover: AnyTask) -> None:
    """Queue every item of the run; when all have ended Celery queues `complete`, or `recover` if one died."""
    job_id, run = str(dispatch.job_id), dispatch.run
    body = complete.si(job_id, run).on_error(recover.s(job_id=job_id, run=run))
    if not dispatch.entries:
        body.apply_async()
        return
    chord = f"{job_id}:{run}"
    body.freeze(f"{chord}:complete")
    record.app.backend.set_chord_size(chord, len(dispatch.entries))
    with record.app.producer_or_acquire() as producer, producer.batch(BATCH):
        for place, entry in enumerate(dispatch.entries):
            part: dict[str, Any] = {"group_id": chord, "group_index": place, "chord": body, "producer": producer}
            record.apply_async(
                (job_id, str(entry), run),
                task_id=f"{chord}:{entry}",
                queue=item_queue(dispatch.connection),
                add_to_parent=False,
                **part,
            )
