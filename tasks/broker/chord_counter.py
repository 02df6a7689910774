"""The chord's count: how many of a run's items have ended, and its callback once all have.

Celery's own keeps every part's result, and a claim on the callback that outlives the worker that took it: if it is
killed then, the chord is lost. Here nobody claims. Each part has a bit, and whoever finds all of them set queues the
callback: twice at worst, which the logbook makes harmless. A part that died counts as well, for the callback asks the
logbook what is missing.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from celery.backends.redis import RedisBackend
from typing_extensions import override

#: Sets the bit of part ARGV[1]; 1 once all are set. Of a chord that is over, or never was, nothing is kept.
_COUNT: Final = """
local size, part = tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[1])
if part < 0 or part >= size then return 0 end
redis.call('SETBIT', KEYS[2], part, 1)
redis.call('EXPIRE', KEYS[2], ARGV[2])
return redis.call('BITCOUNT', KEYS[2]) >= size and 1 or 0
"""


class ChordBackend(RedisBackend):
    """Redis for chords whose callback wants no results. Away for a while, Redis is waited for: no item fails of it."""

    #: Of the parent, whose types leave them out.
    app: Any
    chord_expires: int

    @cached_property
    def _count(self) -> Callable[..., object]:
        count: Callable[..., object] = self.client.register_script(_COUNT)
        return count

    @override
    def on_chord_part_return(
        self, request: Any, state: str, result: object, propagate: bool | None = None, **_: object
    ) -> None:
        """Celery calls it before a part's message is acknowledged, however the part ended."""
        if request.group is None or request.group_index is None:
            return
        keys = self._keys(request.group)
        if self._patiently(self._count, keys, [request.group_index, self.chord_expires]):
            self._call_back(request.chord)
            self._patiently(self.client.delete, *keys)

    @override
    def set_chord_size(self, group_id: str, chord_size: int) -> None:
        """And forget the bits of a run of that number: where the logbook came from a backup, there was one."""
        self.ensure(self.client.delete, self._keys(group_id))
        super().set_chord_size(group_id, chord_size)

    def _keys(self, group: str) -> tuple[str, str]:
        """Of its size, named as Celery names it, and of its bits, which are not: Celery keeps a set."""
        return self.get_key_for_group(group, ".s"), self.get_key_for_group(group, ".bits")

    def _call_back(self, callback: dict[str, object]) -> None:
        """Patient as well: the broker may be another Redis."""
        self.app.signature(callback).apply_async(retry_policy={"max_retries": None})

    def _patiently(self, ask: Callable[..., object], *arguments: object) -> object:
        return self.ensure(ask, arguments, max_retries=None, interval_max=2)


def counting(result_url: str) -> str:
    """The same Redis with this backend; any other kind of result backend stays what it is."""
    bare = result_url.removeprefix("redis+")
    if not bare.startswith(("redis://", "rediss://", "socket://")):
        return result_url
    return f"{ChordBackend.__module__}:{ChordBackend.__name__}+{bare}"
