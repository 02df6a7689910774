"""What every item would ask is asked at a pace."""

from support.fakes.clocks import Clock

from tasks.exports import Throttle


def test_one_passes_in_so_many_seconds_for_each_key():
    clock = Clock()
    pace = Throttle(seconds=10, clock=clock.seconds)
    assert [pace.allow("one"), pace.allow("one"), pace.allow("two")] == [True, False, True]
    clock.forward(seconds=9.9)
    assert not pace.allow("one")
    clock.forward(seconds=0.1)
    assert pace.allow("one")


def test_keys_that_nobody_asks_for_any_more_are_forgotten():
    clock = Clock()
    pace = Throttle(seconds=10, clock=clock.seconds)
    for key in range(100):
        pace.allow(key)
        clock.forward(seconds=1)
    assert len(pace._passed) <= 11
