"""The authorisation server over HTTP: the page where a person allows it, the tokens, and their introspection.

A script answers without the page: it adds `company_id=…`, or `deny=1`, to the authorise request.
"""

from base64 import b64encode
from collections.abc import Mapping
from secrets import compare_digest
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import TypeAdapter
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from integration.sandbox.api.answers import BadRequest
from integration.sandbox.api.bodies import parse
from integration.sandbox.api.http import PleoJsonResponse, read_body
from integration.sandbox.oauth.grants import CLIENT, AuthorisationRequest, Grants, OAuthError
from integration.sandbox.page import CONTENT_SECURITY_POLICY
from integration.sandbox.state.rules import Sandbox

LOOPBACK_PREFIXES = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")
MIN_VERIFIER_LENGTH, MAX_VERIFIER_LENGTH = 43, 128

_TEMPLATES = Environment(loader=PackageLoader("integration.sandbox"), autoescape=True, undefined=StrictUndefined)


class OAuthApi:
    """One client is registered, with every address on the caller's own machine to come back to."""

    def __init__(self, sandbox: Sandbox, grants: Grants) -> None:
        self._sandbox, self._grants = sandbox, grants

    def routes(self) -> list[Route]:
        """Paths as in Pleo's guide."""
        return [
            Route("/oauth/authorize", self._authorise, methods=["GET"]),
            Route("/oauth/token", self._issue_token, methods=["POST"]),
            Route("/oauth/token/introspect", self._introspect, methods=["POST"]),
            Route("/sandbox/companies/{company_id}/revoke", self._revoke, methods=["POST"]),
        ]

    async def _authorise(self, request: HttpRequest) -> Response:
        parameters = request.query_params
        uri = parameters.get("redirect_uri", "")
        if parameters.get("client_id") != CLIENT[0] or not uri.startswith(LOOPBACK_PREFIXES):
            raise BadRequest("client_id, redirect_uri: not registered")  # never sent back to an address like that
        if (parameters.get("response_type"), parameters.get("code_challenge_method")) != ("code", "S256"):
            return _redirect_back(uri, error="invalid_request", state=parameters.get("state"))
        if "deny" in parameters:
            return _redirect_back(
                uri, error="access_denied", error_description="The user said no.", state=parameters.get("state")
            )
        for company in self._sandbox.companies:
            if str(company.id) == parameters.get("company_id"):
                authorisation = AuthorisationRequest(
                    company.id, uri, parameters.get("scope", ""), parameters.get("code_challenge", "")
                )
                return _redirect_back(uri, code=self._grants.authorise(authorisation), state=parameters.get("state"))
        html = _TEMPLATES.get_template("authorise.html").render(
            scopes=parameters.get("scope", "").split(),
            companies=self._sandbox.companies,
            query=urlencode(parameters.multi_items()),
        )
        return HTMLResponse(html, headers={"content-security-policy": CONTENT_SECURITY_POLICY})

    async def _issue_token(self, request: HttpRequest) -> Response:
        try:
            return PleoJsonResponse(
                self._issue_tokens(await _read_form(request)), headers={"cache-control": "no-store"}
            )
        except OAuthError as error:
            return PleoJsonResponse({"error": str(error)}, 401 if str(error) == "invalid_client" else 400)

    def _issue_tokens(self, form: Mapping[str, str]) -> dict[str, object]:
        if (form.get("client_id"), form.get("client_secret")) != CLIENT:
            raise OAuthError("invalid_client")
        match form.get("grant_type"):
            case "authorization_code":
                verifier = form.get("code_verifier", "")
                if not MIN_VERIFIER_LENGTH <= len(verifier) <= MAX_VERIFIER_LENGTH:
                    raise OAuthError("invalid_request")
                return self._grants.redeem(form.get("code", ""), form.get("redirect_uri", ""), verifier)
            case "refresh_token":
                return self._grants.refresh(form.get("refresh_token", ""))
            case _:
                raise OAuthError("unsupported_grant_type")

    async def _introspect(self, request: HttpRequest) -> Response:
        expected = b64encode(":".join(CLIENT).encode()).decode()
        if not compare_digest(request.headers.get("authorization", "").encode(), f"Basic {expected}".encode()):
            return PleoJsonResponse({"error": "invalid_client"}, 401)
        held = self._grants.find_token_access((await _read_form(request)).get("token", ""))
        if held is None:
            return PleoJsonResponse({"active": False})
        authorisation, until = held
        return PleoJsonResponse(
            {
                "active": True,
                "client_id": CLIENT[0],
                "exp": int(until.timestamp()),
                "urn:pleo:params:oauth:subject_urn": f"urn:pleo:company:{authorisation.company_id}",
            }
        )

    async def _revoke(self, request: HttpRequest) -> Response:
        company_id = parse(TypeAdapter(UUID), request.path_params["company_id"], "company_id")
        return PleoJsonResponse({"data": {"revoked": self._grants.revoke(company_id)}})


def _redirect_back(uri: str, **answer: str | None) -> Response:
    given = {name: text for name, text in answer.items() if text is not None}
    return RedirectResponse(f"{uri}?{urlencode(given)}", 302)


async def _read_form(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl((await read_body(request)).decode(errors="replace")))
