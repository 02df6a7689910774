"""pleo-export as it is, on the benchmark's ledger, with its statements counted: `celery -A bench_ours worker`."""

from collections.abc import Mapping

from bench_ledger import COUNTERS, open_ledger
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor

from integration.accounting import registry
from integration.logbook.storage.prepared import Prepared
from tasks.celery import app

__all__ = ["app"]

registry.ADAPTERS = {"beancount": lambda connection, *_: open_ledger(connection.beancount.directory)}
_execute = Prepared._execute


def _counted(self: Prepared, cursor: DBAPICursor, values: Mapping[str, object]) -> None:
    COUNTERS.statement()
    _execute(self, cursor, values)


Prepared._execute = _counted


@event.listens_for(Engine, "before_cursor_execute")
def _count(*_: object) -> None:
    COUNTERS.statement()
