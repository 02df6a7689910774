"""The gate before an accounting system, shared by every process on every host through Redis."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from integration.budget import Rate
from integration.gate import FULL_SECONDS, Gate, Limits, OwnGate
from tasks.budget import SharedBudget
from tasks.config import task_time_limit

log = logging.getLogger(__name__)

#: Those inside are kept with the second they went in at: who died inside is taken for out once no task lives so long.
_ENTER: Final = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
if tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], 172800)
return 1
"""


class SharedGate:
    """A connection's gate. Where Redis does not answer, this process keeps to a gate of its own."""

    def __init__(self, redis: Redis, connection: str, limits: Limits, clock: Callable[[], datetime]) -> None:
        self._redis, self._limits, self._clock = redis, limits, clock
        self._key = f"pleo-export:gate:{connection}"
        self._enter = redis.register_script(_ENTER)
        self._minute = SharedBudget(redis, f"gate {connection}", Rate(limits.per_minute))
        self._own = OwnGate(limits, clock)

    def enter(self, who: str) -> float:
        """As in `Gate`."""
        if wait := self._minute.take():
            return wait
        today = f"{self._key}:{self._clock():%Y-%m-%d}"
        arguments: list[str | int] = [who, task_time_limit, self._limits.at_once, self._limits.per_day]
        try:
            return 0.0 if self._enter(keys=[f"{self._key}:inside", today], args=arguments) else FULL_SECONDS
        except RedisError as error:
            log.warning("gate not shared", extra={"cause": type(error).__name__})
            return self._own.enter(who)

    def leave(self, who: str) -> None:
        """As in `Gate`."""
        self._own.leave(who)
        try:
            self._redis.zrem(f"{self._key}:inside", who)
        except RedisError as error:
            log.warning("gate not shared", extra={"cause": type(error).__name__})

    def shut(self, seconds: float) -> None:
        """As in `Gate`."""
        self._own.shut(seconds)
        self._minute.pause(seconds)


def gate_for(redis: "Redis | None", connection: str, limits: Limits, clock: Callable[[], datetime]) -> Gate:
    """Without a Redis every process has a gate to itself."""
    return OwnGate(limits, clock) if redis is None else SharedGate(redis, connection, limits, clock)
