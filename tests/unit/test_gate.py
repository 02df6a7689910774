"""The gate before an accounting system: its limits, and an outage that one item notices for all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
import redis
from conftest import skip_or_fail
from redis.backoff import NoBackoff
from redis.retry import Retry
from support.fakes.clocks import Clock

from integration.limits.admission import Limits, OwnGate
from integration.limits.redis_admission import PLACES, OpenGate, SharedGate, gate_for


@pytest.fixture
def client():
    client = redis.Redis()
    try:
        client.ping()
    except redis.ConnectionError:
        skip_or_fail("Redis")
    yield client
    client.close()


@pytest.fixture(params=["own", "shared"])
def gate_with(request):
    client = redis.Redis()
    clock, name = Clock(), uuid4().hex

    def make(**limits: int):
        if request.param == "own":
            return OwnGate(Limits(**limits), clock)
        try:
            client.ping()
        except redis.ConnectionError:
            skip_or_fail("Redis")
        return SharedGate(client, name, Limits(**limits), clock, 300)

    make.clock = clock
    yield make
    client.close()


def test_no_more_are_inside_at_once_than_the_system_takes(gate_with):
    gate = gate_with(at_once=2)
    assert [gate.enter("one"), gate.enter("two")] == [0, 0]
    assert gate.enter("three") > 0
    gate.leave("one")
    assert gate.enter("three") == 0


def test_no_more_go_in_a_day_than_the_system_takes(gate_with):
    gate = gate_with(per_day=1)
    assert gate.enter("one") == 0
    gate.leave("one")
    assert gate.enter("two") > 0
    gate_with.clock.now += timedelta(days=1)
    assert gate.enter("two") == 0


def test_no_more_go_in_a_minute_than_the_system_takes(gate_with):
    gate = gate_with(per_minute=1)
    assert gate.enter("one") == 0
    assert 0 < gate.enter("two") <= 61


def test_a_shut_gate_lets_nobody_in(gate_with):
    gate = gate_with()
    gate.shut(30)
    assert 0 < gate.enter("one") <= 31


def test_without_limits_everybody_goes_in(gate_with):
    gate = gate_with()
    assert {gate.enter(str(number)) for number in range(50)} == {0}


def test_a_gate_whose_redis_is_away_is_kept_by_each_process_alone():
    nowhere = redis.Redis(port=9, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))
    gate = SharedGate(nowhere, "nowhere", Limits(at_once=1), Clock(), 300)
    assert gate.enter("one") == 0
    assert gate.enter("two") > 0
    gate.leave("one")
    assert gate.enter("two") == 0
    nowhere.close()


def test_who_stands_before_a_full_gate_goes_in_when_another_leaves(client):
    gate = SharedGate(client, uuid4().hex, Limits(at_once=1), Clock(), 300)
    assert gate.enter("one") == 0
    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(gate.enter, "two")
        gate.leave("one")
        assert second.result() == 0


def test_only_a_few_stand_and_the_others_are_told_to_come_one_after_the_other(client):
    gate = SharedGate(client, uuid4().hex, Limits(per_minute=1), Clock(), 300)
    gate.shut(1)
    with ThreadPoolExecutor(PLACES) as threads:
        standing = [threads.submit(gate.enter, f"standing {place}") for place in range(PLACES)]
        while client.zcard(f"{gate._key}:standing") < PLACES:
            pass
        waits = [gate.enter(str(number)) for number in range(3)]
        assert all(one.result() >= 0 for one in standing)
    assert waits == sorted(waits)
    assert len(set(waits)) == len(waits) or max(waits) == 60


def test_a_system_without_limits_costs_no_question_and_its_outage_is_known_to_others_within_a_second(client):
    name, clock = uuid4().hex, Clock()
    one, two = (OpenGate(client, name, clock.seconds) for _ in range(2))
    assert [one.enter("one"), two.enter("two")] == [0, 0]
    one.shut(30)
    assert one.enter("one") > 0
    assert two.enter("two") == 0
    clock.forward(seconds=1)
    assert two.enter("two") > 0


def test_the_gate_of_a_system_without_limits_is_open(client):
    assert isinstance(gate_for(client, "any", Limits(), Clock(), max_task_seconds=300), OpenGate)
    assert isinstance(gate_for(client, "any", Limits(at_once=1), Clock(), max_task_seconds=300), SharedGate)
