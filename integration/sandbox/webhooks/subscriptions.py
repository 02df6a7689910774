"""Who wants to hear of which events, and where (Pleo's API reference, subscriptions)."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from secrets import token_bytes
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import AfterValidator, Field

from integration.sandbox.api.answers import NotFound
from integration.sandbox.api.bodies import Body
from integration.sandbox.clock import Clock


class AuthType(StrEnum):
    """How a delivery proves itself besides its signature."""

    NONE = "NONE"
    BASIC = "BASIC"


class SubscriptionStatus(StrEnum):
    """Whether deliveries are made."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class OperationType(StrEnum):
    """What was done to a subscription."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


class EndpointCredentials(Body):
    """Pleo documents a token as well and no type that would use it."""

    username: str | None = None
    password: str | None = None
    token: str | None = None


class EndpointAuth(Body):
    """Sent with each delivery."""

    type: AuthType = AuthType.NONE
    credentials: EndpointCredentials | None = None


def _check_unique(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("each event type once")
    return names


class SubscriptionSettings(Body):
    """What is asked for; an update replaces all of it."""

    endpoint_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+")]
    event_types: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_check_unique)]
    custom_headers: dict[str, str] | None = None
    endpoint_auth: EndpointAuth | None = None
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE


@dataclass(slots=True)
class Subscription:
    """`secret` signs its deliveries."""

    serial: int
    company_id: UUID
    settings: SubscriptionSettings
    created_at: datetime
    updated_at: datetime
    id: UUID = field(default_factory=uuid4)
    secret: str = field(default_factory=lambda: "whsec_" + b64encode(token_bytes(24)).decode(), repr=False)

    @property
    def wire(self) -> dict[str, Any]:
        """As Pleo sends it."""
        own_fields = {"id": self.id, "createdAt": self.created_at, "updatedAt": self.updated_at}
        return own_fields | self.settings.model_dump(by_alias=True, exclude_none=True)


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that was done to a subscription."""

    serial: int
    subscription_id: UUID
    operation: OperationType
    company_id: UUID
    created_at: datetime
    id: UUID = field(default_factory=uuid4)

    @property
    def wire(self) -> Mapping[str, object]:
        """As Pleo sends it."""
        return {
            "id": self.id,
            "subscriptionId": self.subscription_id,
            "operationType": self.operation,
            "actorUrn": f"urn:pleo:company:{self.company_id}",
            "description": f"{self.operation.lower()} by an API client",
            "createdAt": self.created_at,
        }


class Subscriptions:
    """Of all companies, in the order in which they came."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: list[Subscription] = []
        self._activities: list[Activity] = []

    def list_company_subscriptions(self, company_id: UUID) -> list[Subscription]:
        """A company's own."""
        return [one for one in self._all if one.company_id == company_id]

    def get(self, company_id: UUID, subscription_id: UUID) -> Subscription:
        """Raises `NotFound`."""
        for one in self.list_company_subscriptions(company_id):
            if one.id == subscription_id:
                return one
        raise NotFound("No such subscription.")

    def add(self, company_id: UUID, settings: SubscriptionSettings) -> Subscription:
        """With a secret of its own."""
        now = self._clock()
        one = Subscription(len(self._activities) + 1, company_id, settings, now, now)
        self._all.append(one)
        self._add_activity(one, OperationType.CREATE)
        return one

    def replace(self, company_id: UUID, subscription_id: UUID, settings: SubscriptionSettings) -> Subscription:
        """Its secret stays. Raises `NotFound`."""
        one = self.get(company_id, subscription_id)
        one.settings, one.updated_at = settings, self._clock()
        self._add_activity(one, OperationType.UPDATE)
        return one

    def remove(self, company_id: UUID, subscription_id: UUID) -> None:
        """Raises `NotFound`."""
        one = self.get(company_id, subscription_id)
        self._all.remove(one)
        self._add_activity(one, OperationType.DELETE)

    def activities(self, company_id: UUID, subscription_id: UUID) -> list[Activity]:
        """Also of one that was removed. Raises `NotFound`."""
        found = [
            one for one in self._activities if (one.company_id, one.subscription_id) == (company_id, subscription_id)
        ]
        if not found:
            raise NotFound("No such subscription.")
        return found

    def _add_activity(self, one: Subscription, operation: OperationType) -> None:
        serial = len(self._activities) + 1
        self._activities.append(Activity(serial, one.id, operation, one.company_id, self._clock()))
