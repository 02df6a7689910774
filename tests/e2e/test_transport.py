"""Messages on their way from a real Redis into a worker."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from conftest import skip_or_fail
from kombu import Connection, Consumer, Queue, serialization
from kombu.exceptions import EncodeError
from kombu.transport import _transport_cache
from redis import Redis
from support.processes.programs import wait_until

from tasks.broker import redis_transport
from tasks.demo.broker import SOCKET, NoRedis, start_broker
from tasks.demo.subprocesses import Children

pytestmark = pytest.mark.e2e

OPTIONS = {"ack_emulation": False, "priority_steps": [0]}


@dataclass
class Worker:
    """What takes messages and keeps them until it is told to acknowledge."""

    connection: Connection
    redis: Redis
    prefetch: int = 32
    held: list = field(default_factory=list)

    def send(self, queue: str, *bodies: object) -> None:
        with self.connection.Producer() as producer:
            for body in bodies:
                producer.publish(body, routing_key=queue, declare=[Queue(queue, routing_key=queue)])

    def take(self, *queues: str, rounds: int = 1, acknowledge: bool = True) -> list[object]:
        """In so many rounds at the broker; the bodies in their order."""
        taken: list[object] = []
        with self.connection.channel() as channel:
            channel.basic_qos(prefetch_count=self.prefetch)
            declared = [Queue(name, routing_key=name) for name in queues]
            with Consumer(channel, declared, on_message=self.held.append):
                for _ in range(rounds):
                    with suppress(TimeoutError):
                        self.connection.drain_events(timeout=0.5)
                    taken += [message.payload for message in self.held]
                    while acknowledge and self.held:
                        self.held.pop().ack()
        return taken

    def drains(self) -> bool:
        """Always true; something may have come."""
        with suppress(TimeoutError):
            self.connection.drain_events(timeout=0.1)
        return True

    def asked(self, command: str) -> int:
        return int(self.redis.info("commandstats").get(f"cmdstat_{command}", {"calls": 0})["calls"])


@pytest.fixture
def worker(tmp_path, monkeypatch) -> Iterator[Worker]:
    # As `install` does, also where another test of this process has connected to a Redis before.
    monkeypatch.setitem(_transport_cache, "redis", redis_transport.Transport)
    with Children(tmp_path) as children:
        try:
            url = start_broker(children, tmp_path)["PLEO_EXPORT_BROKER_URL"]
        except NoRedis:
            skip_or_fail("redis-server")
        with (
            Connection(url, transport_options=OPTIONS) as connection,
            Redis(unix_socket_path=str(tmp_path / SOCKET)) as redis,
        ):
            yield Worker(connection, redis)


def test_several_messages_come_in_one_round_and_in_their_order(worker):
    worker.send("a", *range(40))
    assert worker.take("a", rounds=3) == list(range(40))
    assert worker.asked("brpop") <= 4


def test_no_more_is_held_than_the_prefetch_says(worker):
    worker.send("a", *range(100))
    worker.take("a", rounds=8, acknowledge=False)
    assert 24 < len(worker.held) <= 32


@pytest.mark.parametrize("prefetch", [1, 2, 4])
def test_a_small_worker_gets_everything_too(worker, prefetch):
    worker.prefetch = prefetch
    worker.send("a", *range(12))
    assert worker.take("a", rounds=13) == list(range(12))


def test_queues_take_turns(worker):
    worker.send("large", *["large"] * 200)
    worker.send("small", *["small"] * 10)
    assert Counter(worker.take("large", "small", rounds=3)) >= Counter(small=10, large=16)


@pytest.mark.parametrize("rubbish", [b"\xff\xfe", b"{not json", b"", b"{}", b"5", b"[]", b'{"properties":{}}'])
@pytest.mark.parametrize("place", [0, 1])
def test_what_is_no_message_is_dropped_with_a_line_and_harms_no_other(worker, caplog, rubbish, place):
    caplog.set_level(logging.WARNING)
    worker.send("a", *range(place))
    worker.redis.lpush("a", rubbish)
    worker.send("a", *range(place, 3))
    assert worker.take("a", rounds=3) == [0, 1, 2]
    assert [record.message for record in caplog.records] == ["message dropped"]


def test_a_worker_full_of_messages_that_wait_for_their_time_still_takes_what_is_due(worker):
    waiting = 28  # more than three times a small worker's prefetch
    with worker.connection.channel() as channel:
        channel.basic_qos(prefetch_count=8)
        with Consumer(channel, [Queue("a", routing_key="a")], on_message=worker.held.append):
            for held in range(1, waiting + 1):  # what Celery does with each
                worker.send("a", "later")
                wait_until(lambda held=held: worker.drains() and len(worker.held) == held)
                channel.basic_qos(prefetch_count=8 + held)
            worker.send("a", "now")
            wait_until(lambda: worker.drains() and worker.held[-1].payload == "now")


@pytest.mark.parametrize("first", [0, 5])
def test_what_was_taken_and_not_handed_over_goes_back_where_it_was(worker, first):
    def take(message: object) -> None:
        if len(worker.held) == first:
            raise MemoryError
        worker.held.append(message)

    worker.send("a", *range(12))
    with worker.connection.channel() as channel:
        channel.basic_qos(prefetch_count=32)
        with (
            Consumer(channel, [Queue("a", routing_key="a")], on_message=take),
            pytest.raises(MemoryError),
        ):
            worker.connection.drain_events(timeout=5)
    worker.held.clear()  # their channel is closed, so they are at the broker again
    assert sorted(worker.take("a", rounds=2)) == list(range(12))


@pytest.mark.parametrize("value", [uuid4(), datetime.now(UTC), Decimal(1)])
def test_what_is_more_than_json_is_refused_where_it_is_sent(value):
    redis_transport.install()
    with pytest.raises(EncodeError):
        serialization.dumps({"value": value}, serializer="json")


def test_an_answer_that_comes_when_nobody_asks_any_more_harms_nothing(worker):
    with worker.connection.channel() as channel:
        consumer = Consumer(channel, [Queue("a", routing_key="a")], on_message=worker.held.append)
        consumer.consume()
        with suppress(TimeoutError):
            worker.connection.drain_events(timeout=0.1)  # the question is on its way now
        consumer.cancel()
        worker.send("a", "late")
        with suppress(TimeoutError):
            worker.connection.drain_events(timeout=0.5)
        left = worker.redis.llen("a")
    assert left + len(worker.held) == 1
