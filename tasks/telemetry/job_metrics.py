"""What Prometheus sees of jobs and items: counted from the logbook when it asks, the one truth of all processes."""

import hmac
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final

from kombu import Connection, Queue
from kombu.exceptions import OperationalError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integration.logbook import Logbook
from integration.logbook.items import ItemState
from integration.pleo.models import JobEvent
from tasks import context
from tasks.celery import app

ENDED: Final = (ItemState.RECORDED, ItemState.REFUSED)


class LogbookMetrics(Collector):
    """Of all connections that the configuration has, so that a count of 0 is seen as 0."""

    def __init__(self, logbook: Logbook, connections: list[str], now: Callable[[], datetime]) -> None:
        self._logbook, self._connections, self._now = logbook, connections, now

    def collect(self) -> Iterator[Metric]:
        """As of now."""
        yield InfoMetricFamily("pleo_export", "This installation", {"version": version("pleo-export")})
        yield from self._items()
        yield self._jobs()
        yield from self._connections_now()

    def _items(self) -> Iterator[Metric]:
        ended = CounterMetricFamily(
            "pleo_export_items", "Items that ended, by how and why", labels=("connection", "outcome", "cause")
        )
        waiting = GaugeMetricFamily("pleo_export_open_items", "Items without outcome", labels=("connection", "state"))
        for connection, state, code, count in self._logbook.overview.item_counts():
            if state in ENDED:
                ended.add_metric((connection, state.value, code), count)
            else:
                waiting.add_metric((connection, state.value), count)
        yield ended
        yield waiting

    def _jobs(self) -> Metric:
        closed = CounterMetricFamily("pleo_export_jobs", "Closed jobs, by event", labels=("connection", "event"))
        events = [event.value for event in JobEvent if event is not JobEvent.STARTED]
        none_yet = {(name, event): 0 for name in self._connections for event in events}
        counted = {(name, event): count for name, event, count in self._logbook.overview.job_counts()}
        for labels, count in (none_yet | counted).items():
            closed.add_metric(labels, count)
        return closed

    def _connections_now(self) -> Iterator[Metric]:
        age = GaugeMetricFamily(
            "pleo_export_open_job_age_seconds", "Since the open job was opened; 0 for none", labels=("connection",)
        )
        paused = GaugeMetricFamily("pleo_export_paused", "1 while no job may begin", labels=("connection",))
        since, held, now = self._logbook.overview.open_since(), self._logbook.connections.paused(), self._now()
        for name in self._connections:
            age.add_metric((name,), (now - since.get(name, now)).total_seconds())
            paused.add_metric((name,), int(name in held))
        yield age
        yield paused


class QueueMetrics(Collector):
    """What waits at the broker; nothing where the broker does not answer, which is another alert's business."""

    def collect(self) -> Iterator[Metric]:
        """As of now."""
        waiting = GaugeMetricFamily("pleo_export_queued_tasks", "Tasks that no worker has taken", labels=("queue",))
        with suppress(OperationalError, OSError):
            for name, count in _queued():
                waiting.add_metric((name,), count)
            yield waiting


def _queued() -> list[tuple[str, int]]:
    """Declared as workers declare them, which answers with the count."""
    with app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=2)
        return [(name, _length(queue, connection)) for name, queue in app.amqp.queues.items()]


def _length(queue: Queue, connection: Connection) -> int:
    channel: Any = connection.default_channel
    declared = channel.queue_declare(
        queue=queue.name, durable=queue.durable, auto_delete=queue.auto_delete, arguments=queue.queue_arguments
    )
    count: int = declared.message_count
    return count


def exposition() -> bytes:
    """In Prometheus' text format."""
    here = context.current()
    registry = CollectorRegistry()
    names = [connection.name for connection in here.settings.connections]
    registry.register(LogbookMetrics(here.logbook, names, context.utc_now))
    registry.register(QueueMetrics())
    return generate_latest(registry)


def route(token: SecretStr | None) -> Route:
    """`/metrics`, for whoever sends the token as a bearer; without one it is open to whoever reaches this port."""

    def metrics(request: Request) -> Response:
        wanted = f"Bearer {token.get_secret_value()}" if token else None
        if wanted and not hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode()):
            return Response(status_code=401, headers={"www-authenticate": "Bearer"})
        return Response(exposition(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return Route("/metrics", metrics)
