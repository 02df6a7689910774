"""OAuth 2 authorisations: codes with PKCE, access tokens that expire, refresh tokens that are good for one use."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

#: The one client that is registered, and its secret.
CLIENT: Final = ("sandbox-client", "sandbox-client-secret")
CODE_LIFETIME: Final = timedelta(minutes=1)
ACCESS_TOKEN_LIFETIME: Final = timedelta(minutes=15)
REFRESH_TOKEN_LIFETIME: Final = timedelta(days=60)


class OAuthError(Exception):
    """The message is the OAuth error's code."""


@dataclass(frozen=True, slots=True)
class AuthorisationRequest:
    """What a client asked to be authorised for, and of which company."""

    company_id: UUID
    redirect_uri: str
    scope: str
    challenge: str


@dataclass(slots=True)
class Grant:
    """One authorisation; `refresh_tokens` holds the one that is good and those that were used."""

    request: AuthorisationRequest
    is_alive: bool = True
    refresh_tokens: list[tuple[str, datetime]] = field(default_factory=list)


class Grants:
    """All of them, by the sandbox's clock."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._codes: dict[str, tuple[AuthorisationRequest, datetime]] = {}
        self._access_tokens: dict[str, tuple[Grant, datetime]] = {}
        self._grants: list[Grant] = []

    def authorise(self, request: AuthorisationRequest) -> str:
        """A code, good for one use within a minute."""
        code = token_urlsafe(24)
        self._codes[code] = request, self._clock() + CODE_LIFETIME
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str) -> dict[str, object]:
        """Raises `OAuthError`."""
        request, until = self._codes.pop(code, (None, self._clock()))
        if request is None or self._clock() >= until or request.redirect_uri != redirect_uri:
            raise OAuthError("invalid_grant")
        if _compute_challenge(verifier) != request.challenge:
            raise OAuthError("invalid_grant")
        grant = Grant(request)
        self._grants.append(grant)
        return self._issue_tokens(grant)

    def refresh(self, token: str) -> dict[str, object]:
        """A token that was used or has expired ends the authorisation. Raises `OAuthError`."""
        for grant in self._grants:
            for number, (known_token, until) in enumerate(grant.refresh_tokens, 1):
                if known_token == token and grant.is_alive:
                    grant.is_alive = number == len(grant.refresh_tokens) and self._clock() < until
                    if grant.is_alive:
                        return self._issue_tokens(grant)
        raise OAuthError("invalid_grant")

    def find_token_access(self, access_token: str) -> tuple[AuthorisationRequest, datetime] | None:
        """What a token that is good now allows, and until when."""
        grant, until = self._access_tokens.get(access_token, (None, self._clock()))
        return (grant.request, until) if grant and grant.is_alive and self._clock() < until else None

    def revoke(self, company_id: UUID) -> int:
        """A user takes the authorisations of a company back; how many there were."""
        ended = [grant for grant in self._grants if grant.is_alive and grant.request.company_id == company_id]
        for grant in ended:
            grant.is_alive = False
        return len(ended)

    def _issue_tokens(self, grant: Grant) -> dict[str, object]:
        access, refresh, now = token_urlsafe(32), token_urlsafe(32), self._clock()
        self._access_tokens[access] = grant, now + ACCESS_TOKEN_LIFETIME
        grant.refresh_tokens.append((refresh, now + REFRESH_TOKEN_LIFETIME))
        seconds = int(ACCESS_TOKEN_LIFETIME.total_seconds())
        return {"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": seconds}


def _compute_challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
