"""What time it is: the sandbox asks a clock, so that an hour can go by at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


class MovableClock:
    """Runs like `base` and can be set forward, never back."""

    def __init__(self, base: Clock = utc_now) -> None:
        self._base = base
        self._offset = timedelta()

    def __call__(self) -> datetime:
        """The base's time and all that was gone forward."""
        return self._base() + self._offset

    def forward(self, duration: timedelta) -> None:
        """Raises `ValueError` for a span below zero."""
        if duration < timedelta():
            raise ValueError("a clock is never set back")
        self._offset += duration
