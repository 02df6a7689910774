"""OAuth tokens of connections, encrypted by whoever keeps them here, and the right to renew them: one at a time."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from integration.logbook.schema import tokens
from integration.logbook.storage.database import Database


class Tokens:
    """One row for each connection that was ever connected."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sealed(self, connection: str) -> str | None:
        """`None` for a connection that was never connected, or is not any more."""
        with self._database.reading() as db:
            sealed: str | None = db.scalar(select(tokens.c.sealed).where(tokens.c.connection == connection))
        return sealed

    def disconnected_at(self, connection: str) -> datetime | None:
        """When Pleo ended the authorisation."""
        with self._database.reading() as db:
            at: datetime | None = db.scalar(select(tokens.c.disconnected_at).where(tokens.c.connection == connection))
        return at

    def keep(self, connection: str, sealed: str) -> None:
        """In place of what there was."""
        with self._database.writing() as db:
            db.execute(self._database.insert_if_absent(tokens), {"connection": connection})
            db.execute(
                update(tokens).where(tokens.c.connection == connection).values(sealed=sealed, disconnected_at=None)
            )

    def disconnect(self, connection: str, *, now: datetime) -> None:
        """Forget the tokens: Pleo takes them no more."""
        with self._database.writing() as db:
            db.execute(update(tokens).where(tokens.c.connection == connection).values(sealed=None, disconnected_at=now))

    def take(self, connection: str, owner: str, *, now: datetime, seconds: float) -> bool:
        """Take the right to renew; one holder at a time on all hosts."""
        is_free = or_(tokens.c.renewing_until.is_(None), tokens.c.renewing_until < now)
        statement = update(tokens).where(tokens.c.connection == connection, is_free)
        with self._database.writing() as db:
            taken = statement.values(renewing_owner=owner, renewing_until=now + timedelta(seconds=seconds))
            return db.execute(taken).rowcount == 1

    def release(self, connection: str, owner: str) -> None:
        """Give it back, if it is still the owner's."""
        statement = update(tokens).where(tokens.c.connection == connection, tokens.c.renewing_owner == owner)
        with self._database.writing() as db:
            db.execute(statement.values(renewing_owner=None, renewing_until=None))
