"""A Redis result backend on which a short outage of Redis is not an item's failure."""

from celery.backends.redis import RedisBackend
from typing_extensions import override


class PatientRedisBackend(RedisBackend):
    """Counts a chord's parts again after a broken connection: the script counts each part once.

    Celery 5.7 wraps every other call to Redis in its retry policy, but not this one, and then takes the lost
    connection for the failure of the item whose part it was counting.
    """

    @override
    def on_chord_part_return(
        self, request: object, state: str, result: object, propagate: bool | None = None, **_: object
    ) -> None:
        """As in the parent, tried again until Redis answers."""
        count = super().on_chord_part_return
        self.ensure(count, (request, state, result, propagate), max_retries=None, interval_max=2)


def patient(result_url: str) -> str:
    """The same Redis with this backend; any other kind of result backend stays what it is."""
    bare = result_url.removeprefix("redis+")
    if not bare.startswith(("redis://", "rediss://", "socket://")):
        return result_url
    return f"{PatientRedisBackend.__module__}:{PatientRedisBackend.__name__}+{bare}"
