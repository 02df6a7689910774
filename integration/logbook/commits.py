"""Commits that threads share: bringing a transaction to the disk costs the same for one write as for twenty."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy.engine.interfaces import DBAPICursor

T = TypeVar("T")

#: Of one statement only, which needs no more than itself; or of several.
Transaction = Callable[[bool], AbstractContextManager[DBAPICursor]]


class _Write(Generic[T]):
    """What one thread wants written; `answer` is there once it is committed."""

    def __init__(self, work: Callable[[DBAPICursor], T], *, is_single: bool) -> None:
        self.work, self.is_single = work, is_single
        self.is_committed = False
        self.answer: T

    def committed(self, answer: T) -> None:
        self.answer, self.is_committed = answer, True


class SharedCommits:
    """The thread whose turn it is writes for all that wait.

    Where a write or the commit fails nothing stands, and every thread writes its own: nobody gets another's error.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._turn = Lock()
        self._waiting: list[_Write[Any]] = []

    def write(self, work: Callable[[DBAPICursor], T], *, is_single: bool) -> T:
        """What `work` answers, once it is committed. Raises what it raises."""
        mine = _Write(work, is_single=is_single)
        self._waiting.append(mine)
        with self._turn:
            if not mine.is_committed:
                self._write_all(mine)
        return mine.answer

    def _write_all(self, mine: _Write[Any]) -> None:
        waiting, self._waiting = self._waiting, []
        others = [write for write in waiting if write is not mine]
        if others:
            with suppress(Exception):  # whose it is shows when each writes by itself
                self._commit([mine, *others])
        if not mine.is_committed:
            self._commit([mine])

    def _commit(self, writes: list[_Write[Any]]) -> None:
        with self._transaction(len(writes) == 1 and writes[0].is_single) as cursor:
            answers = [write.work(cursor) for write in writes]
        for write, answer in zip(writes, answers, strict=True):
            write.committed(answer)
