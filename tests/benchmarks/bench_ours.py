"""pleo-export as it is, on the benchmark's ledger, with its statements counted: `celery -A bench_ours worker`."""

from bench_ledger import COUNTERS, open_ledger
from sqlalchemy import Engine, event

from integration.accounting import opening
from tasks.celery import app

__all__ = ["app"]

opening.ADAPTERS = {"beancount": lambda connection, *_: open_ledger(connection.beancount.directory)}


@event.listens_for(Engine, "before_cursor_execute")
def _count(*_: object) -> None:
    COUNTERS.statement()
