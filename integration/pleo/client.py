"""Pleo's Export API v3, one method per operation. Lists are read to their last page."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import from_json

from integration.errors import PleoAnswerUnreadable
from integration.pleo.fetched import FetchedItem
from integration.pleo.models import (
    ExportJob,
    ExportJobItem,
    Introspection,
    ItemStatus,
    ItemUpdate,
    ItemUpdateResult,
    JobStatus,
    NewExportJob,
    NewJobEvent,
    One,
    Page,
)
from integration.pleo.transport import Parameters, Transport

#: Pleo's limit for one update of items; more is answered with 413 before anything is applied.
LARGEST_UPDATE = 100
#: Default and ceiling are not published; other lists of Pleo's end at 100.
PAGE_SIZE = 100

Body = TypeVar("Body", bound=BaseModel)


class PleoClient:
    """One credential at one host. Every method may raise a `PleoError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        #: Learned from a refusal: this host takes job events as the API reference has them, not as the guide does.
        self.follows_reference = False

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def export_jobs(self, company_id: UUID, statuses: Sequence[JobStatus] = ()) -> Iterator[ExportJob]:
        """A company's jobs, in Pleo's order."""
        parameters = [("company_id", str(company_id)), *(("statuses", status.value) for status in statuses)]
        return self._pages("/v3/export-jobs", Page[ExportJob], parameters)

    def create_export_job(self, job: NewExportJob) -> ExportJob:
        """A job of our own making; normally the Export button makes them."""
        return self._read("POST", "/v3/export-jobs", One[ExportJob], body=_json(job)).data

    def export_job(self, job_id: UUID) -> ExportJob:
        """One job as it stands now."""
        return self._read("GET", f"/v3/export-jobs/{job_id}", One[ExportJob]).data

    def export_job_items(self, job_id: UUID, status: ItemStatus | None = None) -> Iterator[ExportJobItem]:
        """The status rows of a job (control layer)."""
        parameters = [("status", status.value)] if status else []
        return self._pages(f"/v3/export-jobs/{job_id}/items", Page[ExportJobItem], parameters)

    def update_export_job_items(self, job_id: UUID, updates: Sequence[ItemUpdate]) -> ItemUpdateResult:
        """Report results, at most 100; look at `errors` of the answer. Safe to repeat."""
        body = TypeAdapter(list[ItemUpdate]).dump_json(list(updates), by_alias=True, exclude_none=True)
        return self._read("PUT", f"/v3/export-jobs/{job_id}/items", ItemUpdateResult, body=body)

    def create_export_job_event(self, event: NewJobEvent) -> None:
        """Move a job. Not safe to repeat blindly: after a lost answer read the job."""
        self._transport.request("POST", "/v3/export-job-events", body=_json(event))

    def export_items(self, job_id: UUID) -> Iterator[FetchedItem]:
        """The bookkeeping content of a job (data layer), readable while it is pending or in progress."""
        pages = self._pages("/v3/export-items", Page[dict[str, Any]], [("job_id", str(job_id))])
        return (FetchedItem.of(member) for member in pages)

    def introspect(self) -> Introspection:
        """Which credential this is."""
        return self._read("GET", "/v1/introspect", One[Introspection]).data

    def _read(
        self, method: str, path: str, model: type[Body], *, parameters: Parameters = (), body: bytes | None = None
    ) -> Body:
        answer = self._transport.request(method, path, parameters=parameters, body=body)
        try:
            return model.model_validate(from_json(answer, allow_inf_nan=False))  # twice as quick as both at once
        except ValidationError as error:
            raise PleoAnswerUnreadable(operation=f"{method} {path}", cause=_first_fault(error)) from None
        except ValueError:
            raise PleoAnswerUnreadable(operation=f"{method} {path}", cause="the body is not JSON") from None

    def _pages(self, path: str, model: type[Page[Any]], parameters: Parameters) -> Iterator[Any]:
        cursors: set[str] = set()
        position: list[tuple[str, str]] = []
        while True:
            page = self._read("GET", path, model, parameters=[*parameters, ("limit", str(PAGE_SIZE)), *position])
            yield from page.data
            if not page.pagination.has_next_page:
                return
            position = [("after", _next_cursor(page, cursors, path))]


def _next_cursor(page: Page[Any], seen: set[str], path: str) -> str:
    cursor = page.pagination.end_cursor
    if not cursor or cursor in seen:
        raise PleoAnswerUnreadable(operation=f"GET {path}", cause="its pages do not come to an end")
    seen.add(cursor)
    return cursor


def _json(body: BaseModel) -> bytes:
    return json.dumps(body.model_dump(mode="json", by_alias=True, exclude_none=True)).encode()


def _first_fault(error: ValidationError) -> str:
    """Where and what, without the value: values are personal."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place or 'the body'}: {fault['msg']}"[:300]
