"""The logbook's protocol: intent before the call, one outcome, one open job for a company."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Event
from time import sleep
from uuid import UUID, uuid4

import pytest

from integration.bookkeeping.vouchers import Decision
from integration.errors import ConfigurationError, LogbookUnreachable
from integration.errors.reasons import ItemFailureReason
from integration.logbook import Logbook
from integration.logbook.item_protocol import Begun, Busy, Over
from integration.logbook.items import ItemState, Worth
from integration.logbook.jobs import CompanyBusy, LoggedJob
from integration.outcome import JobOutcome, NotRecorded, Recorded
from integration.pleo.models import JobEvent

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
COMPANY = UUID(int=7)
RECORDED = Recorded("V-1", "https://books/V-1", date(2026, 11, 1), NOW)
REFUSED = NotRecorded("line_account_missing", ItemFailureReason.MISSING_CONFIGURATION, "Line 1 has no ledger account.")


@pytest.fixture(params=["sqlite", "postgresql"])
def logbook(request, tmp_path, postgresql_url):
    url = f"sqlite:///{tmp_path}/logbook.db" if request.param == "sqlite" else postgresql_url()
    opened = Logbook.at(url)
    yield opened
    opened.close()


def an_open_job(logbook: Logbook, job_id: UUID | None = None, company: UUID = COMPANY) -> LoggedJob:
    job = logbook.jobs.open(job_id or uuid4(), connection="acme", company_id=company, now=NOW)
    assert isinstance(job, LoggedJob)
    return job


def a_job_with_an_item(logbook: Logbook, entry: UUID | None = None) -> tuple[UUID, UUID]:
    job, entry = an_open_job(logbook).job_id, entry or uuid4()
    logbook.items.add(job, [(entry, '{"secret": "payload"}')])
    return job, entry


def begin(logbook: Logbook, job: UUID, entry: UUID, worker: str = "one", now: datetime = NOW, **more):
    return logbook.recording.begin(job, entry, run=0, worker=worker, now=now, lease_seconds=60, **more)


def take(logbook: Logbook, job: UUID, owner: str = "one", now: datetime = NOW, **more) -> bool:
    return logbook.jobs.take(job, "closing", owner=owner, now=now, seconds=60, **more)


def end(logbook: Logbook, job: UUID, entry: UUID, outcome, worker: str = "one"):
    logbook.recording.end(job, entry, outcome, worth=Worth("DKK", Decimal("0.10")), worker=worker, now=NOW)


def test_a_company_has_one_open_job(logbook):
    first = an_open_job(logbook)
    assert logbook.jobs.open(uuid4(), connection="acme", company_id=COMPANY, now=NOW) == CompanyBusy(first.job_id)


def test_companies_have_jobs_side_by_side(logbook):
    an_open_job(logbook)
    an_open_job(logbook, company=UUID(int=8))
    assert len(logbook.jobs.all_open()) == 2


def test_the_next_job_opens_when_the_first_is_closed(logbook):
    first = an_open_job(logbook)
    logbook.jobs.close(first.job_id, JobOutcome(JobEvent.COMPLETED), now=LATER)
    an_open_job(logbook)


def test_opening_a_job_twice_is_opening_it_once(logbook):
    job = an_open_job(logbook)
    assert an_open_job(logbook, job.job_id) == job


def test_an_item_begins_with_what_pleo_sent_of_it(logbook):
    job, entry = a_job_with_an_item(logbook)
    begun = begin(logbook, job, entry)
    assert begun == Begun('{"secret": "payload"}', look_up=False, attempt=1, deaths=0, begun_at=NOW)


def test_two_workers_never_hold_one_item(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry, "one")
    assert begin(logbook, job, entry, "two") == Busy("one", NOW + timedelta(seconds=60))


def test_an_item_whose_worker_went_silent_is_looked_up(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry, "one")
    begun = begin(logbook, job, entry, "two", now=LATER)
    assert isinstance(begun, Begun)
    assert begun.look_up
    assert begun.begun_at == NOW


def test_the_lease_of_a_dead_worker_counts_for_nothing(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry, "dead")
    assert isinstance(begin(logbook, job, entry, "two", dead_owner="dead"), Begun)


def test_an_item_that_ended_answers_again_without_a_second_attempt(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry)
    end(logbook, job, entry, RECORDED)
    assert begin(logbook, job, entry, "two") == RECORDED
    assert logbook.items.of(job)[0].attempts == 1


def test_the_first_outcome_stays(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry)
    end(logbook, job, entry, RECORDED)
    end(logbook, job, entry, REFUSED)
    assert logbook.items.of(job)[0].outcome == RECORDED


def test_a_refusal_by_a_worker_that_lost_the_item_does_not_count(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry, "one")
    begin(logbook, job, entry, "two", now=LATER)
    end(logbook, job, entry, REFUSED, worker="one")
    assert logbook.items.missing(job) == [entry]


def test_what_stands_in_the_books_counts_whoever_says_so(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry, "one")
    begin(logbook, job, entry, "two", now=LATER)
    end(logbook, job, entry, RECORDED, worker="one")
    assert logbook.items.of(job)[0].outcome == RECORDED


def test_an_item_put_back_is_begun_again_at_once_and_looked_up(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry)
    logbook.recording.put_back(job, entry, worker="one", in_doubt=True)
    assert logbook.items.of(job)[0].state is ItemState.IN_DOUBT
    begun = begin(logbook, job, entry, "two")
    assert isinstance(begun, Begun)
    assert begun.look_up


def test_an_item_put_back_without_a_doubt_need_not_be_looked_up(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry)
    logbook.recording.put_back(job, entry, worker="one", in_doubt=False)
    begun = begin(logbook, job, entry, "two")
    assert isinstance(begun, Begun)
    assert not begun.look_up


def test_an_entry_that_was_tried_in_another_job_is_looked_up(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry)
    logbook.jobs.close(job, JobOutcome(JobEvent.FAILED), now=NOW)
    second, _ = a_job_with_an_item(logbook, entry)
    begun = begin(logbook, second, entry)
    assert isinstance(begun, Begun)
    assert begun.look_up


def test_every_item_of_an_adopted_job_is_looked_up(logbook):
    job, entry = an_open_job(logbook).job_id, uuid4()
    logbook.jobs.adopt(job)
    logbook.items.add(job, [(entry, "{}")])
    begun = begin(logbook, job, entry)
    assert isinstance(begun, Begun)
    assert begun.look_up


def test_fetching_twice_leaves_items_as_they_are(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry)
    end(logbook, job, entry, RECORDED)
    logbook.items.add(job, [(entry, "{}"), (uuid4(), "{}")])
    assert [item.outcome for item in logbook.items.of(job)].count(RECORDED) == 1
    assert logbook.items.tally(job).all == 2


def test_outcomes_are_reported_once_oldest_first(logbook):
    job = an_open_job(logbook).job_id
    entries = [uuid4() for _ in range(3)]
    logbook.items.add(job, [(entry, "{}") for entry in entries])
    for minute, entry in enumerate(entries):
        begin(logbook, job, entry)
        logbook.recording.end(job, entry, REFUSED, worth=None, worker="one", now=NOW + timedelta(minutes=minute))
    assert logbook.items.waiting_for_report(job) == (3, NOW)
    first = [item.accounting_entry_id for item in logbook.items.unreported(job, 2)]
    assert first == entries[:2]
    logbook.items.reported(job, first, now=LATER)
    assert [item.accounting_entry_id for item in logbook.items.unreported(job, 2)] == entries[2:]
    assert logbook.jobs.known(job).heard_at == LATER


def test_a_closed_job_forgets_what_its_items_held(logbook):
    job, entry = a_job_with_an_item(logbook)
    logbook.jobs.close(job, JobOutcome(JobEvent.FAILED, "Because."), now=LATER)
    assert logbook.jobs.known(job).reason == "Because."
    assert begin(logbook, job, entry) == Over()


def test_a_job_is_closed_once(logbook):
    job = an_open_job(logbook).job_id
    logbook.jobs.close(job, JobOutcome(JobEvent.FAILED, "First."), now=NOW)
    logbook.jobs.close(job, JobOutcome(JobEvent.COMPLETED), now=LATER)
    assert (logbook.jobs.known(job).event, logbook.jobs.known(job).reason) == ("failed", "First.")


def test_an_item_of_an_older_run_is_left_to_the_later_one(logbook):
    job, entry = a_job_with_an_item(logbook)
    logbook.jobs.next_run(job, after=0, now=NOW)
    assert begin(logbook, job, entry) == Over()


def test_an_item_that_nobody_knows_is_over(logbook):
    assert begin(logbook, an_open_job(logbook).job_id, uuid4()) == Over()


def test_attempts_that_ended_with_their_worker_are_counted(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry, "one")
    begun = begin(logbook, job, entry, "two", now=LATER)
    logbook.recording.put_back(job, entry, worker="two", in_doubt=True)
    again = begin(logbook, job, entry, "three", now=LATER)
    assert isinstance(begun, Begun)
    assert isinstance(again, Begun)
    assert (begun.deaths, again.deaths) == (1, 1)


def test_decisions_stand_beside_the_outcome_that_counts(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry)
    for outcome in (RECORDED, REFUSED):
        decided = [Decision("shifted_date", f"of {outcome.__class__.__name__}")]
        logbook.recording.end(job, entry, outcome, worth=None, decided=decided, worker="one", now=NOW)
    assert [line.text for line in logbook.history.decisions(job)] == ["of Recorded"]


def test_hostile_text_is_stored_all_the_same(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry)
    hostile = NotRecorded("account_not_in_chart", ItemFailureReason.ACCOUNT_UNKNOWN, "Account 12\x0034 \u202e ' ; --")
    end(logbook, job, entry, hostile)
    outcome = logbook.items.of(job)[0].outcome
    assert isinstance(outcome, NotRecorded)
    assert outcome.reason.startswith("Account 12")


def test_of_those_who_see_a_job_stand_still_one_looks_after_it(logbook):
    job = an_open_job(logbook)
    assert [logbook.jobs.look_after(job, now=LATER), logbook.jobs.look_after(job, now=LATER)] == [True, False]


def test_a_lease_of_a_job_has_one_holder_until_it_ends(logbook):
    job = an_open_job(logbook).job_id
    assert take(logbook, job)
    assert not take(logbook, job, "two")
    assert take(logbook, job, "two", now=LATER)


def test_the_lease_of_a_dead_owner_is_taken_over_at_once(logbook):
    job = an_open_job(logbook).job_id
    take(logbook, job, "dead")
    assert logbook.jobs.holder(job, "closing") == "dead"
    assert take(logbook, job, "two", dead_owner="dead")


def test_a_lease_given_back_is_free(logbook):
    job = an_open_job(logbook).job_id
    take(logbook, job)
    logbook.jobs.release(job, "closing", owner="one")
    assert take(logbook, job, "two")


def test_a_lease_that_another_has_by_now_is_not_given_back(logbook):
    job = an_open_job(logbook).job_id
    take(logbook, job, "one")
    take(logbook, job, "two", now=LATER)
    logbook.jobs.release(job, "closing", owner="one")
    assert logbook.jobs.holder(job, "closing") == "two"


def test_runs_count_up(logbook):
    job = an_open_job(logbook).job_id
    assert [logbook.jobs.next_run(job, after=0, now=NOW), logbook.jobs.next_run(job, after=1, now=NOW)] == [1, 2]


def test_of_two_workers_that_dispatch_at_once_one_does(logbook):
    job = an_open_job(logbook).job_id
    assert [logbook.jobs.next_run(job, after=0, now=NOW), logbook.jobs.next_run(job, after=0, now=NOW)] == [1, None]


def test_money_comes_back_to_the_last_digit(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry)
    end(logbook, job, entry, RECORDED)
    assert logbook.items.of(job)[0].worth == Worth("DKK", Decimal("0.10"))


@pytest.mark.parametrize("url", ["nonsense", "mysql+nothing://x/y", "postgresql+psycopg://h:port/x"])
def test_a_url_that_cannot_be_used_is_a_mistake_in_the_configuration(url):
    with pytest.raises(ConfigurationError, match="PLEO_EXPORT_DATABASE_URL"):
        Logbook.at(url)


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://127.0.0.1:9/x"])
def test_a_database_that_does_not_answer_is_an_error_that_may_pass(url):
    with pytest.raises(LogbookUnreachable, match="PLEO_EXPORT_DATABASE_URL"):
        Logbook.at(url)


def test_a_worker_begins_again_what_it_could_not_let_go_of_and_looks_it_up(logbook):
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry)
    again = begin(logbook, job, entry)
    assert isinstance(again, Begun)
    assert again.look_up


def test_a_connection_that_was_dropped_meanwhile_is_replaced(postgresql_url):
    logbook = Logbook.at(postgresql_url())
    job, entry = a_job_with_an_item(logbook)
    begin(logbook, job, entry)
    logbook._database._held.dbapi_connection.close()
    end(logbook, job, entry, RECORDED)
    assert logbook.items.of(job)[0].outcome == RECORDED
    logbook.close()


def test_threads_that_write_at_once_get_each_its_own_answer(logbook):
    job = an_open_job(logbook).job_id
    entries = [uuid4() for _ in range(40)]
    logbook.items.add(job, [(entry, str(entry)) for entry in entries])
    with ThreadPoolExecutor(8) as threads:
        begun = list(threads.map(lambda entry: begin(logbook, job, entry, worker=str(entry)), entries))
    assert [one.payload for one in begun] == [str(entry) for entry in entries]


def test_a_write_that_fails_takes_no_other_along(logbook):
    job, entry = a_job_with_an_item(logbook)

    def fails(_cursor):
        raise ZeroDivisionError

    started = Event()

    def waits(cursor):
        started.set()
        while len(logbook._database._commits._waiting) < 2:
            sleep(0.001)

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(logbook._database.together, waits)
        started.wait()
        bad = threads.submit(logbook._database.together, fails)
        good = threads.submit(begin, logbook, job, entry)
        first.result()
        with pytest.raises(ZeroDivisionError):
            bad.result()
        assert isinstance(good.result(), Begun)
