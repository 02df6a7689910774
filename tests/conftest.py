"""Services that tests need: the machine's, or skipped on a laptop, or a failure where CI=true."""

import os
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

# Machines are shared and slow: time is measured in the benchmarks and asserted nowhere.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "postgresql+psycopg://root@127.0.0.1:5432/test")


def skip_or_fail(service: str) -> None:
    """No test is skipped where the project checks itself."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{service} is needed where CI=true")
    pytest.skip(f"{service} is not here")


@pytest.fixture
def postgresql_url() -> Iterator[Callable[[], str]]:
    """A new database for whoever asks for one."""
    made: list[str] = []

    def make() -> str:
        name = f"pleo_export_{uuid4().hex[:12]}"
        _execute(f"CREATE DATABASE {name}")
        made.append(name)
        return make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)

    yield make
    for name in made:
        _execute(f"DROP DATABASE {name} WITH (FORCE)")


def _execute(statement: str) -> None:
    engine = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as db:
            db.execute(text(statement))
    except OperationalError:
        skip_or_fail("PostgreSQL")
    finally:
        engine.dispose()
