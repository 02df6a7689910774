"""What the console shows: jobs, one job with its items, a search."""

from typing import Final
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integration.configuration.connection import User
from integration.logbook.items import ItemState
from integration.logbook.overview import JobSummary
from tasks import context
from tasks.job_csv import csv_of
from tasks.web.console.auth import page, visible
from tasks.web.console.rendering import render
from tasks.web.settings import ConsoleSettings

JOBS_ON_A_PAGE: Final = 25
ITEMS_ON_A_PAGE: Final = 100
#: More is no search but a listing.
LONGEST_SEARCH: Final = 50
LARGEST_PAGE: Final = 1_000_000


class Pages:
    """Everything that is read. What a user may not see is answered like what is not there."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings

    def routes(self) -> list[Route]:
        """All for those who are logged in."""
        return [
            page("/", self.jobs),
            page("/jobs/{job_id:uuid}", self.job),
            page("/jobs/{job_id:uuid}/items.csv", self.sheet),
            page("/search", self.search),
        ]

    def jobs(self, request: Request, user: User) -> Response:
        """Connections, and the jobs of all or of one."""
        logbook, seen = context.current().logbook, visible(user)
        only = request.query_params.get("connection")
        chosen, number = {only} & seen if only else seen, _page_number(request)
        listed = logbook.overview.jobs(chosen, limit=JOBS_ON_A_PAGE + 1, offset=(number - 1) * JOBS_ON_A_PAGE)
        connections = [one for one in context.current().settings.connections if one.name in seen]
        return render(
            request,
            "jobs.html",
            jobs=listed[:JOBS_ON_A_PAGE],
            has_more=len(listed) > JOBS_ON_A_PAGE,
            number=number,
            only=only,
            connections=connections,
            paused=logbook.connections.paused(),
            open_since=logbook.overview.open_since(),
            is_live=any(summary.job.closed_at is None for summary in listed),
        )

    def job(self, request: Request, user: User) -> Response:
        """One job: causes, items, decisions, attempts, and what people did."""
        summary, logbook = seen_job(request, user), context.current().logbook
        job_id, number, state = summary.job.job_id, _page_number(request), _state(request)
        listed = logbook.overview.items(
            job_id,
            limit=ITEMS_ON_A_PAGE + 1,
            offset=(number - 1) * ITEMS_ON_A_PAGE,
            states=[state] if state else list(ItemState),
        )
        return render(
            request,
            "job.html",
            summary=summary,
            job=summary.job,
            causes=logbook.overview.causes(job_id),
            items=listed[:ITEMS_ON_A_PAGE],
            has_more=len(listed) > ITEMS_ON_A_PAGE,
            number=number,
            state=state,
            states=list(ItemState),
            decisions=logbook.history.decisions(job_id),
            attempts=logbook.history.attempts(job_id),
            actions=logbook.connections.actions_on(job_id),
            flower=self._settings.flower_url,
            is_live=summary.job.closed_at is None,
        )

    def sheet(self, request: Request, user: User) -> Response:
        """The job as CSV."""
        job_id = seen_job(request, user).job.job_id
        name = f'attachment; filename="export-job-{job_id}.csv"'
        return Response(
            csv_of(job_id, context.current().logbook),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": name},
        )

    def search(self, request: Request, user: User) -> Response:
        """By any id, given in full."""
        wanted = request.query_params.get("q", "").strip()[:255]
        found = context.current().logbook.overview.search(wanted, visible(user), limit=LONGEST_SEARCH) if wanted else []
        return render(request, "search.html", wanted=wanted, found=found, most=LONGEST_SEARCH)


def seen_job(request: Request, user: User) -> JobSummary:
    """The job of the address. Raises 404 where there is none that this user may see."""
    job_id: UUID = request.path_params["job_id"]
    summary = context.current().logbook.overview.job(job_id)
    if summary is None or summary.job.connection not in visible(user):
        raise HTTPException(404, "There is no such export job, or it is not yours to see.")
    return summary


def _page_number(request: Request) -> int:
    asked = request.query_params.get("page", "1")
    return int(asked) if asked.isdecimal() and 0 < int(asked) < LARGEST_PAGE else 1


def _state(request: Request) -> ItemState | None:
    return next((state for state in ItemState if state == request.query_params.get("state")), None)
