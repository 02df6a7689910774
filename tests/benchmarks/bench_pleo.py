"""The sandbox Pleo as a program that keeps time: `python bench_pleo.py URL_FILE COMPANIES ENFORCED`.

Beside Pleo's API it has `/bench/press` (Export is pressed) and `/bench/marks` (what happened, and when).
"""

import sys
import time
from collections import Counter, deque
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from typing_extensions import override

from integration.sandbox.api.answers import ApiError
from integration.sandbox.api.bodies import Event
from integration.sandbox.serve import build_uvicorn_server, listen
from integration.sandbox.server import create_app
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.companies import Company
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import many
from integration.sandbox.world.seeded_random import SeededRandom

#: Pleo's limit for one credential.
REQUESTS_PER_MINUTE = 600


def companies(count: int) -> list[Company]:
    """Alike but for their ids and keys."""
    return [
        replace(NORDLYS, id=uuid5(NORDLYS.id, str(place)), name=f"c{place}", api_key=f"key-{place}")
        for place in range(count)
    ]


class TooManyRequests(ApiError):
    """Slow down."""

    status = 429
    type = "TOO_MANY_REQUESTS"


class TimedPleo(Sandbox):
    """Notes when jobs move and counts requests; `enforced`, it refuses the 601st request of a minute."""

    def __init__(self, *, enforced: bool) -> None:
        super().__init__()
        self._enforced = enforced
        self._taken: dict[UUID, deque[float]] = {}
        self.requests: Counter[str] = Counter()
        self.events: dict[str, dict[str, float]] = {}

    @override
    def caller(self, api_key: str | None) -> Company:
        company = super().caller(api_key)
        taken, now = self._taken.setdefault(company.id, deque()), time.time()
        while taken and taken[0] <= now - 60:
            taken.popleft()
        if self._enforced and len(taken) >= REQUESTS_PER_MINUTE:
            self.requests["refused"] += 1
            raise TooManyRequests
        taken.append(now)
        self.requests["answered"] += 1
        return company

    @override
    def create_event(self, caller: Company, event: Event) -> None:
        super().create_event(caller, event)
        self.events.setdefault(str(event.job_id), {})[event.event.value] = time.time()


class Marks:
    """What the benchmark asks for."""

    def __init__(self, pleo: TimedPleo) -> None:
        self._pleo = pleo
        self._chance = SeededRandom(5)

    def routes(self) -> list[Route]:
        return [
            Route("/bench/press", self._press, methods=["POST"]),
            Route("/bench/anew", self._count_anew, methods=["POST"]),
            Route("/bench/marks", self._marks, methods=["GET"]),
        ]

    async def _count_anew(self, _: Request) -> Response:
        self._pleo.requests.clear()
        return JSONResponse({})

    async def _press(self, request: Request) -> Response:
        company_id, count = UUID(request.query_params["company"]), int(request.query_params["items"])
        company = next(one for one in self._pleo.companies if one.id == company_id)
        expenses = many(self._chance, company, count)
        self._pleo.add_expenses(company_id, expenses)
        job = self._pleo.export(company_id, [one.item.accounting_entry_id for one in expenses])
        return JSONResponse({"job_id": str(job.id)})

    async def _marks(self, _: Request) -> Response:
        jobs = {
            str(job.head.id): dict(Counter(item.status for item in job.items.values())) for job in self._pleo.jobs()
        }
        broken = Counter(violation.kind for violation in self._pleo.violations)
        return JSONResponse(
            {"requests": self._pleo.requests, "events": self._pleo.events, "items": jobs, "violations": broken}
        )


def main(url_file: str, count: str, enforced: str) -> None:
    pleo = TimedPleo(enforced=enforced == "enforced")
    for company in companies(int(count)):
        pleo.add_company(company)
    app = create_app(pleo)
    app.router.routes.extend(Marks(pleo).routes())
    listener, url = listen("127.0.0.1", 0)
    draft = Path(url_file).with_suffix(".draft")
    draft.write_text(url, encoding="ascii")
    draft.replace(url_file)
    build_uvicorn_server(app).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
