"""What people did to connections and jobs, who and when; and which connections may not begin a job now."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, insert, or_, select

from integration.logbook.schema import actions
from integration.logbook.storage.database import Database


class ActionKind(StrEnum):
    """What a person can do."""

    RETRY = "retry"
    RECOVER = "recover"
    PAUSE = "pause"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class LoggedAction:
    """One line of the audit; `by` is a login, `new_job_id` the job that a retry made."""

    at: datetime
    by: str
    action: ActionKind
    connection: str
    job_id: UUID | None
    new_job_id: UUID | None
    text: str


class Connections:
    """Append-only. A connection is paused while its last word is `pause`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acted(self, action: LoggedAction) -> None:
        """Write down what was done."""
        row = {
            "at": action.at,
            "by": action.by[:80],
            "action": action.action,
            "connection": action.connection,
            "job_id": str(action.job_id) if action.job_id else None,
            "new_job_id": str(action.new_job_id) if action.new_job_id else None,
            "text": action.text,
        }
        with self._database.writing() as db:
            db.execute(insert(actions).values(**row))

    def paused(self) -> frozenset[str]:
        """The connections that begin no job until they are resumed."""
        words = (ActionKind.PAUSE, ActionKind.RESUME)
        last = select(func.max(actions.c.id)).where(actions.c.action.in_(words)).group_by(actions.c.connection)
        statement = select(actions.c.connection).where(actions.c.id.in_(last), actions.c.action == ActionKind.PAUSE)
        with self._database.reading() as db:
            return frozenset(db.scalars(statement))

    def actions_on(self, job_id: UUID) -> list[LoggedAction]:
        """What was done to this job, and the retry that made it, in order."""
        return self._select(or_(actions.c.job_id == str(job_id), actions.c.new_job_id == str(job_id)))

    def actions_of(self, connection: str) -> list[LoggedAction]:
        """Everything that was done to the connection and its jobs, in order."""
        return self._select(actions.c.connection == connection)

    def _select(self, condition: ColumnElement[bool]) -> list[LoggedAction]:
        with self._database.reading() as db:
            return [_action(row) for row in db.execute(select(actions).where(condition).order_by(actions.c.id))]


def _action(row: Row[Any]) -> LoggedAction:
    return LoggedAction(
        at=row.at,
        by=row.by,
        action=ActionKind(row.action),
        connection=row.connection,
        job_id=UUID(row.job_id) if row.job_id else None,
        new_job_id=UUID(row.new_job_id) if row.new_job_id else None,
        text=row.text,
    )
