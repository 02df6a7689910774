"""Opening the logbook's database: SQLite for one host, PostgreSQL for many."""

import sqlite3

from sqlalchemy import Connection, Engine, Executable, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from integration.errors import ConfigurationError, LogbookUnreachable
from integration.logbook.migration import bring_up_to_date

BUSY_SECONDS = 30


def open_database(url: str) -> Engine:
    """Connect, and bring the schema up to date.

    Raises `ConfigurationError` for a URL that cannot be used or a schema that is newer, `LogbookUnreachable` for a
    database that does not answer now.
    """
    try:
        engine = _engine(url)
    except (ArgumentError, ModuleNotFoundError, ValueError) as error:
        raise ConfigurationError(f"PLEO_EXPORT_DATABASE_URL cannot be used: {error}") from None
    try:
        bring_up_to_date(engine)
    except OperationalError as error:
        engine.dispose()
        raise LogbookUnreachable(cause=str(error.orig).strip().partition("\n")[0]) from None
    except ConfigurationError:
        engine.dispose()
        raise
    return engine


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=5, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_for_writing)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # a committed intent survives a power cut


def _begin_for_writing(connection: Connection) -> None:
    # Taking the write lock at once makes two writers wait for each other; taking it later makes one of them fail.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def insert_if_absent(engine: Engine, table: Table) -> Executable:
    """An insert that leaves rows alone whose key stands already."""
    if engine.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
