"""What Pleo sends when somebody presses Export: whether it comes from Pleo, and which company it is about.

Signatures are those of Standard Webhooks, which Pleo's headers and secrets follow. Nothing here waits or remembers.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, assert_never
from uuid import UUID

from pydantic import Field, ValidationError
from standardwebhooks import Webhook as StandardWebhook
from standardwebhooks import WebhookVerificationError

from integration.configuration.connection import BasicWebhook, HeaderWebhook, SignedWebhook, Webhook
from integration.pleo.models.wire import Answer

#: `v1.export-job.created` is the one in Pleo's API reference; its guides spell it in four more ways.
EXPORT_JOB_CREATED: Final = "v1.export-job.created"
SPELLINGS: Final = frozenset(
    {EXPORT_JOB_CREATED, "v2.export-job.created", "v1.export.job-created", "export-job.created", "export.job-created"}
)


class WebhookForged(Exception):
    """The delivery does not prove that it comes from Pleo, or not in time."""


class WebhookUnreadable(Exception):
    """The delivery comes from Pleo and is not an event as Pleo's guide shows it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """`id` is the same when Pleo delivers again; `company_id` is `None` for an event that is not ours to follow."""

    id: str
    company_id: UUID | None


class _Event(Answer):
    event_id: str | None = None
    event_type: str
    content: dict[str, Any] = Field(alias="data")


class _Company(Answer):
    company_id: UUID


def delivery_of(webhook: Webhook, secret: str, headers: Mapping[str, str], body: bytes) -> Delivery:
    """`headers` are found by their names in lower case. Raises `WebhookForged` or `WebhookUnreadable`."""
    if not any(_is_from_pleo(webhook, one, headers, body) for one in secret.split()):
        raise WebhookForged
    try:
        event = _event(body)
        company = _Company.model_validate(event.content).company_id if event.event_type in SPELLINGS else None
    except ValidationError:
        raise WebhookUnreadable from None
    name = headers.get("webhook-id") or event.event_id
    if not name:
        raise WebhookUnreadable
    return Delivery(name, company)


def _is_from_pleo(webhook: Webhook, secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    match webhook:
        case SignedWebhook():
            return _is_signed(secret, headers, body)
        case BasicWebhook(username=username):
            expected = "Basic " + b64encode(f"{username}:{secret}".encode()).decode()
            return _are_equal(headers.get("authorization", ""), expected)
        case HeaderWebhook(header=header):
            return _are_equal(headers.get(header.lower(), ""), secret)
        case _:
            assert_never(webhook)


def _is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Within five minutes of now, by Standard Webhooks."""
    try:
        StandardWebhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library lets slip what is no base64 or no UTF-8
        return False
    return True


def _are_equal(given: str, expected: str) -> bool:
    """In a time that says nothing of where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())


def _event(body: bytes) -> _Event:
    """Pleo's guide shows the event by itself and inside `payload`; both are read."""
    try:
        return _Wrapped.model_validate_json(body).payload
    except ValidationError:
        return _Event.model_validate_json(body)


class _Wrapped(Answer):
    payload: _Event
