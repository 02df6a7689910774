"""How many requests may go out: one budget for each credential, whoever uses it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final, Protocol

#: What Pleo's guide asks integrations to aim at; its limit is 600.
REQUESTS_PER_MINUTE: Final = 500


#: Seconds; sums of fractions are not exact, and nobody waits for that.
ROUNDING: Final = 1e-6


#: A quarter of a second more than a minute has: not every request is on its way for equally long.
MINUTE_SECONDS: Final = 60.25


@dataclass(frozen=True, slots=True)
class Rate:
    """So many may go out at once; the rest is spread over the minute, so that a slow network makes no second burst."""

    per_minute: int
    burst: int

    @property
    def spacing(self) -> float:
        """Seconds from one request to the next once the burst is spent: any minute holds `per_minute` at most."""
        return MINUTE_SECONDS / max(self.per_minute - self.burst, 1)


def pleos_rate(per_minute: int = REQUESTS_PER_MINUTE) -> Rate:
    """A tenth at once: pages of a list are fetched in a row."""
    return Rate(per_minute, max(per_minute // 10, 1))


class Budget(Protocol):
    """Requests are taken from it one by one."""

    def take(self) -> float:
        """0 when a request is ours; else nothing is taken, and these are the seconds until one is free."""

    def pause(self, seconds: float) -> None:
        """Let nobody take one for so long: Pleo asked to slow down."""


class OwnBudget:
    """A budget that one process has to itself."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._lock = Lock()
        #: When the requests taken so far are all spread out.
        self._due = clock()

    def take(self) -> float:
        """As in `Budget`."""
        with self._lock:
            now = self._clock()
            due = max(self._due, now) + self._rate.spacing
            wait = due - now - self._rate.burst * self._rate.spacing
            if wait > ROUNDING:
                return wait
            self._due = due
            return 0.0

    def pause(self, seconds: float) -> None:
        """As in `Budget`; afterwards requests go out one by one, without a burst."""
        with self._lock:
            self._due = max(self._due, self._clock() + seconds + (self._rate.burst - 1) * self._rate.spacing)
