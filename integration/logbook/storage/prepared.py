"""Statements that every item runs: compiled once, and given to the driver as they are.

SQLAlchemy's way from a statement to the database costs ten times what the database does with it. Its types are still
what converts values, so that a row is the same by whichever way it came.
"""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Delete, Dialect, Insert, Select, Update
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.types import TypeEngine

Statement = Select[Any] | Insert | Update | Delete
Convert = Callable[[Any], Any]


class Prepared:
    """One statement for one kind of database. It may have no list among its parameters."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self._sql: str = compiled.string
        self._order: list[str] | None = compiled.positiontup
        self._fixed: dict[str, object] = compiled.params
        self._into = {name: _into(bind.type, dialect) for bind, name in compiled.bind_names.items()}
        self._out = {str(column.key): _out(column.type, dialect) for column in statement.exported_columns}

    def change(self, cursor: DBAPICursor, values: Mapping[str, object]) -> int:
        """How many rows it changed."""
        self._execute(cursor, values)
        return cursor.rowcount

    def one(self, cursor: DBAPICursor, values: Mapping[str, object]) -> SimpleNamespace | None:
        """Its only row, by the columns' names; or `None`."""
        self._execute(cursor, values)
        rows = cursor.fetchall()  # to the end, where a statement that is its own transaction is committed
        if not rows:
            return None
        columns = zip(self._out.items(), rows[0], strict=True)
        return SimpleNamespace(**{name: convert(value) if convert else value for (name, convert), value in columns})

    def _execute(self, cursor: DBAPICursor, values: Mapping[str, object]) -> None:
        given = {**self._fixed, **values}
        bound = {name: convert(given[name]) if convert else given[name] for name, convert in self._into.items()}
        cursor.execute(self._sql, [bound[name] for name in self._order] if self._order else bound)


def _into(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _out(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
