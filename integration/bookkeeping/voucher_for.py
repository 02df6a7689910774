"""One export item becomes one voucher or is refused. Pure: which day it is comes from outside."""

from datetime import date
from typing import assert_never

from integration.bookkeeping.accounts import type_of
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.lines import original_of, sums_of
from integration.bookkeeping.narrative import TextLimits, ids_decision, narrative_of
from integration.bookkeeping.payables import terms_of
from integration.bookkeeping.postings import Journal
from integration.bookkeeping.treatment import treatment_of
from integration.bookkeeping.vouchers import Decision, Posting, Voucher
from integration.configuration.connection import ClosedPeriod, Connection
from integration.errors.items import AccountNotInChart, NoOpenPeriod, NothingToRecord, PeriodClosed
from integration.pleo.models import ExportItem


def voucher_for(
    item: ExportItem, *, connection: Connection, chart: Chart, limits: TextLimits, max_dimensions: int, today: date
) -> Voucher:
    """Raises a `Refused` that says what to change."""
    sums = sums_of(item)
    treatment = treatment_of(item, sums, connection, chart)
    journal = Journal(item, sums, connection, chart, max_dimensions, treatment.entries, treatment.creditor.account)
    postings, tax_decisions = journal.drawn_up()
    _check(postings, chart)
    written = day_of(item)
    day = posting_day(written, closed_period=connection.closed_period, chart=chart, today=today)
    return Voucher(
        kind=treatment.kind,
        accounting_entry_id=item.accounting_entry_id,
        date=day,
        currency=sums.currency,
        postings=postings,
        narrative=narrative_of(item, limits, shifted_from=None if day == written else written),
        vendor=treatment.creditor.vendor,
        invoice=terms_of(item, type_of(item), treatment.kind, written),
        original=original_of(item),
        decisions=(
            *treatment.decisions,
            *tax_decisions,
            *shift_decision(written, day),
            *ids_decision(item, limits),
        ),
    )


def _check(postings: tuple[Posting, ...], chart: Chart) -> None:
    """Raises `NothingToRecord` or `AccountNotInChart`."""
    if not postings:
        raise NothingToRecord
    for posting in postings:
        if chart.accounts is not None and posting.account not in chart.accounts:
            raise AccountNotInChart(account=posting.account)


def day_of(item: ExportItem) -> date:
    """The day that Pleo wrote, in the offset that it wrote it in: half an hour past midnight is the new day."""
    return item.date.date()


def posting_day(day: date, *, closed_period: ClosedPeriod, chart: Chart, today: date) -> date:
    """The day itself if its period is open, else what the connection wants instead."""
    if _is_open(day, chart):
        return day
    match closed_period:
        case ClosedPeriod.FAIL:
            raise PeriodClosed(date=day)
        case ClosedPeriod.EXPORT_DATE:
            return _today(today, chart)
        case ClosedPeriod.NEXT_OPEN:
            return _next_open(day, chart)
        case _:
            assert_never(closed_period)


def _is_open(day: date, chart: Chart) -> bool:
    if chart.periods is None:
        return True
    return any(period.is_open and period.first <= day <= period.last for period in chart.periods)


def _today(today: date, chart: Chart) -> date:
    if not _is_open(today, chart):
        raise NoOpenPeriod(date=today)
    return today


def _next_open(day: date, chart: Chart) -> date:
    first_days = (period.first for period in chart.periods or () if period.is_open and period.first > day)
    if not (found := next(first_days, None)):
        raise NoOpenPeriod(date=day)
    return found


def shift_decision(written: date, day: date) -> tuple[Decision, ...]:
    """Both dates, if they differ."""
    if day == written:
        return ()
    return (Decision("shifted_date", f"The accounting period of {written} is closed: recorded on {day}."),)
