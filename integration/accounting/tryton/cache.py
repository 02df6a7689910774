"""The books of a Tryton company, kept for a minute: several reads for each item would be too many."""

import time
from datetime import date
from decimal import Decimal
from threading import Lock
from typing import Final

from integration.accounting.tryton.books import Books, read_books
from integration.accounting.tryton.rest import RestClient
from integration.accounting.tryton.rows import CurrencyRow, read_rows

CACHE_SECONDS: Final = 60.0


class CachedBooks:
    """The books, read again when they are older than a minute or when asked for."""

    def __init__(self, rest: RestClient, company: str, journal: str) -> None:
        self._rest, self._company, self._journal = rest, company, journal
        self._cached: tuple[float, Books] | None = None
        self._lock = Lock()

    @property
    def is_module_known(self) -> bool:
        """From the last reading; before the first nothing is known."""
        return self._cached is not None and self._cached[1].has_module

    def load(self) -> Books:
        """At most a minute old."""
        with self._lock:
            if self._cached and time.monotonic() - self._cached[0] < CACHE_SECONDS:
                return self._cached[1]
            return self._reload()

    def reload(self) -> Books:
        """As they are now."""
        with self._lock:
            return self._reload()

    def read_rates(self, day: date, currency: str) -> dict[str, Decimal]:
        """Tryton's rates of that day for the company's currency and another; empty where they are the same."""
        own = self.load().currency.code
        if currency == own:
            return {}
        wanted = [["code", "in", [own, currency]]]
        found = read_rows(self._rest, CurrencyRow, "currency.currency", wanted, ("code", "digits", "rate"), day=day)
        return {one.code: one.rate for one in found if one.rate}

    def _reload(self) -> Books:
        books = read_books(self._rest, self._company, self._journal)
        self._cached = time.monotonic(), books
        return books
