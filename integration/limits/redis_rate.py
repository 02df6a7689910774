"""Pleo's request budget, shared by every process on every host through Redis."""

import hashlib
import logging
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from integration.limits.rate import Budget, OwnBudget, Rate

log = logging.getLogger(__name__)

#: The generic cell rate algorithm by Redis' own clock. The limiters that are kept well (limits, pyrate-limiter,
#: throttled-py) go by the clock of each host, and two hosts that disagree by seconds would spend more than there is.
_TAKE: Final = """
local time = redis.call('TIME')
local now, each, burst = time[1] + time[2] / 1e6, tonumber(ARGV[1]), tonumber(ARGV[2])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + each
local wait = due - now - burst * each
if wait > 1e-6 then return string.format('%.6f', wait) end
redis.call('SET', KEYS[1], string.format('%.6f', due), 'EX', math.ceil(due - now) + 1)
return '0'
"""
_PAUSE: Final = """
local time = redis.call('TIME')
local now, each, burst = time[1] + time[2] / 1e6, tonumber(ARGV[1]), tonumber(ARGV[2])
local due = now + tonumber(ARGV[3]) + (burst - 1) * each
if due > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], string.format('%.6f', due), 'EX', math.ceil(due - now) + 1)
end
"""


class SharedBudget:
    """A credential's budget. Where Redis does not answer, this process keeps to a budget of its own."""

    def __init__(self, redis: Redis, credential: str, rate: Rate) -> None:
        self._key = f"pleo-export:budget:{hashlib.sha256(credential.encode()).hexdigest()[:32]}"
        self._take = redis.register_script(_TAKE)
        self._pause = redis.register_script(_PAUSE)
        self._own = OwnBudget(rate)
        self._rate = [rate.spacing, rate.burst]

    def take(self) -> float:
        """As in `Budget`."""
        try:
            return float(self._take(keys=[self._key], args=self._rate))
        except RedisError as error:
            log.warning("budget not shared", extra={"cause": type(error).__name__})
            return self._own.take()

    def pause(self, seconds: float) -> None:
        """As in `Budget`."""
        self._own.pause(seconds)
        try:
            self._pause(keys=[self._key], args=[*self._rate, seconds])
        except RedisError as error:
            log.warning("budget not shared", extra={"cause": type(error).__name__})


def budget_for(credential: str, redis: "Redis | None", rate: Rate) -> Budget:
    """Without a Redis every process has a budget to itself."""
    return OwnBudget(rate) if redis is None else SharedBudget(redis, credential, rate)
