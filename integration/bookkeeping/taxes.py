"""VAT of one line: Pleo's figures, checked that they add up, never computed anew.

A tax is a part of its line: of the same sign and no larger. One that is, and is not what its rate says, is recorded as
Pleo sent it and written down: import VAT is a line of nothing but tax, and a receipt may have several rates.

Pleo's API reference words net and gross the other way round than bookkeepers do, so the figures themselves say which
one `netAmount` is.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, assert_never

from integration.bookkeeping.chart import Chart, TaxCode
from integration.bookkeeping.money import amount_in, smallest_coin
from integration.bookkeeping.vouchers import Decision, TaxTrace
from integration.errors.items import (
    ItemUnreadable,
    TaxAccountMissing,
    TaxCodeNotInChart,
    TaxDoesNotAddUp,
    TaxKindUnknown,
)
from integration.pleo.models import Line, Tax, TaxType

#: Smallest coins by which a tax may differ from its rate: one for rounding, one for how a split was shared out.
COINS = 2


@dataclass(frozen=True, slots=True)
class TaxLeg:
    """A tax on its account; below zero is the side opposite to the line's."""

    account: str
    amount: Decimal
    trace: TaxTrace | None


@dataclass(frozen=True, slots=True)
class Split:
    """One line: what goes to the line's account, and the taxes. Together they are the line's amount."""

    base: Decimal
    trace: TaxTrace | None = None
    taxes: tuple[TaxLeg, ...] = ()
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What Pleo says of one line, in units of the currency."""

    total: Decimal
    net: Decimal
    tax: Decimal
    rate: Decimal
    coin: Decimal

    def base(self, kind: TaxType) -> Decimal | None:
        """The amount without tax, or `None` if the figures do not add up."""
        if not min(self.total, Decimal(0)) <= self.tax <= max(self.total, Decimal(0)):
            return None
        match kind:
            case TaxType.INCLUSIVE:
                beside = self._net_beside_tax()
                return self._net_with_tax() if beside is None else beside
            case TaxType.EXCLUSIVE:
                return self._net_beside_tax()
            case TaxType.REVERSE:
                return self.total if self.net in {self.total, self.total + self.tax} else None
            case _:
                assert_never(kind)

    def is_as_rated(self, base: Decimal) -> bool:
        """The tax is what the rate makes of the base, but for rounding."""
        return abs(self.tax - base * self.rate) <= COINS * self.coin

    def _net_beside_tax(self) -> Decimal | None:
        return self.net if self.net + self.tax == self.total else None

    def _net_with_tax(self) -> Decimal | None:
        """`netAmount` repeats the line's amount: then the rate alone can say that the tax is part of it."""
        base = self.total - self.tax
        return base if self.net == self.total and self.is_as_rated(base) else None


def split_of(line: Line, position: int, total: Decimal, currency: str, chart: Chart) -> Split:
    """Raises the refusal of the first thing wrong with the line's tax."""
    if line.tax is None:
        return Split(base=total)
    code = _in_chart(line.tax, chart)
    kind = _kind(line.tax)
    figures = _figures(line, line.tax, position, total, currency)
    base = figures.base(kind)
    if base is None:
        raise TaxDoesNotAddUp(line=position, net=figures.net, tax=figures.tax, total=total)
    return Split(
        base=base,
        trace=_trace(line.tax, "base"),
        taxes=_legs(line.tax, kind, figures.tax, code),
        decisions=() if figures.is_as_rated(base) else (_not_as_rated(figures, position, base),),
    )


def _not_as_rated(figures: Figures, position: int, base: Decimal) -> Decision:
    text = f"Line {position}: tax {figures.tax} is not the {figures.rate:.2%} of {base} that Pleo names, and is kept."
    return Decision("tax_not_as_rated", text)


def _in_chart(tax: Tax, chart: Chart) -> TaxCode | None:
    """A tax without a code is recorded on the accounts that it names, and leaves no trace."""
    if not tax.code or chart.tax_codes is None:
        return None
    if tax.code not in chart.tax_codes:
        raise TaxCodeNotInChart(code=tax.code)
    return chart.tax_codes[tax.code]


def _kind(tax: Tax) -> TaxType:
    try:
        return TaxType(tax.type)
    except ValueError:
        raise TaxKindUnknown(code=tax.code or "without a code", kind=tax.type) from None


def _figures(line: Line, tax: Tax, position: int, total: Decimal, currency: str) -> Figures:
    if not 0 <= tax.rate <= 1:
        raise ItemUnreadable(cause=f"the tax rate of line {position}")
    return Figures(
        total=total,
        net=amount_in(currency, line.net_amount.in_wallet_currency),
        tax=amount_in(currency, tax.amount.in_wallet_currency),
        rate=tax.rate,
        coin=smallest_coin(currency),
    )


def _legs(tax: Tax, kind: TaxType, amount: Decimal, code: TaxCode | None) -> tuple[TaxLeg, ...]:
    """Input tax; with reverse charge the same sum as output tax on the other side."""
    if not amount:
        return ()
    ingoing = _account(tax, "input", tax.ingoing_tax_account or (code.input_account if code else None))
    input_tax = TaxLeg(ingoing, amount, _trace(tax, "tax"))
    if kind is not TaxType.REVERSE:
        return (input_tax,)
    outgoing = _account(tax, "output", tax.outgoing_tax_account or (code.output_account if code else None))
    return input_tax, TaxLeg(outgoing, -amount, _trace(tax, "tax"))


def _account(tax: Tax, direction: str, account: str | None) -> str:
    if not account:
        raise TaxAccountMissing(code=tax.code or "without a code", direction=direction)
    return account


def _trace(tax: Tax, part: Literal["base", "tax"]) -> TaxTrace | None:
    return TaxTrace(code=tax.code, part=part, rate=tax.rate) if tax.code else None
