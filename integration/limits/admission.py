"""The gate before an accounting system: who records now, who comes back later.

It keeps to the system's limits a minute, a day and at once, and it is shut during an outage, so that one item notices
the outage and not every one. Waiting is done by coming back: no worker stands at the gate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Protocol

from integration.limits.rate import Budget, OwnBudget, Rate

#: As good as none, for a system that names no limit.
ANY_NUMBER = 10**9
#: When somebody is expected to come out.
FULL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What an accounting system takes from all workers together."""

    per_minute: int = ANY_NUMBER
    per_day: int = ANY_NUMBER
    at_once: int = ANY_NUMBER

    @property
    def rate(self) -> Rate:
        """With a small burst: what is kept for a burst is not used in a busy hour."""
        return Rate(self.per_minute, min(max(self.per_minute // 50, 2), self.per_minute))


class Gate(Protocol):
    """Of one connection."""

    def enter(self, who: str) -> float:
        """0 when `who` may record now, and has to leave; else the seconds after which to come back."""

    def leave(self, who: str) -> None:
        """Make place for another."""

    def shut(self, seconds: float) -> None:
        """Let nobody in for so long: the system does not answer."""


class OwnGate:
    """A gate that one process has to itself."""

    def __init__(self, limits: Limits, clock: Callable[[], datetime]) -> None:
        self._limits, self._clock, self._lock = limits, clock, Lock()
        self._minute: Budget = OwnBudget(limits.rate, lambda: clock().timestamp())
        self._inside: set[str] = set()
        self._day, self._today = clock().date(), 0

    def enter(self, who: str) -> float:
        """As in `Gate`."""
        with self._lock:
            if self._clock().date() != self._day:
                self._day, self._today = self._clock().date(), 0
            if len(self._inside) >= self._limits.at_once or self._today >= self._limits.per_day:
                return FULL_SECONDS
            if wait := self._minute.take():
                return wait
            self._inside.add(who)
            self._today += 1
            return 0.0

    def leave(self, who: str) -> None:
        """As in `Gate`."""
        with self._lock:
            self._inside.discard(who)

    def shut(self, seconds: float) -> None:
        """As in `Gate`."""
        self._minute.pause(seconds)
