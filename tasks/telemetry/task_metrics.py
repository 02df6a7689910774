"""How long tasks take, measured where they run.

The processes of a worker share files in PROMETHEUS_MULTIPROC_DIR, a directory of this worker's own; its main process
serves them at PLEO_EXPORT_METRICS_PORT. Without the port nothing is measured.
"""

import os
import time
from pathlib import Path
from typing import Final

from celery.signals import task_postrun, task_prerun, worker_init, worker_process_shutdown
from prometheus_client import CollectorRegistry, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from integration.configuration.settings import PREFIX
from tasks.telemetry.pleo_calls import WATCHERS, Exchange

#: Seconds; from a lookup in the books to the longest that a task may take.
BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
TASK_SECONDS: Final = Histogram(
    "pleo_export_task_duration_seconds", "From a task's start to its end", ("task", "state"), buckets=BUCKETS
)
REQUEST_SECONDS: Final = Histogram(
    "pleo_export_pleo_request_duration_seconds",
    "From a request to Pleo to its answer",
    ("method", "status"),
    buckets=BUCKETS,
)
_begun: Final[dict[str, float]] = {}


def _begin(task_id: str, **_: object) -> None:
    _begun[task_id] = time.perf_counter()


def _end(task_id: str, task: object, state: str | None, **_: object) -> None:
    begun = _begun.pop(task_id, None)
    if begun is not None:
        name = getattr(task, "name", "unknown")
        TASK_SECONDS.labels(task=name, state=(state or "unknown").lower()).observe(time.perf_counter() - begun)


def _asked(exchange: Exchange) -> None:
    REQUEST_SECONDS.labels(method=exchange.method, status=str(exchange.status)).observe(exchange.seconds)


def _serve(**_: object) -> None:
    """In the worker's main process, before it forks."""
    directory = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.db"):
        old.unlink()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    host = os.environ.get(f"{PREFIX}METRICS_HOST", "127.0.0.1")
    start_http_server(int(os.environ[f"{PREFIX}METRICS_PORT"]), host, registry)


def _leave(pid: int | None = None, **_: object) -> None:
    mark_process_dead(pid or os.getpid())


WATCHERS.append(_asked)
task_prerun.connect(_begin)
task_postrun.connect(_end)
worker_init.connect(_serve)
worker_process_shutdown.connect(_leave)
