"""The console as one application: its session, its pages, and what it says when something is wrong."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from integration.errors import ExportError
from tasks.web.console import actions, login
from tasks.web.console.pages import Pages
from tasks.web.console.rendering import render
from tasks.web.settings import ConsoleSettings

#: A working day.
SESSION_SECONDS = 10 * 3600


def console(settings: ConsoleSettings) -> Starlette:
    """To be mounted at the root."""
    session = Middleware(
        SessionMiddleware,
        secret_key=settings.session_secret.get_secret_value(),
        session_cookie="pleo_export_session",
        max_age=SESSION_SECONDS,
        same_site="lax",
        https_only=settings.is_https,
    )
    files = Mount("/static", StaticFiles(packages=[("tasks.web.console", "static")]))
    return Starlette(
        routes=[files, *login.routes(), *Pages(settings).routes(), *actions.routes()],
        middleware=[session],
        exception_handlers={HTTPException: _say, ExportError: _say},
    )


async def _say(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        known = error.detail != HTTPStatus(error.status_code).phrase
        text = error.detail if known else "There is nothing at this address, or it is not yours to see."
        return render(request, "message.html", error.status_code, text=text)
    return render(request, "message.html", HTTPStatus.SERVICE_UNAVAILABLE, text=str(error))
