"""The operations on webhook subscriptions over HTTP."""

from http import HTTPStatus
from uuid import UUID

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integration.sandbox.api.answers import Unauthenticated
from integration.sandbox.api.bodies import parse
from integration.sandbox.api.http import JsonAnswer, json_of
from integration.sandbox.api.paging import PageSizes, page
from integration.sandbox.api.query import Query
from integration.sandbox.oauth.credentials import credential_of
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.webhooks.subscriptions import OperationType, Subscriptions, SubscriptionStatus, Wish
from integration.sandbox.world.companies import Company

_WISH = TypeAdapter(Wish)


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
        query, statuses = self._query(request), self._query(request).each_of("status", SubscriptionStatus)
        wanted = {*query.all("event_types"), *query.all("event_types[]")}
        rows = [
            (one.serial, one)
            for one in self._subscriptions.of(self._caller(request).id)
            if one.wish.status in (statuses or SubscriptionStatus) and (not wanted or wanted & {*one.wish.event_types})
        ]
        return JsonAnswer(page(rows, query, self._sizes, lambda one: one.wire))

    async def _create(self, request: Request) -> Response:
        caller = self._caller(request)
        return JsonAnswer({"data": self._subscriptions.add(caller.id, parse(_WISH, await json_of(request))).wire})

    async def _get(self, request: Request) -> Response:
        return JsonAnswer({"data": self._subscriptions.get(*self._key(request)).wire})

    async def _replace(self, request: Request) -> Response:
        wish = parse(_WISH, await json_of(request))
        return JsonAnswer({"data": self._subscriptions.replace(*self._key(request), wish).wire})

    async def _remove(self, request: Request) -> Response:
        self._subscriptions.remove(*self._key(request))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _secret(self, request: Request) -> Response:
        return JsonAnswer({"data": {"secretKey": self._subscriptions.get(*self._key(request)).secret}})

    async def _activities(self, request: Request) -> Response:
        query = self._query(request)
        names = [*query.all("operation_types"), *query.all("operation_types[]")]
        kinds = [parse(TypeAdapter(OperationType), name, "operation_types") for name in names]
        found = self._subscriptions.activities(*self._key(request))
        rows = [(one.serial, one) for one in found if one.operation in (kinds or OperationType)]
        return JsonAnswer(page(rows, query, self._sizes, lambda one: one.wire))

    def _caller(self, request: Request) -> Company:
        """Raises `Unauthenticated`."""
        credential = credential_of(request.headers.get("authorization"))
        if credential is None:
            raise Unauthenticated
        return self._sandbox.caller(credential.api_key)

    def _key(self, request: Request) -> tuple[UUID, UUID]:
        subscription_id = request.path_params["subscription_id"]
        return self._caller(request).id, parse(TypeAdapter(UUID), subscription_id, "id")

    def _query(self, request: Request) -> Query:
        parameters = request.query_params
        return Query({name: parameters.getlist(name) for name in parameters})
