"""The Redis that all processes on all hosts share: where chords are counted, else the broker."""

from typing import Final
from urllib.parse import parse_qs, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

#: What is asked of it has another answer where it does not answer, so nobody waits for it.
PATIENCE_SECONDS: Final = 1.0


def shared_redis(*urls: str) -> "Redis | None":
    """A client for the first of the URLs that is a Redis, `None` if none is. Waits a second at most."""
    for url in urls:
        if bare := _as_redis_says(url):
            return Redis.from_url(
                bare,
                socket_timeout=PATIENCE_SECONDS,
                socket_connect_timeout=PATIENCE_SECONDS,
                retry=Retry(NoBackoff(), 0),
            )
    return None


def _as_redis_says(url: str) -> str | None:
    """Celery's URL in the words of the Redis client: they differ for Unix sockets."""
    bare = url.removeprefix("redis+")
    if bare.startswith(("redis://", "rediss://")):
        return bare
    if not bare.startswith("socket://"):
        return None
    parts = urlsplit(bare)
    return f"unix://{parts.path}?db={parse_qs(parts.query).get('virtual_host', ['0'])[0]}"
