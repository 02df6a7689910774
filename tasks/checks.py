"""`pleo-export check`: what pre-export validation would say of every connection, nothing written at Pleo."""

import json
from collections.abc import Callable

import click

from integration.connection import Connection
from integration.errors import ExportError
from integration.export_job import validate
from tasks import context
from tasks.producer import chosen


def check_connections(company: str | None, *, as_json: bool) -> bool:
    """Whether every connection could export now."""
    found = {connection.name: _mistakes(connection) for connection in chosen(company)}
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        for name, mistakes in found.items():
            click.echo(f"{name}: " + ("; ".join(mistakes) or "ready"))
    return not any(found.values())


def _mistakes(connection: Connection) -> list[str]:
    desk = context.current().desk(connection)
    steps: tuple[Callable[[], object], ...] = (
        lambda: next(iter(desk.pleo.export_jobs(connection.company_id)), None),
        lambda: validate(connection, desk.system, vendor_based=True),
    )
    mistakes = []
    for step in steps:
        try:
            step()
        except ExportError as error:
            mistakes.append(str(error))
    return mistakes
