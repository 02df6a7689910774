"""What of an item's payload outlives it: ids, what it comes to and where Pleo shows it. No person, no note."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, ValidationError

from integration.pleo.models.items import Amount
from integration.pleo.models.wire import Answer

#: What every database takes; a name with other characters is nobody's.
Plain = Annotated[str, Field(pattern=r"^[ -~]*$")]
#: More is no expense, and would not add up exactly.
LARGEST_AMOUNT: Final = Decimal(10) ** 13
LONGEST_CURRENCY: Final = 16


class _Names(Answer):
    reconciliation_id: Annotated[Plain, Field(max_length=64)]


class _Links(Answer):
    web: Mapping[str, Plain] | None = None


class _Payload(Answer):
    amount: Amount
    additional_information: _Names
    links: _Links | None = Field(default=None, alias="_links")


def kept_of(payload: str) -> dict[str, object]:
    """The columns' values; all empty for a payload that is not what Pleo's contract says."""
    nothing: dict[str, object] = dict.fromkeys(("currency", "amount", "reconciliation_id", "pleo_url"))
    try:
        item = _Payload.model_validate_json(payload)
    except ValidationError:
        return nothing
    wallet = item.amount.in_wallet_currency
    if not wallet.currency.isalnum() or len(wallet.currency) > LONGEST_CURRENCY or abs(wallet.amount) > LARGEST_AMOUNT:
        return nothing
    return {
        "currency": wallet.currency,
        "amount": abs(wallet.amount),
        "reconciliation_id": item.additional_information.reconciliation_id,
        "pleo_url": _page(item.links),
    }


def _page(links: _Links | None) -> str | None:
    return next((url for url in (links.web or {}).values() if url.startswith("https://")), None) if links else None
