"""How long to wait for what cannot answer now, and when to stop waiting."""

from datetime import datetime, timedelta
from typing import Final

#: What could not be done for so long is given up, well within Pleo's hour, so that the job can end with a reason.
PATIENCE: Final = timedelta(minutes=40)
FIRST_WAIT_SECONDS: Final = 5.0
LONGEST_WAIT_SECONDS: Final = 120.0


def patience_is_over(since: datetime, now: datetime) -> bool:
    """Whether the first attempt lies too long back."""
    return now - since > PATIENCE


def wait_seconds(attempt: int) -> float:
    """Before the attempt after this one (the first is 1); it doubles up to a limit."""
    return min(FIRST_WAIT_SECONDS * 2.0 ** min(attempt - 1, 10), LONGEST_WAIT_SECONDS)
