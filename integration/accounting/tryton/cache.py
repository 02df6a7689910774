"""The books of a Tryton company, kept for a minute: several reads for each item would be too many."""

import time
from datetime import date
from decimal import Decimal
from threading import Lock
from typing import Final

from integration.accounting.tryton.books import Books, read_books
from integration.accounting.tryton.rest import Rest
from integration.accounting.tryton.rows import Currency, read_rows

LIVE_SECONDS: Final = 60.0


class BooksKept:
    """The books, read again when they are older than a minute or when asked for."""

    def __init__(self, rest: Rest, company: str, journal: str) -> None:
        self._rest, self._company, self._journal = rest, company, journal
        self._kept: tuple[float, Books] | None = None
        self._reading = Lock()

    @property
    def are_known_to_have_module(self) -> bool:
        """From the last reading; before the first nothing is known."""
        return self._kept is not None and self._kept[1].has_module

    def current(self) -> Books:
        """At most a minute old."""
        with self._reading:
            if self._kept and time.monotonic() - self._kept[0] < LIVE_SECONDS:
                return self._kept[1]
            return self._read()

    def fresh(self) -> Books:
        """As they are now."""
        with self._reading:
            return self._read()

    def rates(self, day: date, currency: str) -> dict[str, Decimal]:
        """Tryton's rates of that day for the company's currency and another; empty where they are the same."""
        own = self.current().currency.code
        if currency == own:
            return {}
        wanted = [["code", "in", [own, currency]]]
        found = read_rows(self._rest, Currency, "currency.currency", wanted, ("code", "digits", "rate"), day=day)
        return {one.code: one.rate for one in found if one.rate}

    def _read(self) -> Books:
        books = read_books(self._rest, self._company, self._journal)
        self._kept = time.monotonic(), books
        return books
