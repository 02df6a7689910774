"""The time in a test."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until told."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """For who asks for a number."""
        return self.now.timestamp()

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)
