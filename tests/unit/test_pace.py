"""What every item would ask is asked at a pace."""

from clocks import Clock

from tasks.pace import Pace


def test_one_passes_in_so_many_seconds_for_each_key():
    clock = Clock()
    pace = Pace(seconds=10, clock=clock.seconds)
    assert [pace.passes("one"), pace.passes("one"), pace.passes("two")] == [True, False, True]
    clock.forward(seconds=9.9)
    assert not pace.passes("one")
    clock.forward(seconds=0.1)
    assert pace.passes("one")


def test_keys_that_nobody_asks_for_any_more_are_forgotten():
    clock = Clock()
    pace = Pace(seconds=10, clock=clock.seconds)
    for key in range(100):
        pace.passes(key)
        clock.forward(seconds=1)
    assert len(pace._passed) <= 11
