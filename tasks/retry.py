"""When a task is tried again."""

from typing import Final

from integration.errors import ExportError, PleoTransient
from integration.patience import wait_seconds
from tasks.config import LONGEST_COUNTDOWN

#: With growing waits this is more than Pleo's hour; what then still fails is the sweeper's.
MAX_RETRIES: Final = 40
#: Until about the next round, which asks anew.
POLL_RETRIES: Final = 3
#: Some minutes; then the sweeper sees to it once a minute.
SOON_RETRIES: Final = 8


def countdown(error: ExportError, retries: int) -> float:
    """Seconds; who asks us to wait longer is believed, up to what the broker keeps a task for."""
    asked = error.retry_after if isinstance(error, PleoTransient) else None
    return min(max(asked or 0, wait_seconds(retries + 1)), LONGEST_COUNTDOWN)
