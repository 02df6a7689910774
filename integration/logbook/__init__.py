"""Our durable account of jobs, items, attempts and decisions.

Pleo and the accounting system are the two truths; the logbook remembers what we intended, which neither can know.
"""

from sqlalchemy import Engine

from integration.logbook.connections import Connections
from integration.logbook.database import open_database
from integration.logbook.history import History
from integration.logbook.items import Items
from integration.logbook.jobs import Jobs
from integration.logbook.overview import Overview
from integration.logbook.tokens import Tokens


class Logbook:
    """One database, seen as jobs, items, history, connections and an overview."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.jobs = Jobs(engine)
        self.items = Items(engine)
        self.history = History(engine)
        self.connections = Connections(engine)
        self.overview = Overview(engine)
        self.tokens = Tokens(engine)

    @classmethod
    def at(cls, url: str) -> "Logbook":
        """Open the logbook at a SQLAlchemy URL, made if absent. Raises `ConfigurationError`."""
        return cls(open_database(url))

    def close(self) -> None:
        """Give the database connections back."""
        self._engine.dispose()
