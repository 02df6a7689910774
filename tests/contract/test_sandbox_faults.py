"""The sandbox's faults over a real wire: each breaks what it says, as often as it says, and nothing else."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from time import monotonic
from uuid import UUID

import pytest
import requests
from support.servers.sandbox_server import RunningSandbox, running_sandbox

from integration.sandbox.clock import utc_now
from integration.sandbox.faults.faults import EXCLUSIVE_KINDS, Fault, FaultKind, Faults, Operation
from integration.sandbox.world.companies import Company
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_seeded_sandbox


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(build_seeded_sandbox(expenses=3)) as running:
        yield running


@pytest.fixture
def pleo(running: RunningSandbox) -> Iterator[RunningSandbox]:
    """Without faults and without open jobs, before and after."""
    yield running
    running.faults.replace(())
    for job in running.sandbox.jobs():
        if job.is_open:
            running.sandbox.cancel(job.head.id)


def call(pleo: RunningSandbox, method: str, path: str, company: Company = NORDLYS, **rest) -> requests.Response:
    return requests.request(method, f"{pleo.url}{path}", auth=(company.api_key, ""), timeout=5, **rest)


def jobs(pleo: RunningSandbox, company: Company = NORDLYS) -> requests.Response:
    return call(pleo, "GET", "/v3/export-jobs", company)


def statuses(pleo: RunningSandbox, times: int, company: Company = NORDLYS) -> list[int]:
    return [jobs(pleo, company).status_code for _ in range(times)]


def start(pleo: RunningSandbox) -> UUID:
    job = pleo.sandbox.export(NORDLYS.id)
    answer = call(pleo, "POST", "/v3/export-job-events", json={"jobId": str(job.id), "event": "started"})
    assert answer.status_code == 202
    return job.id


ANSWERS = [
    (FaultKind.INTERNAL_ERROR, 500, None),
    (FaultKind.BAD_GATEWAY, 502, None),
    (FaultKind.UNAVAILABLE, 503, None),
    (FaultKind.RATE_LIMITED, 429, None),
    (FaultKind.RATE_LIMITED_FOR, 429, "7"),
    (FaultKind.UNAUTHENTICATED, 401, None),
    (FaultKind.FORBIDDEN, 403, None),
    (FaultKind.HTML, 200, None),
]


@pytest.mark.parametrize(("kind", "status", "retry_after"), ANSWERS)
def test_a_fault_is_answered_once_and_then_all_is_well(pleo, kind, status, retry_after):
    pleo.faults.replace([Fault(kind=kind, times=1, seconds=7)])
    answer = jobs(pleo)
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry_after)
    assert answer.headers["content-type"].startswith("text/html")
    assert jobs(pleo).json()["data"] is not None


def test_every_fault_has_its_test():
    elsewhere = {
        FaultKind.RATE_LIMITED_UNTIL,
        FaultKind.MISSING_CONTRA_ACCOUNTS,
        FaultKind.RESET_BEFORE,
        FaultKind.RESET_AFTER,
        FaultKind.SLOW,
        FaultKind.UPDATE_REFUSED,
    }
    assert {kind for kind, *_ in ANSWERS} | elsewhere == set(FaultKind)
    assert set(FaultKind) - EXCLUSIVE_KINDS == {FaultKind.SLOW, FaultKind.UPDATE_REFUSED}


def test_the_wait_may_be_told_as_a_date(pleo):
    pleo.faults.replace([Fault(kind=FaultKind.RATE_LIMITED_UNTIL, times=1, seconds=600)])
    until = parsedate_to_datetime(jobs(pleo).headers["retry-after"])
    assert 590 < (until - utc_now()).total_seconds() <= 600


def test_missing_contra_accounts_stop_jobs_and_items_alike(pleo):
    job = start(pleo)
    pleo.faults.replace([Fault(kind=FaultKind.MISSING_CONTRA_ACCOUNTS)])
    body = {"companyId": str(NORDLYS.id), "accountingEntryIds": []}
    for answer in (
        call(pleo, "GET", "/v3/export-items", params={"job_id": str(job)}),
        call(pleo, "POST", "/v3/export-jobs", json=body),
    ):
        assert (answer.status_code, answer.json()["type"]) == (400, "MISSING_CONTRA_ACCOUNTS")


def test_a_fault_strikes_the_operation_and_the_company_it_was_ordered_for(pleo):
    pleo.faults.replace([Fault(kind=FaultKind.UNAVAILABLE, operation=Operation.LIST_JOBS, company_id=NORDLYS.id)])
    assert statuses(pleo, 2) == [503, 503]
    assert statuses(pleo, 1, HARBOUR) == [200]
    assert call(pleo, "GET", "/v1/introspect").status_code == 200


def test_faults_strike_in_the_order_in_which_they_were_ordered(pleo):
    pleo.faults.replace([Fault(kind=FaultKind.UNAVAILABLE, times=2), Fault(kind=FaultKind.RATE_LIMITED, times=1)])
    assert statuses(pleo, 4) == [503, 503, 429, 200]


def test_a_rate_strikes_by_a_chance_that_repeats_itself():
    def strikes(seed: int) -> list[bool]:
        faults = Faults([Fault(kind=FaultKind.UNAVAILABLE, rate=0.3)], seed=seed)
        return [faults.take(Operation.GET_JOB, NORDLYS.id, EXCLUSIVE_KINDS) is not None for _ in range(200)]

    assert strikes(1) == strikes(1) != strikes(2)
    assert 40 <= sum(strikes(1)) <= 80


def test_a_reset_before_the_write_leaves_the_job_as_it_was(pleo):
    job = pleo.sandbox.export(NORDLYS.id)
    pleo.faults.replace([Fault(kind=FaultKind.RESET_BEFORE, times=1)])
    with pytest.raises(requests.ConnectionError):
        call(pleo, "POST", "/v3/export-job-events", json={"jobId": str(job.id), "event": "started"})
    assert pleo.sandbox.get_job(NORDLYS, job.id).status == "pending"


def test_a_reset_after_the_write_has_moved_the_job(pleo):
    job = pleo.sandbox.export(NORDLYS.id)
    pleo.faults.replace([Fault(kind=FaultKind.RESET_AFTER, times=1)])
    with pytest.raises(requests.ConnectionError):
        call(pleo, "POST", "/v3/export-job-events", json={"jobId": str(job.id), "event": "started"})
    assert pleo.sandbox.get_job(NORDLYS, job.id).status == "in_progress"


def test_a_slow_answer_is_right_and_late(pleo):
    pleo.faults.replace([Fault(kind=FaultKind.SLOW, times=1, seconds=0.2), Fault(kind=FaultKind.UNAVAILABLE, times=1)])
    begun = monotonic()
    assert jobs(pleo).status_code == 503
    assert monotonic() - begun >= 0.2


def test_as_many_updates_are_refused_as_were_ordered_and_can_be_sent_again(pleo):
    job = start(pleo)
    entries = [str(expense.item.accounting_entry_id) for expense in pleo.sandbox.expenses(NORDLYS.id)]
    updates = [{"accountingEntryId": entry, "status": "failed"} for entry in entries]
    pleo.faults.replace([Fault(kind=FaultKind.UPDATE_REFUSED, times=2)])
    first, second = (call(pleo, "PUT", f"/v3/export-jobs/{job}/items", json=updates).json() for _ in range(2))
    assert [error["accountingEntryId"] for error in first["errors"]] == entries[:2]
    assert [item["accountingEntryId"] for item in first["data"]] == entries[2:]
    assert (len(second["data"]), second["errors"]) == (3, [])


def test_a_batch_that_is_too_large_uses_up_no_refused_update(pleo):
    job = start(pleo)
    pleo.faults.replace([Fault(kind=FaultKind.UPDATE_REFUSED, times=1)])
    entry = str(pleo.sandbox.expenses(NORDLYS.id)[0].item.accounting_entry_id)
    updates = [{"accountingEntryId": entry, "status": "failed"}] * 101
    assert call(pleo, "PUT", f"/v3/export-jobs/{job}/items", json=updates).status_code == 413
    assert pleo.faults.faults == (Fault(kind=FaultKind.UPDATE_REFUSED, times=1),)


def test_links_to_files_can_be_made_to_have_expired(pleo):
    receipt = next(e.receipts[0] for e in pleo.sandbox.expenses(NORDLYS.id) if e.receipts)
    pleo.faults.replace([Fault(kind=FaultKind.FORBIDDEN, operation=Operation.RECEIPT, times=1)])
    url = f"{pleo.url}/files/{receipt.name}?expires={int(utc_now().timestamp()) + 3600}"
    assert [requests.get(url, timeout=5).status_code for _ in range(2)] == [403, 200]


def test_faults_are_ordered_listed_and_taken_away_by_json(pleo):
    url = f"{pleo.url}/sandbox/faults"
    order = [{"kind": "unavailable", "operation": "list_jobs", "times": 2}]
    assert requests.put(url, json=order, timeout=5).status_code == 200
    assert statuses(pleo, 1) == [503]
    left = requests.get(url, timeout=5).json()["data"]
    assert [(fault["kind"], fault["times"]) for fault in left] == [("unavailable", 1)]
    assert requests.post(url, json={"kind": "forbidden"}, timeout=5).status_code == 201
    assert statuses(pleo, 2) == [503, 403]
    assert requests.put(url, json=[], timeout=5).json() == {"data": []}
    assert statuses(pleo, 1) == [200]


def test_a_request_that_a_fault_strikes_still_counts_against_the_budget(pleo):
    pleo.faults.replace([Fault(kind=FaultKind.RATE_LIMITED)])
    before = len(pleo.sandbox.violations)
    for _ in range(599):
        pleo.sandbox.caller(HARBOUR.api_key)
    statuses(pleo, 2, HARBOUR)
    assert [violation.kind for violation in pleo.sandbox.violations[before:]] == ["rate_exceeded"]
