"""The sandbox as a web application: Pleo's API, the controls and the page."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from integration.sandbox.api.answers import ErrorAnswer
from integration.sandbox.api.api import PleoApi
from integration.sandbox.api.http import error_answer
from integration.sandbox.api.paging import PageSizes
from integration.sandbox.controls import Controls
from integration.sandbox.faults.faults import Faults
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.extras import BesideExports


def create_app(sandbox: Sandbox, faults: Faults | None = None, sizes: PageSizes | None = None) -> Starlette:
    """Serve with `serve.uvicorn_server`: only there can faults cut a connection."""
    faults, sizes = Faults() if faults is None else faults, sizes or PageSizes()
    api, controls, beside = PleoApi(sandbox, faults, sizes), Controls(sandbox, faults), BesideExports(sandbox, sizes)
    return Starlette(
        routes=[*api.routes(), *controls.routes(), *beside.routes()],
        middleware=beside.middleware(),
        exception_handlers={ErrorAnswer: error_answer, HTTPException: error_answer},
    )
