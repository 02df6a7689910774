"""Commits that threads share: bringing a transaction to the disk costs the same for one write as for twenty."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy.engine.interfaces import DBAPICursor

from integration.errors import LogbookUnreachable

T = TypeVar("T")

#: Of one statement only, which needs no more than itself; or of several.
Transaction = Callable[[bool], AbstractContextManager[DBAPICursor]]


class _Write(Generic[T]):
    """What one thread wants written, and what came of it."""

    def __init__(self, work: Callable[[DBAPICursor], T], *, is_single: bool) -> None:
        self.work, self.is_single = work, is_single
        self.is_over = False
        self.error: Exception | None = None
        self._answer: T
        self._is_told, self._news = False, Lock()
        self._news.acquire()

    def wait(self) -> None:
        """Until it is told: it is over, or it is its thread's turn to write."""
        if not self._is_told:
            self._news.acquire()

    def tell(self) -> None:
        """Once."""
        self._is_told = True
        self._news.release()

    def committed(self, answer: T) -> None:
        self._answer, self.is_over = answer, True

    def failed(self, error: Exception) -> None:
        self.error, self.is_over = error, True

    def answer(self) -> T:
        if self.error:
            raise self.error
        return self._answer


class SharedCommits:
    """The thread whose turn it is writes for all that wait, tells them, and hands its turn to one that came meanwhile.

    Those whose writes are over go on at once; were they to take the turn to find out, the next commit would wait for
    each of them to wake. Where a commit for several fails nothing stands, and each is written by itself: nobody gets
    another's error, but that the database is away.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._turn = Lock()
        self._waiting: list[_Write[Any]] = []

    def write(self, work: Callable[[DBAPICursor], T], *, is_single: bool) -> T:
        """What `work` answers, once it is committed. Raises what it raises."""
        mine = _Write(work, is_single=is_single)
        self._waiting.append(mine)
        if self._turn.acquire(blocking=False):
            self._take_turn(mine)
        else:
            self._wait(mine)
        return mine.answer()

    def _wait(self, mine: _Write[Any]) -> None:
        try:
            mine.wait()
        finally:  # whom a signal interrupts waits on, or the turn might go to one who is gone
            mine.wait()
            if not mine.is_over:
                self._take_turn(mine)

    def _take_turn(self, mine: _Write[Any]) -> None:
        writes = self._waiting[:]
        del self._waiting[: len(writes)]  # never another list: somebody may be about to append to this one
        try:
            self._write_all(writes)
        finally:  # an interrupt leaves some that are not over: they wait again, and are told by another
            others = [write for write in writes if write is not mine]
            over = [write for write in others if write.is_over]
            self._waiting[:0] = [write for write in others if not write.is_over]
            self._hand_over()
            for write in over:
                write.tell()

    def _hand_over(self) -> None:
        """One that comes between the look and the release finds the turn taken, so that a second look is needed."""
        while not self._waiting:
            self._turn.release()
            if not self._waiting or not self._turn.acquire(blocking=False):
                return
        self._waiting[0].tell()

    def _write_all(self, writes: Sequence[_Write[Any]]) -> None:
        if len(writes) > 1:
            with suppress(Exception):  # whose it is shows when each is written by itself
                self._commit(writes)
        unreachable: Exception | None = None
        for write in writes:
            if unreachable and not write.is_over:
                write.failed(unreachable)  # or each would wait for all time-outs before its own
            if not write.is_over:
                unreachable = self._commit_alone(write)

    def _commit_alone(self, write: _Write[Any]) -> LogbookUnreachable | None:
        try:
            self._commit([write])
        except Exception as error:  # noqa: BLE001 - its own thread raises it
            write.failed(error)
            return error if isinstance(error, LogbookUnreachable) else None
        return None

    def _commit(self, writes: Sequence[_Write[Any]]) -> None:
        with self._transaction(len(writes) == 1 and writes[0].is_single) as cursor:
            answers = [write.work(cursor) for write in writes]
        for write, answer in zip(writes, answers, strict=True):
            write.committed(answer)
