"""Amounts: Pleo sends hundredths for every currency, and a currency holds what its smallest coin allows."""

from decimal import Decimal

from integration.errors.items import AmountNotInCurrency, CurrenciesDiffer
from integration.pleo.models import Money

#: The currencies whose smallest coin is not a hundredth (ISO 4217).
NO_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
#: More digits than any company's item has; up to here sums are exact.
MAX_DIGITS = 18


def get_minor_unit(currency: str) -> Decimal:
    """In units of the currency."""
    if currency in NO_DECIMALS:
        return Decimal(1)
    return Decimal("0.001") if currency in THREE_DECIMALS else Decimal("0.01")


def parse_amount(currency: str, money: Money) -> Decimal:
    """The amount in units of the currency, exactly; raises `CurrenciesDiffer` or `AmountNotInCurrency`."""
    if money.currency != currency:
        raise CurrenciesDiffer(item=currency, line=money.currency)
    if not money.value:
        return Decimal(0)
    if money.value.adjusted() >= MAX_DIGITS:
        raise AmountNotInCurrency(amount=money.value, currency=currency)
    hundredths = money.value.quantize(get_minor_unit(currency).scaleb(2))
    if hundredths != money.value:
        raise AmountNotInCurrency(amount=money.amount, currency=currency)
    return hundredths.scaleb(-2)
