"""One job's items as one chord. Publishing the same run twice is harmless: task ids are `job:run:entry`."""

from typing import Any, TypeAlias

from celery import Task, chord

from integration.export_job import Dispatch

#: Celery's types are generic for the type checker only, so the name is a string.
AnyTask: TypeAlias = "Task[Any, Any]"


def publish(dispatch: Dispatch, *, record: AnyTask, complete: AnyTask, recover: AnyTask) -> None:
    """Queue every item of the run; when all have ended Celery queues `complete`, or `recover` if one died."""
    job_id, run = str(dispatch.job_id), dispatch.run
    body = complete.si(job_id, run).on_error(recover.s(job_id=job_id, run=run))
    if not dispatch.entries:
        body.apply_async()
        return
    header = [record.si(job_id, str(entry), run).set(task_id=f"{job_id}:{run}:{entry}") for entry in dispatch.entries]
    chord(header)(body)
