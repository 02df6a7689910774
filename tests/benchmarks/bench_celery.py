"""Plain Celery as its tutorial has it: `celery -A bench_celery worker`, `python bench_celery.py JOB_ID`.

Stock settings, the payload in the message, one status call for each item, the event from the chord's callback.
"""

import os
import sys
from typing import Any

from celery import Celery, chord
from plain_pleo import begin, configured

app = Celery("plain", broker=os.environ["PLEO_EXPORT_BROKER_URL"], backend=os.environ["PLEO_EXPORT_RESULT_URL"])


@app.task(name="record")
def record(job_id: str, payload: dict[str, Any]) -> str:
    pleo, recording = configured()
    update = recording.record(payload)
    pleo.report(job_id, [update])
    return str(update["status"])


@app.task(name="complete")
def complete(statuses: list[str], job_id: str) -> None:
    failed = any(status != "successful" for status in statuses)
    configured()[0].event(job_id, "completed_with_errors" if failed else "completed")


def export(job_id: str) -> None:
    pleo, _ = configured()
    pleo.event(job_id, "started")
    chord(record.s(job_id, item) for item in pleo.export_items(job_id))(complete.s(job_id))


if __name__ == "__main__":
    begin()
    export(sys.argv[1])
