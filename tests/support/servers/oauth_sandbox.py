"""A connection with OAuth at a sandbox, in this process: the real server, store and client, and a clock that obeys."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import requests
from cryptography.fernet import Fernet
from pydantic import SecretStr
from support.fakes.clocks import Clock
from support.servers.sandbox_server import RunningSandbox, running_sandbox

from integration.configuration.connection import OAuth
from integration.logbook import Logbook
from integration.pleo.client import PleoClient
from integration.pleo.oauth.access import OAuthAccess, Seal
from integration.pleo.oauth.credential import OAuthAuth
from integration.pleo.oauth.server import OAuthServer, TokenPair
from integration.pleo.transport import Transport
from integration.sandbox.oauth.grants import CLIENT
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.sample_nordlys import NORDLYS

KEY = SecretStr(Fernet.generate_key().decode())


@dataclass
class OAuthBench:
    """One connection as several processes see it."""

    pleo: RunningSandbox
    clock: Clock
    logbook: Logbook
    client: OAuth
    owners: int = 0

    @property
    def server(self) -> OAuthServer:
        return OAuthServer(self.pleo.url, self.client, SecretStr(CLIENT[1]), self.clock)

    def start_process(self, connection: str = "nordlys", keys: SecretStr = KEY) -> OAuthAccess:
        """Another one, with nothing in its memory."""
        self.owners += 1
        owner = f"host:{self.owners}:1"
        return OAuthAccess(
            connection,
            server=self.server,
            tokens=self.logbook.tokens,
            seal=Seal(keys),
            owner=lambda: owner,
            clock=self.clock,
        )

    def build_client(self, access: OAuthAccess) -> PleoClient:
        return PleoClient(Transport(self.pleo.url, OAuthAuth(access)))

    def authorise(self, **changes: str) -> TokenPair:
        """Somebody allows it in the browser."""
        asked = self.server.authorisation()
        answer = grant_consent(asked.url, **changes)
        assert answer["state"] == asked.state
        return self.server.redeem(answer["code"], asked.verifier)

    def connect_new(self, connection: str = "nordlys") -> OAuthAccess:
        access = self.start_process(connection)
        access.connect(self.authorise())
        return access


def grant_consent(url: str, **changes: str) -> dict[str, str]:
    """What comes back to us when the person says yes; `changes` go into the address."""
    wanted = {"company_id": str(NORDLYS.id)} | changes
    answer = requests.get(url, params=wanted, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


@contextmanager
def an_oauth_bench(database_url: str) -> Iterator[OAuthBench]:
    clock = Clock()
    sandbox = Sandbox(clock=clock)
    sandbox.add_company(NORDLYS)
    with running_sandbox(sandbox) as pleo:
        logbook = Logbook.at(database_url)
        client = OAuth(client_id=CLIENT[0], client_secret_env="SECRET")
        try:
            yield OAuthBench(pleo, clock, logbook, client)
        finally:
            logbook.close()
