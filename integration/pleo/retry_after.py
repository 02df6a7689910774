"""The `Retry-After` header in both of its forms."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Nobody is believed who asks for more: a job lives for an hour.
LONGEST_WAIT_SECONDS = 15 * 60


def seconds_to_wait(header: str | None) -> float | None:
    """Seconds from now; `None` where the header is absent or says nothing readable."""
    if header is None:
        return None
    seconds = float(header) if header.strip().isdecimal() else _seconds_until(header)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)


def _seconds_until(http_date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
