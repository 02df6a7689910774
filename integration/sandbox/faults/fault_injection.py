"""The edge of the sandbox: where a request is answered, delayed or broken."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from integration.sandbox.api.answers import MissingContraAccounts
from integration.sandbox.clock import utc_now
from integration.sandbox.faults.faults import EXCLUSIVE_KINDS, Fault, FaultKind, Faults, Operation

STATUS_CODES: Mapping[FaultKind, int] = {
    FaultKind.INTERNAL_ERROR: 500,
    FaultKind.BAD_GATEWAY: 502,
    FaultKind.UNAVAILABLE: 503,
    FaultKind.RATE_LIMITED: 429,
    FaultKind.RATE_LIMITED_FOR: 429,
    FaultKind.RATE_LIMITED_UNTIL: 429,
    FaultKind.UNAUTHENTICATED: 401,
    FaultKind.FORBIDDEN: 403,
}

Respond = Callable[[], Awaitable[Response]]


async def respond_with_faults(
    request: Request, respond: Respond, faults: Faults, operation: Operation, company_id: UUID | None
) -> Response:
    """The right answer, unless a fault is on order."""
    if slow := faults.take(operation, company_id, {FaultKind.SLOW}):
        await asyncio.sleep(slow.seconds)
    fault = faults.take(operation, company_id, EXCLUSIVE_KINDS)
    return await respond() if fault is None else await _apply_fault(request, respond, fault)


async def _apply_fault(request: Request, respond: Respond, fault: Fault) -> Response:
    match fault.kind:
        case FaultKind.RESET_BEFORE:
            return await _reset_connection(request)
        case FaultKind.RESET_AFTER:
            await respond()
            return await _reset_connection(request)
        case FaultKind.MISSING_CONTRA_ACCOUNTS:
            raise MissingContraAccounts
        case FaultKind.HTML:
            return HTMLResponse("<h1>Please log in to this network</h1>")
        case FaultKind.SLOW | FaultKind.UPDATE_REFUSED:
            return await respond()
        case _:
            return _build_gateway_page(fault)


def _build_gateway_page(fault: Fault) -> Response:
    """HTML, as gateways answer: Pleo documents no body for these statuses."""
    status = HTTPStatus(STATUS_CODES[fault.kind])
    return HTMLResponse(f"<h1>{status} {status.phrase}</h1>", status, _build_retry_after_header(fault))


def _build_retry_after_header(fault: Fault) -> dict[str, str]:
    match fault.kind:
        case FaultKind.RATE_LIMITED_FOR:
            return {"retry-after": f"{fault.seconds:.0f}"}
        case FaultKind.RATE_LIMITED_UNTIL:
            until = utc_now() + timedelta(seconds=fault.seconds)
            return {"retry-after": format_datetime(until, usegmt=True)}
        case _:
            return {}


async def _reset_connection(request: Request) -> Response:
    """Cuts the connection; the response is for nobody."""
    transport: asyncio.Transport = request.state.connection
    # A lingering time of zero makes the kernel send a reset instead of a farewell.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()
