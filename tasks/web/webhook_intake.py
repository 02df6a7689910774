"""Webhook intake: `POST /webhooks/<connection>` queues a poll of that connection's company, and nothing else.

What a delivery says of the job is not believed: the poll asks Pleo. A lost delivery costs time until the next poll,
a repeated one costs a request, so nothing here has to be perfect but the question whether it comes from Pleo.
"""

import hashlib
import logging
from collections.abc import Mapping
from typing import Final

from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integration.configuration.connection import Connection
from integration.pleo.webhooks import Delivery, WebhookForged, WebhookUnreadable, delivery_of
from tasks import context
from tasks.exports import poll_export_jobs
from tasks.producer import BrokerUnreachable, broker_reached

log = logging.getLogger(__name__)

#: An event is some hundred bytes.
LARGEST_BODY: Final = 64 * 1024
#: Longer than a signature is believed.
REMEMBERED_SECONDS: Final = 24 * 3600


def routes() -> list[Route]:
    """To be mounted at the root; HTTPS is the business of what stands in front."""
    return [Route("/webhooks/{connection}", take_webhook, methods=["POST"])]


def path_of(connection: Connection) -> str:
    """Where Pleo delivers for this connection."""
    return f"/webhooks/{connection.name}"


async def take_webhook(request: Request) -> Response:
    """202 whatever became of it, as long as it comes from Pleo: nobody learns which companies there are."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return Response(status_code=413, headers={"connection": "close"})
    status = await run_in_threadpool(_take, request.path_params["connection"], request.headers, bytes(body))
    return Response(status_code=status)


def _take(name: str, headers: Mapping[str, str], body: bytes) -> int:
    """The status to answer with."""
    connection = next((one for one in context.current().settings.connections if one.name == name), None)
    if connection is None or connection.webhook is None:
        return 404
    secret = context.current().settings.secrets.get(connection.webhook.secret_env)
    try:
        delivery = delivery_of(connection.webhook, secret.get_secret_value() if secret else "", headers, body)
    except WebhookForged:
        log.warning("webhook refused", extra={"connection": name, "cause": "not proved to come from Pleo"})
        return 401
    except WebhookUnreadable:
        log.warning("webhook refused", extra={"connection": name, "cause": "not an event of Pleo's"})
        return 400
    return _follow(delivery, connection)


def _follow(delivery: Delivery, connection: Connection) -> int:
    if delivery.company_id != connection.company_id:
        log.info("webhook of another event or company", extra={"connection": connection.name})
        return 202
    memory = _Memory(delivery, connection)
    if not memory.is_new():
        log.info("webhook repeated", extra={"connection": connection.name})
        return 202
    try:
        with broker_reached():
            poll_export_jobs.apply_async((str(connection.company_id),), retry=False)
    except BrokerUnreachable:
        log.exception("webhook not queued", extra={"connection": connection.name})
        memory.forget()
        return 503
    log.info("webhook queued", extra={"connection": connection.name})
    return 202


class _Memory:
    """Of a delivery's id, in the Redis that all processes share; where it does not answer everything is new."""

    def __init__(self, delivery: Delivery, connection: Connection) -> None:
        self._redis = context.current().redis
        digest = hashlib.sha256(f"{connection.name} {delivery.id}".encode()).hexdigest()
        self._key = f"pleo-export:webhook:{digest[:32]}"

    def is_new(self) -> bool:
        """Asked once: from then on it is known."""
        try:
            return self._redis is None or bool(self._redis.set(self._key, 1, nx=True, ex=REMEMBERED_SECONDS))
        except RedisError:
            return True

    def forget(self) -> None:
        """So that it is taken when Pleo delivers again."""
        try:
            if self._redis:
                self._redis.delete(self._key)
        except RedisError as error:
            log.warning("webhook not forgotten", extra={"cause": type(error).__name__})
