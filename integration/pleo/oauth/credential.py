"""How a request to Pleo says who we are."""

from abc import abstractmethod

from pydantic import SecretStr
from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth
from typing_extensions import override

from integration.pleo.oauth.access import OAuthAccess


class Credential(AuthBase):
    """Puts its header on each request. Its `repr` keeps the secret."""

    @abstractmethod
    def renew(self) -> bool:
        """Pleo did not accept it: whether there is another now, so that the request can be sent again."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(**********)"


class ApiKeyAuth(Credential):
    """Pleo's API key: Basic, the key as user name, no password."""

    def __init__(self, api_key: SecretStr) -> None:
        self._api_key = api_key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the header on this one request."""
        HTTPBasicAuth(self._api_key.get_secret_value(), "")(request)
        return request

    @override
    def renew(self) -> bool:
        return False


class BearerAuth(Credential):
    """An access token that is good for now."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the header on this one request."""
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request

    @override
    def renew(self) -> bool:
        return False


class OAuthAuth(Credential):
    """The access token of a connection, renewed shortly before it expires."""

    def __init__(self, access: OAuthAccess) -> None:
        self._access = access

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the header on this one request. Raises a `PleoError` where there is no token to be had."""
        return BearerAuth(self._access.token())(request)

    @override
    def renew(self) -> bool:
        self._access.renew()
        return True
