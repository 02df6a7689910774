"""A run's messages, given to a real broker."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from celery import Celery
from conftest import skip_or_fail
from kombu import Queue
from redis import Redis

from integration.export_job import Dispatch
from tasks.broker import publish
from tasks.demo.broker import SOCKET, NoRedis, start_broker
from tasks.demo.subprocesses import Children

pytestmark = pytest.mark.e2e


@dataclass
class Broker:
    """A private one, and an application on it that nobody works for."""

    children: Children
    directory: Path
    app: Celery
    redis: Redis

    def start_again(self) -> None:
        start_broker(self.children, self.directory)

    def publish(self, count: int, entries: Iterable[UUID], connection: str = "acme") -> Dispatch:
        tasks = {name: self.app.task(name=name, shared=False)(_nothing) for name in ("record", "complete")}
        dispatch = Dispatch(uuid4(), connection, 1, count, entries)
        publish.publish(dispatch, **tasks)
        return dispatch

    def queued(self) -> Counter[str]:
        messages = self.redis.lrange("items.acme", 0, -1)
        return Counter(self.app.backend.decode(message)["headers"]["id"] for message in messages)


def _nothing(*_: object, **__: object) -> None:
    return


@pytest.fixture
def broker(tmp_path) -> Iterator[Broker]:
    with Children(tmp_path) as children:
        try:
            urls = start_broker(children, tmp_path)
        except NoRedis:
            skip_or_fail("redis-server")
        with Celery(broker=urls["PLEO_EXPORT_BROKER_URL"], backend=urls["PLEO_EXPORT_RESULT_URL"]) as app:
            app.conf.task_queues = [Queue("items.acme", routing_key="items.acme")]
            app.conf.task_create_missing_queues = False
            app.conf.task_publish_retry_policy = {"max_retries": 20, "interval_start": 0, "interval_max": 1}
            with Redis(unix_socket_path=str(tmp_path / SOCKET)) as redis:
                yield Broker(children, tmp_path, app, redis)


def test_each_item_is_one_message_with_an_id_that_says_what_it_is(broker):
    entries = [uuid4() for _ in range(250)]
    dispatch = broker.publish(250, iter(entries))
    assert broker.queued() == Counter(f"{dispatch.job_id}:1:{entry}" for entry in entries)


def test_a_broker_that_starts_again_in_the_midst_of_it_gets_all(broker):
    entries = [uuid4() for _ in range(250)]

    def arriving() -> Iterator[UUID]:
        for place, entry in enumerate(entries):
            if place == 150:
                broker.start_again()
            yield entry

    broker.publish(250, arriving())
    assert len(broker.queued()) == 250


def test_what_reading_the_items_raises_is_not_taken_for_the_brokers(broker):
    def arriving() -> Iterator[UUID]:
        yield from (uuid4() for _ in range(150))
        raise OSError("no locks available")

    with pytest.raises(OSError, match="no locks"):
        broker.publish(250, arriving())
    assert len(broker.queued()) == 100


def test_a_connection_that_no_worker_knows_is_said_to_need_a_restart(broker):
    with pytest.raises(publish.RestartWorkers, match=r"new.*Restart the workers"):
        broker.publish(1, [uuid4()], connection="new")
