"""The logbook's schema: what the migrations make is what the code is written for, on both databases."""

from multiprocessing import get_context

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from integration.errors import ConfigurationError
from integration.logbook import Logbook
from integration.logbook.schema import metadata
from integration.logbook.storage.migration import HEAD


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path, postgresql_url) -> str:
    return f"sqlite:///{tmp_path}/logbook.db" if request.param == "sqlite" else postgresql_url()


def test_the_migrations_make_the_schema_that_the_code_expects(url):
    Logbook.at(url).close()
    engine = create_engine(url)
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_the_newest_migration_is_the_one_that_the_code_names():
    assert ScriptDirectory("integration/logbook/storage/migrations").get_heads() == [HEAD]


def test_opening_twice_changes_nothing(url):
    Logbook.at(url).close()
    Logbook.at(url).close()


def test_a_newer_schema_is_refused_with_what_to_do(url):
    Logbook.at(url).close()
    engine = create_engine(url)
    with engine.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigurationError, match=r"9999, newer .* Install the newer pleo-export"):
        Logbook.at(url)


def open_it(url: str) -> None:
    Logbook.at(url).close()


def test_workers_that_start_at_once_on_an_empty_database_all_start(url):
    with get_context("spawn").Pool(4) as workers:
        assert workers.map(open_it, [url] * 4) == [None] * 4
