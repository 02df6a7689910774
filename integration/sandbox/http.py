"""Requests read with a bound on their size; answers in Pleo's media type."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from integration.sandbox.answers import BadRequest, BodyTooLarge, ErrorAnswer
from integration.sandbox.wire import to_json

LARGEST_BODY = 5_000_000
FORM = "application/x-www-form-urlencoded"


class JsonAnswer(Response):
    """JSON as Pleo sends it."""

    media_type = "application/json;charset=UTF-8"

    def render(self, content: object) -> bytes:
        """UTF-8."""
        return to_json(content)


async def body_of(request: Request) -> bytes:
    """Raises `BodyTooLarge` as soon as it is."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge
    return bytes(body)


async def json_of(request: Request) -> object:
    """Raises `BadRequest`."""
    try:
        document: object = json.loads(await body_of(request))
    except (ValueError, RecursionError) as error:
        raise BadRequest("body: not JSON") from error
    return document


def is_form(request: Request) -> bool:
    """Whether a page's form was sent and not JSON."""
    return request.headers.get("content-type", "").startswith(FORM)


async def members_of(request: Request) -> Mapping[str, object]:
    """A form's filled fields, or the members of a JSON object; nothing for an empty body."""
    body = await body_of(request)
    if is_form(request):
        return dict(parse_qsl(body.decode(errors="replace")))
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadRequest("body: not JSON") from error
    if not isinstance(document, dict):
        raise BadRequest("body: not an object")
    return document


def error_answer(_: Request, error: Exception) -> Response:
    """Pleo's error body."""
    if isinstance(error, ErrorAnswer):
        return JsonAnswer({"type": error.type, "message": str(error)}, error.status)
    if isinstance(error, HTTPException):
        return JsonAnswer({"type": f"HTTP_{error.status_code}", "message": error.detail}, error.status_code)
    raise error
