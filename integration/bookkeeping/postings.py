"""Postings: both sides of a voucher, line by line (Pleo's guide, journal entry)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from integration.bookkeeping.accounts import Balance, Entry, Lines, balance_account, line_account
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.dimensions import dimensions_of
from integration.bookkeeping.lines import Sums
from integration.bookkeeping.taxes import split_of
from integration.bookkeeping.vouchers import Decision, Dimension, Posting, Side, TaxTrace
from integration.configuration.connection import Connection
from integration.errors.items import AccountOnBothSides
from integration.pleo.models import ExportItem, Line


@dataclass(frozen=True, slots=True)
class Leg:
    """A posting to be, signed in the direction of the item's total."""

    account: str
    amount: Decimal
    dimensions: tuple[Dimension, ...] = ()
    tax: TaxTrace | None = None
    #: What its line's tax is worth a word.
    decisions: tuple[Decision, ...] = ()

    def on(self, side: Side) -> Posting:
        """Below zero it stands on the other side."""
        return Posting(
            account=self.account,
            side=side if self.amount > 0 else side.other,
            amount=abs(self.amount),
            dimensions=self.dimensions,
            tax=self.tax,
        )


@dataclass(frozen=True, slots=True)
class Journal:
    """What the postings of one item are made from."""

    item: ExportItem
    sums: Sums
    connection: Connection
    chart: Chart
    max_dimensions: int
    entries: tuple[Entry, ...]
    vendors_account: str | None = None

    def drawn_up(self) -> tuple[tuple[Posting, ...], tuple[Decision, ...]]:
        """Debit before credit, entry by entry; sums of zero are left out. Raises `AccountOnBothSides`."""
        places = self._places()
        postings = tuple(posting for entry in self.entries for posting in self._of(entry, places))
        return postings, tuple(decision for legs in places.values() for leg in legs for decision in leg.decisions)

    def _places(self) -> dict[Lines | Balance, tuple[Leg, ...]]:
        """The legs of each place once, also of the vendor who is owed and paid.

        Money that comes from an account and goes to it would stand in the books as if nothing had happened.
        """
        places: dict[Lines | Balance, tuple[Leg, ...]] = {}
        seen: set[str] = set()
        for place in dict.fromkeys(place for entry in self.entries for place in (entry.debit, entry.credit)):
            places[place] = tuple(self._legs(place))
            accounts = {leg.account for leg in places[place] if leg.amount}
            if shared := seen & accounts:
                raise AccountOnBothSides(account=min(shared))
            seen |= accounts
        return places

    def _of(self, entry: Entry, places: Mapping[Lines | Balance, tuple[Leg, ...]]) -> Iterator[Posting]:
        debit = Side.DEBIT if entry.sign_counts or self.sums.total >= 0 else Side.CREDIT
        for place, side in ((entry.debit, debit), (entry.credit, debit.other)):
            yield from (leg.on(side) for leg in places[place] if leg.amount)

    def _legs(self, place: Lines | Balance) -> Iterator[Leg]:
        if isinstance(place, Balance):
            account = balance_account(place, self.item, self.connection.accounts, self.vendors_account)
            yield Leg(account, self.sums.total)
            return
        lines = zip(self.item.accounting_entry_lines, self.sums.lines, strict=True)
        for position, (line, amount) in enumerate(lines, start=1):
            if amount:
                yield from self._of_line(place, line, position, amount)

    def _of_line(self, side: Lines, line: Line, position: int, amount: Decimal) -> Iterator[Leg]:
        split = split_of(line, position, amount, self.sums.currency, self.chart)
        yield Leg(
            account=line_account(side, line, position, self.connection.accounts),
            amount=split.base,
            dimensions=dimensions_of(line, position, self.connection.dimensions, self.chart, self.max_dimensions),
            tax=split.trace,
            decisions=split.decisions,
        )
        yield from (Leg(account=tax.account, amount=tax.amount, tax=tax.trace) for tax in split.taxes)
