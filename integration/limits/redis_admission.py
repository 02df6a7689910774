"""The gate before an accounting system, shared by every process on every host through Redis."""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from integration.limits.admission import Gate, Limits, OwnGate

log = logging.getLogger(__name__)

#: Who finds the gate full stands before it for so long, if there is a place; a slot lost with every change would be
#: a tenth of a slow system's budget.
STAND_SECONDS: Final = 2.0
#: Between two looks at it.
LOOK_SECONDS: Final = 0.02
#: Whoever stands before a gate records for no other company meanwhile.
PLACES: Final = 1
#: What happens at one process is known to the others after so long.
OUTAGE_KNOWN_SECONDS: Final = 1.0
#: Those beyond the line come back to see whether there is a place in it.
LINE_SECONDS: Final = 60

#: Answers how long to wait, and whether there is a place to stand. The limits a minute are a generic cell rate
#: algorithm by Redis' own clock. Those inside are kept with the second they went in at: who died inside is taken for
#: out once no task lives so long, and who comes again is out. Who may not stand is told when to come back: one after
#: the other, at the pace at which others go in, a little early so that the gate never waits for them.
_ENTER: Final = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1e6
local inside, standing, due, line, today, pace = unpack(KEYS)
local who, number = ARGV[1], {}
for place, text in ipairs(ARGV) do number[place] = tonumber(text) end
local spacing, burst, at_once, per_day, lifetime, stand, places, longest = unpack(number, 2, #ARGV)
redis.call('ZREMRANGEBYSCORE', inside, '-inf', now - lifetime)
redis.call('ZREM', inside, who)
redis.call('ZREMRANGEBYSCORE', standing, '-inf', now - stand - 1)
if tonumber(redis.call('GET', today) or '0') >= per_day then return {'' .. longest, 0} end
local after = math.max(tonumber(redis.call('GET', due) or '0'), now) + spacing
local wait = math.max(after - now - burst * spacing, 0)
if wait < 1e-6 and redis.call('ZCARD', inside) < at_once then
  redis.call('SET', due, string.format('%.6f', after), 'EX', math.ceil(after - now) + 1)
  redis.call('ZADD', inside, now, who)
  redis.call('EXPIRE', inside, lifetime)
  redis.call('ZREM', standing, who)
  redis.call('INCR', today)
  redis.call('EXPIRE', today, 172800)
  return {'0', 0}
end
redis.call('ZREM', standing, who)
if wait <= stand and redis.call('ZCARD', standing) < places then
  redis.call('ZADD', standing, now, who)
  redis.call('EXPIRE', standing, math.ceil(stand) + 2)
  return {string.format('%.6f', wait), 1}
end
local each = math.max(spacing, tonumber(redis.call('GET', pace) or '1') / at_once, 0.001) * 0.95
local place = math.max(tonumber(redis.call('GET', line) or '0'), now + wait) + each
if place - now > longest then return {'' .. longest, 0} end
redis.call('SET', line, string.format('%.6f', place), 'EX', math.ceil(place - now) + 1)
return {string.format('%.6f', place - now), 0}
"""
#: How long one is inside is learned from those who go.
_LEAVE: Final = """
local clock = redis.call('TIME')
local entered = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not entered then return end
redis.call('ZREM', KEYS[1], ARGV[1])
local took = clock[1] + clock[2] / 1e6 - entered
local usual = tonumber(redis.call('GET', KEYS[2]) or took)
redis.call('SET', KEYS[2], string.format('%.6f', usual * 0.8 + took * 0.2), 'EX', 3600)
"""
_SHUT: Final = """
local clock = redis.call('TIME')
local due = clock[1] + clock[2] / 1e6 + tonumber(ARGV[1]) + (tonumber(ARGV[3]) - 1) * tonumber(ARGV[2])
if due > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], string.format('%.6f', due), 'EX', math.ceil(tonumber(ARGV[1])) + 61)
end
"""


class SharedGate:
    """A connection's gate. Where Redis does not answer, this process keeps to a gate of its own."""

    def __init__(
        self, redis: Redis, connection: str, limits: Limits, clock: Callable[[], datetime], max_task_seconds: int
    ) -> None:
        self._limits, self._clock, self._max_task_seconds = limits, clock, max_task_seconds
        self._key = f"pleo-export:gate:{connection}"
        self._enter, self._leave, self._shut = map(redis.register_script, (_ENTER, _LEAVE, _SHUT))
        self._own = OwnGate(limits, clock)

    def enter(self, who: str) -> float:
        """As in `Gate`; a few stand and wait for a moment before they are sent away."""
        until = time.monotonic() + STAND_SECONDS
        try:
            wait, stands = self._asked(who, PLACES)
            while stands:
                time.sleep(max(wait, LOOK_SECONDS))
                wait, stands = self._asked(who, PLACES if time.monotonic() < until else 0)
        except RedisError as error:
            log.warning("gate not shared", extra={"cause": type(error).__name__})
            return self._own.enter(who)
        return wait

    def _asked(self, who: str, places: int) -> tuple[float, bool]:
        """0 for who is inside now, and whether who waits has a place to stand."""
        rate = self._limits.rate
        keys = self._keys("inside", "standing", "due", "line", f"{self._clock():%Y-%m-%d}", "pace")
        limits = [rate.spacing, rate.burst, self._limits.at_once, self._limits.per_day]
        patience = [self._max_task_seconds, STAND_SECONDS, places, LINE_SECONDS]
        wait, stands = self._enter(keys=keys, args=[who, *limits, *patience])
        return float(wait), bool(stands)

    def leave(self, who: str) -> None:
        """As in `Gate`."""
        self._own.leave(who)
        try:
            self._leave(keys=self._keys("inside", "pace"), args=[who])
        except RedisError as error:
            log.warning("gate not shared", extra={"cause": type(error).__name__})

    def shut(self, seconds: float) -> None:
        """As in `Gate`."""
        self._own.shut(seconds)
        rate = self._limits.rate
        try:
            self._shut(keys=self._keys("due"), args=[seconds, rate.spacing, rate.burst])
        except RedisError as error:
            log.warning("gate not shared", extra={"cause": type(error).__name__})

    def _keys(self, *names: str) -> list[str]:
        return [f"{self._key}:{name}" for name in names]


class OpenGate:
    """The gate of a system without limits: nobody is counted, and an outage is known to all within a second."""

    def __init__(self, redis: Redis, connection: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._key, self._clock = redis, f"pleo-export:gate:{connection}:shut", clock
        self._lock = Lock()
        self._shut_until = self._look_again_at = 0.0

    def enter(self, who: str) -> float:  # noqa: ARG002
        """As in `Gate`."""
        with self._lock:
            if self._clock() >= self._look_again_at:
                self._look()
            return max(self._shut_until - self._clock(), 0.0)

    def leave(self, who: str) -> None:
        """As in `Gate`; nobody was counted."""

    def shut(self, seconds: float) -> None:
        """As in `Gate`."""
        with self._lock:
            self._shut_until = max(self._shut_until, self._clock() + seconds)
        try:
            self._redis.set(self._key, "", px=int(seconds * 1000) + 1)
        except RedisError as error:
            log.warning("gate not shared", extra={"cause": type(error).__name__})

    def _look(self) -> None:
        self._look_again_at = self._clock() + OUTAGE_KNOWN_SECONDS
        try:
            left = self._redis.pttl(self._key)
        except RedisError as error:
            log.warning("gate not shared", extra={"cause": type(error).__name__})
            return
        self._shut_until = max(self._shut_until, self._clock() + max(int(left), 0) / 1000)


def gate_for(
    redis: "Redis | None", connection: str, limits: Limits, clock: Callable[[], datetime], *, max_task_seconds: int
) -> Gate:
    """Without a Redis every process has a gate to itself. Whoever is inside for `max_task_seconds` counts as dead."""
    if redis is None:
        return OwnGate(limits, clock)
    if limits == Limits():
        return OpenGate(redis, connection)
    return SharedGate(redis, connection, limits, clock, max_task_seconds)
