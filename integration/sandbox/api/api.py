"""Pleo's operations over HTTP, each on behalf of the company whose key came with the request."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integration.pleo.models import ExportItem, ItemStatus, ItemUpdateResult, JobStatus
from integration.sandbox.api.answers import BadRequest
from integration.sandbox.api.bodies import NewJob, Update, parse, parse_event, parse_updates
from integration.sandbox.api.http import PleoJsonResponse, read_json
from integration.sandbox.api.paging import Element, PageSizes, page
from integration.sandbox.api.query import Query
from integration.sandbox.api.wire import encode_export_item, value
from integration.sandbox.faults.fault_injection import respond_with_faults
from integration.sandbox.faults.faults import FaultKind, Faults, Operation
from integration.sandbox.oauth.credentials import parse_credential
from integration.sandbox.state.item_updates import build_update_error
from integration.sandbox.state.rules import LARGEST_UPDATE, Sandbox
from integration.sandbox.world.companies import Company

LINK_LIFETIME = timedelta(hours=24)
SCOPES = "export-jobs:read export-jobs:write export-items:read"
_ID, _NEW_JOB = TypeAdapter(UUID), TypeAdapter(NewJob)

Handler = Callable[[Request, Company], Awaitable[Response]]


class PleoApi:
    """The eight operations and the files."""

    def __init__(self, sandbox: Sandbox, faults: Faults, sizes: PageSizes) -> None:
        self._sandbox = sandbox
        self._faults = faults
        self._sizes = sizes

    def routes(self) -> list[Route]:
        """Paths as in Pleo's API reference."""
        return [
            self._build_route("GET", "/v1/introspect", Operation.INTROSPECT, self._introspect),
            self._build_route("GET", "/v3/export-jobs", Operation.LIST_JOBS, self._list_jobs),
            self._build_route("POST", "/v3/export-jobs", Operation.CREATE_JOB, self._create_job),
            self._build_route("GET", "/v3/export-jobs/{job_id}", Operation.GET_JOB, self._get_job),
            self._build_route("GET", "/v3/export-jobs/{job_id}/items", Operation.LIST_JOB_ITEMS, self._list_job_items),
            self._build_route(
                "PUT", "/v3/export-jobs/{job_id}/items", Operation.UPDATE_JOB_ITEMS, self._update_job_items
            ),
            self._build_route("POST", "/v3/export-job-events", Operation.CREATE_EVENT, self._create_event),
            self._build_route("GET", "/v3/export-items", Operation.LIST_EXPORT_ITEMS, self._list_export_items),
            Route("/files/{name}", self._download_receipt, methods=["GET"]),
        ]

    def _build_route(self, method: str, path: str, operation: Operation, answer: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            credential = parse_credential(request.headers.get("authorization"))
            caller = self._sandbox.caller(credential.api_key if credential else None)
            return await respond_with_faults(
                request, lambda: answer(request, caller), self._faults, operation, caller.id
            )

        return Route(path, endpoint, methods=[method])

    async def _introspect(self, request: Request, caller: Company) -> Response:
        credential = parse_credential(request.headers.get("authorization"))
        client = {"authMethod": credential.method if credential else "NONE", "clientId": caller.id, "scope": SCOPES}
        names = {"applicationName": "Sandbox", "subjectURN": f"urn:pleo:company:{caller.id}"}
        return PleoJsonResponse({"data": {**client, **names}})

    async def _list_jobs(self, request: Request, caller: Company) -> Response:
        query = _read_query(request)
        rows = self._sandbox.list_jobs(caller, query.id("company_id"), query.parse_each("statuses", JobStatus))
        return self._build_page_response(rows, query, value)

    async def _create_job(self, request: Request, caller: Company) -> Response:
        job = self._sandbox.create_job(caller, parse(_NEW_JOB, await read_json(request)))
        return PleoJsonResponse({"data": value(job)}, 201)

    async def _get_job(self, request: Request, caller: Company) -> Response:
        return PleoJsonResponse({"data": value(self._sandbox.get_job(caller, _parse_job_id(request)))})

    async def _list_job_items(self, request: Request, caller: Company) -> Response:
        query = _read_query(request)
        statuses = query.parse_each("status", ItemStatus)
        if len(statuses) > 1:
            raise BadRequest("status: given more than once")
        rows = self._sandbox.list_job_items(caller, _parse_job_id(request), *statuses)
        return self._build_page_response(rows, query, value)

    async def _update_job_items(self, request: Request, caller: Company) -> Response:
        updates = parse_updates(await read_json(request), self._sandbox.strictness)
        passed, refused = self._split_refused(updates, caller) if len(updates) <= LARGEST_UPDATE else (updates, ())
        result = self._sandbox.update_job_items(caller, _parse_job_id(request), passed)
        errors = [*result.errors, *(build_update_error(update, "A fault on order.") for update in refused)]
        return PleoJsonResponse(value(ItemUpdateResult(data=result.data, errors=tuple(errors))))

    def _split_refused(self, updates: Sequence[Update], caller: Company) -> tuple[Sequence[Update], Sequence[Update]]:
        """Those that pass, and those that a fault refuses."""
        passed, refused = list[Update](), list[Update]()
        for update in updates:
            fault = self._faults.take(Operation.UPDATE_JOB_ITEMS, caller.id, {FaultKind.UPDATE_REFUSED})
            (refused if fault else passed).append(update)
        return passed, refused

    async def _create_event(self, request: Request, caller: Company) -> Response:
        self._sandbox.create_event(caller, parse_event(await read_json(request), self._sandbox.strictness))
        return Response(status_code=202)

    async def _list_export_items(self, request: Request, caller: Company) -> Response:
        query = _read_query(request)
        job_id = query.id("job_id")
        if job_id is None:
            raise BadRequest("job_id: what an answer without it holds is not published")
        expires = int((self._sandbox.clock() + LINK_LIFETIME).timestamp())
        base_url = str(request.base_url).rstrip("/")

        def encode_item(item: ExportItem) -> dict[str, Any]:
            return encode_export_item(item, base_url, expires)

        return self._build_page_response(self._sandbox.list_export_items(caller, job_id), query, encode_item)

    async def _download_receipt(self, request: Request) -> Response:
        async def respond() -> Response:
            receipt = self._sandbox.receipt(request.path_params["name"], _read_query(request).count("expires") or 0)
            return Response(receipt.content, media_type=receipt.media_type)

        return await respond_with_faults(request, respond, self._faults, Operation.RECEIPT, None)

    def _build_page_response(
        self, rows: Sequence[tuple[int, Element]], query: Query, encode: Callable[[Element], dict[str, Any]]
    ) -> Response:
        return PleoJsonResponse(page(rows, query, self._sizes, encode))


def _read_query(request: Request) -> Query:
    parameters = request.query_params
    return Query({name: parameters.getlist(name) for name in parameters})


def _parse_job_id(request: Request) -> UUID:
    return parse(_ID, request.path_params["job_id"], "jobId")
