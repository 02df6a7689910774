"""Our durable account of jobs, items, attempts and decisions.

Pleo and the accounting system are the two truths; the logbook remembers what we intended, which neither can know.
"""

from integration.logbook.connections import Connections
from integration.logbook.history import History
from integration.logbook.item_protocol import Recording
from integration.logbook.items import Items
from integration.logbook.jobs import Jobs
from integration.logbook.overview import Overview
from integration.logbook.storage.database import Database, open_database
from integration.logbook.tokens import Tokens


class Logbook:
    """One database, seen as jobs, items, their recording, history, connections and an overview."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.jobs = Jobs(database)
        self.items = Items(database)
        self.recording = Recording(database)
        self.history = History(database)
        self.connections = Connections(database)
        self.overview = Overview(database)
        self.tokens = Tokens(database)

    @classmethod
    def at(cls, url: str) -> "Logbook":
        """Open the logbook at a SQLAlchemy URL, made if absent. Raises `ConfigurationError`."""
        return cls(open_database(url))

    def close(self) -> None:
        """Give the database connections back."""
        self._database.close()
