"""Celery's settings, each with its reason."""

import os
from datetime import timedelta

from integration.settings import broker_url as configured_broker
from integration.settings import result_url as configured_results
from tasks.backend import patient

broker_url = configured_broker(os.environ)
result_backend = patient(configured_results(os.environ))
imports = ("tasks.exports",)
broker_connection_retry_on_startup = True  # a worker that starts before its broker waits for it

# -- at least once: what a worker did not finish comes back; what is done twice is recorded once by the logbook
task_acks_late = True  # acknowledged when done
task_reject_on_worker_lost = True  # a killed pool process gives its task back at once
worker_prefetch_multiplier = 1  # items are slow; do not hoard what others could record
worker_cancel_long_running_tasks_on_connection_loss = False  # a cancelled item would count as failed and run again
worker_deduplicate_successful_tasks = False  # its short cut skips the chord's counting, and the chord is stuck

# -- time: a task's limit < an item's lease < the visibility time-out, so that nothing runs twice at once
task_soft_time_limit = 270  # seconds; an item with its files takes a few
task_time_limit = 300  # a hung call loses its process, not its item
LONGEST_COUNTDOWN = 120  # seconds; a waiting retry is unacknowledged for as long
VISIBILITY_SECONDS = task_time_limit + LONGEST_COUNTDOWN + 120
visibility_timeout = VISIBILITY_SECONDS  # the shortest of the three wins, so they are one
broker_transport_options = {
    "visibility_timeout": VISIBILITY_SECONDS,
    "unacked_restore_interval": 5,  # look for what a killed worker left every few seconds, not every hundred
    "health_check_interval": 25,
}
result_backend_transport_options = {"visibility_timeout": VISIBILITY_SECONDS}
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
worker_send_task_events = True  # Flower shows tasks
task_send_sent_event = True
task_track_started = False  # an extra write to Redis for each item; events say it already
task_publish_retry_policy = {"max_retries": 20, "interval_start": 0, "interval_step": 0.2, "interval_max": 2}

if "socket://" not in broker_url:  # a broker on another host may vanish without a word; a Unix socket cannot
    broker_transport_options |= {"socket_keepalive": True, "socket_connect_timeout": 5}
    redis_socket_keepalive = True

# -- beat
beat_schedule = {
    "poll for export jobs": {"task": "export_jobs.poll", "schedule": timedelta(minutes=2)},
    "recover jobs that stand still": {"task": "export_jobs.recover", "schedule": timedelta(minutes=1)},
}
