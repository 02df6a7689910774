"""OpenTelemetry: one trace for each item of a job, across claim, record and report; one for the job's own steps.

Switched on by the standard variables (OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_TRACES_EXPORTER); needs the extra `tracing`.
No context travels with messages: a trace's id is made from the ids of job and entry, so every process knows it.
"""

import functools
import hashlib
import os
import time
from importlib.metadata import entry_points
from typing import Final

from celery.signals import before_task_publish, task_postrun, task_prerun, worker_process_init, worker_process_shutdown
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, StatusCode, TraceFlags, Tracer, set_span_in_context

from tasks.telemetry.pleo_calls import WATCHERS, Exchange

RECORD: Final = "export_item.record"
_running: Final[dict[str, Span]] = {}


@functools.cache
def provider() -> TracerProvider:
    """This process's own: what sends spans does not survive a fork. Sampling and resource are the environment's."""
    os.environ.setdefault("OTEL_SERVICE_NAME", "pleo-export")
    made = TracerProvider()
    name = os.environ.get("OTEL_TRACES_EXPORTER", "otlp")
    known = {"otlp": "otlp_proto_http"}
    (exporter,) = entry_points(group="opentelemetry_traces_exporter", name=known.get(name, name))
    made.add_span_processor(BatchSpanProcessor(exporter.load()()))
    return made


def tracer() -> Tracer:
    """Of this process."""
    return provider().get_tracer("pleo-export")


def trace_of(job_id: str, entry: str = "") -> Context:
    """The trace of an item, or of the job itself; the same in every process."""
    digest = hashlib.sha256(f"{job_id}:{entry}".encode()).digest()
    root = SpanContext(
        trace_id=int.from_bytes(digest[:16]),
        span_id=int.from_bytes(digest[16:24]),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    return set_span_in_context(NonRecordingSpan(root))


def ids(job_id: str, entry: str = "") -> dict[str, str]:
    """As in log lines."""
    named = {"job_id": job_id}
    return named | {"accounting_entry_id": entry} if entry else named


def _claimed(sender: str, body: tuple[tuple[object, ...], object, object], **_: object) -> None:
    """An item's trace begins when it is put into the queue."""
    if sender == RECORD:
        job_id, entry = str(body[0][0]), str(body[0][1])
        tracer().start_span("claim", trace_of(job_id, entry), attributes=ids(job_id, entry)).end()


def _begin(task_id: str, task: object, args: tuple[object, ...], kwargs: dict[str, object], **_: object) -> None:
    name = str(getattr(task, "name", "unknown"))
    job_id = str(kwargs.get("job_id") or (args[0] if args else ""))
    entry = str(args[1]) if name == RECORD else ""
    if name.startswith(("export_job.", "export_item.")):
        step = "record" if name == RECORD else name
        _running[task_id] = tracer().start_span(step, trace_of(job_id, entry), attributes=ids(job_id, entry))


def _end(task_id: str, state: str | None, retval: object, **_: object) -> None:
    span = _running.pop(task_id, None)
    if span is None:
        return
    span.set_attribute("state", (state or "unknown").lower())
    if isinstance(retval, str):
        span.set_attribute("outcome", retval)
    if state == "FAILURE":
        span.set_status(StatusCode.ERROR)
    span.end()


def _reported(exchange: Exchange) -> None:
    """Pleo was told of these items, all of them at once."""
    end = time.time_ns()
    start, job_id = end - int(exchange.seconds * 1e9), str(exchange.job_id)
    for update in exchange.reported:
        entry = update["accountingEntryId"]
        more = {"status": update["status"], "answer": str(exchange.status)}
        span = tracer().start_span(
            "report", trace_of(job_id, entry), attributes=ids(job_id, entry) | more, start_time=start
        )
        span.end(end)


def _forget(**_: object) -> None:
    provider.cache_clear()
    _running.clear()


def _flush(**_: object) -> None:
    if provider.cache_info().currsize:
        provider().shutdown()


WATCHERS.append(_reported)
before_task_publish.connect(_claimed)
task_prerun.connect(_begin)
task_postrun.connect(_end)
worker_process_init.connect(_forget)
worker_process_shutdown.connect(_flush)
