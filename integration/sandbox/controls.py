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
from integration.sandbox.api.http import JsonAnswer, is_form, json_of, members_of
from integration.sandbox.api.wire import value
from integration.sandbox.faults.faults import Fault, Faults
from integration.sandbox.page import render
from integration.sandbox.state.rules import Sandbox


class Press(BaseModel):
    """Which expenses to export; without the list, all that are pending."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    accounting_entry_ids: tuple[UUID, ...] | None = None


class Move(BaseModel):
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
            Route("/sandbox/violations", self._violations, methods=["GET"]),
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

    async def _violations(self, _: Request) -> Response:
        return JsonAnswer({"data": [asdict(violation) for violation in self._sandbox.violations]})

    async def _export(self, request: Request) -> Response:
        press = parse(TypeAdapter(Press), await members_of(request))
        job = self._sandbox.export(_id(request, "company_id"), press.accounting_entry_ids)
        return _done(request, {"data": value(job)}, 201)

    async def _cancel(self, request: Request) -> Response:
        return _done(request, {"data": value(self._sandbox.cancel(_id(request, "job_id")))})

    async def _move_clock(self, request: Request) -> Response:
        move = parse(TypeAdapter(Move), await members_of(request))
        self._sandbox.clock.forward(timedelta(seconds=move.forward_seconds))
        return _done(request, {"data": {"now": self._sandbox.clock()}})

    async def _list_faults(self, _: Request) -> Response:
        return JsonAnswer(self._faults_on_order())

    async def _replace_faults(self, request: Request) -> Response:
        self._faults.replace(parse(TypeAdapter(tuple[Fault, ...]), await json_of(request)))
        return JsonAnswer(self._faults_on_order())

    async def _add_fault(self, request: Request) -> Response:
        self._faults.add(parse(TypeAdapter(Fault), await members_of(request)))
        return _done(request, self._faults_on_order(), 201)

    async def _clear_faults(self, request: Request) -> Response:
        self._faults.replace(())
        return _done(request, self._faults_on_order())

    def _faults_on_order(self) -> Mapping[str, object]:
        return {"data": [fault.model_dump() for fault in self._faults.faults]}


def _id(request: Request, name: str) -> UUID:
    return parse(TypeAdapter(UUID), request.path_params[name], name)


def _done(request: Request, document: Mapping[str, object], status: int = 200) -> Response:
    return RedirectResponse("/", 303) if is_form(request) else JsonAnswer(document, status)
