"""Bringing the logbook's database to the schema of this version, and refusing one that is newer."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from integration.errors import ConfigurationError

#: The revision that this version's code is written for.
HEAD: Final = "0001"
_FILES: Final = Path(__file__).with_name("migrations")
#: Any number, as long as nobody else in the database locks by it.
_LOCK: Final = 7_536_201


def bring_up_to_date(engine: Engine) -> None:
    """Apply what is missing, one process at a time. Raises `ConfigurationError` for a newer schema."""
    if _revision_seen(engine) == HEAD:
        return
    with engine.begin() as db:  # on SQLite this is the lock
        if engine.dialect.name == "postgresql":
            db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if _revision(db) != HEAD:
            _apply(db)


def _revision_seen(engine: Engine) -> str | None:
    with engine.connect() as db:
        return _revision(db)


def _revision(db: Connection) -> str | None:
    if not inspect(db).has_table("alembic_version"):
        return None
    revision: str | None = db.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _apply(db: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FILES))
    current = _revision(db)
    if current not in {None, *(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())}:
        raise ConfigurationError(
            f"The logbook's schema is {current}, newer than this version knows ({HEAD}). Install the newer pleo-export."
        )
    config.attributes["connection"] = db
    command.upgrade(config, HEAD)
