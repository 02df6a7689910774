"""`pleo-export doctor`: looks at every part, and says what to do about those that are not well."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict

import click

from integration.configuration.settings import Settings
from integration.errors import ConfigurationError
from tasks.cli import doctor_checks
from tasks.cli.doctor_checks import Finding, Health

SIGNS = {Health.WELL: "✓", Health.POOR: "!", Health.ILL: "✗"}


def examine(*, as_json: bool) -> bool:
    """Whether no part is ill."""
    found = []
    for finding in findings():
        found.append(finding)
        if not as_json:
            click.echo(f"{SIGNS[finding.health]} {finding.part}: {finding.found}")
            if finding.advice:
                click.echo(f"    → {finding.advice}")
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], indent=2))
    return all(finding.health is not Health.ILL for finding in found)


def findings() -> Iterator[Finding]:
    """One part after the other; what needs a part that is ill is left out."""
    yield doctor_checks.versions()
    try:
        settings = Settings.read(os.environ)
    except ConfigurationError as error:
        yield Finding("configuration", Health.ILL, str(error), "Mend it; README, «Point it at Pleo», shows one.")
        return
    yield doctor_checks.well("configuration", f"{len(settings.connections)} connections, {len(settings.users)} users")
    broker = doctor_checks.broker()
    yield broker
    yield doctor_checks.redis(settings)
    if broker.health is Health.WELL:
        yield doctor_checks.workers()
    database = doctor_checks.database(settings)
    yield database
    yield doctor_checks.clock(settings)
    yield from doctor_checks.disk(settings)
    if database.health is Health.WELL:
        for connection in settings.connections:
            yield from doctor_checks.connection(connection)
