"""The logbook's database: SQLite for one host, PostgreSQL for many. Reading waits for nobody; writers take turns."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Executable, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from integration.errors import ConfigurationError, LogbookUnreachable
from integration.logbook.storage.group_commit import SharedCommits
from integration.logbook.storage.migration import bring_up_to_date
from integration.logbook.storage.prepared import Prepared, Statement

T = TypeVar("T")

BUSY_SECONDS: Final = 30
#: For a host that does not answer at all; a URL may say `?connect_timeout=`.
CONNECT_SECONDS: Final = 10
#: Taking the write lock at once makes two writers wait for each other; taking it later makes one of them fail.
_BEGIN: Final = "BEGIN IMMEDIATE"
_READS_ONLY: Final = "pleo_export_reads_only"


class Database:
    """Transactions of either kind. Not shared between processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        # A single statement needs no transaction around it: on SQLite that would lock, on PostgreSQL it asks twice.
        options = {_READS_ONLY: True} if self._is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._for_reading = engine.execution_options(**options)
        self._queue = _Queue(engine.url.database if self._is_sqlite else None)
        self._commits = SharedCommits(self._transaction)
        self._held: PoolProxiedConnection | None = None

    def prepared(self, statement: Statement) -> Prepared:
        """For `together`."""
        return Prepared(statement, self._engine.dialect)

    def together(self, work: Callable[[DBAPICursor], T], *, is_single: bool = False) -> T:
        """One transaction with what other threads want to write at this moment: they share its commit.

        A single statement that finds itself alone is its own transaction, which saves PostgreSQL two round trips.

        Tried again once on a new connection: the one that was kept may have been dropped meanwhile. Raises
        `LogbookUnreachable`; whether it was committed is unknown then, and so it is after a second try.
        """
        try:
            return self._commits.write(work, is_single=is_single)
        except LogbookUnreachable:
            return self._commits.write(work, is_single=is_single)

    @contextmanager
    def _transaction(self, is_single: bool) -> Iterator[DBAPICursor]:  # noqa: FBT001
        """On a connection that is kept for the next one; one thread at a time."""
        dbapi: Any = self._engine.dialect.dbapi
        with self._queue.turn():
            try:
                held = self._held = self._held or self._connected()
                cursor = held.cursor()
                if not is_single:
                    cursor.execute(_BEGIN if self._is_sqlite else "BEGIN")
                yield cursor
                if not is_single:
                    cursor.execute("COMMIT")
            except (dbapi.OperationalError, dbapi.InterfaceError, OperationalError) as error:
                self._let_go()
                raise LogbookUnreachable(cause=_told(error)) from None
            except BaseException:
                self._let_go()
                raise

    def _connected(self) -> PoolProxiedConnection:
        """The driver begins nothing by itself."""
        connection = self._engine.raw_connection()
        driver: Any = connection.dbapi_connection
        self._engine.dialect.set_isolation_level(driver, "AUTOCOMMIT")
        return connection

    def _let_go(self) -> None:
        """Of a connection whose transaction was broken off, which ends with it."""
        if self._held:
            self._held.invalidate()
            self._held = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, committed at the end of the block."""
        with self._queue.turn(), self._engine.begin() as db:
            yield db

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Each statement sees what is committed when it runs."""
        with self._for_reading.connect() as db:
            yield db

    def insert_if_absent(self, table: Table) -> Executable:
        """An insert that leaves rows alone whose key stands already."""
        if self._is_sqlite:
            return sqlite.insert(table).on_conflict_do_nothing()
        return postgresql.insert(table).on_conflict_do_nothing()

    def close(self) -> None:
        """Give the connections back."""
        self._let_go()
        self._engine.dispose()
        self._queue.close()


class _Queue:
    """Who writes next. SQLite lets its writers sleep and try again, for ever longer; the kernel wakes them in turn.

    Only for speed: SQLite's own lock is what keeps two writers apart.
    """

    def __init__(self, database: str | None) -> None:
        self._threads = Lock()
        self._file = _opened(f"{database}-queue") if database and database != ":memory:" else None

    @contextmanager
    def turn(self) -> Iterator[None]:
        if self._file is None:
            yield
            return
        with self._threads:  # of one process all have the file's lock
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX)
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _opened(path: str) -> int | None:
    """Locking needs no right to write; without any right to it there is no queue."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError:
        return None


def open_database(url: str) -> Database:
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
        raise LogbookUnreachable(cause=_told(error)) from None
    except ConfigurationError:
        engine.dispose()
        raise
    return Database(engine)


def _told(error: Exception) -> str:
    """In the driver's words, without the details."""
    return str(getattr(error, "orig", error)).strip().partition("\n")[0]


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        waiting = {"connect_timeout": CONNECT_SECONDS} | make_url(url).query
        return create_engine(url, connect_args=waiting, pool_pre_ping=True, pool_size=5, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_for_writing)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # a committed intent survives a power cut


def _begin_for_writing(connection: Connection) -> None:
    if not connection.get_execution_options().get(_READS_ONLY):
        connection.exec_driver_sql(_BEGIN)
