"""The budget of requests: what goes out in any minute, who waits, and what happens without a Redis."""

import logging
from bisect import bisect_left
from collections.abc import Iterator
from threading import Thread
from uuid import uuid4

import pytest
import requests
from conftest import skip_or_fail
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from support.fakes.fake_wire import Answer, a_fake_pleo

from integration import errors
from integration.limits.rate import OwnBudget, pleos_rate
from integration.limits.redis_client import shared_redis
from integration.limits.redis_rate import SharedBudget, budget_for
from integration.pleo.transport import LONGEST_PAUSE_SECONDS
from tasks.demo.broker import NoRedis, start_broker
from tasks.demo.subprocesses import Children
from tasks.exports import countdown

BURST, SPACING = pleos_rate().burst, pleos_rate().spacing


class StandingClock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def redis(tmp_path_factory) -> Iterator[Redis]:
    directory = tmp_path_factory.mktemp("redis")
    with Children(directory) as children:
        try:
            urls = start_broker(children, directory)
        except NoRedis:
            skip_or_fail("redis-server")
        with shared_redis(urls["PLEO_EXPORT_RESULT_URL"], urls["PLEO_EXPORT_BROKER_URL"]) as client:
            yield client


class Lists:
    """A budget that answers from a list, and keeps what it was told."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.taken = 0
        self.pauses: list[float] = []

    def take(self) -> float:
        wait = self.waits.pop(0) if self.waits else 0.0
        self.taken += wait == 0
        return wait

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def taken_at(budget: OwnBudget, clock: StandingClock, gaps: list[float]) -> list[float]:
    """When requests went out of someone who asks at these gaps, and at each asks until told to wait."""
    moments = []
    for gap in gaps:
        clock.now += gap
        while budget.take() == 0:
            moments.append(clock.now)
    return moments


@given(st.sampled_from([10, 60, 500, 600]), st.lists(st.floats(0, 20), min_size=1, max_size=60))
def test_no_minute_ever_holds_more_than_pleo_asks_for(per_minute, gaps):
    clock = StandingClock()
    moments = taken_at(OwnBudget(pleos_rate(per_minute), clock), clock, gaps)
    for first in moments:
        assert len([one for one in moments if first <= one < first + 60]) <= per_minute


def test_whoever_asks_without_end_gets_a_minutes_requests_and_no_more():
    clock = StandingClock()
    moments = taken_at(OwnBudget(pleos_rate(), clock), clock, [0, *[0.01] * 18_000])
    most = max(bisect_left(moments, first + 60) - number for number, first in enumerate(moments))
    assert 0.99 * pleos_rate().per_minute <= most <= pleos_rate().per_minute


def test_who_waits_as_told_is_served():
    clock = StandingClock()
    budget = OwnBudget(pleos_rate(), clock)
    assert len(taken_at(budget, clock, [0])) == BURST
    for _ in range(100):
        clock.now += budget.take() + 1e-9
        assert budget.take() == 0


def test_a_pause_holds_everyone_and_ends_without_a_burst():
    clock = StandingClock()
    budget = OwnBudget(pleos_rate(), clock)
    budget.pause(30)
    budget.pause(1)
    assert budget.take() == pytest.approx(30)
    clock.now += 30.001
    assert len(taken_at(budget, clock, [0])) == 1


def test_processes_share_what_is_kept_in_redis(redis):
    credential = f"key-{uuid4()}"
    taken: list[float] = []

    def work() -> None:
        budget = SharedBudget(redis, credential, pleos_rate())
        taken.extend(budget.take() for _ in range(2 * BURST))

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert BURST <= taken.count(0) <= BURST + 40  # a slow machine may earn some while it asks
    assert max(taken) <= SPACING


def test_a_shared_budget_is_one_for_each_credential_and_leaves_nothing_behind(redis):
    first, second = (SharedBudget(redis, f"key-{uuid4()}", pleos_rate()) for _ in range(2))
    first.pause(600)
    assert 590 < first.take() <= 600
    assert second.take() == 0
    for key in redis.scan_iter("pleo-export:budget:*"):
        assert 0 < redis.ttl(key) < 700


def test_a_shorter_pause_does_not_end_a_longer_one(redis):
    budget = SharedBudget(redis, f"key-{uuid4()}", pleos_rate())
    budget.pause(600)
    budget.pause(1)
    assert budget.take() > 590


def test_the_credential_itself_is_not_kept(redis):
    credential = f"key-{uuid4()}"
    SharedBudget(redis, credential, pleos_rate()).take()
    assert not [key for key in redis.scan_iter("*") if credential.encode() in key]


def test_without_an_answer_of_redis_each_process_keeps_to_a_budget_of_its_own(caplog):
    nowhere = shared_redis("redis://127.0.0.1:9/0", "amqp://")
    assert nowhere is not None
    budget = SharedBudget(nowhere, "key", pleos_rate())
    with caplog.at_level(logging.CRITICAL):
        assert BURST <= [budget.take() for _ in range(3 * BURST)].count(0) < 3 * BURST
        budget.pause(60)
    assert budget.take() > 59


def test_where_there_is_no_redis_the_budget_is_the_process_own():
    assert isinstance(budget_for("key", None, pleos_rate()), OwnBudget)


@pytest.mark.parametrize(
    ("result_url", "broker_url", "where"),
    [
        ("redis://a/1", "redis://b/0", {"host": "a", "db": 1}),
        ("db+sqlite:///x", "rediss://b/0", {"host": "b"}),
        ("redis+socket:///run/r.sock?virtual_host=3", "amqp://", {"path": "/run/r.sock", "db": 3}),
        ("rpc://", "socket:///run/r.sock", {"path": "/run/r.sock", "db": 0}),
    ],
)
def test_the_shared_redis_is_where_results_are_or_messages(result_url, broker_url, where):
    found = shared_redis(result_url, broker_url)
    assert found is not None
    options = found.connection_pool.connection_kwargs
    assert {name: options.get(name) for name in where} == where
    found.close()


def test_another_broker_with_another_result_store_shares_no_redis():
    assert shared_redis("rpc://", "amqp://") is None


def test_every_request_is_taken_from_the_budget_and_so_is_every_repetition():
    budget = Lists()
    client, wire = a_fake_pleo(requests.ConnectionError(), Answer(b"", 502), Answer(b"<html>", 401), budget=budget)
    with pytest.raises(errors.PleoUnauthenticated):
        client.introspect()
    assert len(wire.requests) == budget.taken == 3


def test_a_short_wait_for_the_budget_is_slept_away():
    budget = Lists(0.001, 0.001)
    client, wire = a_fake_pleo(Answer(b"", 403), budget=budget)
    with pytest.raises(errors.PleoForbidden):
        client.introspect()
    assert (len(wire.requests), budget.taken) == (1, 1)


@pytest.mark.parametrize("waits", [[7.5], [LONGEST_PAUSE_SECONDS * 0.01, LONGEST_PAUSE_SECONDS]])
def test_a_longer_wait_holds_no_worker_but_is_told_to_the_task(waits):
    client, wire = a_fake_pleo(Answer(), budget=Lists(*waits))
    with pytest.raises(errors.PleoRateLimited, match="budget") as caught:
        client.introspect()
    assert not wire.requests
    assert caught.value.retry_after == waits[-1]
    assert countdown(caught.value, 0) >= waits[-1]


@pytest.mark.parametrize(("headers", "seconds"), [({"retry-after": "12"}, 12), ({}, 5)])
def test_when_pleo_asks_to_slow_down_everyone_with_this_credential_does(headers, seconds):
    budget = Lists()
    client, wire = a_fake_pleo(Answer(b"", 429, headers), budget=budget)
    with pytest.raises(errors.PleoRateLimited):
        client.introspect()
    assert budget.pauses == [seconds]
    assert len(wire.requests) == 1


def test_who_is_told_when_to_come_back_does_not_come_back_at_once():
    client, wire = a_fake_pleo(Answer(b"", 503, {"retry-after": "30"}), budget=Lists())
    with pytest.raises(errors.PleoUnavailable):
        client.introspect()
    assert len(wire.requests) == 1


def test_a_job_event_is_sent_once_whatever_became_of_it():
    client, wire = a_fake_pleo(requests.ConnectionError(), budget=Lists())
    with pytest.raises(errors.PleoUnreachable):
        client._transport.request("POST", "/v3/export-job-events", body=b"{}")
    assert len(wire.requests) == 1
