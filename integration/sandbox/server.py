"""The sandbox as a web application: Pleo's API, the controls and the page."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from integration.sandbox.answers import ErrorAnswer
from integration.sandbox.api import PleoApi
from integration.sandbox.beside import BesideExports
from integration.sandbox.controls import Controls
from integration.sandbox.faults import Faults
from integration.sandbox.http import error_answer
from integration.sandbox.paging import PageSizes
from integration.sandbox.rules import Sandbox


def create_app(sandbox: Sandbox, faults: Faults | None = None, sizes: PageSizes | None = None) -> Starlette:
    """Serve with `serve.uvicorn_server`: only there can faults cut a connection."""
    faults, sizes = Faults() if faults is None else faults, sizes or PageSizes()
    api, controls, beside = PleoApi(sandbox, faults, sizes), Controls(sandbox, faults), BesideExports(sandbox, sizes)
    return Starlette(
        routes=[*api.routes(), *controls.routes(), *beside.routes()],
        middleware=beside.middleware(),
        exception_handlers={ErrorAnswer: error_answer, HTTPException: error_answer},
    )
