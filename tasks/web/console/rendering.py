"""Templates to pages: how money, moments and links are written."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tasks.web.console.auth import token_of


def money(amount: Decimal, currency: str) -> str:
    """As accountants read it; Pleo calls a missing currency `UNDEFINED`."""
    return f"{amount:,.2f} {'without currency' if currency == 'UNDEFINED' else currency}"


def moment(when: datetime) -> str:
    """To the second, in UTC."""
    return f"{when:%d %b %Y %H:%M:%S} UTC"


def link(url: str | None) -> str | None:
    """Only what cannot run a script in the page."""
    return url if url and url.startswith(("http://", "https://")) else None


def words(name: str) -> str:
    """`completed_with_errors` in words."""
    return name.replace("_", " ")


_TEMPLATES: Final = Environment(
    loader=PackageLoader("tasks.web.console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {"money": money, "moment": moment, "link": link, "words": words}


def render(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A whole page; what the last action has to say is said once."""
    html = _TEMPLATES.get_template(template).render(
        token=token_of(request),
        login=request.session.get("user"),
        told=request.session.pop("told", None),
        query=request.query_params.get("q", ""),
        **values,
    )
    return HTMLResponse(html, status)
