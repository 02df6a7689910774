"""Postings: both sides of a voucher, line by line (Pleo's guide, journal entry)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from integration.bookkeeping.accounts import Balance, Entry, Lines, balance_account, line_account
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.dimensions import dimensions_of
from integration.bookkeeping.lines import Sums
from integration.bookkeeping.taxes import split_of
from integration.bookkeeping.vouchers import Dimension, Posting, Side, TaxTrace
from integration.connection import Connection
from integration.pleo.models import ExportItem, Line


@dataclass(frozen=True, slots=True)
class Leg:
    """A posting to be, signed in the direction of the item's total."""

    account: str
    amount: Decimal
    dimensions: tuple[Dimension, ...] = ()
    tax: TaxTrace | None = None

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
    vendors_account: str | None = None

    def postings(self, entries: Iterable[Entry]) -> tuple[Posting, ...]:
        """Debit before credit, entry by entry; sums of zero are left out."""
        return tuple(posting for entry in entries for posting in self._of(entry))

    def _of(self, entry: Entry) -> Iterator[Posting]:
        debit = Side.DEBIT if entry.sign_counts or self.sums.total >= 0 else Side.CREDIT
        for place, side in ((entry.debit, debit), (entry.credit, debit.other)):
            yield from (leg.on(side) for leg in self._legs(place) if leg.amount)

    def _legs(self, place: Lines | Balance) -> Iterator[Leg]:
        if isinstance(place, Balance):
            account = balance_account(place, self.item, self.connection.accounts, self.vendors_account)
            yield Leg(account, self.sums.total)
            return
        lines = zip(self.item.accounting_entry_lines, self.sums.lines, strict=True)
        for position, (line, amount) in enumerate(lines, start=1):
            if amount:
                yield from self._line(place, line, position, amount)

    def _line(self, place: Lines, line: Line, position: int, amount: Decimal) -> Iterator[Leg]:
        split = split_of(line, position, amount, self.sums.currency, self.chart)
        yield Leg(
            account=line_account(place, line, position, self.connection.accounts),
            amount=split.base,
            dimensions=dimensions_of(line, self.connection.dimensions, self.chart),
            tax=split.trace,
        )
        for tax in split.taxes:
            yield Leg(account=tax.account, amount=tax.amount, tax=tax.trace)
