"""How messages come from Redis: several at a time.

kombu asks Redis for one message, waits for it, and asks again once an acknowledgement made room: two turns of its event
loop for each, the largest part of what a worker spends on an item. Here a worker asks once a quarter of its prefetch is
free, and takes what fits in one more round trip. Queues still take turns, by so many.
"""

import json
import logging
from collections.abc import Sequence
from functools import partial
from json import JSONDecodeError
from typing import Any, Final

from kombu import serialization
from kombu.transport import TRANSPORT_ALIASES, redis, virtual
from pydantic_core import from_json
from typing_extensions import override

log = logging.getLogger(__name__)

_NO_JSON: Final = {"cause": "it is no JSON"}
_NO_MESSAGE: Final = {"cause": "it is no message"}
#: Its inside has no types.
_Kombus: Any = redis.Channel
#: Messages of one queue in a row: more would let a company's ten thousand items wait before another's ten.
MOST: Final = 16


class _Prefetch(virtual.QoS):
    """How much a worker may hold. Which messages those are it does not write down in Redis (`ack_emulation`)."""

    #: Celery holds more for each message that waits for its time, and never has more places free than at first.
    _least = 4 * MOST

    @override
    def can_consume(self) -> bool:
        """Not for every place that is free: for several at once."""
        self._least = min(self._least, self.prefetch_count or self._least)
        return not self.prefetch_count or self.room() >= (self._least // 4 or 1)

    def room(self) -> int:
        """Free places."""
        return int(self.can_consume_max_estimate() or 0)


class Channel(_Kombus):
    """kombu's, with more than one message for each question. What is no JSON is dropped; kombu's worker ends of it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.QoS, self.ack_emulation = _Prefetch, False

    def _brpop_read(self, **options: Any) -> bool:
        """One message has come, by which its queue went to the end of the line. What else waits there?"""
        try:
            super()._brpop_read(**options)
        except (JSONDecodeError, UnicodeDecodeError):
            log.warning("message dropped", extra=_NO_JSON)
        queues = self._queue_cycle.items  # none once the worker stops
        if queues and not self._closing:
            self._take_more(queues[-1])
        return True

    def _take_more(self, queue: str) -> None:
        room = min(self.qos.room(), MOST)
        messages = (self.client.rpop(queue, room) or ()) if room else ()
        for place, message in enumerate(messages):
            try:
                self._hand_over(message, queue)
            except BaseException:
                self._put_back(messages[place + 1 :], queue)
                raise

    def _hand_over(self, message: bytes, queue: str) -> None:
        try:
            content = from_json(message)
        except ValueError:
            log.warning("message dropped", extra=_NO_JSON)
        else:
            self.connection._deliver(content, queue)

    def _put_back(self, messages: Sequence[bytes], queue: str) -> None:
        """In front, where they were."""
        if messages:
            self.client.rpush(queue, *reversed(messages))


class Transport(redis.Transport):
    """For Redis by TCP, TLS or socket; what there is of Sentinel stays kombu's."""

    Channel = Channel

    def _deliver(self, message: Any, queue: str | None) -> None:
        try:
            message["properties"]["delivery_tag"]
        except (KeyError, TypeError):
            log.warning("message dropped", extra=_NO_MESSAGE)
        else:
            super()._deliver(message, queue)


def install() -> None:
    """For every connection of this process from now on; and JSON is read by pydantic's core, six times as quick.

    A message is read three times on its way to its task. What is more than JSON (a UUID, a date) is refused where it is
    sent; kombu would wrap it, and only kombu could unwrap it.
    """
    TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = f"{__name__}:{Transport.__name__}"
    write = partial(json.dumps, separators=(",", ":"))
    serialization.register("json", write, from_json, content_type="application/json", content_encoding="utf-8")
