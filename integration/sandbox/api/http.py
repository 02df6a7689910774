"""Requests read with a bound on their size; answers in Pleo's media type."""

import json
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from integration.sandbox.api.answers import BadRequest, ErrorAnswer
from integration.sandbox.api.wire import to_json

LARGEST_BODY = 5_000_000
FORM = "application/x-www-form-urlencoded"


class JsonAnswer(Response):
    """JSON as Pleo sends it."""

    media_type = "application/json;charset=UTF-8"

    def render(self, content: object) -> bytes:
        """UTF-8."""
        return to_json(content)


async def body_of(request: Request) -> bytes:
    """Raises `BadRequest` as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise BadRequest(f"body: more than {LARGEST_BODY} bytes")
    return bytes(body)


async def json_of(request: Request) -> object:
    """Raises `BadRequest`."""
    return _parsed(await body_of(request))


def is_form(request: Request) -> bool:
    """Whether a page's form was sent and not JSON."""
    return request.headers.get("content-type", "").startswith(FORM)


async def members_of(request: Request) -> object:
    """A form's filled fields, or JSON; no members for an empty body."""
    body = await body_of(request)
    return dict(parse_qsl(body.decode(errors="replace"))) if is_form(request) else _parsed(body or b"{}")


def _parsed(body: bytes) -> object:
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("body: not JSON") from error
    return document


def error_answer(_: Request, error: Exception) -> Response:
    """Pleo's error body."""
    if isinstance(error, ErrorAnswer):
        return JsonAnswer({"type": error.type, "message": str(error)}, error.status)
    if isinstance(error, HTTPException):
        return JsonAnswer({"type": f"HTTP_{error.status_code}", "message": error.detail}, error.status_code)
    raise error
