"""How a request to Pleo says who we are."""

from pydantic import SecretStr
from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth


class ApiKeyAuth(AuthBase):
    """Pleo's API key: Basic, the key as user name, no password. Its `repr` keeps the secret."""

    def __init__(self, api_key: SecretStr) -> None:
        self._api_key = api_key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the header on this one request."""
        HTTPBasicAuth(self._api_key.get_secret_value(), "")(request)
        return request

    def __repr__(self) -> str:
        return "ApiKeyAuth(**********)"
