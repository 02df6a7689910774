"""Threads that share commits: each gets its own answer or its own error, and nobody waits for ever."""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, get_ident, main_thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.processes.programs import wait_until

from integration.errors import LogbookUnreachable
from integration.logbook.storage.group_commit import SharedCommits


@dataclass
class Store:
    """A database of numbers. What a transaction writes stands once it is committed; `gate` keeps it from ending."""

    stands: list[int] = field(default_factory=list)
    transactions: list[int] = field(default_factory=list)
    gate: Event = field(default_factory=Event)
    is_away: bool = False

    @contextmanager
    def transaction(self, _is_single: bool) -> Iterator[list[int]]:  # noqa: FBT001
        written: list[int] = []
        self.transactions.append(0)
        yield written
        self.gate.wait()
        if self.is_away:
            raise LogbookUnreachable(cause="away")
        self.stands += written
        self.transactions[-1] = len(written)


class Refusal(Exception):
    """Of one number."""


def write(number: int) -> Callable[[list[int]], int]:
    def work(cursor: list[int]) -> int:
        cursor.append(number)
        if number < 0:
            raise Refusal(number)
        return number * 10

    return work


class Interrupted:
    """A thread that a signal stops while it writes for itself and others."""

    mine: Future[int]
    others: list[Future[int]]
    thread: int | None = None

    def work(self, _: list[int]) -> int:
        self.thread = get_ident()
        raise KeyboardInterrupt


@dataclass
class Threads:
    """One of them writes at the closed gate, and the others wait."""

    store: Store
    commits: SharedCommits
    pool: ThreadPoolExecutor

    def write(self, *numbers: int) -> list[Future[int]]:
        return [self.pool.submit(self.commits.write, write(number), is_single=False) for number in numbers]

    def write_while_another_commits(self, *numbers: int) -> list[Future[int]]:
        first = self.first_at_the_gate()
        waiting = self.write(*numbers)
        wait_until(lambda: len(self.commits._waiting) == len(numbers))
        return [first, *waiting]

    def first_at_the_gate(self) -> Future[int]:
        first = self.write(0)
        wait_until(lambda: self.store.transactions)
        return first[0]

    def interrupted_while_it_writes_for(self, *numbers: int) -> "Interrupted":
        """Behind the first one, once the gate opens."""
        stage = Interrupted()
        first = self.first_at_the_gate()
        stage.mine = self.pool.submit(self.commits.write, stage.work, is_single=False)
        wait_until(lambda: self.commits._waiting)
        others = self.write(*numbers)
        wait_until(lambda: len(self.commits._waiting) == len([stage.mine, *others]))
        stage.others = [first, *others]
        return stage


@pytest.fixture
def threads() -> Iterator[Threads]:
    store = Store()
    with ThreadPoolExecutor(32) as pool:
        yield Threads(store, SharedCommits(store.transaction), pool)
        store.gate.set()


def test_what_comes_while_another_commits_is_committed_at_once(threads):
    asked = threads.write_while_another_commits(1, 2, 3, 4)
    threads.store.gate.set()
    assert [one.result() for one in asked] == [0, 10, 20, 30, 40]
    assert threads.store.transactions == [1, 4]


def test_whose_write_fails_gets_the_error_and_nobody_else_does(threads):
    asked = threads.write_while_another_commits(1, -2, 3)
    threads.store.gate.set()
    assert [asked[place].result() for place in (0, 1, 3)] == [0, 10, 30]
    with pytest.raises(Refusal, match="-2"):
        asked[2].result()
    assert sorted(threads.store.stands) == [0, 1, 3]


def test_a_lone_write_that_fails_leaves_the_turn_to_the_next(threads):
    threads.store.gate.set()
    with pytest.raises(Refusal):
        threads.write(-1)[0].result()
    assert threads.write(1)[0].result() == 10


@given(st.lists(st.integers(-3, 100), max_size=60))
def test_of_many_threads_every_one_gets_its_own(numbers: list[int]):
    store = Store()
    store.gate.set()
    commits = SharedCommits(store.transaction)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(commits.write, write(number), is_single=False) for number in numbers]
        for number, future in zip(numbers, asked, strict=True):
            if number < 0:
                assert str(future.exception()) == str(number)
            else:
                assert future.result() == number * 10
    assert sorted(store.stands) == sorted(number for number in numbers if number >= 0)


def test_who_is_interrupted_while_it_writes_for_others_leaves_them_to_another(threads):
    stage = threads.interrupted_while_it_writes_for(1, 2)
    threads.store.gate.set()
    with pytest.raises(KeyboardInterrupt):
        stage.mine.result()
    assert [one.result() for one in stage.others] == [0, 10, 20]


def test_who_was_put_back_by_an_interrupt_is_told_by_one_only(threads):
    stage = threads.interrupted_while_it_writes_for(1, 2, 3)
    hand_over, waiting = threads.commits._hand_over, threads.commits._waiting[:]

    def again() -> None:
        pytest.fail("told twice")

    def slowly() -> None:
        hand_over()
        if get_ident() == stage.thread:
            wait_until(lambda: all(one.done() for one in stage.others))
            for write in waiting:
                write.tell = again

    threads.commits._hand_over = slowly
    threads.store.gate.set()
    with pytest.raises(KeyboardInterrupt):
        stage.mine.result()
    assert [one.result() for one in stage.others] == [0, 10, 20, 30]


def test_where_the_database_is_away_those_who_wait_do_not_wait_for_every_time_out(threads):
    asked = threads.write_while_another_commits(*range(1, 9))
    threads.store.is_away = True
    threads.store.gate.set()
    for one in asked:
        with pytest.raises(LogbookUnreachable):
            one.result()
    assert len(threads.store.transactions) == len(["the first", "all others", "one of them"])


def test_a_signal_at_one_that_waits_loses_nobody_the_turn(threads):
    def arrives(*_: object) -> None:
        threads.store.gate.set()
        raise TimeoutError

    def once_it_waits() -> None:
        wait_until(lambda: threads.commits._waiting)
        signal.pthread_kill(main_thread().ident or 0, signal.SIGALRM)

    first = threads.first_at_the_gate()
    before = signal.signal(signal.SIGALRM, arrives)
    threads.pool.submit(once_it_waits)
    try:
        with pytest.raises(TimeoutError):
            threads.commits.write(write(1), is_single=False)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert threads.write(2)[0].result() == 20
    assert first.result() == 0
    assert threads.store.stands == [0, 1, 2]
