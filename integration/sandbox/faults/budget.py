"""Pleo's request budget: 600 a minute for each credential."""

from collections import deque
from datetime import datetime, timedelta

REQUESTS_PER_MINUTE = 600
MINUTE = timedelta(minutes=1)


class RequestRate:
    """Counts over the last sixty seconds."""

    def __init__(self, limit: int = REQUESTS_PER_MINUTE) -> None:
        self._limit = limit
        self._times: deque[datetime] = deque()

    def count_request(self, now: datetime) -> bool:
        """One request more; true for the one that steps over the limit, not for those after it."""
        while self._times and self._times[0] <= now - MINUTE:
            self._times.popleft()
        self._times.append(now)
        return len(self._times) == self._limit + 1
