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
from integration.sandbox.api.http import PleoJsonResponse, is_form, read_form_or_json
from integration.sandbox.page import CONTENT_SECURITY_POLICY
from integration.sandbox.state.jobs import Job
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.webhooks.deliveries import Deliveries, Manner
from integration.sandbox.webhooks.subscriptions import Subscriptions

PATH = "/sandbox/webhooks"
MAX_TABLE_ROWS = 100

_TEMPLATES = Environment(
    loader=PackageLoader("integration.sandbox"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


class _MannerChoice(BaseModel):
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
            Route(PATH, self._show_webhooks, methods=["GET"]),
            Route(PATH, self._choose_manner, methods=["POST"]),
        ]

    async def _show_webhooks(self, request: Request) -> Response:
        made = self._deliveries.made
        if "text/html" not in request.headers.get("accept", ""):
            return PleoJsonResponse(
                {"data": {"manner": self._deliveries.manner, "deliveries": [asdict(one) for one in made]}}
            )
        html = _TEMPLATES.get_template("webhooks.html").render(
            manner=self._deliveries.manner,
            manners=list(Manner),
            companies=[
                (company, self._subscriptions.list_company_subscriptions(company.id))
                for company in self._sandbox.companies
            ],
            jobs=[job.head for job in self._sandbox.jobs()][-MAX_TABLE_ROWS:],
            deliveries=made[: -MAX_TABLE_ROWS - 1 : -1],
        )
        return HTMLResponse(html, headers={"content-security-policy": CONTENT_SECURITY_POLICY})

    async def _choose_manner(self, request: Request) -> Response:
        """With a job: announce it again in this manner. Without: all jobs from now on."""
        choice = parse(TypeAdapter(_MannerChoice), await read_form_or_json(request))
        if choice.job_id is None:
            self._deliveries.manner = choice.manner
        else:
            self._deliveries.announce(self._get_job(choice.job_id).head, choice.manner)
        return (
            RedirectResponse(PATH, 303) if is_form(request) else PleoJsonResponse({"data": {"manner": choice.manner}})
        )

    def _get_job(self, job_id: UUID) -> Job:
        for job in self._sandbox.jobs():
            if job.head.id == job_id:
                return job
        raise ExportNotFound
