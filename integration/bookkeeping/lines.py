"""The sums of an item: one currency, and lines that sum to the item (Pleo's guide, journal entry)."""

import re
from dataclasses import dataclass
from decimal import Decimal

from integration.bookkeeping.money import MAX_DIGITS, parse_amount
from integration.bookkeeping.vouchers import OriginalAmount
from integration.errors.items import CurrencyUndefined, LinesDoNotSumToItem
from integration.pleo.models import ExportItem

ISO_4217 = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Sums:
    """What left the wallet: the whole and each line, signed as Pleo sent them."""

    currency: str
    total: Decimal
    lines: tuple[Decimal, ...]


def compute_sums(item: ExportItem) -> Sums:
    """Raises the refusal of the first sum that is wrong."""
    whole = item.amount.in_wallet_currency
    if not ISO_4217.fullmatch(whole.currency):
        raise CurrencyUndefined
    total = parse_amount(whole.currency, whole)
    parts = (line.line_amount.in_wallet_currency for line in item.accounting_entry_lines)
    lines = tuple(parse_amount(whole.currency, part) for part in parts)
    if sum(lines) != total:
        raise LinesDoNotSumToItem(lines=sum(lines), item=total, currency=whole.currency)
    return Sums(currency=whole.currency, total=total, lines=lines)


def find_original_amount(item: ExportItem) -> OriginalAmount | None:
    """What the supplier asked for, without a sign, if that was in another currency: as Pleo sent it, in any coins."""
    asked = item.amount.in_supplier_currency
    if asked.currency == item.amount.in_wallet_currency.currency or not ISO_4217.fullmatch(asked.currency):
        return None
    if abs(asked.value.adjusted()) >= MAX_DIGITS:  # no sum of money, and no reason to refuse one
        return None
    return OriginalAmount(currency=asked.currency, amount=abs(asked.amount))
