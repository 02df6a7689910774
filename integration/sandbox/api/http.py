"""Requests read with a bound on their size; answers in Pleo's media type."""

import json
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from integration.sandbox.api.answers import ApiError, BadRequest
from integration.sandbox.api.wire import to_json

MAX_BODY_BYTES = 5_000_000
FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"


class PleoJsonResponse(Response):
    """JSON as Pleo sends it."""

    media_type = "application/json;charset=UTF-8"

    def render(self, content: object) -> bytes:
        """UTF-8."""
        return to_json(content)


async def read_body(request: Request) -> bytes:
    """Raises `BadRequest` as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BadRequest(f"body: more than {MAX_BODY_BYTES} bytes")
    return bytes(body)


async def read_json(request: Request) -> object:
    """Raises `BadRequest`."""
    return _parse_json(await read_body(request))


def is_form(request: Request) -> bool:
    """Whether a page's form was sent and not JSON."""
    return request.headers.get("content-type", "").startswith(FORM_MEDIA_TYPE)


async def read_form_or_json(request: Request) -> object:
    """A form's filled fields, or JSON; no members for an empty body."""
    body = await read_body(request)
    return dict(parse_qsl(body.decode(errors="replace"))) if is_form(request) else _parse_json(body or b"{}")


def _parse_json(body: bytes) -> object:
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("body: not JSON") from error
    return document


def handle_error(_: Request, error: Exception) -> Response:
    """Pleo's error body."""
    if isinstance(error, ApiError):
        return PleoJsonResponse({"type": error.type, "message": str(error)}, error.status)
    if isinstance(error, HTTPException):
        return PleoJsonResponse({"type": f"HTTP_{error.status_code}", "message": error.detail}, error.status_code)
    raise error
