"""Lets an OAuth access token in where it is good: the API behind it sees the company's own key."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from integration.sandbox.api.answers import Forbidden
from integration.sandbox.api.http import JsonAnswer
from integration.sandbox.oauth.grants import CLIENT, Grants, Request
from integration.sandbox.state.rules import Sandbox

INTROSPECTION: Final = "/v1/introspect"


class TokenGate:
    """Anything else than a good token passes as it is, and the API says what it thinks of it."""

    def __init__(self, app: ASGIApp, *, sandbox: Sandbox, grants: Grants) -> None:
        self._app, self._sandbox, self._grants = app, sandbox, grants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        answer = self._app
        if scope["type"] == "http" and (allowed := self._allowed(scope)):
            scope = self._with_key(scope, allowed)
            if scope["path"] == INTROSPECTION:
                self._sandbox.caller(self._api_key(allowed))  # counted like any other request
                answer = _introspection(allowed)
            elif _scope_for(scope["method"], scope["path"]) not in {None, *allowed.scope.split()}:
                answer = JsonAnswer({"type": Forbidden.type, "message": "The token lacks a scope."}, Forbidden.status)
        await answer(scope, receive, send)

    def _allowed(self, scope: Scope) -> Request | None:
        kind, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        held = self._grants.holder(token) if kind.lower() == "bearer" else None
        return held[0] if held else None

    def _api_key(self, allowed: Request) -> str:
        return next(one.api_key for one in self._sandbox.companies if one.id == allowed.company_id)

    def _with_key(self, scope: Scope, allowed: Request) -> Scope:
        headers = [(name, text) for name, text in scope["headers"] if name != b"authorization"]
        return {**scope, "headers": [*headers, (b"authorization", f"Bearer {self._api_key(allowed)}".encode())]}


def _scope_for(method: str, path: str) -> str | None:
    """Pleo's API reference, export API scopes; of other operations none is published."""
    if not path.startswith("/v3/"):
        return None
    if path.startswith("/v3/export-items"):
        return "export-items:read"
    return "export-jobs:read" if method == "GET" else "export-jobs:write"


def _introspection(allowed: Request) -> JsonAnswer:
    client = {"authMethod": "OAUTH2", "clientId": CLIENT[0], "scope": allowed.scope, "applicationName": "Sandbox"}
    return JsonAnswer({"data": {**client, "subjectURN": f"urn:pleo:company:{allowed.company_id}"}})
