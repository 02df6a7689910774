"""Postings: both sides of a voucher, line by line (Pleo's guide, journal entry)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from integration.bookkeeping.accounts import (
    AccountPair,
    BalanceAccount,
    LineAccounts,
    resolve_balance_account,
    resolve_line_account,
)
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.dimensions import build_dimensions
from integration.bookkeeping.lines import Sums
from integration.bookkeeping.taxes import split_tax
from integration.bookkeeping.vouchers import Decision, Dimension, Posting, Side, TaxTrace
from integration.configuration.connection import Connection
from integration.errors.items import AccountOnBothSides
from integration.pleo.models import ExportItem, Line


@dataclass(frozen=True, slots=True)
class DraftPosting:
    """A posting to be, signed in the direction of the item's total."""

    account: str
    amount: Decimal
    dimensions: tuple[Dimension, ...] = ()
    tax: TaxTrace | None = None
    #: What its line's tax is worth a word.
    decisions: tuple[Decision, ...] = ()

    def to_posting(self, side: Side) -> Posting:
        """Below zero it stands on the other side."""
        return Posting(
            account=self.account,
            side=side if self.amount > 0 else side.other,
            amount=abs(self.amount),
            dimensions=self.dimensions,
            tax=self.tax,
        )


@dataclass(frozen=True, slots=True)
class PostingBuilder:
    """What the postings of one item are made from."""

    item: ExportItem
    sums: Sums
    connection: Connection
    chart: Chart
    max_dimensions: int
    pairs: tuple[AccountPair, ...]
    vendor_account: str | None = None

    def build_postings(self) -> tuple[tuple[Posting, ...], tuple[Decision, ...]]:
        """Debit before credit, entry by entry; sums of zero are left out. Raises `AccountOnBothSides`."""
        places = self._draft_sides()
        postings = tuple(posting for pair in self.pairs for posting in self._post_pair(pair, places))
        return postings, tuple(decision for legs in places.values() for leg in legs for decision in leg.decisions)

    def _draft_sides(self) -> dict[LineAccounts | BalanceAccount, tuple[DraftPosting, ...]]:
        """The legs of each place once, also of the vendor who is owed and paid.

        Money that comes from an account and goes to it would stand in the books as if nothing had happened.
        """
        places: dict[LineAccounts | BalanceAccount, tuple[DraftPosting, ...]] = {}
        seen: set[str] = set()
        for place in dict.fromkeys(place for pair in self.pairs for place in (pair.debit, pair.credit)):
            places[place] = tuple(self._draft_side(place))
            accounts = {leg.account for leg in places[place] if leg.amount}
            if shared := seen & accounts:
                raise AccountOnBothSides(account=min(shared))
            seen |= accounts
        return places

    def _post_pair(
        self, pair: AccountPair, places: Mapping[LineAccounts | BalanceAccount, tuple[DraftPosting, ...]]
    ) -> Iterator[Posting]:
        debit = Side.DEBIT if pair.sign_matters or self.sums.total >= 0 else Side.CREDIT
        for place, side in ((pair.debit, debit), (pair.credit, debit.other)):
            yield from (leg.to_posting(side) for leg in places[place] if leg.amount)

    def _draft_side(self, place: LineAccounts | BalanceAccount) -> Iterator[DraftPosting]:
        if isinstance(place, BalanceAccount):
            account = resolve_balance_account(place, self.item, self.connection.accounts, self.vendor_account)
            yield DraftPosting(account, self.sums.total)
            return
        lines = zip(self.item.accounting_entry_lines, self.sums.lines, strict=True)
        for position, (line, amount) in enumerate(lines, start=1):
            if amount:
                yield from self._draft_line(place, line, position, amount)

    def _draft_line(self, side: LineAccounts, line: Line, position: int, amount: Decimal) -> Iterator[DraftPosting]:
        split = split_tax(line, position, amount, self.sums.currency, self.chart)
        yield DraftPosting(
            account=resolve_line_account(side, line, position, self.connection.accounts),
            amount=split.base,
            dimensions=build_dimensions(line, position, self.connection.dimensions, self.chart, self.max_dimensions),
            tax=split.trace,
            decisions=split.decisions,
        )
        yield from (DraftPosting(account=tax.account, amount=tax.amount, tax=tax.trace) for tax in split.taxes)
