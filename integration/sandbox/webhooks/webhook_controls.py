"""What a tester does to the sandbox's webhooks: chooses their manner, sends one again, reads what was answered."""

from dataclasses import asdict
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, TypeAdapter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from integration.sandbox.api.answers import ExportNotFound
from integration.sandbox.api.bodies import parse
from integration.sandbox.api.http import JsonAnswer, is_form, members_of
from integration.sandbox.page import POLICY
from integration.sandbox.state.jobs import Job
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.webhooks.deliveries import Deliveries, Manner
from integration.sandbox.webhooks.subscriptions import Subscriptions

PATH = "/sandbox/webhooks"
LONGEST_TABLE = 100

_TEMPLATES = Environment(
    loader=PackageLoader("integration.sandbox"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


class _Choice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    manner: Manner
    job_id: UUID | None = None


class WebhookControls:
    """JSON for programs, a page for people."""

    def __init__(self, sandbox: Sandbox, subscriptions: Subscriptions, deliveries: Deliveries) -> None:
        self._sandbox, self._subscriptions, self._deliveries = sandbox, subscriptions, deliveries

    def routes(self) -> list[Route]:
        """None of them asks for a credential."""
        return [
            Route(PATH, self._show, methods=["GET"]),
            Route(PATH, self._choose, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        made = self._deliveries.made
        if "text/html" not in request.headers.get("accept", ""):
            return JsonAnswer(
                {"data": {"manner": self._deliveries.manner, "deliveries": [asdict(one) for one in made]}}
            )
        html = _TEMPLATES.get_template("webhooks.html").render(
            manner=self._deliveries.manner,
            manners=list(Manner),
            companies=[(company, self._subscriptions.of(company.id)) for company in self._sandbox.companies],
            jobs=[job.head for job in self._sandbox.jobs()][-LONGEST_TABLE:],
            deliveries=made[: -LONGEST_TABLE - 1 : -1],
        )
        return HTMLResponse(html, headers={"content-security-policy": POLICY})

    async def _choose(self, request: Request) -> Response:
        """With a job: announce it again in this manner. Without: all jobs from now on."""
        choice = parse(TypeAdapter(_Choice), await members_of(request))
        if choice.job_id is None:
            self._deliveries.manner = choice.manner
        else:
            self._deliveries.announce(self._job(choice.job_id).head, choice.manner)
        return RedirectResponse(PATH, 303) if is_form(request) else JsonAnswer({"data": {"manner": choice.manner}})

    def _job(self, job_id: UUID) -> Job:
        for job in self._sandbox.jobs():
            if job.head.id == job_id:
                return job
        raise ExportNotFound
