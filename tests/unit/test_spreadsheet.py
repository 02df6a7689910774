"""A job as CSV: what an accountant's spreadsheet reads back."""

import csv
import io
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from integration.bookkeeping.vouchers import Decision
from integration.errors.reasons import ItemFailureReason
from integration.logbook import Logbook
from integration.outcome import NotRecorded, Recorded
from tasks.job_csv import HEAD, csv_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def logbook(tmp_path):
    opened = Logbook.at(f"sqlite:///{tmp_path}/logbook.db")
    yield opened
    opened.close()


def sheet_of(logbook: Logbook, *outcomes: Recorded | NotRecorded | None) -> list[dict[str, str]]:
    job, entries = uuid4(), [uuid4() for _ in outcomes]
    logbook.jobs.open(job, connection="acme", company_id=uuid4(), now=NOW)
    logbook.items.add(job, [(entry, "") for entry in entries])
    for entry, outcome in zip(entries, outcomes, strict=True):
        if outcome:
            logbook.recording.begin(job, entry, run=0, worker="w", now=NOW, lease_seconds=9)
            decided = [Decision("shifted", "from May"), Decision("other", "to June")] if entry == entries[0] else []
            logbook.recording.end(job, entry, outcome, worth=None, decided=decided, worker="w", now=NOW)
    return list(csv.DictReader(io.StringIO(csv_of(job, logbook), newline="")))


def test_every_item_is_a_line_under_the_head(logbook):
    recorded = Recorded("V-1", "https://books/V-1", date(2026, 6, 1), NOW)
    refused = NotRecorded("tag_not_in_chart", ItemFailureReason.TAG_UNKNOWN, 'Tag "X", of group Y, does not exist.')
    rows = {row["state"]: row for row in sheet_of(logbook, recorded, refused, None)}
    assert all(tuple(row) == HEAD for row in rows.values())
    assert (rows["recorded"]["voucher_id"], rows["recorded"]["posting_date"]) == ("V-1", "2026-06-01")
    assert rows["recorded"]["decisions"] == "from May; to June"
    assert rows["refused"]["failure_type"] == "tag_unknown"
    assert rows["refused"]["failure_reason"] == 'Tag "X", of group Y, does not exist.'
    assert rows["pending"]["ended_at"] == ""


@pytest.mark.parametrize("hostile", ['=HYPERLINK("http://evil")', "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_is_a_formula(logbook, hostile):
    (row,) = sheet_of(logbook, NotRecorded("x", ItemFailureReason.TAG_UNKNOWN, hostile))
    assert row["failure_reason"] == f"'{hostile}"
