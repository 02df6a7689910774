"""The web process: webhook intake, health, metrics, the export console. `pleo-export web` runs it."""

import os
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, Final

import click
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from tasks import context
from tasks.telemetry import job_metrics, logs
from tasks.web import health, webhook_intake
from tasks.web.console.app import console
from tasks.web.settings import ConsoleSettings

#: Nothing from elsewhere, no script but our own file, nobody frames us, nothing stays in a shared computer's cache.
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


class SafeHeaders:
    """On every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""

        async def send_safely(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_safely)


def create_app() -> Starlette:
    """Raises `ConfigurationError` before anything is listened at."""
    settings = ConsoleSettings.read(os.environ)
    context.current()
    return Starlette(
        routes=[
            *health.routes(),
            job_metrics.route(settings.metrics_token),
            *webhook_intake.routes(),
            Mount("/", console(settings)),
        ],
        middleware=[Middleware(SafeHeaders)],
        lifespan=_lifespan,
    )


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    yield
    context.forget()


def serve(host: str, port: int) -> None:
    """Until told to stop."""
    app = create_app()
    logs.set_up()
    click.echo(f"The export console listens at http://{host}:{port}", err=True)
    uvicorn.run(app, host=host, port=port, log_config=None, access_log=False, server_header=False)
