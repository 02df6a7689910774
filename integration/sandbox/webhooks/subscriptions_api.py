"""The operations on webhook subscriptions over HTTP."""

from http import HTTPStatus
from uuid import UUID

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integration.sandbox.api.answers import Unauthenticated
from integration.sandbox.api.bodies import parse
from integration.sandbox.api.http import PleoJsonResponse, read_json
from integration.sandbox.api.paging import PageSizes, page
from integration.sandbox.api.query import Query
from integration.sandbox.oauth.credentials import parse_credential
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.webhooks.subscriptions import (
    OperationType,
    Subscriptions,
    SubscriptionSettings,
    SubscriptionStatus,
)
from integration.sandbox.world.companies import Company

_SETTINGS = TypeAdapter(SubscriptionSettings)


class SubscriptionsApi:
    """Each on behalf of the company whose key came with the request."""

    def __init__(self, sandbox: Sandbox, subscriptions: Subscriptions, sizes: PageSizes) -> None:
        self._sandbox, self._subscriptions, self._sizes = sandbox, subscriptions, sizes

    def routes(self) -> list[Route]:
        """Paths as in Pleo's API reference."""
        one = "/v1/subscriptions/{subscription_id}"
        return [
            Route("/v1/subscriptions", self._list, methods=["GET"]),
            Route("/v1/subscriptions", self._create, methods=["POST"]),
            Route(one, self._get, methods=["GET"]),
            Route(one, self._replace, methods=["PUT"]),
            Route(one, self._remove, methods=["DELETE"]),
            Route(f"{one}/activities", self._activities, methods=["GET"]),
            Route(f"{one}/secret", self._secret, methods=["GET"]),
        ]

    async def _list(self, request: Request) -> Response:
        query, statuses = self._read_query(request), self._read_query(request).parse_each("status", SubscriptionStatus)
        wanted = {*query.all("event_types"), *query.all("event_types[]")}
        rows = [
            (one.serial, one)
            for one in self._subscriptions.list_company_subscriptions(self._authenticate(request).id)
            if one.settings.status in (statuses or SubscriptionStatus)
            and (not wanted or wanted & {*one.settings.event_types})
        ]
        return PleoJsonResponse(page(rows, query, self._sizes, lambda one: one.wire))

    async def _create(self, request: Request) -> Response:
        caller = self._authenticate(request)
        return PleoJsonResponse(
            {"data": self._subscriptions.add(caller.id, parse(_SETTINGS, await read_json(request))).wire}
        )

    async def _get(self, request: Request) -> Response:
        return PleoJsonResponse({"data": self._subscriptions.get(*self._parse_key(request)).wire})

    async def _replace(self, request: Request) -> Response:
        settings = parse(_SETTINGS, await read_json(request))
        return PleoJsonResponse({"data": self._subscriptions.replace(*self._parse_key(request), settings).wire})

    async def _remove(self, request: Request) -> Response:
        self._subscriptions.remove(*self._parse_key(request))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _secret(self, request: Request) -> Response:
        return PleoJsonResponse({"data": {"secretKey": self._subscriptions.get(*self._parse_key(request)).secret}})

    async def _activities(self, request: Request) -> Response:
        query = self._read_query(request)
        names = [*query.all("operation_types"), *query.all("operation_types[]")]
        kinds = [parse(TypeAdapter(OperationType), name, "operation_types") for name in names]
        found = self._subscriptions.activities(*self._parse_key(request))
        rows = [(one.serial, one) for one in found if one.operation in (kinds or OperationType)]
        return PleoJsonResponse(page(rows, query, self._sizes, lambda one: one.wire))

    def _authenticate(self, request: Request) -> Company:
        """Raises `Unauthenticated`."""
        credential = parse_credential(request.headers.get("authorization"))
        if credential is None:
            raise Unauthenticated
        return self._sandbox.caller(credential.api_key)

    def _parse_key(self, request: Request) -> tuple[UUID, UUID]:
        subscription_id = request.path_params["subscription_id"]
        return self._authenticate(request).id, parse(TypeAdapter(UUID), subscription_id, "id")

    def _read_query(self, request: Request) -> Query:
        parameters = request.query_params
        return Query({name: parameters.getlist(name) for name in parameters})
