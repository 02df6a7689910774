"""Live: this process answers. Ready: it reaches what it needs. The answers name the part and no more; logs say why."""

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from kombu.exceptions import OperationalError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from integration.errors import ExportError
from tasks import context
from tasks.celery import app

log = logging.getLogger(__name__)

#: A probe gives up after a few seconds.
BROKER_SECONDS: Final = 2


def routes() -> list[Route]:
    """For those who watch processes, without a login."""
    return [Route("/health/live", live), Route("/health/ready", ready)]


def live(_: Request) -> Response:
    """Nothing is asked of anyone."""
    return PlainTextResponse("live\n")


def ready(_: Request) -> Response:
    """503 where a part cannot be reached."""
    parts = {name: _answers(name, ask) for name, ask in PARTS.items()}
    return JSONResponse(parts, 200 if all(parts.values()) else 503)


def _answers(name: str, ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (ExportError, SQLAlchemyError, OperationalError, OSError) as error:
        log.warning("not ready", extra={"part": name, "cause": type(error).__name__})
        return False
    return True


def ask_logbook() -> None:
    """Raises what the database says."""
    context.current().logbook.overview.open_since()


def ask_broker() -> None:
    """Raises what kombu says."""
    options = app.conf.broker_transport_options | {"socket_connect_timeout": BROKER_SECONDS}
    with app.connection_for_read(transport_options=options, connect_timeout=BROKER_SECONDS) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)


PARTS: Final[Mapping[str, Callable[[], None]]] = MappingProxyType({"logbook": ask_logbook, "broker": ask_broker})
