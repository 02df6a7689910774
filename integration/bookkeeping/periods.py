"""Accounting periods: on which day an item is recorded (Pleo's guide, accounting periods)."""

from datetime import date
from typing import assert_never

from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vouchers import Decision
from integration.connection import ClosedPeriod
from integration.pleo.models import ExportItem
from integration.refusals import NoOpenPeriod, PeriodClosed


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
