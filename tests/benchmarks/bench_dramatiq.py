"""The same job on Dramatiq: `dramatiq bench_dramatiq`, `python bench_dramatiq.py JOB_ID`.

A group with a completion callback, the payload in the message, one status call for each item.
"""

import os
import sys
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import GroupCallbacks
from dramatiq.rate_limits.backends import RedisBackend
from plain_pleo import begin, configured
from redis import Redis

_redis = {"unix_socket_path": os.environ["BENCH_SOCKET"]}
broker = RedisBroker(client=Redis(**_redis))
broker.add_middleware(GroupCallbacks(RedisBackend(client=Redis(**_redis))))
dramatiq.set_broker(broker)


@dramatiq.actor
def record(job_id: str, payload: dict[str, Any]) -> None:
    pleo, recording = configured()
    pleo.report(job_id, [recording.record(payload)])


@dramatiq.actor
def complete(job_id: str) -> None:
    pleo, _ = configured()
    failed = [item for item in pleo.job_items(job_id) if item["status"] != "successful"]
    pleo.event(job_id, "completed_with_errors" if failed else "completed")


def export(job_id: str) -> None:
    pleo, _ = configured()
    pleo.event(job_id, "started")
    group = dramatiq.group([record.message(job_id, item) for item in pleo.export_items(job_id)])
    group.add_completion_callback(complete.message(job_id))
    group.run()


if __name__ == "__main__":
    begin()
    export(sys.argv[1])
