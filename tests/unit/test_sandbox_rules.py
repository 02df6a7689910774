"""The sandbox's rules, without a wire: how jobs and items move, who sees them, what is written down."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from integration.errors.reasons import JobFailureReason
from integration.pleo.models import ExportJob, ItemStatus, JobEvent, JobStatus
from integration.sandbox.api.answers import (
    ApiError,
    BadRequest,
    ExportAlreadyInProgress,
    ExportNotFound,
    Forbidden,
    InvalidStatusChange,
    JobFinished,
    NotFound,
    TooManyItemUpdates,
    Unauthenticated,
)
from integration.sandbox.api.bodies import Event, NewJob, Update, parse_event, parse_updates
from integration.sandbox.faults.strictness import LENIENT, Strictness
from integration.sandbox.faults.violations import ViolationKind
from integration.sandbox.state.job_store import JobStore
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.companies import Company
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_valid_expenses, many
from integration.sandbox.world.seeded_random import SeededRandom

NOON = datetime(2026, 4, 22, 12, tzinfo=UTC)
FINAL = (JobEvent.COMPLETED, JobEvent.COMPLETED_WITH_ERRORS, JobEvent.FAILED)


class Pleo:
    """A sandbox with two companies, at noon, and short words for what the tests do to it."""

    def __init__(self, strictness: Strictness | None = None, size: int = 3) -> None:
        self.sandbox = Sandbox(clock=lambda: NOON, strictness=strictness)
        for company in (NORDLYS, HARBOUR):
            self.sandbox.add_company(company)
            self.sandbox.add_expenses(company.id, many(SeededRandom(1), company, size, now=NOON))

    @property
    def entries(self) -> list[UUID]:
        return [expense.item.accounting_entry_id for expense in self.sandbox.expenses(NORDLYS.id)]

    @property
    def violations(self) -> list[ViolationKind]:
        return [violation.kind for violation in self.sandbox.violations]

    def event(self, job: ExportJob, event: JobEvent, caller: Company = NORDLYS) -> None:
        self.sandbox.create_event(caller, Event(job_id=job.id, event=event))

    def started(self) -> ExportJob:
        job = self.sandbox.export(NORDLYS.id)
        self.event(job, JobEvent.STARTED)
        return job

    def report(self, job: ExportJob, *statuses: ItemStatus) -> None:
        updates = [Update(accounting_entry_id=e, status=s) for e, s in zip(self.entries, statuses, strict=False)]
        self.sandbox.update_job_items(NORDLYS, job.id, updates)

    def job(self, job: ExportJob) -> ExportJob:
        return self.sandbox.get_job(NORDLYS, job.id)

    def statuses(self, job: ExportJob) -> list[str]:
        return [item.status for _, item in self.sandbox.list_job_items(NORDLYS, job.id)]


def successes(n: int) -> list[ItemStatus]:
    return [ItemStatus.SUCCESSFUL] * n


def test_an_export_is_pending_until_it_is_started_and_over_after_its_final_event():
    pleo = Pleo()
    job = pleo.sandbox.export(NORDLYS.id)
    assert (job.status, job.number_of_items, job.started_at, job.last_updated_at) == ("pending", 3, None, NOON)
    pleo.event(job, JobEvent.STARTED)
    assert (pleo.job(job).status, pleo.job(job).started_at) == ("in_progress", NOON)
    pleo.report(job, *successes(3))
    pleo.event(job, JobEvent.COMPLETED)
    assert (pleo.job(job).status, pleo.job(job).completed_at) == ("completed", NOON)
    assert pleo.violations == []


@pytest.mark.parametrize(
    ("statuses", "event"),
    [
        ((ItemStatus.SUCCESSFUL, ItemStatus.SUCCESSFUL, ItemStatus.SUCCESSFUL), JobEvent.COMPLETED),
        ((ItemStatus.SUCCESSFUL, ItemStatus.FAILED, ItemStatus.ABANDONED), JobEvent.COMPLETED_WITH_ERRORS),
        ((ItemStatus.FAILED, ItemStatus.FAILED, ItemStatus.FAILED), JobEvent.FAILED),
    ],
)
def test_only_the_event_that_follows_from_the_items_is_without_a_violation(statuses, event):
    for sent in FINAL:
        pleo = Pleo(LENIENT)
        job = pleo.started()
        pleo.report(job, *statuses)
        pleo.event(job, sent)
        assert pleo.job(job).status == sent.value
        assert pleo.violations == ([] if sent is event else [ViolationKind.WRONG_FINAL_EVENT])


def test_a_job_without_items_is_completed():
    pleo = Pleo()
    job = pleo.sandbox.export(NORDLYS.id, [])
    pleo.event(job, JobEvent.STARTED)
    pleo.event(job, JobEvent.COMPLETED)
    assert pleo.violations == []


def test_a_failed_job_abandons_the_items_that_are_open_and_leaves_the_others_alone():
    pleo = Pleo()
    job = pleo.started()
    pleo.report(job, ItemStatus.SUCCESSFUL, ItemStatus.IN_PROGRESS)
    pleo.event(job, JobEvent.FAILED)
    assert pleo.statuses(job) == ["successful", "abandoned", "abandoned"]
    assert pleo.violations == []


def test_what_was_not_exported_returns_to_the_queue():
    pleo = Pleo()
    job = pleo.started()
    assert pleo.sandbox.pending_expenses(NORDLYS.id) == ()
    pleo.report(job, ItemStatus.SUCCESSFUL, ItemStatus.FAILED, ItemStatus.FAILED)
    pleo.event(job, JobEvent.COMPLETED_WITH_ERRORS)
    pending = [expense.item.accounting_entry_id for expense in pleo.sandbox.pending_expenses(NORDLYS.id)]
    assert pending == pleo.entries[1:]


@pytest.mark.parametrize("is_started", [False, True])
def test_a_job_expires_an_hour_after_its_last_update(is_started):
    pleo = Pleo()
    job = pleo.started() if is_started else pleo.sandbox.export(NORDLYS.id)
    pleo.sandbox.clock.forward(timedelta(minutes=59, seconds=59))
    assert not JobStatus(pleo.job(job).status).is_final
    pleo.sandbox.clock.forward(timedelta(minutes=30))
    late = pleo.job(job)
    assert (late.status, late.failure_reason_type) == ("failed", JobFailureReason.JOB_EXPIRED)
    assert late.expired_at == NOON + timedelta(hours=1)
    assert pleo.statuses(job) == ["abandoned"] * 3


def test_a_job_that_is_over_does_not_expire():
    pleo = Pleo()
    job = pleo.started()
    pleo.report(job, *successes(3))
    pleo.event(job, JobEvent.COMPLETED)
    finished = pleo.job(job)
    pleo.sandbox.clock.forward(timedelta(hours=2))
    assert pleo.job(job) == finished


def test_a_job_that_is_over_is_not_looked_at_again_to_see_whether_it_expires():
    register = JobStore(3600)
    job = register.add(NewJob(company_id=NORDLYS.id, accounting_entry_ids=()), (), NOON)
    job.cancel(NOON)
    register.expire(NOON)
    del job.head  # whoever looks trips over it
    register.expire(NOON + timedelta(hours=2))


def test_every_item_update_keeps_a_job_alive_for_another_hour():
    pleo = Pleo()
    job = pleo.started()
    for status in (ItemStatus.IN_PROGRESS, ItemStatus.IN_PROGRESS, ItemStatus.SUCCESSFUL):
        pleo.sandbox.clock.forward(timedelta(minutes=50))
        pleo.report(job, status)
    assert pleo.job(job).status == "in_progress"
    pleo.sandbox.clock.forward(timedelta(minutes=60))
    assert pleo.statuses(job) == ["successful", "abandoned", "abandoned"]


def test_an_update_that_is_refused_does_not_keep_a_job_alive():
    pleo = Pleo()
    job = pleo.started()
    pleo.sandbox.clock.forward(timedelta(minutes=50))
    pleo.sandbox.update_job_items(NORDLYS, job.id, [Update(accounting_entry_id=uuid4(), status=ItemStatus.FAILED)])
    pleo.sandbox.clock.forward(timedelta(minutes=10))
    assert pleo.job(job).failure_reason_type == JobFailureReason.JOB_EXPIRED


def test_a_user_can_cancel_a_job_once():
    pleo = Pleo()
    job = pleo.started()
    pleo.sandbox.cancel(job.id)
    assert (pleo.job(job).status, pleo.job(job).failure_reason_type) == ("failed", "canceled_by_user")
    with pytest.raises(JobFinished):
        pleo.sandbox.cancel(job.id)


@pytest.mark.parametrize("end", ["expire", "cancel"])
def test_an_event_for_a_job_that_pleo_ended_is_refused_and_nobodys_fault(end):
    pleo = Pleo(LENIENT)
    job = pleo.started()
    if end == "expire":
        pleo.sandbox.clock.forward(timedelta(hours=1))
    else:
        pleo.sandbox.cancel(job.id)
    for event in JobEvent:
        with pytest.raises(InvalidStatusChange):
            pleo.event(job, event)
    assert pleo.violations == []


@pytest.mark.parametrize("first", FINAL)
@pytest.mark.parametrize("event", list(JobEvent))
def test_a_finished_job_takes_no_event_and_a_second_final_one_is_written_down(first, event):
    pleo = Pleo(Strictness(end_with_open_items=False))
    job = pleo.started()
    pleo.event(job, first)
    before = pleo.violations
    with pytest.raises(InvalidStatusChange):
        pleo.event(job, event)
    assert pleo.job(job).status == first.value
    doubled = [] if event is JobEvent.STARTED else [ViolationKind.DOUBLE_FINAL_EVENT]
    assert pleo.violations[len(before) :] == doubled


def test_a_lenient_pleo_still_refuses_another_final_event_than_the_first():
    pleo = Pleo(LENIENT)
    job = pleo.started()
    pleo.report(job, *successes(3))
    pleo.event(job, JobEvent.COMPLETED)
    with pytest.raises(InvalidStatusChange):
        pleo.event(job, JobEvent.FAILED)


def test_a_finished_job_takes_no_items_and_shows_none():
    pleo = Pleo()
    job = pleo.started()
    pleo.report(job, *successes(3))
    pleo.event(job, JobEvent.COMPLETED)
    with pytest.raises(JobFinished):
        pleo.report(job, ItemStatus.SUCCESSFUL)
    with pytest.raises(JobFinished):
        pleo.sandbox.list_export_items(NORDLYS, job.id)
    assert pleo.statuses(job) == ["successful"] * 3


@pytest.mark.parametrize("is_started", [False, True])
def test_a_second_job_of_the_company_is_refused_while_the_first_is_open(is_started):
    pleo = Pleo()
    job = pleo.started() if is_started else pleo.sandbox.export(NORDLYS.id)
    with pytest.raises(ExportAlreadyInProgress):
        pleo.sandbox.export(NORDLYS.id, [])
    pleo.sandbox.export(HARBOUR.id)
    pleo.sandbox.cancel(job.id)
    pleo.sandbox.export(NORDLYS.id)


def test_jobs_may_wait_beside_each_other_where_pleo_lets_them_and_only_one_is_in_progress():
    pleo = Pleo(Strictness(job_beside_pending=False))
    older, newer = pleo.sandbox.export(NORDLYS.id), pleo.sandbox.export(NORDLYS.id, [])
    pleo.event(newer, JobEvent.STARTED)
    assert pleo.violations == [ViolationKind.OUT_OF_ORDER]
    with pytest.raises(InvalidStatusChange):
        pleo.event(older, JobEvent.STARTED)
    assert pleo.violations[1:] == [ViolationKind.TWO_JOBS_IN_PROGRESS]
    with pytest.raises(ExportAlreadyInProgress):
        pleo.sandbox.export(NORDLYS.id, [])


def test_items_are_updated_one_by_one_and_refused_one_by_one():
    pleo = Pleo()
    job = pleo.sandbox.export(NORDLYS.id, pleo.entries[:2])
    ours, not_in_job, unknown = pleo.entries[0], pleo.entries[2], uuid4()
    updates = [Update(accounting_entry_id=e, status=ItemStatus.FAILED) for e in (unknown, ours, not_in_job)]
    result = pleo.sandbox.update_job_items(NORDLYS, job.id, updates)
    assert [item.accounting_entry_id for item in result.data] == [ours]
    assert [(error.accounting_entry_id, error.type) for error in result.errors] == [
        (unknown, "ACCOUNTING_ENTRY_DOES_NOT_EXIST"),
        (not_in_job, "EXPORT_ENTRY_STATUS_UPDATE_FAILED"),
    ]
    assert pleo.statuses(job) == ["failed", "pending"]


def test_the_same_status_again_is_no_change_of_a_final_item():
    pleo = Pleo()
    job = pleo.started()
    again = Update(accounting_entry_id=pleo.entries[0], status=ItemStatus.SUCCESSFUL, external_id="V-1")
    first, second = (pleo.sandbox.update_job_items(NORDLYS, job.id, [again]) for _ in range(2))
    assert first == second
    assert (second.errors, pleo.violations) == ((), [])


def test_more_than_a_hundred_updates_are_refused_before_any_is_applied():
    pleo = Pleo(size=101)
    job = pleo.started()
    with pytest.raises(TooManyItemUpdates):
        pleo.report(job, *successes(101))
    assert set(pleo.statuses(job)) == {"pending"}
    assert pleo.violations == [ViolationKind.BATCH_TOO_LARGE]
    pleo.report(job, *successes(100))
    assert pleo.statuses(job).count("successful") == 100


def test_a_company_sees_its_own_jobs_only():
    pleo = Pleo()
    job = pleo.sandbox.export(NORDLYS.id)
    assert [head.id for _, head in pleo.sandbox.list_jobs(NORDLYS)] == [job.id]
    assert pleo.sandbox.list_jobs(HARBOUR) == []
    assert pleo.sandbox.list_jobs(HARBOUR, NORDLYS.id) == pleo.sandbox.list_jobs(NORDLYS, HARBOUR.id) == []
    for forbidden in (
        lambda: pleo.sandbox.get_job(HARBOUR, job.id),
        lambda: pleo.sandbox.list_job_items(HARBOUR, job.id),
        lambda: pleo.sandbox.list_export_items(HARBOUR, job.id),
        lambda: pleo.sandbox.update_job_items(HARBOUR, job.id, []),
        lambda: pleo.event(job, JobEvent.STARTED, HARBOUR),
    ):
        with pytest.raises(ExportNotFound):
            forbidden()
    with pytest.raises(Forbidden):
        pleo.sandbox.create_job(HARBOUR, NewJob(company_id=NORDLYS.id, accounting_entry_ids=()))


def test_jobs_are_listed_newest_first_and_by_status():
    pleo = Pleo()
    old, new = pleo.started(), pleo.sandbox.export(HARBOUR.id)
    pleo.sandbox.cancel(old.id)
    newer = pleo.sandbox.export(NORDLYS.id)
    assert [job.id for _, job in pleo.sandbox.list_jobs(NORDLYS)] == [newer.id, old.id]
    assert [job.id for _, job in pleo.sandbox.list_jobs(NORDLYS, NORDLYS.id, [JobStatus.FAILED])] == [old.id]
    assert [job.id for job in (one.head for one in pleo.sandbox.jobs())] == [old.id, new.id, newer.id]


@pytest.mark.parametrize("entries", [lambda own: [own[0], own[0]], lambda own: [uuid4()]])
def test_a_job_names_entries_of_the_company_each_once(entries):
    pleo = Pleo()
    with pytest.raises(BadRequest):
        pleo.sandbox.export(NORDLYS.id, entries(pleo.entries))


def test_items_carry_vendor_and_method_only_in_a_job_that_asks_for_them():
    pleo = Pleo(size=0)
    pleo.sandbox.add_expenses(NORDLYS.id, build_valid_expenses(SeededRandom(3), NORDLYS, 3, now=NOON))
    plain = pleo.sandbox.create_job(NORDLYS, NewJob(company_id=NORDLYS.id, accounting_entry_ids=tuple(pleo.entries)))
    items = [item for _, item in pleo.sandbox.list_export_items(NORDLYS, plain.id)]
    assert [(item.vendor, item.bookkeeping) for item in items] == [(None, None)] * 3
    pleo.sandbox.cancel(plain.id)
    job = pleo.sandbox.export(NORDLYS.id)
    items = [item for _, item in pleo.sandbox.list_export_items(NORDLYS, job.id)]
    assert {item.type for item in items if item.vendor} >= {"invoice"}
    assert all(item.bookkeeping for item in items)


def test_a_wrong_key_opens_nothing():
    pleo = Pleo()
    assert pleo.sandbox.caller(NORDLYS.api_key) == NORDLYS
    for key in (None, "", NORDLYS.api_key.upper()):
        with pytest.raises(Unauthenticated):
            pleo.sandbox.caller(key)


def test_the_six_hundred_and_first_request_of_a_minute_is_written_down_once():
    pleo = Pleo()
    for _ in range(600):
        pleo.sandbox.caller(NORDLYS.api_key)
    pleo.sandbox.caller(HARBOUR.api_key)
    assert pleo.violations == []
    for _ in range(5):
        pleo.sandbox.caller(NORDLYS.api_key)
    assert pleo.violations == [ViolationKind.RATE_EXCEEDED]


def test_a_request_counts_for_a_minute():
    pleo = Pleo()
    for _ in range(600):
        pleo.sandbox.caller(NORDLYS.api_key)
    pleo.sandbox.clock.forward(timedelta(minutes=1))
    pleo.sandbox.caller(NORDLYS.api_key)
    assert pleo.violations == []


def test_a_link_to_a_file_dies_with_its_time():
    pleo = Pleo(size=0)
    (expense,) = (e for e in build_valid_expenses(SeededRandom(2), NORDLYS, 1, now=NOON))
    pleo.sandbox.add_expenses(NORDLYS.id, [expense])
    name, expires = expense.receipts[0].name, int(NOON.timestamp()) + 60
    assert pleo.sandbox.receipt(name, expires) == expense.receipts[0]
    for later in (expires, 10**30):
        with pytest.raises(NotFound):
            pleo.sandbox.receipt("nobody.pdf", later)
    pleo.sandbox.clock.forward(timedelta(seconds=60))
    with pytest.raises(Forbidden):
        pleo.sandbox.receipt(name, expires)


def _open_items(pleo: Pleo) -> None:
    pleo.event(pleo.started(), JobEvent.COMPLETED)


def _failed_items(pleo: Pleo) -> None:
    job = pleo.started()
    pleo.report(job, ItemStatus.SUCCESSFUL, ItemStatus.SUCCESSFUL, ItemStatus.FAILED)
    pleo.event(job, JobEvent.COMPLETED)


def _unstarted(pleo: Pleo) -> None:
    pleo.event(pleo.sandbox.export(NORDLYS.id, []), JobEvent.FAILED)


def _started_twice(pleo: Pleo) -> None:
    pleo.event(pleo.started(), JobEvent.STARTED)


def _ended_twice(pleo: Pleo) -> None:
    job = pleo.started()
    pleo.report(job, *successes(3))
    pleo.event(job, JobEvent.COMPLETED)
    pleo.event(job, JobEvent.COMPLETED)


def _second_job(pleo: Pleo) -> None:
    pleo.sandbox.export(NORDLYS.id)
    pleo.sandbox.export(NORDLYS.id, [])


def _event(**members: object):
    body = {"jobId": str(uuid4()), "event": "failed", **members}
    return lambda pleo: parse_event(body, pleo.sandbox.strictness)


def _updates(document: object):
    return lambda pleo: parse_updates(document, pleo.sandbox.strictness)


SWITCHES = [
    ("end_with_open_items", _open_items, InvalidStatusChange, [ViolationKind.EARLY_FINAL_EVENT]),
    ("completed_despite_failures", _failed_items, InvalidStatusChange, [ViolationKind.WRONG_FINAL_EVENT]),
    ("end_before_start", _unstarted, InvalidStatusChange, [ViolationKind.WRONG_FINAL_EVENT]),
    ("repeated_start", _started_twice, InvalidStatusChange, []),
    ("repeated_end", _ended_twice, InvalidStatusChange, [ViolationKind.DOUBLE_FINAL_EVENT]),
    ("job_beside_pending", _second_job, ExportAlreadyInProgress, []),
    ("unknown_reason_type", _event(failureReasonType="bad_luck"), BadRequest, []),
    (
        "unknown_reason_type",
        _updates([{"accountingEntryId": str(uuid4()), "status": "failed", "failureReasonType": "bad_luck"}]),
        BadRequest,
        [],
    ),
    (
        "guides_default_reason",
        _event(failureReasonType="accounting_system_validation_failure"),
        BadRequest,
        [],
    ),
    ("reason_without_failure", _event(event="completed_with_errors", failureReason="2 of 3 failed"), BadRequest, []),
    ("wrapped_updates", _updates({"items": []}), BadRequest, []),
]


@pytest.mark.parametrize(("switch", "act", "answer", "violations"), SWITCHES)
def test_each_switch_alone_decides_what_is_refused(switch, act, answer: type[ApiError], violations):
    strict = Pleo(replace(LENIENT, **{switch: True}))
    with pytest.raises(answer):
        act(strict)
    lenient = Pleo(replace(Strictness(), **{switch: False}))
    act(lenient)
    assert strict.violations == lenient.violations == violations


def test_every_switch_has_its_test():
    tested = {switch for switch, *_ in SWITCHES} | {"final_item_changed"}
    assert tested == set(Strictness.__dataclass_fields__)


@pytest.mark.parametrize("status", [ItemStatus.PENDING, ItemStatus.IN_PROGRESS, ItemStatus.FAILED])
@pytest.mark.parametrize("is_strict", [True, False])
def test_an_item_leaves_its_final_status_only_where_pleo_is_lenient(status, is_strict):
    pleo = Pleo(replace(Strictness(), final_item_changed=is_strict))
    job = pleo.started()
    pleo.report(job, ItemStatus.SUCCESSFUL)
    update = Update(accounting_entry_id=pleo.entries[0], status=status)
    result = pleo.sandbox.update_job_items(NORDLYS, job.id, [update])
    assert [error.type for error in result.errors] == ["EXPORT_ENTRY_STATUS_UPDATE_FAILED"] * is_strict
    assert pleo.statuses(job)[0] == ("successful" if is_strict else status)
    assert pleo.violations == [ViolationKind.FINAL_ITEM_CHANGED]


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"event": "started"},
        {"exportJobId": str(uuid4()), "event": "started"},
        {"jobId": str(uuid4()), "event": "canceled"},
        {"jobId": "1", "event": "started"},
    ],
)
def test_an_event_that_is_not_what_the_contract_says_is_a_bad_request(document):
    with pytest.raises(BadRequest):
        parse_event(document, LENIENT)


@pytest.mark.parametrize(
    "document",
    [
        None,
        {"items": []},
        [{}],
        [{"accountingEntryId": str(uuid4()), "status": "done"}],
        [{"accountingEntryId": str(uuid4()), "status": "failed", "exportedAt": "yesterday"}],
    ],
)
def test_updates_that_are_not_what_the_contract_says_are_a_bad_request(document):
    with pytest.raises(BadRequest):
        parse_updates(document, Strictness())


def test_a_bad_request_names_the_member_and_never_its_value():
    with pytest.raises(BadRequest) as refusal:
        parse_event({"jobId": "an invented secret", "event": "started"}, Strictness())
    assert "jobId" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_the_clock_never_goes_back():
    with pytest.raises(ValueError, match="never set back"):
        Pleo().sandbox.clock.forward(timedelta(seconds=-1))
