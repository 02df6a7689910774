"""The way in and the way out."""

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tasks.web.console.auth import form_of, log_in
from tasks.web.console.rendering import render


def routes() -> list[Route]:
    """The only pages for those who are not logged in."""
    return [
        Route("/login", ask, methods=["GET"]),
        Route("/login", enter, methods=["POST"]),
        Route("/logout", leave, methods=["POST"]),
    ]


async def ask(request: Request) -> Response:
    """The login."""
    return render(request, "login.html", wanted=request.query_params.get("next", "/"), problem=None)


async def enter(request: Request) -> Response:
    """On to the page that was wanted, or once more."""
    form = await form_of(request)
    user = await run_in_threadpool(log_in, request, form.get("name", ""), form.get("password", ""))
    if user is None:
        problem = "Login and password do not match."
        return render(request, "login.html", 401, wanted=form.get("next", "/"), problem=problem)
    return RedirectResponse(_page_of_ours(form.get("next", "/")), status_code=303)


async def leave(request: Request) -> Response:
    """Forget the session."""
    await form_of(request)
    request.session.clear()
    return RedirectResponse("/login", status_code=303)


def _page_of_ours(wanted: str) -> str:
    """Nobody is sent elsewhere by an address that was made up."""
    parts = urlsplit(wanted.replace("\\", "/"))
    return parts.path if parts.path.startswith("/") and not parts.path.startswith("//") else "/"
