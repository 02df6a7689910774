"""The Authorization header: Basic with the API key as user and no password, or Bearer."""

from base64 import b64decode
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Credential:
    """`method` is what introspection calls it."""

    method: str
    api_key: str


def parse_credential(header: str | None) -> Credential | None:
    """`None` for a header that is absent or neither of the two."""
    scheme, _, word = (header or "").partition(" ")
    match scheme.lower():
        case "bearer":
            return Credential("OAUTH2", word)
        case "basic":
            return _parse_basic(word)
        case _:
            return None


def _parse_basic(word: str) -> Credential | None:
    try:
        user, colon, password = b64decode(word).decode().partition(":")
    except ValueError:
        return None
    return Credential("API_KEY", user) if colon and not password else None
