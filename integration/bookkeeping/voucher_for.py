"""One export item becomes one voucher or is refused. Pure: which day it is comes from outside."""

from datetime import date
from typing import assert_never

from integration.bookkeeping.accounts import parse_item_type
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.lines import compute_sums, find_original_amount
from integration.bookkeeping.narrative import TextLimits, build_narrative, ids_decision
from integration.bookkeeping.payables import build_invoice_terms
from integration.bookkeeping.postings import PostingBuilder
from integration.bookkeeping.treatment import choose_treatment
from integration.bookkeeping.vouchers import Decision, Posting, Voucher
from integration.configuration.connection import ClosedPeriod, Connection
from integration.errors.items import AccountNotInChart, NoOpenPeriod, NothingToRecord, PeriodClosed
from integration.pleo.models import ExportItem


def build_voucher(
    item: ExportItem, *, connection: Connection, chart: Chart, limits: TextLimits, max_dimensions: int, today: date
) -> Voucher:
    """Raises a `Refused` that says what to change."""
    sums = compute_sums(item)
    treatment = choose_treatment(item, sums, connection, chart)
    builder = PostingBuilder(item, sums, connection, chart, max_dimensions, treatment.pairs, treatment.creditor.account)
    postings, tax_decisions = builder.build_postings()
    _check_postings(postings, chart)
    written = get_item_date(item)
    day = choose_posting_date(written, closed_period=connection.closed_period, chart=chart, today=today)
    return Voucher(
        kind=treatment.kind,
        accounting_entry_id=item.accounting_entry_id,
        date=day,
        currency=sums.currency,
        postings=postings,
        narrative=build_narrative(item, limits, shifted_from=None if day == written else written),
        vendor=treatment.creditor.vendor,
        invoice=build_invoice_terms(item, parse_item_type(item), treatment.kind, written),
        original=find_original_amount(item),
        decisions=(
            *treatment.decisions,
            *tax_decisions,
            *shift_decision(written, day),
            *ids_decision(item, limits),
        ),
    )


def _check_postings(postings: tuple[Posting, ...], chart: Chart) -> None:
    """Raises `NothingToRecord` or `AccountNotInChart`."""
    if not postings:
        raise NothingToRecord
    for posting in postings:
        if chart.accounts is not None and posting.account not in chart.accounts:
            raise AccountNotInChart(account=posting.account)


def get_item_date(item: ExportItem) -> date:
    """The day that Pleo wrote, in the offset that it wrote it in: half an hour past midnight is the new day."""
    return item.date.date()


def choose_posting_date(day: date, *, closed_period: ClosedPeriod, chart: Chart, today: date) -> date:
    """The day itself if its period is open, else what the connection wants instead."""
    if _is_open(day, chart):
        return day
    match closed_period:
        case ClosedPeriod.FAIL:
            raise PeriodClosed(date=day)
        case ClosedPeriod.EXPORT_DATE:
            return _require_open_today(today, chart)
        case ClosedPeriod.NEXT_OPEN:
            return _find_next_open_day(day, chart)
        case _:
            assert_never(closed_period)


def _is_open(day: date, chart: Chart) -> bool:
    if chart.periods is None:
        return True
    return any(period.is_open and period.first <= day <= period.last for period in chart.periods)


def _require_open_today(today: date, chart: Chart) -> date:
    if not _is_open(today, chart):
        raise NoOpenPeriod(date=today)
    return today


def _find_next_open_day(day: date, chart: Chart) -> date:
    first_days = (period.first for period in chart.periods or () if period.is_open and period.first > day)
    if not (found := next(first_days, None)):
        raise NoOpenPeriod(date=day)
    return found


def shift_decision(written: date, day: date) -> tuple[Decision, ...]:
    """Both dates, if they differ."""
    if day == written:
        return ()
    return (Decision("shifted_date", f"The accounting period of {written} is closed: recorded on {day}."),)
