"""Pleo's published contract, for checking both directions of an exchange, where its file is at hand.

Its own remarks are obeyed (`x-may-be-null`, `x-effectively-required`), and members that it does not list are errors
in either direction. Where the file is absent nothing is checked; `contract()` says so.
"""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import yaml
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.testing import MockRequest, MockResponse

DEFAULT_CONTRACT_FILE = Path(__file__).parents[4] / "shared" / "pleo-export-v3.openapi.yaml"
PUBLISHED_TYPE, PLAIN_TYPE = "application/json;charset=UTF-8", "application/json"
#: Published for every operation without a body; 429 is in no published table.
GENERIC = {400, 401, 403, 404, 429, 500, 502, 503}


class ContractViolation(AssertionError):
    """An exchange is not what Pleo's contract says."""


@cache
def load_contract() -> OpenAPI | None:
    """The contract, or `None` where its file is not at hand."""
    file = Path(os.environ.get("PLEO_OPENAPI", DEFAULT_CONTRACT_FILE))
    if not file.is_file():
        return None
    document = yaml.load(file.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for node in list(_iterate_nodes(document["components"]["schemas"])):
        _tighten(node)
    for node in list(_iterate_nodes(document["paths"])):
        _accept_plain_type(node)
    return OpenAPI.from_dict({**document, "servers": [{"url": "/"}]})


def check_request(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> None:
    """Raises `ContractBroken` for a request that Pleo would not understand."""
    if spec := load_contract():
        _check_exchange(lambda: spec.validate_request(_request(method, url, headers, body)), f"{method} {url}")


def check_response(method: str, url: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Raises `ContractBroken` for an answer that Pleo would not give; generic errors may have any body."""
    if spec := load_contract():
        answer = MockResponse(body, status_code=status, content_type=headers.get("content-type", ""))
        _check_exchange(
            lambda: spec.validate_response(_request(method, url, {}, None), answer), f"{method} {url} {status}", status
        )


def create_checked_session(api_key: str) -> requests.Session:
    """Every answer that comes through it is held against the contract."""
    session = requests.Session()
    session.auth = (api_key, "")
    session.hooks["response"].append(_check_answer)
    return session


def _check_answer(answer: requests.Response, **_: object) -> None:
    if urlsplit(answer.url).path.startswith(("/v1/", "/v3/")):
        check_response(answer.request.method or "", answer.url, answer.status_code, answer.headers, answer.content)


def _check_exchange(validate: Any, exchange: str, status: int | None = None) -> None:
    try:
        validate()
    except ResponseNotFound as error:
        if status not in GENERIC:
            raise ContractViolation(f"{exchange}: no such answer is published") from error
    except OpenAPIError as error:
        details = getattr(error.__cause__, "schema_errors", ())
        told = "; ".join(f"{each.json_path} {each.message}" for each in details) or repr(error.__cause__ or error)
        raise ContractViolation(f"{exchange}: {told}") from error


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> MockRequest:
    parts = urlsplit(url)
    given = {name.title(): value for name, value in headers.items()}
    return MockRequest(
        f"{parts.scheme}://{parts.netloc}",
        method.lower(),
        parts.path,
        args=parse_qs(parts.query, keep_blank_values=True),
        headers=given,
        data=body,
        content_type=given.get("Content-Type", PLAIN_TYPE),
    )


def _iterate_nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _iterate_nodes(child)


def _tighten(node: dict[str, Any]) -> None:
    if node.get("x-may-be-null") is True:
        node["nullable"] = True
    if node.get("type") == "object" and "properties" in node:
        node.setdefault("additionalProperties", False)


def _accept_plain_type(node: dict[str, Any]) -> None:
    if node.get("x-effectively-required") is True:
        node["required"] = True
    if isinstance(node.get("content"), dict) and PUBLISHED_TYPE in node["content"]:
        node["content"][PLAIN_TYPE] = node["content"][PUBLISHED_TYPE]
