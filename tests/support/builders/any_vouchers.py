"""Hypothesis strategies for the vouchers that nobody would think of."""

from decimal import Decimal

from hypothesis import strategies as st
from support.builders.vouchers import HOSTILE_TEXTS, MEALS, TRAVEL, WALLET

from integration.bookkeeping.vouchers import (
    Decision,
    Dimension,
    InvoiceTerms,
    Narrative,
    OriginalAmount,
    Posting,
    Side,
    TaxTrace,
    VendorAccount,
    Voucher,
    VoucherKind,
)


def texts() -> st.SearchStrategy[str]:
    return st.text(max_size=40) | st.sampled_from(HOSTILE_TEXTS)


def amounts() -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal("0.01"), Decimal(10**12), places=2) | st.integers(1, 10**6).map(Decimal)


@st.composite
def balanced_postings(draw: st.DrawFn) -> tuple[Posting, ...]:
    """One to four legs on one side, and the leg on the other that balances them."""
    side = draw(st.sampled_from(Side))
    legs = draw(st.lists(_legs(side), min_size=1, max_size=4))
    total = sum((leg.amount for leg in legs), Decimal(0))
    return (*legs, Posting(WALLET, side.other, total))


def vouchers(text: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Voucher]:
    """Any voucher in any field; `text` is what its texts are made of."""
    text = texts() if text is None else text
    return st.builds(
        Voucher,
        kind=st.sampled_from(VoucherKind),
        accounting_entry_id=st.uuids(),
        date=st.dates(),
        currency=st.sampled_from(("DKK", "EUR", "JPY")),
        postings=balanced_postings(),
        narrative=st.builds(
            Narrative, text, text, payee=text, reconciled_entries=st.lists(text, max_size=3).map(tuple), attendees=text
        ),
        vendor=st.none() | st.builds(VendorAccount, text, text),
        invoice=st.none() | st.builds(InvoiceTerms, text, st.dates(), st.none() | st.dates(), st.none() | text),
        original=st.none() | st.builds(OriginalAmount, text, amounts()),
        decisions=st.lists(st.builds(Decision, text, text), max_size=2).map(tuple),
    )


def _legs(side: Side) -> st.SearchStrategy[Posting]:
    return st.builds(
        Posting,
        account=st.sampled_from((MEALS, TRAVEL)),
        side=st.just(side),
        amount=amounts(),
        text=texts(),
        dimensions=st.lists(st.builds(Dimension, texts(), texts()), max_size=5).map(tuple),
        tax=st.none() | st.builds(TaxTrace, texts(), st.sampled_from(("base", "tax")), st.decimals(0, 1, places=4)),
    )
