"""What seldom happens to a job: cancelled in mid-run, claimed twice, refused in odd ways; items that stop workers."""

import json
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from support.builders.services import Office, an_office, claim
from support.fakes.fake_wire import Answer, a_fake_pleo
from support.fakes.memory_ledger import MemoryLedger

from integration import export_item, export_job
from integration.errors import (
    AccountingSystemForbidden,
    LogbookUnreachable,
    PleoInTwoMinds,
    PleoUnauthenticated,
    PleoUnavailable,
)
from integration.errors.items import RejectedByAccountingSystem
from integration.export_job.lease import held
from integration.logbook.storage.database import Database
from integration.outcome import JobOutcome, NotRecorded, Recorded
from integration.pleo.models import JobEvent
from integration.sandbox.faults.faults import Fault, FaultKind, Operation
from integration.sandbox.world.expenses import Flaw
from integration.sandbox.world.scenarios import many
from integration.worker_identity import Worker


@pytest.fixture
def office(tmp_path):
    with an_office(tmp_path) as opened:
        yield opened


def dispatched(office: Office, count: int = 1) -> export_job.Dispatch:
    claimed = claim(office.press_export(office.expenses(count)), office.desk)
    assert isinstance(claimed, export_job.Dispatch)
    return claimed


def test_of_a_job_that_is_cancelled_in_mid_run_no_more_is_recorded(office):
    claimed = dispatched(office, 3)
    office.record(claimed.job_id, claimed.entries[0])
    office.pleo.sandbox.cancel(claimed.job_id)
    office.clock.forward(seconds=31)
    assert export_job.report_if_due(claimed.job_id, office.desk) == export_job.Settled("failed")
    assert office.record(claimed.job_id, claimed.entries[1]) == export_item.Over()
    assert len(office.ledger.books.entries) == 1


def test_keeping_a_cancelled_job_alive_closes_it(office):
    claimed = dispatched(office, 2)
    office.record(claimed.job_id, claimed.entries[0])
    office.pleo.sandbox.cancel(claimed.job_id)
    export_job.keep_alive(claimed.job_id, office.desk)
    assert office.desk.logbook.jobs.known(claimed.job_id).event == "failed"


def stop_workers(office: Office, claimed: export_job.Dispatch, times: int) -> None:
    for _ in range(times):
        office.desk.logbook.recording.begin(
            claimed.job_id, claimed.entries[0], run=claimed.run, worker="w", now=office.clock(), lease_seconds=1
        )
        office.clock.forward(seconds=2)


def test_an_item_that_stops_every_worker_is_given_up(office):
    claimed = dispatched(office)
    stop_workers(office, claimed, 6)
    outcome = office.record(claimed.job_id, claimed.entries[0])
    assert isinstance(outcome, NotRecorded)
    assert outcome.code == "stops_the_worker"
    assert export_job.settle(claimed.job_id, office.desk) == export_job.Settled("failed")


def test_an_item_that_stopped_workers_after_it_was_recorded_is_found(office):
    claimed = dispatched(office)
    office.record(claimed.job_id, claimed.entries[0])
    office.pleo.sandbox.cancel(claimed.job_id)
    export_job.settle(claimed.job_id, office.desk)
    second = claim(office.pleo.sandbox.export(office.company.id, list(claimed.entries)).id, office.desk)
    assert isinstance(second, export_job.Dispatch)
    stop_workers(office, second, 6)
    assert isinstance(office.record(second.job_id, second.entries[0]), Recorded)


def test_a_claim_while_another_worker_claims_does_nothing(office):
    job = office.press_export(office.expenses(1))
    office.desk.logbook.jobs.open(job, connection="nordlys", company_id=office.company.id, now=office.clock())
    with held(job, "claiming", office.desk) as ours:
        assert ours
        assert claim(job, office.desk) is None
    assert office.at_pleo(job).status == "pending"


def test_a_job_whose_messages_are_with_the_broker_is_not_dispatched_by_a_second_claim(office):
    claimed = dispatched(office)
    office.desk.logbook.jobs.published(claimed.job_id, claimed.run)
    assert claim(claimed.job_id, office.desk) is None


def test_a_claim_whose_worker_died_before_publishing_dispatches_again(office):
    claimed = dispatched(office)
    again = claim(claimed.job_id, office.desk)
    assert isinstance(again, export_job.Dispatch)
    assert again.run == claimed.run + 1


def test_a_claim_of_a_closed_job_says_how_it_ended(office):
    claimed = dispatched(office)
    office.record_all(claimed)
    export_job.settle(claimed.job_id, office.desk)
    assert claim(claimed.job_id, office.desk) == export_job.Settled("completed")


def test_two_workers_do_not_close_one_job(office):
    claimed = dispatched(office)
    office.record_all(claimed)
    with held(claimed.job_id, "closing", office.desk):
        assert export_job.settle(claimed.job_id, office.desk) == export_job.NotYet(())
    assert office.at_pleo(claimed.job_id).status == "in_progress"


def test_two_workers_do_not_report_one_job(office):
    claimed = dispatched(office)
    office.record_all(claimed)
    office.clock.forward(seconds=31)
    with held(claimed.job_id, "reporting", office.desk):
        export_job.report_if_due(claimed.job_id, office.desk)
    assert office.items_at_pleo(claimed.job_id)[claimed.entries[0]].status == "pending"


def test_items_that_pleo_has_as_final_are_not_recorded_again(office):
    expenses = office.expenses(3)
    job = office.press_export(expenses)
    claimed = claim(job, office.desk)
    assert isinstance(claimed, export_job.Dispatch)
    office.record(job, claimed.entries[0])
    office.clock.forward(seconds=31)
    export_job.report_if_due(job, office.desk)
    office.desk.logbook.jobs.heard(job, now=office.clock())
    assert len([item for item in office.items_at_pleo(job).values() if item.status == "pending"]) == 2


def test_updates_that_pleo_refuses_hold_up_no_others(office):
    claimed = dispatched(office, 4)
    office.record_all(claimed)
    office.pleo.faults.add(Fault(kind=FaultKind.UPDATE_REFUSED, times=2))
    export_job.settle(claimed.job_id, office.desk)
    told = [item.status for item in office.items_at_pleo(claimed.job_id).values()]
    assert sorted(told) == ["pending", "pending", "successful", "successful"]


def test_in_a_batch_that_pleo_refuses_as_a_whole_the_culprit_is_found(office):
    claimed = dispatched(office, 2)
    office.record_all(claimed)
    no = Answer(json.dumps({"type": "BAD_REQUEST"}).encode(), 400)
    yes = Answer(json.dumps({"data": [], "errors": []}).encode())
    pleo, wire = a_fake_pleo(no, no, yes, Answer(b"", 500))
    office.clock.forward(seconds=31)
    export_job.report_if_due(claimed.job_id, replace(office.desk, pleo=pleo))
    assert [len(json.loads(request.body)) for request in wire.requests] == [2, 1, 1]
    assert office.desk.logbook.items.waiting_for_report(claimed.job_id)[0] == 1


def test_only_a_nameless_refusal_teaches_which_form_of_event_this_host_takes(office):
    claimed = dispatched(office, 1)
    office.ledger.refusals[str(claimed.entries[0])] = RejectedByAccountingSystem(answer="no")
    office.record_all(claimed)
    office.pleo.faults.add(Fault(kind=FaultKind.UNAUTHENTICATED, operation=Operation.CREATE_EVENT, times=1))
    with pytest.raises(PleoUnauthenticated):
        export_job.settle(claimed.job_id, office.desk)
    assert not office.desk.pleo.follows_reference
    assert export_job.settle(claimed.job_id, office.desk) == export_job.Settled("failed")
    assert office.desk.pleo.follows_reference


def test_a_pleo_in_two_minds_about_a_job_is_asked_again_later(office):
    claimed = dispatched(office)
    office.record_all(claimed)
    finished = Answer(json.dumps({"type": "EXPORT_JOB_STATUS_UNPROCESSABLE"}).encode(), 422)
    still_open = Answer(office.at_pleo(claimed.job_id).model_dump_json(by_alias=True).join(['{"data":', "}"]).encode())
    pleo, _ = a_fake_pleo(finished, still_open)
    with pytest.raises(PleoInTwoMinds):
        export_job.settle(claimed.job_id, replace(office.desk, pleo=pleo))
    assert export_job.settle(claimed.job_id, office.desk) == export_job.Settled("completed")


def test_a_job_that_pleo_does_not_know_is_let_go(office):
    job = uuid4()
    assert claim(job, office.desk) == export_job.Settled("failed")
    assert export_job.next_job(office.desk) is None


def test_a_job_that_we_closed_and_pleo_still_lists_is_not_started_again(office):
    job = office.press_export(office.expenses(1))
    listed = office.at_pleo(job).model_dump_json(by_alias=True)
    office.export(job)
    page = f'{{"data": [{listed}], "pagination": {{"hasNextPage": false}}}}'
    pleo, _ = a_fake_pleo(Answer(page.encode()))
    assert export_job.next_job(replace(office.desk, pleo=pleo)) is None


def test_a_definite_answer_of_the_accounting_system_is_no_doubt(office):
    class Forbidding(MemoryLedger):
        def record(self, *_):
            raise AccountingSystemForbidden(cause="create vouchers")

    claimed = dispatched(office)
    outcome = export_item.record(
        claimed.job_id, claimed.entries[0], claimed.run, replace(office.desk, system=Forbidding())
    )
    assert isinstance(outcome, NotRecorded)
    assert outcome.reason_type == "authorization_failure"
    assert "create vouchers" in outcome.reason


def test_an_item_that_another_worker_holds_is_waited_for_no_longer_than_a_broker_keeps_it(office):
    claimed = dispatched(office)
    office.desk.logbook.recording.begin(
        claimed.job_id,
        claimed.entries[0],
        run=claimed.run,
        worker="elsewhere:1:1",
        now=office.clock(),
        lease_seconds=999,
    )
    answer = office.record(claimed.job_id, claimed.entries[0])
    assert isinstance(answer, export_item.TryAgain)
    assert answer.seconds <= 120


def test_an_item_without_data_is_refused_and_stops_no_other(office):
    expenses = office.make_bad_expenses(Flaw.CURRENCY_UNDEFINED)
    job = office.press_export(expenses)
    assert office.export(job) == export_job.Settled("completed_with_errors")


def test_an_outage_is_noticed_by_one_item_and_not_by_every_one(office):
    claimed = dispatched(office, 2)
    office.ledger.is_down = True
    office.record(claimed.job_id, claimed.entries[0])
    assert isinstance(office.record(claimed.job_id, claimed.entries[1]), export_item.TryAgain)
    assert [item.attempts for item in office.desk.logbook.items.of(claimed.job_id)].count(0) == 1


def test_what_had_arrived_when_pleo_broke_off_is_recorded_once_and_the_rest_later(office):
    job = office.press_export(many(office.rng, office.company, 150))
    with export_job.claim(job, office.desk) as claimed:
        office.pleo.faults.add(Fault(kind=FaultKind.UNAVAILABLE, operation=Operation.LIST_EXPORT_ITEMS, times=3))
        with pytest.raises(PleoUnavailable):
            list(claimed.entries)
    arrived = office.desk.logbook.items.missing(job)
    assert len(arrived) == 100
    for entry in arrived[:60]:
        office.record(job, entry)
    assert export_job.settle(job, office.desk) == export_job.NotYet(())
    again = claim(job, office.desk)
    assert again.count == len(set(again.entries)) == 90
    office.record_all(again)
    assert export_job.settle(job, office.desk) == export_job.Settled("completed")
    assert len(office.ledger.books.entries) == 150


def test_a_job_whose_items_are_still_read_is_claimed_by_nobody_else(office):
    job = office.press_export(many(office.rng, office.company, 150))
    elsewhere = replace(office.desk, worker=Worker("elsewhere", 1, 1))
    with export_job.claim(job, office.desk) as claimed:
        entries = iter(claimed.entries)
        next(entries)
        assert claim(job, elsewhere) is None
        assert len(list(entries)) == 149


def test_the_last_entries_are_given_out_when_all_stand_in_the_logbook(office):
    job = office.press_export(many(office.rng, office.company, 150))
    with export_job.claim(job, office.desk) as claimed:
        fetched = [office.desk.logbook.jobs.known(job).fetched_at is not None for _ in claimed.entries]
    assert fetched == [False] * 100 + [True] * 50


def test_nothing_more_is_written_into_a_job_that_was_closed_while_its_items_arrive(office):
    job = office.press_export(many(office.rng, office.company, 150))
    with export_job.claim(job, office.desk) as claimed:
        entries = iter(claimed.entries)
        next(entries)
        office.desk.logbook.jobs.close(job, JobOutcome(JobEvent.FAILED), now=office.clock())
        assert len(list(entries)) == 99
    assert len(office.desk.logbook.items.of(job)) == 100


def write_until_full(office: Office, claimed: export_job.Dispatch) -> None:
    for _ in range(1000):
        office.desk.tried(claimed.job_id, None, "record", "x" * 500)


def connect_anew(database: Database) -> None:
    database._let_go()
    database._engine.dispose()


def test_a_logbook_on_a_full_disk_delays_the_job_and_no_more(office):
    claimed = dispatched(office, 12)
    database = office.desk.logbook._database
    engine = database._engine

    def full(connection, _record):
        connection.execute("PRAGMA max_page_count = 1")  # no page more than there are

    event.listen(engine, "connect", full)
    connect_anew(database)
    with pytest.raises(OperationalError, match="full"):
        write_until_full(office, claimed)
    for entry in claimed.entries:
        with suppress(LogbookUnreachable):
            office.record(claimed.job_id, entry)
    event.remove(engine, "connect", full)
    connect_anew(database)
    office.clock.forward(minutes=7)
    office.record_all(claimed)
    assert export_job.settle(claimed.job_id, office.desk) == export_job.Settled("completed")
    assert len(office.ledger.books.entries) == 12
