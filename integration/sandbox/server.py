"""The sandbox as a web application: Pleo's API, the controls and the page."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from integration.sandbox.answers import ErrorAnswer
from integration.sandbox.api import PleoApi
from integration.sandbox.controls import Controls
from integration.sandbox.faults import Faults
from integration.sandbox.http import error_answer
from integration.sandbox.paging import PageSizes
from integration.sandbox.rules import Sandbox


def create_app(sandbox: Sandbox, faults: Faults | None = None, sizes: PageSizes | None = None) -> Starlette:
    """Serve with `serve.uvicorn_server`: only there can faults cut a connection."""
    faults = Faults() if faults is None else faults
    api, controls = PleoApi(sandbox, faults, sizes or PageSizes()), Controls(sandbox, faults)
    return Starlette(
        routes=[*api.routes(), *controls.routes()],
        exception_handlers={ErrorAnswer: error_answer, HTTPException: error_answer},
    )
