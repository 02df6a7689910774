"""What the console does: each deed is asked for on a page of its own, confirmed there, and written down."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from integration.configuration.connection import User
from integration.errors import ExportError
from tasks import operations
from tasks.web.console.auth import Form, deed, page, visible
from tasks.web.console.pages import seen_job
from tasks.web.console.rendering import render


@dataclass(frozen=True, slots=True)
class Question:
    """What is about to happen, in words, and where one lands afterwards."""

    title: str
    text: str
    button: str
    back: str
    cause: str | None = None


def routes() -> list[Route]:
    """Each as a page with the question and as the form's action."""
    return [
        *_routes("/jobs/{job_id:uuid}/retry", _ask_retry, _retry),
        *_routes("/jobs/{job_id:uuid}/recover", _ask_recover, _recover),
        *_routes("/connections/{name}/pause", _ask_pause, _pause),
        *_routes("/connections/{name}/resume", _ask_resume, _resume),
    ]


Ask = Callable[[Request, User, str | None], Question]
#: Does it and says what was done.
Act = Callable[[Request, User, str | None], str]


def _routes(path: str, ask: Ask, act: Act) -> list[Route]:
    def show(request: Request, user: User) -> Response:
        cause = request.query_params.get("cause")
        return render(request, "confirm.html", question=ask(request, user, cause), problem=None)

    def do(request: Request, user: User, form: Form) -> Response:
        question = ask(request, user, form.get("cause"))
        try:
            request.session["told"] = act(request, user, form.get("cause"))
        except ExportError as error:
            return render(request, "confirm.html", 409, question=question, problem=str(error))
        return RedirectResponse(question.back, status_code=303)

    return [page(path, show), deed(path, do)]


def _ask_retry(request: Request, user: User, cause: str | None) -> Question:
    summary = seen_job(request, user)
    return Question(
        title="Retry what failed for this cause" if cause else "Retry everything that failed",
        text="Pleo gets a new export job of these entries. What stands in the books already is left out. "
        "Mend the cause first, or they fail again.",
        button="Retry",
        back=f"/jobs/{summary.job.job_id}",
        cause=cause,
    )


def _retry(request: Request, user: User, cause: str | None) -> str:
    new_job_id: UUID = operations.retry(request.path_params["job_id"], by=user.name, cause=cause)
    return f"Retried as export job {new_job_id}."


def _ask_recover(request: Request, user: User, _cause: str | None) -> Question:
    job_id = seen_job(request, user).job.job_id
    return Question(
        title="Recover this job now",
        text="A worker looks after the job: it dispatches the items without an outcome again and closes the job "
        "when all have one. Nothing is recorded twice.",
        button="Recover",
        back=f"/jobs/{job_id}",
    )


def _recover(request: Request, user: User, _cause: str | None) -> str:
    operations.recover(request.path_params["job_id"], by=user.name)
    return "A worker looks after the job now."


def _ask_pause(request: Request, user: User, _cause: str | None) -> Question:
    name = _seen_connection(request, user)
    return Question(
        title=f"Pause {name}",
        text="No further export job of this connection begins until it is resumed. A job in progress goes on to its "
        "end, because Pleo would end it after an hour.",
        button="Pause",
        back="/",
    )


def _pause(request: Request, user: User, _cause: str | None) -> str:
    name = _seen_connection(request, user)
    operations.pause(name, by=user.name)
    return f"{name} is paused."


def _ask_resume(request: Request, user: User, _cause: str | None) -> Question:
    name = _seen_connection(request, user)
    return Question(
        title=f"Resume {name}", text="Export jobs of this connection begin again.", button="Resume", back="/"
    )


def _resume(request: Request, user: User, _cause: str | None) -> str:
    name = _seen_connection(request, user)
    operations.resume(name, by=user.name)
    return f"{name} begins export jobs again."


def _seen_connection(request: Request, user: User) -> str:
    name: str = request.path_params["name"]
    if name not in visible(user):
        raise HTTPException(404, "There is no such connection, or it is not yours to see.")
    return name
