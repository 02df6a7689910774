"""Pleo's webhook subscriptions: where it sends its events, and the secret that signs them."""

from collections.abc import Iterator
from uuid import UUID

from pydantic import Field, SecretStr

from integration.configuration.connection import BasicWebhook, HeaderWebhook, SignedWebhook, Webhook
from integration.pleo.client import PleoClient
from integration.pleo.models import One, Page
from integration.pleo.models.wire import Answer, Request
from integration.pleo.webhooks import EXPORT_JOB_CREATED


class Subscription(Answer):
    """One that Pleo has; its secrets are not read."""

    id: UUID
    endpoint_url: str
    event_types: tuple[str, ...]
    status: str


class SigningSecret(Answer):
    """`whsec_…`."""

    secret_key: SecretStr


class Login(Request):
    """Sent with each delivery."""

    username: str
    password: str


class EndpointAuth(Request):
    """How Pleo logs in to us."""

    type: str = "BASIC"
    credentials: Login


class NewSubscription(Request):
    """Also in place of an old one: an update replaces all of it."""

    endpoint_url: str
    event_types: tuple[str, ...] = (EXPORT_JOB_CREATED,)
    custom_headers: dict[str, str] | None = None
    endpoint_auth: EndpointAuth | None = Field(default=None, repr=False)
    status: str = "ACTIVE"

    @classmethod
    def to(cls, url: str, webhook: Webhook, secret: str) -> "NewSubscription":
        """With what the connection wants to recognise Pleo by; a signature needs nothing."""
        match webhook:
            case SignedWebhook():
                return cls(endpoint_url=url)
            case BasicWebhook(username=username):
                auth = EndpointAuth(credentials=Login(username=username, password=secret))
                return cls(endpoint_url=url, endpoint_auth=auth)
            case HeaderWebhook(header=header):
                return cls(endpoint_url=url, custom_headers={header: secret})


class SubscriptionClient(PleoClient):
    """The same credential at the same host. Every method may raise a `PleoError`."""

    def subscriptions(self) -> Iterator[Subscription]:
        """Those of the credential's company."""
        return self._pages("/v1/subscriptions", Page[Subscription], [])

    def subscribe(self, wish: NewSubscription) -> Subscription:
        """A new one, with a secret of its own."""
        return self._read("POST", "/v1/subscriptions", One[Subscription], body=_json(wish)).data

    def change(self, subscription_id: UUID, wish: NewSubscription) -> Subscription:
        """Its signing secret stays."""
        path = f"/v1/subscriptions/{subscription_id}"
        return self._read("PUT", path, One[Subscription], body=_json(wish)).data

    def unsubscribe(self, subscription_id: UUID) -> None:
        """Pleo delivers to it no more."""
        self._transport.request("DELETE", f"/v1/subscriptions/{subscription_id}")

    def signing_secret(self, subscription_id: UUID) -> SecretStr:
        """What its deliveries are signed with."""
        return self._read("GET", f"/v1/subscriptions/{subscription_id}/secret", One[SigningSecret]).data.secret_key


def _json(wish: NewSubscription) -> bytes:
    return wish.model_dump_json(by_alias=True, exclude_none=True).encode()
