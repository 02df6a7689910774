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
from integration.bookkeeping.money import get_minor_unit, parse_amount
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
MAX_MINOR_UNITS_OFF = 2


@dataclass(frozen=True, slots=True)
class TaxLeg:
    """A tax on its account; below zero is the side opposite to the line's."""

    account: str
    amount: Decimal
    trace: TaxTrace | None


@dataclass(frozen=True, slots=True)
class TaxSplit:
    """One line: what goes to the line's account, and the taxes. Together they are the line's amount."""

    base: Decimal
    trace: TaxTrace | None = None
    taxes: tuple[TaxLeg, ...] = ()
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxFigures:
    """What Pleo says of one line, in units of the currency."""

    total: Decimal
    net: Decimal
    tax: Decimal
    rate: Decimal
    minor_unit: Decimal

    def compute_base(self, kind: TaxType) -> Decimal | None:
        """The amount without tax, or `None` if the figures do not add up."""
        if not min(self.total, Decimal(0)) <= self.tax <= max(self.total, Decimal(0)):
            return None
        match kind:
            case TaxType.INCLUSIVE:
                beside = self._base_if_net_excludes_tax()
                return self._base_if_net_includes_tax() if beside is None else beside
            case TaxType.EXCLUSIVE:
                return self._base_if_net_excludes_tax()
            case TaxType.REVERSE:
                return self.total if self.net in {self.total, self.total + self.tax} else None
            case _:
                assert_never(kind)

    def matches_rate(self, base: Decimal) -> bool:
        """The tax is what the rate makes of the base, but for rounding."""
        return abs(self.tax - base * self.rate) <= MAX_MINOR_UNITS_OFF * self.minor_unit

    def _base_if_net_excludes_tax(self) -> Decimal | None:
        return self.net if self.net + self.tax == self.total else None

    def _base_if_net_includes_tax(self) -> Decimal | None:
        """`netAmount` repeats the line's amount: then the rate alone can say that the tax is part of it."""
        base = self.total - self.tax
        return base if self.net == self.total and self.matches_rate(base) else None


def split_tax(line: Line, position: int, total: Decimal, currency: str, chart: Chart) -> TaxSplit:
    """Raises the refusal of the first thing wrong with the line's tax."""
    if line.tax is None:
        return TaxSplit(base=total)
    code = _find_tax_code(line.tax, chart)
    kind = _parse_tax_type(line.tax)
    figures = _read_figures(line, line.tax, position, total, currency)
    base = figures.compute_base(kind)
    if base is None:
        raise TaxDoesNotAddUp(line=position, net=figures.net, tax=figures.tax, total=total)
    return TaxSplit(
        base=base,
        trace=_build_trace(line.tax, "base"),
        taxes=_build_tax_legs(line.tax, kind, figures.tax, code),
        decisions=() if figures.matches_rate(base) else (_build_rate_decision(figures, position, base),),
    )


def _build_rate_decision(figures: TaxFigures, position: int, base: Decimal) -> Decision:
    text = f"Line {position}: tax {figures.tax} is not the {figures.rate:.2%} of {base} that Pleo names, and is kept."
    return Decision("tax_not_as_rated", text)


def _find_tax_code(tax: Tax, chart: Chart) -> TaxCode | None:
    """A tax without a code is recorded on the accounts that it names, and leaves no trace."""
    if not tax.code or chart.tax_codes is None:
        return None
    if tax.code not in chart.tax_codes:
        raise TaxCodeNotInChart(code=tax.code)
    return chart.tax_codes[tax.code]


def _parse_tax_type(tax: Tax) -> TaxType:
    try:
        return TaxType(tax.type)
    except ValueError:
        raise TaxKindUnknown(code=tax.code or "without a code", kind=tax.type) from None


def _read_figures(line: Line, tax: Tax, position: int, total: Decimal, currency: str) -> TaxFigures:
    if not 0 <= tax.rate <= 1:
        raise ItemUnreadable(cause=f"the tax rate of line {position}")
    return TaxFigures(
        total=total,
        net=parse_amount(currency, line.net_amount.in_wallet_currency),
        tax=parse_amount(currency, tax.amount.in_wallet_currency),
        rate=tax.rate,
        minor_unit=get_minor_unit(currency),
    )


def _build_tax_legs(tax: Tax, kind: TaxType, amount: Decimal, code: TaxCode | None) -> tuple[TaxLeg, ...]:
    """Input tax; with reverse charge the same sum as output tax on the other side."""
    if not amount:
        return ()
    ingoing = _require_account(tax, "input", tax.ingoing_tax_account or (code.input_account if code else None))
    input_tax = TaxLeg(ingoing, amount, _build_trace(tax, "tax"))
    if kind is not TaxType.REVERSE:
        return (input_tax,)
    outgoing = _require_account(tax, "output", tax.outgoing_tax_account or (code.output_account if code else None))
    return input_tax, TaxLeg(outgoing, -amount, _build_trace(tax, "tax"))


def _require_account(tax: Tax, direction: str, account: str | None) -> str:
    if not account:
        raise TaxAccountMissing(code=tax.code or "without a code", direction=direction)
    return account


def _build_trace(tax: Tax, part: Literal["base", "tax"]) -> TaxTrace | None:
    return TaxTrace(code=tax.code, part=part, rate=tax.rate) if tax.code else None
