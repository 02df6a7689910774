"""Webhooks that the sandbox sends when Export is pressed: as Pleo would, or as a receiver must survive it."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock, Thread
from typing import Any, Final
from uuid import UUID, uuid4

import requests
from standardwebhooks import Webhook

from integration.pleo.models import ExportJob
from integration.sandbox.api.wire import to_json, value
from integration.sandbox.clock import utc_now
from integration.sandbox.state.jobs import Job
from integration.sandbox.webhooks.subscriptions import (
    AuthType,
    EndpointAuth,
    Subscription,
    Subscriptions,
    SubscriptionStatus,
)

EVENT_TYPE: Final = "v1.export-job.created"
TIMEOUT_SECONDS: Final = 10
OVERSIZED_BYTES: Final = 2_000_000


class Manner(StrEnum):
    """How deliveries are made from now on."""

    #: The event by itself, signed.
    PLAIN = "plain"
    #: The event inside `payload`, as Pleo's event page prints it.
    WRAPPED = "wrapped"
    #: As plain, under a name of the event that only Pleo's prose has.
    RENAMED = "renamed"
    #: The same delivery twice, with the same id.
    DUPLICATE = "duplicate"
    #: Signed with a secret that is not the subscription's, and without its credentials and headers.
    FORGED = "forged"
    #: Rightly signed an hour ago.
    STALE = "stale"
    #: Two megabytes.
    OVERSIZED = "oversized"
    #: Rightly signed, about a company that nobody knows.
    FOREIGN = "foreign"
    #: Never sent.
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was sent and what was answered; without a status nobody answered."""

    time: datetime
    manner: Manner
    company_id: UUID
    job_id: UUID
    webhook_id: str
    url: str
    status: int | None
    milliseconds: int


class Deliveries:
    """Sends in the background, each once: whether Pleo tries again is not published."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self.manner = Manner.PLAIN
        self._subscriptions = subscriptions
        self._lock = Lock()
        self._last_announced_serial = 0
        self._history: list[Delivery] = []

    @property
    def made(self) -> tuple[Delivery, ...]:
        """Oldest first."""
        with self._lock:
            return tuple(self._history)

    def announce_new(self, jobs: Iterable[Job]) -> None:
        """Those that were not announced before."""
        with self._lock:
            new = [job for job in jobs if job.serial > self._last_announced_serial]
            self._last_announced_serial = max((job.serial for job in new), default=self._last_announced_serial)
        for job in new:
            self.announce(job.head, self.manner)

    def announce(self, job: ExportJob, manner: Manner) -> None:
        """To every subscription of the company that wants to hear of it."""
        for one in self._subscriptions.list_company_subscriptions(job.company_id):
            if one.settings.status is SubscriptionStatus.ACTIVE and EVENT_TYPE in one.settings.event_types:
                Thread(target=self._deliver, args=(one, job, manner), daemon=True).start()

    def _deliver(self, subscription: Subscription, job: ExportJob, manner: Manner) -> None:
        webhook_id = f"msg_{uuid4().hex}"
        body = _build_body(job, manner)
        headers = _build_headers(subscription, manner, webhook_id, body)
        for _ in range(_SEND_COUNTS.get(manner, 1)):
            sent = utc_now()
            status = _post(subscription.settings.endpoint_url, body, headers)
            milliseconds_taken = round((utc_now() - sent).total_seconds() * 1000)
            made = Delivery(
                sent,
                manner,
                job.company_id,
                job.id,
                webhook_id,
                subscription.settings.endpoint_url,
                status,
                milliseconds_taken,
            )
            with self._lock:
                self._history.append(made)


_SEND_COUNTS: Final[Mapping[Manner, int]] = {Manner.DUPLICATE: 2, Manner.LOST: 0}


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
    try:
        return requests.post(url, body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False).status_code
    except requests.RequestException:
        return None


def _build_body(job: ExportJob, manner: Manner) -> bytes:
    resource = value(job)
    if manner is Manner.FOREIGN:
        resource["companyId"] = uuid4()
    event: dict[str, Any] = {
        "eventId": uuid4(),
        "eventType": "v1.export.job-created" if manner is Manner.RENAMED else EVENT_TYPE,
        "data": resource,
    }
    if manner is Manner.OVERSIZED:
        event["padding"] = "x" * OVERSIZED_BYTES
    return to_json({"payload": event} if manner is Manner.WRAPPED else event)


def _build_headers(subscription: Subscription, manner: Manner, webhook_id: str, body: bytes) -> dict[str, str]:
    forged = manner is Manner.FORGED
    sent = utc_now() - (timedelta(hours=1) if manner is Manner.STALE else timedelta())
    secret = b64encode(b"not the subscription's secret").decode() if forged else subscription.secret
    own = (
        {}
        if forged
        else {**(subscription.settings.custom_headers or {}), **_build_basic_auth(subscription.settings.endpoint_auth)}
    )
    return own | {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(sent.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, sent, body.decode()),
    }


def _build_basic_auth(auth: EndpointAuth | None) -> dict[str, str]:
    if auth is None or auth.type is not AuthType.BASIC or auth.credentials is None:
        return {}
    both = f"{auth.credentials.username or ''}:{auth.credentials.password or ''}"
    return {"authorization": "Basic " + b64encode(both.encode()).decode()}
