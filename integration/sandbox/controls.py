"""What a tester does to the sandbox itself: presses Export, cancels, orders faults, moves the clock.

The page sends forms and is sent back to itself; everyone else sends and gets JSON.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from integration.sandbox.api.bodies import parse
from integration.sandbox.api.http import PleoJsonResponse, is_form, read_form_or_json, read_json
from integration.sandbox.api.wire import value
from integration.sandbox.faults.faults import Fault, Faults
from integration.sandbox.page import render
from integration.sandbox.state.rules import Sandbox


class ExportRequest(BaseModel):
    """Which expenses to export; without the list, all that are pending."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    accounting_entry_ids: tuple[UUID, ...] | None = None


class ClockMove(BaseModel):
    """How far the clock goes forward; a year is enough for everyone."""

    model_config = ConfigDict(extra="forbid")

    forward_seconds: Annotated[float, Field(ge=0, le=366 * 24 * 3600)]


class Controls:
    """Everything below /sandbox, and the page."""

    def __init__(self, sandbox: Sandbox, faults: Faults) -> None:
        self._sandbox = sandbox
        self._faults = faults

    def routes(self) -> list[Route]:
        """None of them asks for a credential."""
        return [
            Route("/", self._page, methods=["GET"]),
            Route("/sandbox/violations", self._list_violations, methods=["GET"]),
            Route("/sandbox/companies/{company_id}/export", self._export, methods=["POST"]),
            Route("/sandbox/jobs/{job_id}/cancel", self._cancel, methods=["POST"]),
            Route("/sandbox/clock", self._move_clock, methods=["POST"]),
            Route("/sandbox/faults", self._list_faults, methods=["GET"]),
            Route("/sandbox/faults", self._replace_faults, methods=["PUT"]),
            Route("/sandbox/faults", self._add_fault, methods=["POST"]),
            Route("/sandbox/faults/clear", self._clear_faults, methods=["POST"]),
        ]

    async def _page(self, _: Request) -> Response:
        return render(self._sandbox, self._faults)

    async def _list_violations(self, _: Request) -> Response:
        return PleoJsonResponse({"data": [asdict(violation) for violation in self._sandbox.violations]})

    async def _export(self, request: Request) -> Response:
        export_request = parse(TypeAdapter(ExportRequest), await read_form_or_json(request))
        job = self._sandbox.export(_parse_id(request, "company_id"), export_request.accounting_entry_ids)
        return _respond(request, {"data": value(job)}, 201)

    async def _cancel(self, request: Request) -> Response:
        return _respond(request, {"data": value(self._sandbox.cancel(_parse_id(request, "job_id")))})

    async def _move_clock(self, request: Request) -> Response:
        move = parse(TypeAdapter(ClockMove), await read_form_or_json(request))
        self._sandbox.clock.forward(timedelta(seconds=move.forward_seconds))
        return _respond(request, {"data": {"now": self._sandbox.clock()}})

    async def _list_faults(self, _: Request) -> Response:
        return PleoJsonResponse(self._encode_faults())

    async def _replace_faults(self, request: Request) -> Response:
        self._faults.replace(parse(TypeAdapter(tuple[Fault, ...]), await read_json(request)))
        return PleoJsonResponse(self._encode_faults())

    async def _add_fault(self, request: Request) -> Response:
        self._faults.add(parse(TypeAdapter(Fault), await read_form_or_json(request)))
        return _respond(request, self._encode_faults(), 201)

    async def _clear_faults(self, request: Request) -> Response:
        self._faults.replace(())
        return _respond(request, self._encode_faults())

    def _encode_faults(self) -> Mapping[str, object]:
        return {"data": [fault.model_dump() for fault in self._faults.faults]}


def _parse_id(request: Request, name: str) -> UUID:
    return parse(TypeAdapter(UUID), request.path_params[name], name)


def _respond(request: Request, document: Mapping[str, object], status: int = 200) -> Response:
    return RedirectResponse("/", 303) if is_form(request) else PleoJsonResponse(document, status)
