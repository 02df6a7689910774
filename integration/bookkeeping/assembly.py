"""One export item becomes one voucher or is refused. Pure: which day it is comes from outside."""

from datetime import date

from integration.bookkeeping.accounts import type_of
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.journal import Journal
from integration.bookkeeping.lines import original_of, sums_of
from integration.bookkeeping.narrative import TextLimits, ids_decision, narrative_of
from integration.bookkeeping.payables import terms_of
from integration.bookkeeping.periods import day_of, posting_day, shift_decision
from integration.bookkeeping.treatment import treatment_of
from integration.bookkeeping.vouchers import Posting, Voucher
from integration.connection import Connection
from integration.pleo.models import ExportItem
from integration.refusals import AccountNotInChart, NothingToRecord


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
