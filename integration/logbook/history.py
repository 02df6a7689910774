"""What was tried and what was decided: append-only, for those who ask afterwards."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select

from integration.logbook.schema import attempts, decisions
from integration.logbook.storage.database import Database


@dataclass(frozen=True, slots=True)
class LoggedLine:
    """One attempt or decision; `name` is the attempt's step or the decision's code."""

    accounting_entry_id: UUID | None
    at: datetime
    name: str
    text: str


class History:
    """Texts written here are free of secrets and personal data; callers see to it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tried(self, job_id: UUID, entry: UUID | None, step: str, text: str, *, worker: str, now: datetime) -> None:
        """One attempt at something outside and what came of it."""
        row = {"job_id": str(job_id), "accounting_entry_id": str(entry) if entry else None}
        with self._database.writing() as db:
            db.execute(insert(attempts).values(**row, at=now, worker=worker, step=step, text=text))

    def attempts(self, job_id: UUID) -> list[LoggedLine]:
        """In the order they were made."""
        statement = select(
            attempts.c.accounting_entry_id, attempts.c.at, attempts.c.step.label("name"), attempts.c.text
        ).where(attempts.c.job_id == str(job_id))
        with self._database.reading() as db:
            return [_line(*row) for row in db.execute(statement.order_by(attempts.c.id))]

    def decisions(self, job_id: UUID) -> list[LoggedLine]:
        """In the order they were made."""
        statement = select(
            decisions.c.accounting_entry_id, decisions.c.at, decisions.c.code.label("name"), decisions.c.text
        ).where(decisions.c.job_id == str(job_id))
        with self._database.reading() as db:
            return [_line(*row) for row in db.execute(statement.order_by(decisions.c.id))]


def _line(entry: str | None, at: datetime, name: str, text: str) -> LoggedLine:
    return LoggedLine(UUID(entry) if entry else None, at, name, text)
