"""What there is beside the Export API: OAuth and webhooks."""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from integration.sandbox.api.paging import PageSizes
from integration.sandbox.oauth.grants import Grants
from integration.sandbox.oauth.oauth_api import OAuthApi
from integration.sandbox.oauth.token_gate import TokenMiddleware
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.webhooks.deliveries import Deliveries
from integration.sandbox.webhooks.subscriptions import Subscriptions
from integration.sandbox.webhooks.subscriptions_api import SubscriptionsApi
from integration.sandbox.webhooks.webhook_controls import WebhookControls


class Extras:
    """Grants, subscriptions and deliveries of one sandbox."""

    def __init__(self, sandbox: Sandbox, sizes: PageSizes) -> None:
        self._sandbox, self._sizes = sandbox, sizes
        self._grants = Grants(sandbox.clock)
        self._subscriptions = Subscriptions(sandbox.clock)
        self._deliveries = Deliveries(self._subscriptions)

    def routes(self) -> Sequence[Route]:
        """Of Pleo's and for testers."""
        return [
            *OAuthApi(self._sandbox, self._grants).routes(),
            *SubscriptionsApi(self._sandbox, self._subscriptions, self._sizes).routes(),
            *WebhookControls(self._sandbox, self._subscriptions, self._deliveries).routes(),
        ]

    def middleware(self) -> Sequence[Middleware]:
        """Tokens are understood before the API is asked; jobs are announced after."""
        return [
            Middleware(TokenMiddleware, sandbox=self._sandbox, grants=self._grants),
            Middleware(WebhookAnnouncer, sandbox=self._sandbox, deliveries=self._deliveries),
        ]


class WebhookAnnouncer:
    """Announces the jobs that a request has made."""

    def __init__(self, app: ASGIApp, *, sandbox: Sandbox, deliveries: Deliveries) -> None:
        self._app, self._sandbox, self._deliveries = app, sandbox, deliveries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] == "POST":
            self._deliveries.announce_new(self._sandbox.jobs())
