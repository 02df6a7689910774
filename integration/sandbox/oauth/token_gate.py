"""Lets an OAuth access token in where it is good: the API behind it sees the company's own key."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from integration.sandbox.api.answers import Forbidden
from integration.sandbox.api.http import PleoJsonResponse
from integration.sandbox.oauth.grants import CLIENT, AuthorisationRequest, Grants
from integration.sandbox.state.rules import Sandbox

INTROSPECTION_PATH: Final = "/v1/introspect"


class TokenMiddleware:
    """Anything else than a good token passes as it is, and the API says what it thinks of it."""

    def __init__(self, app: ASGIApp, *, sandbox: Sandbox, grants: Grants) -> None:
        self._app, self._sandbox, self._grants = app, sandbox, grants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        answer = self._app
        if scope["type"] == "http" and (authorisation := self._find_authorisation(scope)):
            scope = self._replace_token_by_api_key(scope, authorisation)
            if scope["path"] == INTROSPECTION_PATH:
                self._sandbox.caller(self._find_api_key(authorisation))  # counted like any other request
                answer = _build_introspection(authorisation)
            elif _find_required_scope(scope["method"], scope["path"]) not in {None, *authorisation.scope.split()}:
                answer = PleoJsonResponse(
                    {"type": Forbidden.type, "message": "The token lacks a scope."}, Forbidden.status
                )
        await answer(scope, receive, send)

    def _find_authorisation(self, scope: Scope) -> AuthorisationRequest | None:
        kind, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        held = self._grants.find_token_access(token) if kind.lower() == "bearer" else None
        return held[0] if held else None

    def _find_api_key(self, authorisation: AuthorisationRequest) -> str:
        return next(one.api_key for one in self._sandbox.companies if one.id == authorisation.company_id)

    def _replace_token_by_api_key(self, scope: Scope, authorisation: AuthorisationRequest) -> Scope:
        headers = [(name, text) for name, text in scope["headers"] if name != b"authorization"]
        return {
            **scope,
            "headers": [*headers, (b"authorization", f"Bearer {self._find_api_key(authorisation)}".encode())],
        }


def _find_required_scope(method: str, path: str) -> str | None:
    """Pleo's API reference, export API scopes; of other operations none is published."""
    if not path.startswith("/v3/"):
        return None
    if path.startswith("/v3/export-items"):
        return "export-items:read"
    return "export-jobs:read" if method == "GET" else "export-jobs:write"


def _build_introspection(authorisation: AuthorisationRequest) -> PleoJsonResponse:
    client = {"authMethod": "OAUTH2", "clientId": CLIENT[0], "scope": authorisation.scope, "applicationName": "Sandbox"}
    return PleoJsonResponse({"data": {**client, "subjectURN": f"urn:pleo:company:{authorisation.company_id}"}})
