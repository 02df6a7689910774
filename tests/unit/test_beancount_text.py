"""What is written as text is read back by beancount's own parser."""

from decimal import Decimal

import pytest
from beancount.core.data import Document, Transaction
from beancount.parser import parser
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders.any_vouchers import texts, vouchers
from support.builders.vouchers import MEALS, OPEN_DAY, TRAVEL, WALLET, a_voucher

from integration.accounting.beancount.rendering import format_number, parse_state, quote, render_transaction
from integration.bookkeeping.vouchers import Dimension, Narrative, Posting, Side, Voucher
from integration.configuration.connection import PostingStatus

NAMES = {MEALS: "Expenses:Meals", TRAVEL: "Expenses:Travel", WALLET: "Assets:Wallet"}
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
#: Texts that beancount can hold as they are.
PLAIN = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=TURNING), max_size=40)


def written(voucher: Voucher, *documents: str, posting: PostingStatus = PostingStatus.DRAFT) -> str:
    return render_transaction(voucher, reference="4f6a-1", posting=posting, accounts=NAMES, documents=documents)


def read_back(text: str) -> Transaction:
    entries, errors, _ = parser.parse_string(text)
    assert errors == []
    (transaction,) = (found for found in entries if isinstance(found, Transaction))
    return transaction


@settings(deadline=None, max_examples=25)
@given(vouchers())
def test_any_voucher_is_one_transaction_with_the_same_legs(voucher: Voucher):
    transaction = read_back(written(voucher))
    legs = [(leg.account, leg.units.number, leg.units.currency) for leg in transaction.postings]
    assert legs == [(NAMES[leg.account], leg.signed, voucher.currency) for leg in voucher.postings]
    assert transaction.date == voucher.date
    assert transaction.links == {"4f6a-1"}


@settings(deadline=None, max_examples=25)
@given(vouchers(PLAIN))
def test_plain_texts_are_read_back_as_they_were(voucher: Voucher):
    transaction = read_back(written(voucher))
    narrative = voucher.narrative
    assert (transaction.payee, transaction.narration) == (narrative.payee, narrative.text)
    facts = {
        "accounting_entry_id": str(voucher.accounting_entry_id),
        "kind": voucher.kind.value,
        "reconciliation_id": narrative.reconciliation_id,
        "reconciled_entries": ", ".join(narrative.reconciled_entries),
        "attendees": narrative.attendees,
        "vendor": voucher.vendor.code if voucher.vendor else "",
        "vendor_name": voucher.vendor.name if voucher.vendor else "",
        "invoice_number": voucher.invoice.number if voucher.invoice else "",
        "invoice_issued": str(voucher.invoice.issued) if voucher.invoice else "",
        "invoice_due": str(voucher.invoice.due) if voucher.invoice and voucher.invoice.due else "",
        "credits_invoice": voucher.invoice.credits or "" if voucher.invoice else "",
        "decisions": " ".join(decision.text for decision in voucher.decisions),
    }
    assert {key: transaction.meta.get(key, "") for key in facts} == facts
    if voucher.original:
        amount, _, currency = transaction.meta["original_amount"].partition(" ")
        assert (Decimal(amount), currency) == (voucher.original.amount, voucher.original.currency)


@settings(deadline=None, max_examples=25)
@given(vouchers())
def test_no_dimension_and_no_tax_code_is_lost(voucher: Voucher):
    for leg, back in zip(voucher.postings, read_back(written(voucher)).postings, strict=True):
        assert sum("dimension_" in key for key in back.meta) == len(leg.dimensions)
        assert ("tax_code" in back.meta) == (leg.tax is not None)
        if leg.tax:
            assert Decimal(back.meta["tax_rate"]) == leg.tax.rate
            assert back.meta["tax_part"] == leg.tax.part


@settings(deadline=None, max_examples=25)
@given(texts())
def test_a_text_stays_on_its_line_and_cannot_turn_it_around(text: str):
    literal = quote(text)
    assert literal.encode().decode().splitlines() == [literal]
    assert not set(literal) & set(TURNING)


def test_line_breaks_tabs_quotes_and_backslashes_are_read_back():
    text = 'a "quoted"\r\nline\twith a \\n backslash\\'
    assert quote(text) == r'"a \"quoted\"\nline\twith a \\n backslash\\"'
    voucher = a_voucher(narrative=Narrative(text, "R-1"))
    assert read_back(written(voucher)).narration == text.replace("\r\n", "\n")


@pytest.mark.parametrize("mark", ['"', "\\", "\t", "\n"])
def test_each_mark_is_escaped_where_it_is_the_only_one(mark: str):
    text = f"left{mark}right"
    assert read_back(written(a_voucher(narrative=Narrative(text, "R-1")))).narration == text


@settings(deadline=None, max_examples=25)
@given(texts(), st.lists(texts(), max_size=3))
def test_documents_are_read_back_in_order_and_linked(name: str, more: list[str]):
    entries, errors, _ = parser.parse_string(
        written(a_voucher(), *(f"../{place}-{text}" for place, text in enumerate([name, *more])))
    )
    documents = [found for found in entries if isinstance(found, Document)]
    documents.sort(key=lambda document: document.meta["lineno"])
    assert errors == []
    assert len(documents) == 1 + len(more)
    assert all(document.links == {"4f6a-1"} and document.date == OPEN_DAY for document in documents)


def test_a_voucher_reads_like_this():
    postings = (
        Posting(
            MEALS, Side.DEBIT, Decimal(100), "Lunch", (Dimension("PROJECT", "PRJ-1"), Dimension("Cost Center", "7"))
        ),
        Posting(WALLET, Side.CREDIT, Decimal("100.00")),
    )
    voucher = a_voucher(7)
    assert (
        written(Voucher(voucher.kind, voucher.accounting_entry_id, OPEN_DAY, "DKK", postings, voucher.narrative))
        == f"""\
2026-03-14 ! "Nordic Coffee" "Lunch with a customer" ^4f6a-1
  accounting_entry_id: "{voucher.accounting_entry_id}"
  kind: "journal_entry"
  reconciliation_id: "R-7"
  Expenses:Meals  100.00 DKK
    text: "Lunch"
    dimension_project: "PRJ-1"
    dimension_cost_center: "7"
  Assets:Wallet  -100.00 DKK
"""
    )


def test_dimensions_without_a_name_that_beancount_can_hold_keep_it_beside_the_value():
    names = ("Projekt", "projekt", "Проект", "")
    leg = Posting(MEALS, Side.DEBIT, Decimal(1), dimensions=tuple(Dimension(name, "P1") for name in names))
    base = a_voucher()
    voucher = Voucher(
        base.kind,
        base.accounting_entry_id,
        OPEN_DAY,
        "DKK",
        (leg, Posting(WALLET, Side.CREDIT, Decimal(1))),
        base.narrative,
    )
    meta = read_back(written(voucher)).postings[0].meta
    assert {key: meta[key] for key in meta if "dimension" in key} == {
        "dimension_projekt": "P1",
        "other_dimension_2": "projekt: P1",
        "other_dimension_3": "Проект: P1",
        "other_dimension_4": ": P1",
    }


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1", "1.00"),
        ("1E+3", "1000.00"),
        ("0.5", "0.50"),
        ("-12.345", "-12.345"),
        ("1234567890123456789012345678901", "1234567890123456789012345678901.00"),
    ],
)
def test_amounts_are_plain_digits_with_two_decimals_or_more(amount: str, text: str):
    assert format_number(Decimal(amount)) == text


@pytest.mark.parametrize("posting", PostingStatus)
def test_the_flag_is_read_back(posting: PostingStatus):
    assert parse_state(written(a_voucher(), posting=posting)) == (posting, OPEN_DAY)


@pytest.mark.parametrize(
    "text",
    ["", "; nothing\n", '2026-13-01 * "x"\n', '  2026-01-01 * "indented"\n', '2026-01-01 document Assets:X "y"\n'],
)
def test_a_text_without_a_transaction_has_no_state(text: str):
    assert parse_state(text) is None


def test_a_day_that_no_month_has_is_no_transaction():
    assert parse_state('2026-02-30 * "x"\n') is None
