"""Texts: supplier, spender, note; fitted to the field, ids never cut."""

import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders.books import decision_codes, make_voucher
from support.builders.items import Wire, a_line, a_supplier, a_vendor, an_id, an_item, information

from integration.bookkeeping.chart import Chart, Period
from integration.bookkeeping.narrative import TextLimits
from integration.bookkeeping.vouchers import Narrative
from integration.configuration.connection import ClosedPeriod
from integration.errors.items import ReconciliationIdTooLong

#: Syntax of ledgers, tables and pages; lines, directions and nothings; characters made of several.
HOSTILE = st.text() | st.sampled_from(
    [
        *['"; DROP', "=cmd|'/c calc'!A1", "<b>", "a\r\n2026-01-01 *", "\x00\x07", "\u202eevil", "\u2028", "\u200b"],
        *["\U0001f469\u200d\U0001f467", "e\u0301" * 9],
    ]
)
UNTIL_MARCH = Period(date.min, date(2026, 3, 31), is_open=False)
SHIFTING = Chart(periods=(UNTIL_MARCH, Period(date(2026, 4, 1), date.max, is_open=True)))


def texts(limits: TextLimits | None = None, **more: Any) -> Narrative:
    return make_voucher(an_item(**more), limits=limits).narrative


def person(name: str) -> Wire:
    return {"id": an_id("user"), "name": name, "code": None}


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (None, "NORDIC PAPER KBH - Ada Lovelace - Printer ink"),
        (45, "NORDIC PAPER KBH - Ada Lovelace - Printer ink"),
        (44, "NORDIC PAPER KBH - AL - Printer ink"),
        (35, "NORDIC PAPER KBH - AL - Printer ink"),
        (34, "NORDIC PAPER KBH - AL - Printer i…"),
        (20, "NORDIC PAPER KBH -…"),
        (10, "NORDIC PA…"),
        (1, "…"),
        (0, ""),
    ],
)
def test_short_of_room_the_spender_becomes_initials_and_then_the_end_is_cut(limit: int | None, text: str):
    assert texts(TextLimits(text=limit)).text == text


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"vendor": a_vendor()}, "Nordic Paper - Ada Lovelace - Printer ink"),
        ({"supplier": None}, "Ada Lovelace - Printer ink"),
        ({"supplier": a_supplier(name=None), "user": None}, "Printer ink"),
        ({"note": None}, "NORDIC PAPER KBH - Ada Lovelace"),
        ({"note": " \n\t "}, "NORDIC PAPER KBH - Ada Lovelace"),
        ({"note": "two\r\nlines\x00and\u202e more"}, "NORDIC PAPER KBH - Ada Lovelace - two lines and more"),
        ({"supplier": None, "user": None, "note": None}, "card purchase"),
    ],
)
def test_the_text_says_what_there_is_to_say(said: Wire, text: str):
    assert texts(**said).text == text


@pytest.mark.parametrize(
    ("said", "payee"),
    [({}, "NORDIC PAPER KBH"), ({"vendor": a_vendor()}, "Nordic Paper"), ({"supplier": None}, "")],
)
def test_the_payee_is_the_vendor_or_else_the_supplier(said: Wire, payee: str):
    assert texts(**said).payee == payee


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (58, "NORDIC PAPER KBH - Ada Lovelace - Printer ink (2026-03-10)"),
        (57, "NORDIC PAPER KBH - AL - Printer ink (2026-03-10)"),
        (30, "NORDIC PAPER KBH… (2026-03-10)"),
        (13, " (2026-03-10)"),
    ],
)
def test_the_day_that_an_item_was_shifted_from_is_never_cut(limit: int, text: str):
    voucher = make_voucher(
        an_item(), chart=SHIFTING, closed_period=ClosedPeriod.NEXT_OPEN, limits=TextLimits(text=limit)
    )
    assert voucher.narrative.text == text


@pytest.mark.parametrize(
    ("limit", "attendees"),
    [
        (None, "Ada Lovelace, Grace Hopper, Alan Turing"),
        (39, "Ada Lovelace, Grace Hopper, Alan Turing"),
        (38, "Ada Lovelace, Grace Hopper, +1"),
        (30, "Ada Lovelace, Grace Hopper, +1"),
        (29, "Ada Lovelace, +2"),
        (15, "+3"),
        (1, ""),
    ],
)
def test_attendees_are_shortened_by_whole_names(limit: int | None, attendees: str):
    names = ["Ada Lovelace", " Grace\nHopper ", "", "Alan Turing"]
    assert texts(TextLimits(attendees=limit), additionalInformation=information(attendees=names)).attendees == attendees


def test_a_reconciliation_id_that_does_not_fit_is_refused_rather_than_cut():
    assert texts(TextLimits(ids=7)).reconciliation_id == "4113617"
    with pytest.raises(ReconciliationIdTooLong, match="4113617 is longer than the 6 "):
        texts(TextLimits(ids=6))


def test_reconciled_entries_without_room_are_left_out_whole_and_written_down():
    item = an_item(
        "direct_reimbursement",
        lines=[a_line(account=None)],
        additionalInformation=information(reconciledEntries=["4113601", "4113602", "4113603"]),
    )
    voucher = make_voucher(item, limits=TextLimits(ids=24))
    assert voucher.narrative.reconciled_entries == ("4113601", "4113602")
    assert decision_codes(voucher) == ["reconciled_entries_left_out"]
    assert "4113603" in voucher.decisions[0].text
    assert make_voucher(item, limits=TextLimits(ids=25)).narrative.reconciled_entries == (
        "4113601",
        "4113602",
        "4113603",
    )


@settings(max_examples=60, deadline=None)
@given(
    note=HOSTILE,
    names=st.lists(HOSTILE, max_size=4),
    entries=st.lists(HOSTILE, max_size=4, unique=True),
    limits=st.builds(TextLimits, *[st.none() | st.integers(7, 60)] * 3),
)
def test_whatever_pleo_sends_fits_is_one_line_and_keeps_its_ids(
    note: str, names: list[str], entries: list[str], limits: TextLimits
):
    voucher = make_voucher(
        an_item(
            note=note,
            user=person(note),
            supplier=a_supplier(name=note),
            additionalInformation=information(attendees=names, reconciledEntries=entries),
        ),
        limits=limits,
        chart=SHIFTING,
        closed_period=ClosedPeriod.NEXT_OPEN,
    )
    told = voucher.narrative
    assert len(told.text) <= (limits.text or len(told.text))
    assert len(told.attendees) <= (limits.attendees or len(told.attendees))
    assert len(", ".join(told.reconciled_entries)) <= (limits.ids or 10**6)
    assert told.reconciliation_id == "4113617"
    assert bool(told.reconciled_entries) or "left_out" in str(voucher.decisions) or not any(map(visible, entries))
    for text in (told.text, told.payee, told.attendees, *told.reconciled_entries):
        assert not any(unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} for char in text)


def visible(text: str) -> str:
    return "".join(char for char in text if char.isprintable()).strip()
