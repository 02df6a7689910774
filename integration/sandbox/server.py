"""The sandbox as a web application: Pleo's API, the controls and the page."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from integration.sandbox.api.answers import ApiError
from integration.sandbox.api.api import PleoApi
from integration.sandbox.api.http import handle_error
from integration.sandbox.api.paging import PageSizes
from integration.sandbox.controls import Controls
from integration.sandbox.faults.faults import Faults
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.extras import Extras


def create_app(sandbox: Sandbox, faults: Faults | None = None, sizes: PageSizes | None = None) -> Starlette:
    """Serve with `serve.uvicorn_server`: only there can faults cut a connection."""
    faults, sizes = Faults() if faults is None else faults, sizes or PageSizes()
    api, controls, extras = PleoApi(sandbox, faults, sizes), Controls(sandbox, faults), Extras(sandbox, sizes)
    return Starlette(
        routes=[*api.routes(), *controls.routes(), *extras.routes()],
        middleware=extras.middleware(),
        exception_handlers={ApiError: handle_error, HTTPException: handle_error},
    )
