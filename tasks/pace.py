"""How often something is asked that every item would ask."""

import time
from collections.abc import Callable, Hashable


class Pace:
    """Lets one pass in so many seconds for each key; in this process, to any number of threads."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._passed: dict[Hashable, float] = {}

    def passes(self, key: Hashable) -> bool:
        """Two threads that ask at the same moment may both pass: it is only asked twice then."""
        now = self._clock()
        if now - self._passed.get(key, -self._seconds) < self._seconds:
            return False
        self._passed = {other: at for other, at in self._passed.items() if now - at < self._seconds} | {key: now}
        return True
