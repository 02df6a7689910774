"""Celery's settings, each with its reason."""

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from kombu import Queue

from integration.configuration.settings import broker_url as configured_broker
from integration.configuration.settings import connection_names
from integration.configuration.settings import result_url as configured_results
from integration.errors import PleoDisconnected
from tasks.broker.chord_counter import counting
from tasks.broker.queues import JOBS, item_queue

TRACE_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def is_tracing_wanted(environment: Mapping[str, str]) -> bool:
    """An exporter or an endpoint is named, and nothing says no."""
    exporter = environment.get("OTEL_TRACES_EXPORTER", "")
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or exporter == "none":
        return False
    return bool(exporter) or any(environment.get(name) for name in TRACE_ENDPOINTS)


broker_url = configured_broker(os.environ)
result_backend = counting(configured_results(os.environ))
_measured = ("tasks.telemetry.task_metrics",) if "PLEO_EXPORT_METRICS_PORT" in os.environ else ()
_traced = ("tasks.telemetry.tracing",) if is_tracing_wanted(os.environ) else ()
imports = ("tasks.exports", *_measured, *_traced)
broker_connection_retry_on_startup = True  # a worker that starts before its broker waits for it

# -- at least once: what a worker did not finish comes back; what is done twice is recorded once by the logbook
task_acks_late = True  # acknowledged when done; what was not is given back by a worker that stops
task_reject_on_worker_lost = True  # a killed pool process gives its task back at once
worker_prefetch_multiplier = 4  # nobody waits for a message; more would be hoarded that others could record
worker_cancel_long_running_tasks_on_connection_loss = False  # a cancelled item would count as failed and run again
worker_deduplicate_successful_tasks = False  # its short cut skips the chord's counting, and the chord is stuck

# -- queues: one for each connection's items, from which workers take in turn, and one for all jobs: nobody's claim and
# nobody's ten items wait behind another company's ten thousand
task_default_queue = JOBS
task_create_missing_queues = False  # a queue that no worker takes from is a mistake, not a wish
task_queues: tuple[Queue, ...] = tuple(
    Queue(name, routing_key=name) for name in (JOBS, *map(item_queue, connection_names(os.environ)))
)

# -- time: a task's limit < its lease (integration), so that nothing runs twice at once
task_soft_time_limit = 270  # seconds; an item with its files takes a few
task_time_limit = 300  # a hung call loses its process, not its item
JOB_SOFT_TIME_LIMIT = 24 * 60  # claiming and closing read every page of a job, within Pleo's budget
JOB_TIME_LIMIT = 25 * 60
LONGEST_COUNTDOWN = 120  # seconds; a waiting retry is held by one worker for as long
worker_soft_shutdown_timeout = 30  # on SIGTERM finish what is begun, then give back the rest
worker_enable_soft_shutdown_on_idle = True

# -- chords
task_ignore_result = True  # outcomes stand in the logbook; this also closes a way of losing the chord's count
result_backend_always_retry = True  # a Redis that restarts is waited for
result_backend_max_retries = 30
result_chord_expires = timedelta(days=7)  # longer than any job; then nothing is left behind
result_expires = timedelta(hours=1)
redis_backend_health_check_interval = 25

# -- messages: ids only, readable in Flower, and nothing but JSON is ever decoded
accept_content = ["json"]
task_serializer = "json"
result_serializer = "json"
worker_send_task_events = False  # they cost a fifth of the speed; Flower switches them on where it runs
task_send_sent_event = False  # one more message for every item, to say that there is one
task_annotations = {"*": {"throws": (PleoDisconnected,)}}  # said once, when Pleo refuses; from then on a line, no trace
task_track_started = False  # an extra write to Redis for each item; events say it where somebody looks
task_publish_retry_policy = {"max_retries": 20, "interval_start": 0, "interval_step": 0.2, "interval_max": 2}

# -- the broker: Redis by default, RabbitMQ where the broker itself must outlive a node
broker_transport_options: dict[str, object] = {}
if broker_url.startswith(("amqp", "pyamqp")):
    task_default_queue_type = "quorum"  # replicated, and acknowledged for real
    task_queues = tuple(
        Queue(queue.name, routing_key=queue.name, queue_arguments={"x-queue-type": "quorum"}) for queue in task_queues
    )
    broker_transport_options |= {"confirm_publish": True}  # published means that the broker has it
else:
    broker_transport_options |= {
        # Writing down in Redis what every worker holds costs more than the rest of a message, and saves nothing: what
        # a dead worker held stands in the logbook without an outcome, and the sweeper queues it again.
        "ack_emulation": False,
        "priority_steps": [0],  # one list for a queue; nothing is more urgent than its company's turn
        "health_check_interval": 25,
    }
if broker_url.startswith("redis") and "socket://" not in broker_url:  # a host may vanish without a word
    broker_transport_options |= {"socket_keepalive": True, "socket_connect_timeout": 5, "socket_timeout": 30}
    redis_socket_keepalive = True

# -- beat
beat_schedule = {
    # A round that nobody took before the next one is not worth taking any more.
    "poll for export jobs": {
        "task": "export_jobs.poll",
        "schedule": timedelta(minutes=2),
        "options": {"expires": 110},
    },
    "recover jobs that stand still": {
        "task": "export_jobs.recover",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 55},
    },
}
