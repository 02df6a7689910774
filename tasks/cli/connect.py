"""`pleo-export connect`: a person authorises a connection in the browser, once."""

import hmac
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final
from urllib.parse import parse_qs, urlsplit

import click
from typing_extensions import override

from integration.configuration.connection import Connection
from integration.errors import PleoError, UsageError
from integration.pleo.client import PleoClient
from integration.pleo.credentials import is_of_company, missing_scopes
from integration.pleo.oauth.credential import BearerAuth
from integration.pleo.oauth.server import TokenPair
from integration.pleo.transport import Transport
from tasks import context

PATIENCE_SECONDS: Final = 300.0
SECONDS_TO_SEND_A_REQUEST: Final = 5.0


def connect(name: str, *, in_browser: bool) -> None:
    """Raises `UsageError`, or a `PleoError` where the authorisation does not come about."""
    connection = context.current().settings.connection_of(name)
    if connection.oauth is None:
        raise UsageError(f"Connection {connection.name} uses an API key; it has no [connections.oauth] section.")
    server, access = context.current().oauth(connection, connection.oauth)
    asked = server.authorisation()
    with _Loopback(connection.oauth.redirect_uri, asked.state) as loopback:
        click.echo(f"Open this address, log in to Pleo and allow the access:\n\n  {asked.url}\n")
        if in_browser:
            webbrowser.open(asked.url)
        code = loopback.code()
    pair = server.redeem(code, asked.verifier)
    scopes = _checked(pair, connection)
    access.connect(pair)
    click.echo(f"{connection.name} is connected to company {connection.company_id}, with {scopes}.")


def _checked(pair: TokenPair, connection: Connection) -> str:
    """The scopes. Raises `UsageError` for an authorisation that cannot be used; its tokens are not kept."""
    transport = Transport(context.current().settings.base_url, BearerAuth(pair.access_token))
    try:
        given = PleoClient(transport).introspect()
    finally:
        transport.close()
    if not is_of_company(given, connection.company_id):
        raise UsageError(
            f"You authorised {given.subject_urn}, but {connection.name} is company {connection.company_id}. "
            "Run this again and choose that company."
        )
    if missing := missing_scopes(given):
        raise UsageError(f"The authorisation lacks {', '.join(missing)}. Add it to oauth.scopes, then run this again.")
    return given.scope


class _Loopback(HTTPServer):
    """Listens on this machine for the browser to come back with a code."""

    timeout = 0.5

    def __init__(self, redirect_uri: str, state: str) -> None:
        self._address, self._state = urlsplit(redirect_uri), state
        self._answer: dict[str, str] | None = None
        try:
            super().__init__(("127.0.0.1", self._address.port or 80), _Handler)
        except OSError as error:
            raise UsageError(
                f"Cannot listen on {redirect_uri}: {error.strerror}. Register another redirect_uri."
            ) from None

    def code(self) -> str:
        """Waits. Raises `UsageError` where nobody comes, or comes with a refusal."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._answer is None:
            if time.monotonic() > deadline:
                raise UsageError("Nobody came back from Pleo. Run this again.")
            self.handle_request()
        if "code" not in self._answer:
            told = f"{self._answer.get('error', '')} {self._answer.get('error_description', '')}".strip()
            raise PleoError(f"Pleo did not authorise it: {told[:200] or 'no code came back'}.")
        return self._answer["code"]

    def take(self, target: str) -> tuple[int, str]:
        """The status and the sentence for the browser. What comes without our state is not ours."""
        parts = urlsplit(target)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path != self._address.path:
            return 404, "There is nothing here."
        if not hmac.compare_digest(given.get("state", "").encode(), self._state.encode()):
            return 400, "This is not the answer that was asked for. Start again from the command line."
        self._answer = given
        return 200, "Done: go back to the command line. This window can be closed."


class _Handler(BaseHTTPRequestHandler):
    server: _Loopback
    timeout = SECONDS_TO_SEND_A_REQUEST

    def do_GET(self) -> None:
        """The browser comes back."""
        status, sentence = self.server.take(self.path)
        body = f"<!doctype html><title>pleo-export</title><p>{sentence}</p>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the address holds a code."""
