"""Amounts in two currencies at once, and their parts: every sum adds up to the hundredth, in both."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from integration.pleo.models import Amount, Money, Tax, TaxType
from integration.sandbox.world.companies import TaxCode


def round_hundredths(hundredths: Decimal) -> Decimal:
    """To whole hundredths, half away from zero."""
    return hundredths.quantize(Decimal(1), ROUND_HALF_UP)


def build_amount(hundredths: int, currency: str, wallet: str, rate: Decimal) -> Amount:
    """A price in the supplier's currency and what it costs the wallet."""
    return Amount(
        in_supplier_currency=Money(currency=currency, value=Decimal(hundredths)),
        in_wallet_currency=Money(currency=wallet, value=round_hundredths(hundredths * rate)),
    )


def change_both(amount: Amount, change: Callable[[Decimal], Decimal]) -> Amount:
    """The same change in both currencies."""
    supplier, wallet = amount.in_supplier_currency, amount.in_wallet_currency
    return Amount(
        in_supplier_currency=supplier.model_copy(update={"value": change(supplier.value)}),
        in_wallet_currency=wallet.model_copy(update={"value": change(wallet.value)}),
    )


def subtract(amount: Amount, part: Amount) -> Amount:
    """What is left without the part."""
    supplier = amount.in_supplier_currency.value - part.in_supplier_currency.value
    wallet = amount.in_wallet_currency.value - part.in_wallet_currency.value
    return Amount(
        in_supplier_currency=amount.in_supplier_currency.model_copy(update={"value": supplier}),
        in_wallet_currency=amount.in_wallet_currency.model_copy(update={"value": wallet}),
    )


def split_amount(amount: Amount, share: Decimal) -> tuple[Amount, Amount]:
    """A share and the rest."""
    part = change_both(amount, lambda value: round_hundredths(value * share))
    return part, subtract(amount, part)


def apply_tax(amount: Amount, code: TaxCode, tax_id: UUID) -> tuple[Amount, Tax]:
    """The net amount and the tax: inside the amount when inclusive, beside it when reverse."""
    if code.type is TaxType.REVERSE:
        net, tax = amount, change_both(amount, lambda value: round_hundredths(value * code.rate))
    else:
        net = change_both(amount, lambda value: round_hundredths(value / (1 + code.rate)))
        tax = subtract(amount, net)
    return net, Tax(
        id=tax_id,
        code=code.code,
        rate=code.rate,
        type=code.type,
        amount=tax,
        ingoing_tax_account=code.input_account,
        outgoing_tax_account=code.output_account,
    )


def sum_amounts(parts: Sequence[Amount]) -> Amount:
    """The sum of at least one part."""
    supplier = sum(part.in_supplier_currency.value for part in parts)
    wallet = sum(part.in_wallet_currency.value for part in parts)
    return Amount(
        in_supplier_currency=parts[0].in_supplier_currency.model_copy(update={"value": supplier}),
        in_wallet_currency=parts[0].in_wallet_currency.model_copy(update={"value": wallet}),
    )
