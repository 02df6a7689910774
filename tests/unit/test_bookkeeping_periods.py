"""Accounting periods: three wishes, five calendars, and none."""

from datetime import date

import pytest
from support.builders.books import decision_codes, make_voucher
from support.builders.items import a_vendor, an_item

from integration.bookkeeping.chart import Chart, Period
from integration.bookkeeping.vouchers import InvoiceTerms
from integration.configuration.connection import ClosedPeriod
from integration.errors.items import NoOpenPeriod, PeriodClosed, Refused

JANUARY = (date(2026, 1, 1), date(2026, 1, 31))
FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
APRIL = (date(2026, 4, 1), date(2026, 4, 30))

CALENDARS: dict[str, tuple[Period, ...] | None] = {
    "none": None,
    "locked until January": (
        Period(date.min, JANUARY[1], is_open=False),
        Period(FEBRUARY[0], date.max, is_open=True),
    ),
    "February closed early": (
        Period(*JANUARY, is_open=True),
        Period(*FEBRUARY, is_open=False),
        Period(*MARCH, is_open=True),
    ),
    "April alone is open": (
        Period(*JANUARY, is_open=False),
        Period(*FEBRUARY, is_open=False),
        Period(*MARCH, is_open=False),
        Period(*APRIL, is_open=True),
    ),
    "all closed": (Period(date.min, date.max, is_open=False),),
    "no periods yet": (),
}
FAIL, EXPORT_DATE, NEXT_OPEN = ClosedPeriod

#: Exported on 20 March.
EXPECTED = """
calendar               date        fail          export_date   next_open
none                   2026-01-15  2026-01-15    2026-01-15    2026-01-15
locked until January   2026-01-15  PeriodClosed  2026-03-20    2026-02-01
locked until January   2026-01-31  PeriodClosed  2026-03-20    2026-02-01
locked until January   2026-02-01  2026-02-01    2026-02-01    2026-02-01
February closed early  2026-01-31  2026-01-31    2026-01-31    2026-01-31
February closed early  2026-02-15  PeriodClosed  2026-03-20    2026-03-01
February closed early  2025-12-31  PeriodClosed  2026-03-20    2026-01-01
February closed early  2026-04-01  PeriodClosed  2026-03-20    NoOpenPeriod
April alone is open    2026-02-15  PeriodClosed  NoOpenPeriod  2026-04-01
April alone is open    2026-04-30  2026-04-30    2026-04-30    2026-04-30
all closed             2026-03-10  PeriodClosed  NoOpenPeriod  NoOpenPeriod
no periods yet         2026-03-10  PeriodClosed  NoOpenPeriod  NoOpenPeriod
"""
ROWS = [(row[:21].strip(), *row[21:].split()) for row in EXPECTED.strip().splitlines()[1:]]


def recorded_on(calendar: str, day: str, policy: ClosedPeriod) -> str:
    """The day, or the name of the refusal."""
    item, chart = an_item(date=f"{day}T12:00:00Z"), Chart(periods=CALENDARS[calendar])
    try:
        return str(make_voucher(item, chart=chart, closed_period=policy).date)
    except Refused as refusal:
        return type(refusal).__name__


@pytest.mark.parametrize(("calendar", "day", "fail", "export_date", "next_open"), ROWS)
def test_an_item_is_recorded_on_this_day(calendar: str, day: str, fail: str, export_date: str, next_open: str):
    days = [recorded_on(calendar, day, policy) for policy in (FAIL, EXPORT_DATE, NEXT_OPEN)]
    assert days == [fail, export_date, next_open]


def test_every_calendar_is_in_the_table():
    assert {row[0] for row in ROWS} == set(CALENDARS)


def test_a_shifted_date_is_written_down_with_both_days_and_stands_in_the_text():
    chart = Chart(periods=CALENDARS["locked until January"])
    voucher = make_voucher(an_item(date="2026-01-15T12:00:00Z"), chart=chart, closed_period=EXPORT_DATE)
    assert decision_codes(voucher) == ["shifted_date"]
    assert "2026-01-15" in voucher.decisions[0].text
    assert "2026-03-20" in voucher.decisions[0].text
    assert voucher.narrative.text.endswith(" (2026-01-15)")


def test_a_date_that_stays_is_not_worth_a_word():
    voucher = make_voucher(an_item(date="2026-01-15T12:00:00Z"), closed_period=EXPORT_DATE)
    assert (decision_codes(voucher), "2026" in voucher.narrative.text) == ([], False)


def test_an_invoice_stays_issued_on_its_own_day():
    chart = Chart(periods=CALENDARS["locked until January"])
    item = an_item("invoice", date="2026-01-15T12:00:00Z", method="accounts_payable", vendor=a_vendor())
    voucher = make_voucher(item, chart=chart, closed_period=EXPORT_DATE)
    assert voucher.date == date(2026, 3, 20)
    assert voucher.invoice == InvoiceTerms("4113617", issued=date(2026, 1, 15))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-02-28T23:59:59Z", date(2026, 2, 28)),
        ("2026-04-01T00:30:00+02:00", date(2026, 4, 1)),
        ("2026-02-28T20:00:00-05:00", date(2026, 2, 28)),
        ("0001-01-01T00:00:00+14:00", date(1, 1, 1)),
        ("9999-12-31T23:59:59-12:00", date(9999, 12, 31)),
    ],
)
def test_a_day_is_the_day_that_pleo_wrote(written: str, day: date):
    assert make_voucher(an_item(date=written)).date == day


def test_closed_and_nowhere_to_go_are_refused_by_their_day():
    chart = Chart(periods=())
    with pytest.raises(PeriodClosed, match="2026-03-10"):
        make_voucher(an_item(), chart=chart, closed_period=FAIL)
    with pytest.raises(NoOpenPeriod, match="2026-03-20"):
        make_voucher(an_item(), chart=chart, closed_period=EXPORT_DATE)
    with pytest.raises(NoOpenPeriod, match="2026-03-10"):
        make_voucher(an_item(), chart=chart, closed_period=NEXT_OPEN)
