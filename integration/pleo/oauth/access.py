"""A connection's OAuth tokens: sealed in the logbook, renewed by one process at a time, stored before they are used.

Two refreshes at once would make Pleo end the authorisation: each refresh token is good for one use.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from integration.errors import ConfigurationError, PleoDisconnected, PleoUnreachable
from integration.logbook.tokens import Tokens
from integration.pleo.oauth.server import GrantRefused, OAuthServer, TokenPair

log = logging.getLogger(__name__)

#: Renewed so long before it expires that no request is under way with it then.
LEEWAY: Final = timedelta(seconds=60)
#: Far longer than Pleo may take to answer: who loses the lease must not have a refresh under way.
LEASE_SECONDS: Final = 120
#: Another process renews: that takes a second or so.
PATIENCE_SECONDS: Final = 3.0


class Seal:
    """Encrypts with the first of the keys (separated by blanks) and reads what any of them has encrypted."""

    def __init__(self, keys: SecretStr) -> None:
        self._keys = MultiFernet([Fernet(key) for key in keys.get_secret_value().split()])

    def close(self, pair: TokenPair) -> str:
        """As kept in the logbook."""
        return self._keys.encrypt(pair.model_dump_json().encode()).decode()

    def open(self, sealed: str) -> TokenPair:
        """Raises `ConfigurationError` where none of the keys fits."""
        try:
            return TokenPair.model_validate_json(self._keys.decrypt(sealed.encode()))
        except InvalidToken:
            raise ConfigurationError(
                "PLEO_EXPORT_TOKEN_KEY does not open the stored tokens. Add the key that they were stored under, "
                "after a blank, or run `pleo-export connect` again."
            ) from None


class OAuthAccess:
    """One connection's tokens, for one thread of one process or several."""

    def __init__(
        self,
        connection: str,
        *,
        server: OAuthServer,
        tokens: Tokens,
        seal: Seal,
        owner: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._connection, self._server, self._tokens, self._seal = connection, server, tokens, seal
        self._owner, self._clock = owner, clock
        self._pair: TokenPair | None = None

    def connect(self, pair: TokenPair) -> None:
        """Keep the tokens of a new authorisation."""
        self._tokens.keep(self._connection, self._seal.close(pair))
        self._pair = pair

    def token(self) -> SecretStr:
        """One that is good for a minute at least. Raises `PleoDisconnected` or another `PleoError`."""
        pair = self._pair or self._stored()
        if pair.expires_at - self._clock() <= LEEWAY:
            pair = self._renewed(pair)
        self._pair = pair
        return pair.access_token

    def renew(self) -> None:
        """Pleo did not accept the token that `token` gave last."""
        self._pair = self._renewed(self._pair or self._stored())

    def _renewed(self, worn: TokenPair) -> TokenPair:
        owner = self._owner()
        self._take_lease(owner)
        try:
            stored = self._stored()
            if stored != worn and stored.expires_at - self._clock() > LEEWAY:
                return stored  # another process was quicker
            pair = self._server.refresh(stored)
            self._tokens.keep(self._connection, self._seal.close(pair))
        except GrantRefused as refusal:
            self._disconnect(refusal)
            raise PleoDisconnected(connection=self._connection) from None
        finally:
            self._tokens.release(self._connection, owner)
        log.info("tokens renewed", extra={"connection": self._connection})
        return pair

    def _disconnect(self, refusal: GrantRefused) -> None:
        """Said once: whoever comes later finds no tokens and does not ask Pleo."""
        self._tokens.disconnect(self._connection, now=self._clock())
        log.error("connection disconnected by Pleo", extra={"connection": self._connection, "cause": str(refusal)})

    def _take_lease(self, owner: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._tokens.take(self._connection, owner, now=self._clock(), seconds=LEASE_SECONDS):
            if time.monotonic() > deadline:
                busy = PleoUnreachable("Another process renews the tokens of this connection. It is tried again.")
                busy.retry_after = PATIENCE_SECONDS
                raise busy
            time.sleep(0.05)

    def _stored(self) -> TokenPair:
        sealed = self._tokens.sealed(self._connection)
        if sealed is None:
            raise PleoDisconnected(connection=self._connection)
        return self._seal.open(sealed)
