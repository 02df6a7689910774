"""Pleo's authorisation server: OAuth 2, authorisation code with PKCE, refresh tokens that are good for one use.

Authlib speaks the protocol; here its answers become our values and named errors.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_serializer

from integration.configuration.connection import OAuth
from integration.errors import PleoAnswerUnreadable, PleoRateLimited, PleoRefused, PleoUnavailable, PleoUnreachable
from integration.pleo.retry_after import seconds_to_wait

OPERATION: Final = "POST /oauth/token"
#: As Pleo's guide has it today; an older page sends Basic.
CLIENT_AUTHENTICATION: Final = "client_secret_post"
TIMEOUT_SECONDS: Final = (5, 20)
#: Pleo takes 43 to 128 characters.
VERIFIER_LENGTH: Final = 96


class GrantRefused(PleoRefused):
    """Pleo does not accept the authorisation any more ({type})."""


class TokenPair(BaseModel):
    """Opaque strings; the refresh token is good for one use."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    access_token: SecretStr
    refresh_token: SecretStr
    expires_at: AwareDatetime

    @field_serializer("access_token", "refresh_token", when_used="json")
    def _in_the_clear(self, token: SecretStr) -> str:
        return token.get_secret_value()


class _TokenAnswer(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    access_token: str = Field(min_length=1)
    refresh_token: str = Field(min_length=1)
    expires_in: float = Field(gt=0)


@dataclass(frozen=True, slots=True)
class Authorisation:
    """What a person is asked for at `url`; `state` comes back with the answer, `verifier` redeems its code."""

    url: str
    state: str
    verifier: str


class OAuthServer:
    """One client of ours at Pleo's authorisation server."""

    def __init__(self, auth_url: str, client: OAuth, secret: SecretStr, clock: Callable[[], datetime]) -> None:
        self._url, self._client, self._secret, self._clock = auth_url.rstrip("/"), client, secret, clock

    def authorisation(self) -> Authorisation:
        """A new one, with a state and a verifier of its own."""
        verifier = generate_token(VERIFIER_LENGTH)
        with self._session(scope=" ".join(self._client.scopes)) as session:
            url, state = session.create_authorization_url(f"{self._url}/oauth/authorize", code_verifier=verifier)
        return Authorisation(url, state, verifier)

    def redeem(self, code: str, verifier: str) -> TokenPair:
        """The tokens for a code. Raises `GrantRefused` or another `PleoError`."""
        return self._asked(
            lambda session, url, **limits: session.fetch_token(url, code=code, code_verifier=verifier, **limits)
        )

    def refresh(self, pair: TokenPair) -> TokenPair:
        """New tokens; the old ones are good for nothing afterwards. Raises `GrantRefused` or another `PleoError`."""
        old = pair.refresh_token.get_secret_value()
        return self._asked(lambda session, url, **limits: session.refresh_token(url, refresh_token=old, **limits))

    def _asked(self, ask: Callable[..., dict[str, Any]]) -> TokenPair:
        try:
            with self._session() as session:
                answer = ask(session, f"{self._url}/oauth/token", timeout=TIMEOUT_SECONDS, allow_redirects=False)
            tokens = _TokenAnswer.model_validate(answer)
        except OAuthError as error:
            raise _refusal_of(str(error.error)) from None
        except (requests.HTTPError, ValueError):  # Authlib tries to make sense of anything
            raise PleoAnswerUnreadable(operation=OPERATION, cause="these are not tokens") from None
        except requests.RequestException as error:
            raise PleoUnreachable(url=self._url, cause=type(error).__name__) from None
        return TokenPair(
            access_token=SecretStr(tokens.access_token),
            refresh_token=SecretStr(tokens.refresh_token),
            expires_at=self._clock() + timedelta(seconds=tokens.expires_in),
        )

    def _session(self, **more: str) -> OAuth2Session:
        session = OAuth2Session(
            self._client.client_id,
            self._secret.get_secret_value(),
            token_endpoint_auth_method=CLIENT_AUTHENTICATION,
            code_challenge_method="S256",
            redirect_uri=self._client.redirect_uri,
            **more,
        )
        session.trust_env = False
        for answer in ("access_token_response", "refresh_token_response"):
            session.register_compliance_hook(answer, _must_be_an_answer)
        return session


def _must_be_an_answer(response: requests.Response) -> requests.Response:
    """Only 2xx and 4xx say something about the grant."""
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait = seconds_to_wait(response.headers.get("Retry-After"))
        error = PleoRateLimited() if status == HTTPStatus.TOO_MANY_REQUESTS else PleoUnavailable(status=status)
        error.retry_after = wait
        raise error
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise PleoAnswerUnreadable(operation=OPERATION, cause=f"status {status}")
    return response


def _refusal_of(kind: str) -> PleoRefused:
    """Only `invalid_grant` ends the authorisation; a wrong client or secret is mended in the configuration."""
    refusal = GrantRefused if kind == "invalid_grant" else PleoRefused
    return refusal(
        operation=OPERATION, status=400, type=kind[:80], told="Check client_id, its secret and redirect_uri."
    )
