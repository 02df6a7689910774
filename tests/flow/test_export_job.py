"""A job's steps against a strict local Pleo: what is claimed, recorded, reported, and which event closes it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from support.builders.services import Office, an_office, claim
from support.fakes.memory_ledger import Fault as LedgerFault
from support.fakes.memory_ledger import MemoryLedger

from integration import export_item, export_job
from integration.configuration.connection import Attachments
from integration.errors import AccountingSystemUnreachable, PleoTransient
from integration.errors.items import RejectedByAccountingSystem
from integration.logbook import Logbook
from integration.logbook.items import ItemState
from integration.outcome import NotRecorded, Recorded
from integration.sandbox.api.paging import PageSizes
from integration.sandbox.faults.faults import Fault, FaultKind, Operation
from integration.sandbox.faults.strictness import LENIENT
from integration.sandbox.world.expenses import Flaw
from integration.sandbox.world.scenarios import many


@contextmanager
def an_office_without_memory(office: Office, tmp_path: Path) -> Iterator[Office]:
    logbook = Logbook.at(f"sqlite:///{tmp_path}/new.db")
    yield replace(office, desk=replace(office.desk, logbook=logbook))
    logbook.close()


@pytest.fixture
def office(tmp_path):
    with an_office(tmp_path) as opened:
        yield opened


def dispatched(office: Office, job_id) -> export_job.Dispatch:
    claimed = claim(job_id, office.desk)
    assert isinstance(claimed, export_job.Dispatch)
    return claimed


def test_a_job_whose_items_are_all_recorded_is_completed(office):
    job = office.press_export(office.expenses(5))
    assert office.export(job) == export_job.Settled("completed")
    assert office.at_pleo(job).status == "completed"
    assert {item.status for item in office.items_at_pleo(job).values()} == {"successful"}
    assert len(office.ledger.books.entries) == 5


def test_one_refused_item_completes_the_job_with_errors(office):
    expenses = office.make_bad_expenses(Flaw.LINE_ACCOUNT_MISSING)
    job = office.press_export(expenses)
    office.export(job)
    assert office.at_pleo(job).status == "completed_with_errors"
    bad = next(expense for expense in expenses if expense.flaw)
    told = office.items_at_pleo(job)[bad.item.accounting_entry_id]
    assert (told.status, told.failure_reason_type) == ("failed", "missing_configuration")
    assert "has no ledger account" in (told.failure_reason or "")


def test_a_job_of_which_nothing_can_be_recorded_has_failed(office):
    job = office.press_export(office.make_bad_expenses(Flaw.LINE_ACCOUNT_MISSING, beside=0))
    office.export(job)
    at_pleo = office.at_pleo(job)
    assert (at_pleo.status, at_pleo.failure_reason_type) == ("failed", "missing_configuration")
    assert (at_pleo.failure_reason or "").startswith("1 of 1 failed: 1 × Line 1")


def test_a_job_without_items_is_completed(office):
    assert office.export(office.press_export([])) == export_job.Settled("completed")


def test_an_item_that_only_the_accounting_system_refuses_is_reported_in_its_words(office):
    expenses = office.expenses(2)
    reference = expenses[0].item.accounting_entry_id
    office.ledger.refusals[str(reference)] = RejectedByAccountingSystem(answer="the series is not manual")
    job = office.press_export(expenses)
    office.export(job)
    told = office.items_at_pleo(job)[reference]
    assert told.failure_reason_type == "accounting_system_validation_failure"
    assert "the series is not manual" in (told.failure_reason or "")


def test_the_guides_default_is_tried_first_and_the_references_value_where_it_is_refused(office):
    expenses = office.expenses(1)
    office.ledger.refusals[str(expenses[0].item.accounting_entry_id)] = RejectedByAccountingSystem(answer="no")
    job = office.press_export(expenses)
    office.export(job)
    assert office.at_pleo(job).failure_reason_type == "validation_failure"


def test_a_lenient_pleo_gets_what_the_guide_says(tmp_path):
    with an_office(tmp_path, strictness=LENIENT) as office:
        job = office.press_export(office.make_bad_expenses(Flaw.LINE_ACCOUNT_MISSING))
        office.export(job)
        at_pleo = office.at_pleo(job)
        assert at_pleo.status == "completed_with_errors"
        assert (at_pleo.failure_reason or "").startswith("1 of 2 failed")


def test_every_page_is_read(tmp_path):
    with an_office(tmp_path, sizes=PageSizes(default=2, largest=3)) as office:
        office.export(job := office.press_export(office.expenses(8)))
        assert len(office.items_at_pleo(job)) == len(office.ledger.books.entries) == 8


def test_results_are_reported_a_hundred_at_a_time(office):
    job = office.press_export(many(office.rng, office.company, 103, now=office.clock.now))
    claimed = dispatched(office, job)
    for entry in claimed.entries[:101]:
        office.record(job, entry)
        export_job.report_if_due(job, office.desk)
    successful = [item for item in office.items_at_pleo(job).values() if item.status == "successful"]
    assert len(successful) == 100


def test_a_result_does_not_wait_longer_than_half_a_minute(office):
    job = office.press_export(office.expenses(2))
    claimed = dispatched(office, job)
    office.record(job, claimed.entries[0])
    export_job.report_if_due(job, office.desk)
    assert {item.status for item in office.items_at_pleo(job).values()} == {"pending"}
    office.clock.forward(seconds=31)
    export_job.report_if_due(job, office.desk)
    assert office.items_at_pleo(job)[claimed.entries[0]].status == "successful"


def test_a_job_is_not_closed_before_every_item_has_ended(office):
    job = office.press_export(office.expenses(3))
    claimed = dispatched(office, job)
    for entry in claimed.entries[:2]:
        office.record(job, entry)
    assert export_job.settle(job, office.desk) == export_job.NotYet([claimed.entries[2]])
    assert office.at_pleo(job).status == "in_progress"


def test_settling_twice_sends_one_event(office):
    job = office.press_export(office.expenses(1))
    office.export(job)
    assert export_job.settle(job, office.desk) == export_job.Settled("completed")


def test_an_item_recorded_twice_leaves_one_voucher(office):
    job = office.press_export(office.expenses(1))
    claimed = dispatched(office, job)
    first = office.record(job, claimed.entries[0])
    assert office.record(job, claimed.entries[0]) == first
    assert office.desk.logbook.items.of(job)[0].attempts == 1


def test_an_answer_lost_after_recording_is_looked_up_and_adopted(office):
    office.ledger.faults.append(LedgerFault.LOST_AFTER_RECORDING)
    job = office.press_export(office.expenses(1))
    office.export(job)
    outcome = office.desk.logbook.items.of(job)[0].outcome
    assert isinstance(outcome, Recorded)
    assert outcome.adopted
    assert len(office.ledger.books.entries) == 1


def test_an_answer_lost_before_recording_leaves_the_item_in_doubt_and_is_tried_again(office):
    office.ledger.faults.append(LedgerFault.LOST_BEFORE_RECORDING)
    job = office.press_export(office.expenses(1))
    claimed = dispatched(office, job)
    assert isinstance(office.record(job, claimed.entries[0]), export_item.TryAgain)
    assert office.desk.logbook.items.of(job)[0].state is ItemState.IN_DOUBT
    assert isinstance(office.record(job, claimed.entries[0]), Recorded)


def test_an_item_that_stays_in_doubt_is_said_to_be_and_adopted_by_the_next_job(office):
    office.ledger.faults.append(LedgerFault.LOST_AFTER_RECORDING)
    office.ledger.find_times_out = True  # it records, and does not answer when it is asked
    expenses = office.expenses(1)
    job = office.press_export(expenses)
    claimed = dispatched(office, job)
    assert isinstance(office.record(job, claimed.entries[0]), export_item.TryAgain)
    office.clock.forward(minutes=41)
    outcome = office.record(job, claimed.entries[0])
    assert isinstance(outcome, NotRecorded)
    assert outcome.code == "left_in_doubt"
    export_job.settle(job, office.desk)
    office.ledger.find_times_out = False
    assert office.export(office.press_export(expenses)) == export_job.Settled("completed")
    assert len(office.ledger.books.entries) == 1


@pytest.mark.parametrize("doubt", [True, False])
def test_what_is_unexpected_in_a_record_call_is_a_doubt_and_before_it_a_refusal(office, doubt):
    class Broken(MemoryLedger):
        def record(self, *_):
            raise RuntimeError("a fault of the adapter")

        def read_chart(self):
            return super().read_chart() if doubt else 1 / 0

    office.desk = replace(office.desk, system=Broken())
    claimed = dispatched_without_validation(office)
    outcome = office.record(claimed.job_id, claimed.entries[0])
    if doubt:
        assert isinstance(outcome, export_item.TryAgain)
        assert office.desk.logbook.items.of(claimed.job_id)[0].state is ItemState.IN_DOUBT
    else:
        assert isinstance(outcome, NotRecorded)
        assert "ZeroDivisionError" in outcome.reason


def dispatched_without_validation(office: Office) -> export_job.Dispatch:
    with_sound_books = replace(office.desk, system=office.ledger)
    claimed = claim(office.press_export(office.expenses(1)), with_sound_books)
    assert isinstance(claimed, export_job.Dispatch)
    return claimed


def test_an_accounting_system_that_is_down_is_waited_for_and_then_given_up_with_a_reason(office):
    job = office.press_export(office.expenses(1))
    claimed = dispatched(office, job)
    office.ledger.is_down = True
    assert isinstance(office.record(job, claimed.entries[0]), export_item.TryAgain)
    office.clock.forward(minutes=41)
    outcome = office.record(job, claimed.entries[0])
    assert isinstance(outcome, NotRecorded)
    assert outcome.reason_type == "accounting_system_unreachable"
    assert export_job.settle(job, office.desk) == export_job.Settled("failed")
    assert office.at_pleo(job).failure_reason_type == "accounting_system_unreachable"


def test_an_accounting_system_that_is_down_at_the_start_is_waited_for_too(office):
    office.ledger.is_down = True
    job = office.press_export(office.expenses(1))
    with pytest.raises(AccountingSystemUnreachable):
        claim(job, office.desk)
    office.ledger.is_down = False
    assert office.export(job) == export_job.Settled("completed")


def test_a_job_that_cannot_begin_is_failed_before_any_item_is_touched(office):
    office.ledger.is_down = True
    job = office.press_export(office.expenses(2))
    with pytest.raises(AccountingSystemUnreachable):
        claim(job, office.desk)
    office.clock.forward(minutes=41)
    assert claim(job, office.desk) == export_job.Settled("failed")
    assert {item.status for item in office.items_at_pleo(job).values()} == {"abandoned"}


def test_missing_contra_accounts_fail_the_job_and_say_where_they_are_mapped(office):
    job = office.press_export(office.expenses(1))
    office.pleo.faults.add(Fault(kind=FaultKind.MISSING_CONTRA_ACCOUNTS, operation=Operation.LIST_EXPORT_ITEMS))
    assert claim(job, office.desk) == export_job.Settled("failed")
    assert "Contra accounts" in (office.at_pleo(job).failure_reason or "")


def test_a_job_that_the_user_cancels_is_let_go(office):
    job = office.press_export(office.expenses(1))
    claimed = dispatched(office, job)
    office.record_all(claimed)
    office.pleo.sandbox.cancel(job)
    assert export_job.settle(job, office.desk) == export_job.Settled("failed")
    assert office.desk.logbook.jobs.known(job).reason_type == "canceled_by_user"


def test_what_was_recorded_in_a_job_that_was_cancelled_is_adopted_by_the_next(office):
    expenses = office.expenses(1)
    job = office.press_export(expenses)
    office.record_all(dispatched(office, job))
    office.pleo.sandbox.cancel(job)
    export_job.settle(job, office.desk)
    again = office.press_export(expenses)
    assert office.export(again) == export_job.Settled("completed")
    assert len(office.ledger.books.entries) == 1


def test_a_job_in_progress_that_the_logbook_does_not_know_is_adopted(office, tmp_path):
    job = office.press_export(office.expenses(2))
    first = dispatched(office, job)
    office.record(job, first.entries[0])
    with an_office_without_memory(office, tmp_path) as forgetful:
        assert export_job.next_job(forgetful.desk) == job
        assert forgetful.export(job) == export_job.Settled("completed")
        adopted = [item.outcome.adopted for item in forgetful.desk.logbook.items.of(job)]
        assert sorted(adopted) == [False, True]
    assert len(office.ledger.books.entries) == 2


@pytest.mark.parametrize("kind", [FaultKind.RESET_AFTER, FaultKind.RESET_BEFORE, FaultKind.INTERNAL_ERROR])
def test_a_final_event_whose_answer_is_lost_is_read_back_and_never_sent_blindly(office, kind):
    job = office.press_export(office.expenses(1))
    office.record_all(dispatched(office, job))
    office.pleo.faults.add(Fault(kind=kind, operation=Operation.CREATE_EVENT, times=1))
    try:
        settled = export_job.settle(job, office.desk)
    except PleoTransient:
        settled = export_job.settle(job, office.desk)
    assert settled == export_job.Settled("completed")


@pytest.mark.parametrize("kind", [FaultKind.RESET_AFTER, FaultKind.RESET_BEFORE])
def test_a_start_whose_answer_is_lost_is_found_to_have_happened_or_not(office, kind):
    job = office.press_export(office.expenses(1))
    office.pleo.faults.add(Fault(kind=kind, operation=Operation.CREATE_EVENT, times=1))
    with pytest.raises(PleoTransient):
        claim(job, office.desk)
    assert office.export(job) == export_job.Settled("completed")


def test_an_update_that_pleo_does_not_take_is_sent_again(office):
    job = office.press_export(office.expenses(3))
    office.record_all(dispatched(office, job))
    office.pleo.faults.add(Fault(kind=FaultKind.UPDATE_REFUSED, times=1))
    assert export_job.settle(job, office.desk) == export_job.NotYet(())
    assert office.at_pleo(job).status == "in_progress"
    assert export_job.settle(job, office.desk) == export_job.Settled("completed")


def test_a_company_works_on_one_job_at_a_time(office):
    job = office.press_export(office.expenses(1))
    dispatched(office, job)
    assert export_job.next_job(office.desk) is None
    assert claim(uuid4(), office.desk) is None


def test_the_oldest_job_comes_first(tmp_path):
    with an_office(tmp_path, strictness=LENIENT) as office:
        first = office.press_export(office.expenses(1))
        office.clock.forward(minutes=1)
        office.press_export(office.expenses(1))
        assert export_job.next_job(office.desk) == first


def test_looking_for_jobs_changes_nothing(office):
    job = office.press_export(office.expenses(1))
    export_job.next_job(office.desk)
    assert office.at_pleo(job).status == "pending"
    assert office.desk.logbook.jobs.find(job) is None


def test_of_two_workers_that_claim_at_once_one_dispatches(office):
    job = office.press_export(office.expenses(1))
    dispatched(office, job)
    stale = office.desk.logbook.jobs.known(job).run - 1
    assert export_job.redispatch(job, office.desk, after=stale) is None


def test_a_job_that_stands_still_is_noticed_and_one_that_moves_is_not(office):
    job = office.press_export(office.expenses(2))
    claimed = dispatched(office, job)
    office.clock.forward(minutes=9)
    office.record(job, claimed.entries[0])
    office.clock.forward(minutes=9)
    assert export_job.standing_still(office.desk.logbook, now=office.clock()) == []
    office.clock.forward(minutes=2)
    assert [each.job_id for each in export_job.standing_still(office.desk.logbook, now=office.clock())] == [job]


def test_a_job_whose_callback_is_lost_is_noticed_sooner(office):
    job = office.press_export(office.expenses(1))
    office.record_all(dispatched(office, job))
    office.clock.forward(minutes=1)
    assert [each.job_id for each in export_job.standing_still(office.desk.logbook, now=office.clock())] == [job]


def test_a_job_that_waits_for_hours_does_not_expire_at_pleo(office):
    job = office.press_export(office.expenses(2))
    dispatched(office, job)
    for _ in range(12):
        office.clock.forward(minutes=16)
        assert [each.job_id for each in export_job.falling_silent(office.desk.logbook, now=office.clock())] == [job]
        export_job.keep_alive(job, office.desk)
    assert office.at_pleo(job).status == "in_progress"


def test_keeping_alive_delivers_outcomes_that_wait(office):
    job = office.press_export(office.expenses(2))
    claimed = dispatched(office, job)
    office.record(job, claimed.entries[0])
    office.clock.forward(minutes=16)
    export_job.keep_alive(job, office.desk)
    assert office.items_at_pleo(job)[claimed.entries[0]].status == "successful"
    assert export_job.falling_silent(office.desk.logbook, now=office.clock()) == []


def test_a_closed_job_keeps_nothing_of_what_pleo_sent(office, tmp_path):
    job = office.press_export(office.expenses(2))
    office.export(job)
    with sqlite3.connect(tmp_path / "logbook.db") as db:
        assert {payload for (payload,) in db.execute("SELECT payload FROM items")} == {""}
    db.close()


def test_a_required_file_that_pleo_does_not_have_refuses_the_item(office):
    job = office.press_export(office.make_bad_expenses(Flaw.RECEIPT_DOWNLOAD_FAILED, beside=0))
    office.export(job)
    assert next(iter(office.items_at_pleo(job).values())).failure_reason_type == "receipt_download_failure"


def test_files_that_may_be_missing_are_left_out_and_that_is_written_down(office):
    best_effort = office.desk.connection.model_copy(update={"attachments": Attachments.BEST_EFFORT})
    office.desk = replace(office.desk, connection=best_effort)
    job = office.press_export(office.make_bad_expenses(Flaw.RECEIPT_DOWNLOAD_FAILED, beside=0))
    assert office.export(job) == export_job.Settled("completed")
    assert "attachment_left_out" in {line.name for line in office.desk.logbook.history.decisions(job)}
