"""What can be wrong with a machine, each part looked at by itself; every finding says what to do."""

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Final

import requests
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from integration.configuration.connection import Connection
from integration.configuration.settings import Settings
from integration.limits.redis_client import shared_redis
from integration.logbook.schema import metadata
from tasks import context
from tasks.celery import app
from tasks.cli.check import look_at
from tasks.web import health

OLDEST_REDIS: Final = (6, 2)
CLOCK_MAY_DIFFER: Final = timedelta(seconds=30)
LEAST_FREE_BYTES: Final = 1 << 30
PACKAGES: Final = ("pleo-export", "celery", "kombu", "redis", "sqlalchemy", "flower")


class Health(StrEnum):
    """How a part is."""

    WELL = "well"
    #: It works, and something is better changed.
    POOR = "poor"
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part, and what to do about it."""

    part: str
    health: Health
    found: str
    advice: str = ""


def well(part: str, found: str) -> Finding:
    """Nothing is to be done."""
    return Finding(part, Health.WELL, found)


def versions() -> Finding:
    """Of ourselves and what we stand on."""
    found = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return well("versions", f"Python {platform.python_version()}, {found}")


def broker() -> Finding:
    """Whether messages go through."""
    try:
        health.ask_broker()
    except (OperationalError, OSError) as error:
        advice = "Start it, or set PLEO_EXPORT_BROKER_URL to where it runs."
        return Finding("broker", Health.ILL, f"does not answer ({type(error).__name__})", advice)
    return well("broker", "answers")


def redis(settings: Settings) -> Finding:
    """Whether it is new enough, and keeps what it is given."""
    client = shared_redis(settings.result_url, settings.broker_url)
    if client is None:
        return well("redis", "not used")
    try:
        facts = client.info()
    except RedisError as error:
        advice = "Start Redis, or set PLEO_EXPORT_RESULT_URL to where it runs."
        return Finding("redis", Health.ILL, f"does not answer ({type(error).__name__})", advice)
    finally:
        client.close()
    return of_redis(facts)


def of_redis(facts: dict[str, object]) -> Finding:
    """By what Redis says of itself."""
    release = str(facts["redis_version"])
    if tuple(int(part) for part in release.split(".")[:2]) < OLDEST_REDIS:
        return Finding("redis", Health.ILL, f"is {release}", "Update Redis to 6.2 or later.")
    poor = []
    if facts.get("maxmemory_policy") != "noeviction":
        poor.append("maxmemory-policy noeviction")
    if not facts.get("aof_enabled"):
        poor.append("appendonly yes")
    if poor:
        return Finding("redis", Health.POOR, f"{release} may lose tasks", f"Set {' and '.join(poor)} in redis.conf.")
    return well("redis", f"{release}, keeps what it is given")


def database(settings: Settings) -> Finding:
    """Whether the logbook is there, in the form that this version writes. Makes nothing."""
    try:
        engine = create_engine(settings.database_url)
        found = inspect(engine)
        tables = set(found.get_table_names())
        missing = [
            f"{table.name}.{column}"
            for table in metadata.sorted_tables
            if table.name in tables
            for column in sorted(set(table.columns.keys()) - {one["name"] for one in found.get_columns(table.name)})
        ]
        engine.dispose()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        advice = "Start it, or set PLEO_EXPORT_DATABASE_URL to where the logbook is."
        return Finding("database", Health.ILL, f"cannot be opened ({type(error).__name__})", advice)
    if missing:
        advice = (
            "A worker that starts brings an older one up to date; for a newer one install the version that wrote it."
        )
        return Finding("database", Health.ILL, f"is of another version: no {', '.join(missing[:5])}", advice)
    return well("database", f"{engine.dialect.name}, {len(tables)} tables")


def workers() -> Finding:
    """Whether anybody would take a task."""
    try:
        answers = app.control.inspect(timeout=2).ping() or {}
    except (OperationalError, OSError):
        answers = {}
    if not answers:
        return Finding("workers", Health.ILL, "none answers", "Start one: celery -A tasks worker")
    return well("workers", ", ".join(sorted(answers)))


def clock(settings: Settings) -> Finding:
    """Held against Pleo's: webhooks and tokens are believed by the time."""
    try:
        answer = requests.head(settings.base_url, timeout=5, allow_redirects=False)
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (requests.RequestException, KeyError, ValueError):
        return Finding("clock", Health.POOR, "could not be compared with Pleo's", "See what is said of Pleo.")
    off = abs(datetime.now(UTC) - theirs)
    if off > CLOCK_MAY_DIFFER:
        return Finding("clock", Health.ILL, f"is off by {round(off.total_seconds())} seconds", "Switch time sync on.")
    return well("clock", "agrees with Pleo's")


def connection(one: Connection) -> Iterator[Finding]:
    """Pleo, the accounting system and the webhook, as `pleo-export check` sees them."""
    mistakes = look_at(one).mistakes
    part = f"connection {one.name}"
    if mistakes:
        yield from (
            Finding(part, Health.ILL, mistake, "See docs/operations.md, «Connections».") for mistake in mistakes
        )
    else:
        yield well(part, f"Pleo and {one.accounting_system} are ready")
    if one.name in context.current().logbook.connections.paused():
        yield Finding(part, Health.POOR, "is paused", f"pleo-export resume {one.name}")
    yield _webhook(one, part)


def _webhook(one: Connection, part: str) -> Finding:
    if one.webhook is None:
        return well(part, "has no webhook; polling finds its jobs")
    if one.webhook.secret_env not in context.current().settings.secrets:
        advice = f"Subscribe: pleo-export webhooks subscribe {one.name} URL; until then polling finds its jobs."
        return Finding(part, Health.POOR, f"has a webhook without secret ({one.webhook.secret_env})", advice)
    return well(part, f"takes webhooks at /webhooks/{one.name}")


def disk(settings: Settings) -> Iterator[Finding]:
    """Where ledgers and a SQLite logbook grow."""
    places = {Path(one.beancount.directory) for one in settings.connections if one.beancount}
    if settings.database_url.startswith("sqlite:///"):
        places.add(Path(settings.database_url.removeprefix("sqlite:///")).resolve().parent)
    for place in sorted(places):
        yield _room(place)


def _room(place: Path) -> Finding:
    there = next(path for path in (place, *place.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if not os.access(there, os.W_OK):
        return Finding("disk", Health.ILL, f"{place} cannot be written", "Give the worker's user the right to write.")
    if free < LEAST_FREE_BYTES:
        return Finding("disk", Health.ILL, f"{place} has {free >> 20} MiB left", "Make room, at least 1 GiB.")
    return well("disk", f"{place} has {free >> 30} GiB left")
