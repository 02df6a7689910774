"""Who may do what: every page asks who is there, every form carries its session's token."""

import hashlib
import hmac
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import Final
from urllib.parse import parse_qsl, quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from integration.configuration.connection import User
from tasks import context
from tasks.web.console.passwords import NOBODYS, matches

Form = Mapping[str, str]
Page = Callable[[Request, User], Response]
Deed = Callable[[Request, User, Form], Response]

LARGEST_FORM: Final = 16 * 1024
FAILURES_ALLOWED: Final = 5
WITHIN_SECONDS: Final = 60.0


def page(path: str, show: Page) -> Route:
    """A page for those who are logged in."""
    return Route(path, partial(_shown, show), methods=["GET"])


def deed(path: str, do: Deed) -> Route:
    """A form's action for those who are logged in; refused without the session's token."""
    return Route(path, partial(_done, do), methods=["POST"])


async def _shown(show: Page, request: Request) -> Response:
    user = await run_in_threadpool(user_of, request)
    return await run_in_threadpool(show, request, user) if user else _to_login(request)


async def _done(do: Deed, request: Request) -> Response:
    form = await form_of(request)
    user = await run_in_threadpool(user_of, request)
    return await run_in_threadpool(do, request, user, form) if user else _to_login(request)


def _to_login(request: Request) -> Response:
    wanted = f"?next={quote(request.url.path)}" if request.method == "GET" and request.url.path != "/" else ""
    return RedirectResponse(f"/login{wanted}", status_code=303)


async def form_of(request: Request) -> Form:
    """Raises 403 for a form that did not come from a page of this session, 413 for one that is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise HTTPException(413)
    form = dict(parse_qsl(body.decode(errors="replace")))
    if not hmac.compare_digest(form.get("token", "").encode(), token_of(request).encode()):
        raise HTTPException(403, "This form is too old or did not come from this page. Load the page again.")
    return form


def token_of(request: Request) -> str:
    """The session's own, made when first asked for."""
    token: str = request.session.setdefault("token", secrets.token_urlsafe(32))
    return token


def user_of(request: Request) -> User | None:
    """Who is logged in; a changed password ends the sessions that began with the old one."""
    user = _named(request.session.get("user", ""))
    return user if user and hmac.compare_digest(_stamp(user), request.session.get("stamp", "")) else None


def log_in(request: Request, name: str, password: str) -> User | None:
    """`None` where name and password do not match. Raises 429 after several failures within a minute."""
    if FAILURES.are_too_many(name):
        raise HTTPException(429, "Too many attempts. Wait a minute, then try again.")
    user = _named(name)
    if not matches(password, user.password.get_secret_value() if user else NOBODYS) or user is None:
        FAILURES.add(name)
        return None
    request.session.clear()
    request.session.update(user=user.name, stamp=_stamp(user))
    return user


def _named(name: str) -> User | None:
    return next((user for user in context.current().settings.users if user.name == name), None)


def _stamp(user: User) -> str:
    return hashlib.sha256(user.password.get_secret_value().encode()).hexdigest()[:32]


def visible(user: User) -> frozenset[str]:
    """The connections whose jobs are this user's business."""
    return frozenset(one.name for one in context.current().settings.connections if user.sees(one.name))


class _Failures:
    """Failed attempts of the last minute, by login; of one process, forgotten with it."""

    def __init__(self) -> None:
        self._times: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=FAILURES_ALLOWED))
        self._lock = Lock()

    def are_too_many(self, name: str) -> bool:
        with self._lock:
            times = self._times.get(name)
            if times is None or len(times) < FAILURES_ALLOWED:
                return False
            return time.monotonic() - times[0] < WITHIN_SECONDS

    def add(self, name: str) -> None:
        with self._lock:
            now = time.monotonic()
            for old in [one for one, times in self._times.items() if now - times[-1] > WITHIN_SECONDS]:
                del self._times[old]
            self._times[name].append(now)


FAILURES: Final = _Failures()
