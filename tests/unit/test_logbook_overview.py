"""What people and monitors ask the logbook: money by currency, causes, searches, paused connections."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.errors.reasons import ItemFailureReason
from integration.logbook import Logbook
from integration.logbook.connections import ActionKind, LoggedAction
from integration.logbook.items import ItemState, Worth
from integration.logbook.retained_fields import kept_of
from integration.outcome import ItemOutcome, JobOutcome, NotRecorded, Recorded
from integration.pleo.models import JobEvent

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
UNKNOWN = ItemFailureReason.TAX_CODE_UNKNOWN


@pytest.fixture(params=["sqlite", "postgresql"])
def logbook(request, tmp_path, postgresql_url):
    opened = Logbook.at(f"sqlite:///{tmp_path}/logbook.db" if request.param == "sqlite" else postgresql_url())
    yield opened
    opened.close()


def payload(value: int | str = 1250, currency: str = "DKK", book_id: str = "4000001", **more: object) -> str:
    money = {"currency": currency, "value": value}
    amount = {"inSupplierCurrency": money, "inWalletCurrency": money}
    names = {"reconciliationId": book_id, "attendees": ["Asta Bruun"]}
    return json.dumps({"amount": amount, "additionalInformation": names, "note": "private"} | more)


def a_job(
    logbook: Logbook, *payloads: str, connection: str = "acme", opened: datetime = NOW
) -> tuple[UUID, list[UUID]]:
    job, entries = uuid4(), [uuid4() for _ in payloads]
    logbook.jobs.open(job, connection=connection, company_id=uuid4(), now=opened)
    logbook.items.add(job, list(zip(entries, payloads, strict=True)))
    return job, entries


def end(logbook: Logbook, job: UUID, entry: UUID, outcome: ItemOutcome, worth: Worth | None = None) -> None:
    logbook.recording.begin(job, entry, run=0, worker="w", now=NOW, lease_seconds=60)
    logbook.recording.end(job, entry, outcome, worth=worth, worker="w", now=NOW)


def recorded(voucher: str = "V-1") -> Recorded:
    return Recorded(voucher, None, date(2026, 11, 1), NOW)


def refused(reason: str = "Tax code I25 does not exist.") -> NotRecorded:
    return NotRecorded("tax_code_not_in_chart", UNKNOWN, reason)


def test_money_is_added_exactly_by_state_and_currency(logbook):
    job, entries = a_job(logbook, *[payload(10)] * 3, payload(7, "EUR"), payload(999_999_999_999_999, "EUR"))
    for entry in entries[:3]:
        end(logbook, job, entry, recorded(), Worth("DKK", Decimal("0.10")))
    end(logbook, job, entries[3], refused())
    summary = logbook.overview.job(job)
    assert summary is not None
    assert summary.sums[ItemState.RECORDED] == {"DKK": Decimal("0.30")}
    assert summary.sums[ItemState.REFUSED] == {"EUR": Decimal("0.07")}
    assert summary.sums[ItemState.PENDING] == {"EUR": Decimal("9999999999999.99")}
    assert (summary.total, summary.ended) == (5, 4)


def test_an_item_in_doubt_is_counted_with_what_pleo_says_it_comes_to(logbook):
    job, (entry,) = a_job(logbook, payload(500))
    logbook.recording.begin(job, entry, run=0, worker="w", now=NOW, lease_seconds=60)
    logbook.recording.put_back(job, entry, worker="w", in_doubt=True)
    summary = logbook.overview.job(job)
    assert summary is not None
    assert summary.counts[ItemState.IN_DOUBT] == 1
    assert summary.sums[ItemState.IN_DOUBT] == {"DKK": Decimal("5.00")}


def test_jobs_are_listed_newest_first_and_only_of_the_connections_that_are_named(logbook):
    old, _ = a_job(logbook, payload())
    new, _ = a_job(logbook, opened=NOW + timedelta(minutes=1))
    a_job(logbook, connection="other")
    assert [one.job.job_id for one in logbook.overview.jobs({"acme"}, limit=9)] == [new, old]
    assert [one.job.job_id for one in logbook.overview.jobs({"acme"}, limit=9, offset=1)] == [old]
    assert logbook.overview.jobs(set(), limit=9) == []


def test_causes_are_grouped_commonest_first(logbook):
    job, entries = a_job(logbook, *[payload()] * 4)
    for entry, reason in zip(entries, ("b", "a", "b", "c"), strict=True):
        end(logbook, job, entry, refused(reason))
    assert [(cause.reason, cause.count) for cause in logbook.overview.causes(job)] == [("b", 2), ("a", 1), ("c", 1)]


def test_refused_items_come_first_and_pages_do_not_overlap(logbook):
    job, entries = a_job(logbook, *[payload()] * 3)
    end(logbook, job, entries[0], recorded())
    end(logbook, job, entries[1], refused())
    pages = [logbook.overview.items(job, limit=1, offset=at)[0] for at in range(3)]
    assert pages[0].accounting_entry_id == entries[1]
    assert {item.accounting_entry_id for item in pages} == set(entries)
    only = logbook.overview.items(job, limit=9, states={ItemState.RECORDED})
    assert [item.accounting_entry_id for item in only] == [entries[0]]


@pytest.mark.parametrize("asked", ["entry", "upper", "job", "book", "voucher"])
def test_an_item_is_found_by_every_id_that_people_have(logbook, asked):
    job, (entry,) = a_job(logbook, payload(book_id="4711"))
    end(logbook, job, entry, recorded("V-77"))
    logbook.jobs.close(job, JobOutcome(JobEvent.COMPLETED), now=NOW)
    wanted = {"entry": str(entry), "upper": str(entry).upper(), "job": str(job), "book": "4711", "voucher": "V-77"}
    (found,) = logbook.overview.search(wanted[asked], {"acme"}, limit=9)
    assert (found.job.job_id, found.item.accounting_entry_id) == (job, entry)
    assert logbook.overview.search(wanted[asked], {"other"}, limit=9) == []


def test_what_another_job_recorded_is_known(logbook):
    job, (first, second) = a_job(logbook, payload(), payload())
    end(logbook, job, first, recorded())
    assert logbook.overview.recorded_among([first, second, *(uuid4() for _ in range(1500))]) == {first}


def test_monitors_count_items_and_jobs(logbook):
    job, entries = a_job(logbook, payload(), payload())
    end(logbook, job, entries[0], recorded())
    end(logbook, job, entries[1], refused())
    assert set(logbook.overview.item_counts()) == {
        ("acme", ItemState.RECORDED, "", 1),
        ("acme", ItemState.REFUSED, "tax_code_not_in_chart", 1),
    }
    assert logbook.overview.open_since() == {"acme": NOW}
    logbook.jobs.close(job, JobOutcome(JobEvent.COMPLETED_WITH_ERRORS), now=NOW)
    assert logbook.overview.job_counts() == [("acme", "completed_with_errors", 1)]
    assert logbook.overview.open_since() == {}


def act(logbook: Logbook, kind: ActionKind, connection: str = "acme", **more: UUID) -> None:
    ids = {"job_id": None, "new_job_id": None} | more
    logbook.connections.acted(LoggedAction(at=NOW, by="anna", action=kind, connection=connection, text="why", **ids))


def test_a_connection_is_paused_until_it_is_resumed(logbook):
    act(logbook, ActionKind.PAUSE)
    act(logbook, ActionKind.PAUSE, "other")
    assert logbook.connections.paused() == {"acme", "other"}
    act(logbook, ActionKind.RESUME)
    act(logbook, ActionKind.RECOVER)
    assert logbook.connections.paused() == {"other"}


def test_a_retry_is_told_of_by_both_jobs(logbook):
    old, new = uuid4(), uuid4()
    act(logbook, ActionKind.RETRY, job_id=old, new_job_id=new)
    assert logbook.connections.actions_on(old) == logbook.connections.actions_on(new) != []
    assert [action.by for action in logbook.connections.actions_of("acme")] == ["anna"]


def test_what_is_kept_of_a_payload_names_no_person():
    links = {"web": {"exportItem": "https://app.pleo.example/expense/1"}}
    kept = kept_of(payload(-1250, _links=links))
    assert kept == {
        "currency": "DKK",
        "amount": Decimal("12.50"),
        "reconciliation_id": "4000001",
        "pleo_url": "https://app.pleo.example/expense/1",
    }


@pytest.mark.parametrize(
    "odd",
    [payload(book_id="a\0b"), payload(book_id="9" * 65), payload(currency="DK\0"), payload("9" * 60), payload("NaN")],
)
def test_a_payload_that_a_database_could_not_hold_stops_no_other(logbook, odd):
    job, entries = a_job(logbook, odd, payload())
    assert set(logbook.items.missing(job)) == set(entries)


def test_a_link_that_a_browser_would_run_is_not_kept():
    assert kept_of(payload(_links={"web": {"exportItem": "javascript:alert(1)"}}))["pleo_url"] is None


@given(st.one_of(st.text(), st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps)))
def test_an_odd_payload_keeps_nothing_and_stops_nothing(odd):
    assert set(kept_of(odd).values()) == {None}
