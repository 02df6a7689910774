"""The gate before an accounting system: its limits, and an outage that one item notices for all."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import redis
from conftest import absent
from redis.backoff import NoBackoff
from redis.retry import Retry

from integration.gate import Limits, OwnGate
from tasks.gate import SharedGate

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


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
            absent("Redis")
        return SharedGate(client, name, Limits(**limits), clock)

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
    gate = SharedGate(nowhere, "nowhere", Limits(at_once=1), Clock())
    assert gate.enter("one") == 0
    assert gate.enter("two") > 0
    gate.leave("one")
    assert gate.enter("two") == 0
    nowhere.close()
