"""The count of a chord's parts, in a real Redis."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from celery import Celery
from conftest import skip_or_fail
from redis import Redis

from tasks.broker.chord_counter import ChordBackend, counting
from tasks.demo.broker import SOCKET, NoRedis, start_broker
from tasks.demo.subprocesses import Children

pytestmark = pytest.mark.e2e


@dataclass
class Chord:
    """Of five parts, whose callback is a task called `complete`."""

    backend: ChordBackend
    broker: Redis
    results: Redis

    def returns(self, *places: int, state: str = "SUCCESS") -> None:
        for place in places:
            self.backend.on_chord_part_return(self.part(place), state, "recorded")

    def part(self, place: int) -> SimpleNamespace:
        callback = self.backend.app.signature("complete", immutable=True)
        return SimpleNamespace(id=f"part-{place}", group="run", group_index=place, chord=dict(callback))

    def dies_after_the_count_of(self, place: int) -> None:
        self.backend._count(self.backend._keys("run"), [place, 60])

    @property
    def callbacks(self) -> int:
        return self.broker.llen("jobs")


@pytest.fixture
def chord(tmp_path) -> Iterator[Chord]:
    with Children(tmp_path) as children:
        try:
            urls = start_broker(children, tmp_path)
        except NoRedis:
            skip_or_fail("redis-server")
        results = counting(urls["PLEO_EXPORT_RESULT_URL"])
        path = str(tmp_path / SOCKET)
        with (
            Celery(broker=urls["PLEO_EXPORT_BROKER_URL"], backend=results) as app,
            Redis(unix_socket_path=path) as broker,
            Redis(unix_socket_path=path, db=1) as kept,
        ):
            app.conf.task_default_queue = "jobs"
            app.backend.set_chord_size("run", 5)
            yield Chord(app.backend, broker, kept)


def test_the_callback_waits_for_the_last_part(chord):
    chord.returns(4, 2, 0, 1)
    assert chord.callbacks == 0
    chord.returns(3)
    assert chord.callbacks == 1


def test_a_part_that_comes_again_counts_once(chord):
    chord.returns(0, 1, 1, 1, 2, 2)
    assert chord.callbacks == 0


def test_a_part_that_failed_counts_for_the_callback_asks_the_logbook(chord):
    chord.returns(0, 1, 2)
    chord.returns(3, 4, state="FAILURE")
    assert chord.callbacks == 1


def test_whoever_dies_between_the_last_count_and_the_callback_is_made_up_for_when_its_part_comes_again(chord):
    chord.returns(0, 1, 2, 3)
    chord.dies_after_the_count_of(4)
    assert chord.callbacks == 0
    chord.returns(4)
    assert chord.callbacks == 1


def test_nothing_is_left_of_a_chord_that_is_over(chord):
    chord.returns(*range(5))
    assert chord.results.keys() == []
    chord.returns(0)
    assert chord.results.keys() == []
    assert chord.callbacks == 1


@pytest.mark.parametrize("place", [5, 2**31, -1])
def test_a_part_that_the_chord_does_not_have_takes_no_memory_and_counts_for_nothing(chord, place):
    chord.returns(0, 1, 2, 3, place)
    assert chord.callbacks == 0
    assert chord.results.strlen(chord.backend._keys("run")[1]) == 1


@pytest.mark.parametrize(("left", "size", "returning"), [([0, 4], 2, [0, 1]), ([0, 1, 4], 3, [0, 1, 2])])
def test_a_run_whose_number_was_used_before_counts_from_nothing(chord, left, size, returning):
    chord.returns(*left)
    chord.backend.set_chord_size("run", size)
    chord.returns(*returning[:-1])
    assert chord.callbacks == 0
    chord.returns(returning[-1])
    assert chord.callbacks == 1


def test_what_an_older_celery_left_of_the_same_run_is_in_nobodys_way(chord):
    chord.results.sadd(chord.backend.get_key_for_group("run", ".d"), "1", "2")
    chord.returns(*range(5))
    assert chord.callbacks == 1


def test_a_task_that_is_no_part_of_anything_is_let_pass(chord):
    chord.backend.on_chord_part_return(SimpleNamespace(id="x", group=None, group_index=None, chord=None), "SUCCESS", "")
    assert chord.callbacks == 0
