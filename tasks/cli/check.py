"""`pleo-export check`: which credential each connection has, and what pre-export validation would say of it.

Nothing is written at Pleo.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click

from integration.configuration.connection import Connection
from integration.errors import ExportError, PleoError
from integration.export_job import validate
from integration.pleo.credentials import is_of_company, missing_scopes
from integration.pleo.models import Introspection
from integration.services import Desk
from tasks import context
from tasks.producer import chosen


@dataclass(frozen=True, slots=True)
class Finding:
    """What there is to say of one connection."""

    credential: Introspection | None
    mistakes: list[str]


def check_connections(company: str | None, *, as_json: bool) -> bool:
    """Whether every connection could export now."""
    found = {connection.name: look_at(connection) for connection in chosen(company)}
    if as_json:
        click.echo(json.dumps({name: _row(finding) for name, finding in found.items()}, indent=2))
    else:
        for name, finding in found.items():
            click.echo(f"{name}: " + ("; ".join(finding.mistakes) or "ready"))
            if finding.credential:
                click.echo(f"  {_sentence(finding.credential)}")
    return not any(finding.mistakes for finding in found.values())


def _row(finding: Finding) -> dict[str, object]:
    credential = finding.credential.model_dump(mode="json") if finding.credential else None
    return {"credential": credential, "mistakes": finding.mistakes}


def _sentence(credential: Introspection) -> str:
    kind = {"API_KEY": "API key", "OAUTH2": "OAuth token"}.get(credential.auth_method, credential.auth_method)
    whose = credential.subject_urn or "nobody in particular"
    return f"{kind} {credential.application_name or credential.client_id} of {whose}: {credential.scope}"


def look_at(connection: Connection) -> Finding:
    """Asks Pleo and the accounting system; raises nothing of theirs."""
    desk = context.current().desk(connection)
    try:
        credential = desk.pleo.introspect()
    except PleoError as error:
        return Finding(None, [str(error), *_mistakes(lambda: _validated(desk))])
    steps = (lambda: _listed(desk), lambda: _validated(desk))
    return Finding(credential, [*_shortcomings(credential, connection), *_mistakes(*steps)])


def _shortcomings(credential: Introspection, connection: Connection) -> Iterator[str]:
    if missing := missing_scopes(credential):
        yield f"The credential lacks {', '.join(missing)}; give it in Pleo's settings"
    if not is_of_company(credential, connection.company_id):
        yield f"The credential is of {credential.subject_urn}, the connection of company {connection.company_id}"


def _listed(desk: Desk) -> None:
    next(iter(desk.pleo.export_jobs(desk.connection.company_id)), None)


def _validated(desk: Desk) -> None:
    validate(desk.connection, desk.system, vendor_based=True)


def _mistakes(*steps: Callable[[], None]) -> list[str]:
    mistakes = []
    for step in steps:
        try:
            step()
        except ExportError as error:
            mistakes.append(str(error))
    return mistakes
