"""Where Pleo's pages contradict each other or say nothing: what we do.

What talks to the sandbox runs against a strict one and a lenient one. The numbers are those of the table
in docs/pleo.md, which names these tests.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from support.builders.items import a_wire_item
from support.builders.services import Office, an_office, claim
from support.fakes.fake_wire import Answer, a_fake_pleo

from integration import errors, export_job
from integration.configuration.connection import SCOPES, OAuth
from integration.configuration.settings import Pleo
from integration.errors.items import ItemUnreadable
from integration.errors.reasons import JobFailureReason
from integration.pleo.client import LARGEST_UPDATE
from integration.pleo.credentials import is_of_company
from integration.pleo.fetched import FetchedItem
from integration.pleo.models import Introspection, ItemUpdate, NewJobEvent
from integration.pleo.transport import LARGEST_ANSWER
from integration.sandbox.faults.faults import Fault, FaultKind, Operation
from integration.sandbox.faults.strictness import LENIENT, Strictness
from integration.sandbox.world.expenses import Expense, Flaw
from integration.sandbox.world.scenarios import build_expenses_with_refusals, many

TABLE = Path(__file__).parents[2] / "docs" / "pleo.md"
TESTS = Path(__file__).parents[1]
JOB = UUID(int=1)


class Sent:
    """Every request that went out, with its body."""

    def __init__(self, office: Office) -> None:
        self.requests: list[requests.PreparedRequest] = []
        office.desk.pleo._transport._session.hooks["response"].append(self._note)

    def _note(self, answer: requests.Response, **_: object) -> None:
        self.requests.append(answer.request)

    def bodies(self, path: str) -> list:
        return [json.loads(one.body or "null") for one in self.requests if str(one.url).endswith(path)]

    def events(self) -> list[str]:
        return [body["event"] for body in self.bodies("/v3/export-job-events")]

    def urls(self) -> list[str]:
        return [str(one.url) for one in self.requests]


@pytest.fixture(params=[Strictness(), LENIENT], ids=["strict", "lenient"])
def office(request, tmp_path):
    with an_office(tmp_path, strictness=request.param) as opened:
        yield opened


@pytest.fixture
def is_strict(office) -> bool:
    return office.pleo.sandbox.strictness == Strictness()


@pytest.fixture
def sent(office) -> Sent:
    return Sent(office)


def spoilt(office: Office, *flaws: Flaw, beside: int = 0) -> list[Expense]:
    return build_expenses_with_refusals(
        office.rng, office.company, len(flaws) + beside, flaws=flaws, now=office.clock.now
    )


def test_1_the_guides_default_reason_where_it_is_taken_and_the_references_where_not(office, is_strict):
    job = office.press_export(spoilt(office, Flaw.LINE_ACCOUNT_MISSING, Flaw.LINES_DO_NOT_SUM_TO_ITEM))
    office.export(job)
    expected = "validation_failure" if is_strict else "accounting_system_validation_failure"
    assert office.at_pleo(job).failure_reason_type == expected


def test_2_a_reason_with_errors_where_it_is_taken_and_none_where_not(office, is_strict):
    job = office.press_export(spoilt(office, Flaw.LINE_ACCOUNT_MISSING, beside=1))
    office.export(job)
    at_pleo = office.at_pleo(job)
    assert at_pleo.status == "completed_with_errors"
    assert (at_pleo.failure_reason is None) == is_strict


def test_3_a_job_of_which_nothing_was_recorded_has_failed_for_the_common_cause(office):
    job = office.press_export(spoilt(office, Flaw.LINE_ACCOUNT_MISSING, Flaw.LINE_ACCOUNT_MISSING))
    office.export(job)
    at_pleo = office.at_pleo(job)
    assert (at_pleo.status, at_pleo.failure_reason_type) == ("failed", "missing_configuration")


def test_4_an_event_names_its_job_as_the_reference_does(office, sent):
    job = office.press_export(office.expenses(1))
    office.export(job)
    assert {body["jobId"] for body in sent.bodies("/v3/export-job-events")} == {str(job)}
    body = {"exportJobId": str(job), "event": "started"}
    url = f"{office.pleo.url}/v3/export-job-events"
    assert requests.post(url, json=body, auth=(office.company.api_key, ""), timeout=5).status_code == 400


def test_5_the_host_is_the_one_of_the_base_url_page():
    assert str(Pleo().base_url) == "https://external.pleo.io/"


@pytest.mark.parametrize(
    ("number", "error", "reason"),
    [
        (6, errors.AccountingSystemUnreachable(cause="refused"), "accounting_system_unreachable"),
        (7, errors.AccountingSystemUnauthenticated(), "accounting_system_authentication_failure"),
    ],
)
def test_6_and_7_a_fault_of_the_accounting_system_is_called_so(office, number, error, reason):
    office.ledger.check = lambda: raises(error)
    job = office.press_export(office.expenses(1))
    if number == 6:
        with pytest.raises(errors.AccountingSystemUnreachable):
            claim(job, office.desk)
        office.clock.forward(minutes=41)
    claim(job, office.desk)
    assert office.at_pleo(job).failure_reason_type == reason
    assert {item.status for item in office.items_at_pleo(job).values()} == {"abandoned"}


def raises(error: Exception) -> None:
    raise error


def test_8_and_wrapping_items_are_reported_as_a_bare_list_of_a_hundred_at_most(office, sent):
    job = office.press_export(many(office.rng, office.company, 103, now=office.clock.now))
    office.export(job)
    batches = sent.bodies(f"/v3/export-jobs/{job}/items")
    assert [type(batch) for batch in batches if batch] == [list, list]
    assert max(len(batch) for batch in batches if batch) == LARGEST_UPDATE


def test_12_a_job_in_progress_that_nobody_works_on_comes_before_those_that_wait(office):
    assert export_job.next_job(office.desk) is None  # and 13: no job is an empty list
    first = office.press_export(office.expenses(1))
    assert export_job.next_job(office.desk) == first
    office.desk.pleo.create_export_job_event(NewJobEvent(job_id=first, event="started"))
    assert export_job.next_job(office.desk) == first


@pytest.mark.parametrize("answer", [Answer(b"", 204), Answer(b"", 200), Answer(b"null")])
def test_13_no_answer_where_a_list_belongs_is_an_error_with_a_name(answer):
    client, _ = a_fake_pleo(answer)
    with pytest.raises(errors.PleoAnswerUnreadable):
        list(client.export_jobs(JOB))


def test_14_and_24_every_list_is_asked_for_one_company_or_job_by_the_references_names(office, sent):
    job = office.press_export(office.expenses(1))
    assert export_job.next_job(office.desk) == job
    office.export(job)
    lists = [url for url in sent.urls() if "/export-jobs?" in url or "/export-items?" in url]
    assert lists
    assert all(f"company_id={office.company.id}" in url or f"job_id={job}" in url for url in lists)
    assert not [url for url in sent.urls() if "companyId" in url or "jobId" in url]


@pytest.mark.parametrize("event", ["canceled", "cancelled", "abandoned"])
def test_16_no_event_can_be_built_that_the_reference_does_not_list(office, event):
    job = office.press_export([])
    with pytest.raises(ValueError, match="event"):
        NewJobEvent(job_id=job, event=event)
    url = f"{office.pleo.url}/v3/export-job-events"
    body = {"jobId": str(job), "event": event}
    assert requests.post(url, json=body, auth=(office.company.api_key, ""), timeout=5).status_code == 400


def test_17_no_error_of_ours_says_what_only_pleo_can_know():
    pleos = {
        JobFailureReason.AUTHENTICATION_FAILURE,
        JobFailureReason.SERVICE_UNREACHABLE,
        JobFailureReason.SERVICE_TIMEOUT,
        JobFailureReason.JOB_EXPIRED,
        JobFailureReason.CANCELED_BY_USER,
    }
    assert not pleos & {kind.reason for kind in every(errors.AccountingSystemError)}


def every(kind: type[errors.AccountingSystemError]) -> list[type[errors.AccountingSystemError]]:
    return [kind, *(leaf for child in kind.__subclasses__() for leaf in every(child))]


def test_18_only_a_missing_contra_account_stands_in_the_way_of_version_3(office):
    office.pleo.faults.add(Fault(kind=FaultKind.MISSING_CONTRA_ACCOUNTS, operation=Operation.LIST_EXPORT_ITEMS))
    job = office.press_export(office.expenses(1))
    claim(job, office.desk)
    at_pleo = office.at_pleo(job)
    assert (at_pleo.status, at_pleo.failure_reason_type) == ("failed", "missing_configuration")
    assert "Contra accounts" in (at_pleo.failure_reason or "")


@pytest.mark.parametrize("kind", ["MISSING_CONTRA_ACCOUNTS", "missing_contra_accounts", "Missing_Contra_Accounts"])
def test_19_an_errors_type_is_known_in_any_case_and_its_text_is_not_read(kind):
    message = "Make sure you don't export GBP expenses before you set your contra accounts."
    client, _ = a_fake_pleo(Answer(json.dumps({"type": kind, "message": message}).encode(), 400))
    with pytest.raises(errors.MissingContraAccounts, match="Settings, Accounting"):
        list(client.export_items(JOB))


def test_20_an_update_that_is_not_taken_is_sent_again_whatever_pleo_calls_it(office):
    office.pleo.faults.add(Fault(kind=FaultKind.UPDATE_REFUSED, times=1))
    job = office.press_export(office.expenses(2))
    if isinstance(office.export(job), export_job.NotYet):
        export_job.settle(job, office.desk)
    assert office.at_pleo(job).status == "completed"


def test_21_exported_at_is_when_the_voucher_was_recorded(office):
    job = office.press_export(office.expenses(1))
    claimed = claim(job, office.desk)
    office.clock.forward(minutes=10)
    office.record_all(claimed)
    recorded_at = office.clock.now
    office.clock.forward(minutes=10)
    export_job.settle(job, office.desk)
    (item,) = office.items_at_pleo(job).values()
    assert item.exported_at == recorded_at


def test_24_a_credential_of_another_company_is_told_apart():
    def of(urn: str | None) -> Introspection:
        return Introspection(auth_method="API_KEY", client_id="x", scope="", subjectURN=urn)

    assert is_of_company(of(f"urn:pleo:company:{JOB}"), JOB)
    assert is_of_company(of(None), JOB)
    assert is_of_company(of(f"urn:pleo:organization:{uuid4()}"), JOB)
    assert not is_of_company(of(f"urn:pleo:company:{uuid4()}"), JOB)


def test_28_one_budget_for_everything_is_set_where_pleo_grants_another():
    assert Pleo().requests_per_minute == 500
    assert Pleo(requests_per_minute=60).requests_per_minute == 60


@pytest.mark.parametrize("kind", ["overdraft", "crypto_purchase", ""])
def test_29_a_type_that_nobody_lists_is_refused_by_itself(office, kind):
    good, odd = office.expenses(2)
    odd = Expense(odd.item.model_copy(update={"type": kind}), ())
    job = office.press_export([good, odd])
    desk = office.desk.pleo._transport._session
    desk.hooks["response"].clear()  # the contract knows no such type
    office.export(job)
    items = office.items_at_pleo(job)
    assert items[good.item.accounting_entry_id].status == "successful"
    assert items[odd.item.accounting_entry_id].status == "failed"
    assert office.at_pleo(job).status == "completed_with_errors"


def test_gap_started_is_sent_once_and_a_lost_answer_is_read_back(office, sent):
    job = office.press_export(office.expenses(1))
    office.pleo.faults.add(Fault(kind=FaultKind.RESET_AFTER, operation=Operation.CREATE_EVENT, times=1))
    with pytest.raises(errors.PleoUnreachable):
        claim(job, office.desk)
    claimed = claim(job, office.desk)
    assert isinstance(claimed, export_job.Dispatch)
    assert sent.events().count("started") == 0  # its answer was lost, and nobody sent it again
    office.record_all(claimed)
    assert export_job.settle(job, office.desk) == export_job.Settled("completed")


def test_gap_no_final_event_while_an_item_is_open_and_none_twice(office, sent):
    job = office.press_export(office.expenses(2))
    claimed = claim(job, office.desk)
    assert isinstance(export_job.settle(job, office.desk), export_job.NotYet)
    office.record_all(claimed)
    for _ in range(3):
        assert export_job.settle(job, office.desk) == export_job.Settled("completed")
    assert sent.events() == ["started", "completed"]


def test_gap_a_final_item_is_never_reported_otherwise(office, sent):
    job = office.press_export(office.expenses(3))
    office.export(job)
    reported = [update for batch in sent.bodies(f"/v3/export-jobs/{job}/items") for update in batch or ()]
    assert len({update["accountingEntryId"] for update in reported}) == len(reported) == 3


def test_gap_what_becomes_of_a_job_that_expires_is_what_pleo_says(office):
    job = office.press_export(office.expenses(2))
    claimed = claim(job, office.desk)
    office.record_all(claimed)
    office.clock.forward(minutes=61)
    assert export_job.settle(job, office.desk) == export_job.Settled("failed")
    assert {item.status for item in office.items_at_pleo(job).values()} == {"abandoned"}


def test_gap_a_reason_type_that_pleo_does_not_list_cannot_be_sent():
    for build in (
        lambda: ItemUpdate(accounting_entry_id=JOB, status="failed", failure_reason_type="bad_luck"),
        lambda: ItemUpdate(accounting_entry_id=JOB, status="failed", failure_reason_type="job_expired"),
        lambda: NewJobEvent(job_id=JOB, event="failed", failure_reason_type="tag_unknown"),
    ):
        with pytest.raises(ValueError, match="failure"):
            build()


def test_gap_only_scopes_that_pleo_documents_are_asked_for():
    assert (
        OAuth(client_id="x", client_secret_env="X").scopes
        == SCOPES
        == (
            "export-jobs:read",
            "export-jobs:write",
            "export-items:read",
        )
    )


@pytest.mark.parametrize("media_type", ["text/html", "application/xml", "application/octet-stream", None])
def test_unknown_a_content_type_is_not_believed_in_either_direction(media_type):
    headers = {"content-type": media_type} if media_type else {}
    page = b'{"data": [], "pagination": {"hasNextPage": false, "hasPreviousPage": false}}'
    client, _ = a_fake_pleo(Answer(page, 200, headers))
    assert list(client.export_jobs(JOB)) == []
    client, _ = a_fake_pleo(Answer(b"<html><body>log in</body></html>", 200, {"content-type": "application/json"}))
    with pytest.raises(errors.PleoAnswerUnreadable):
        list(client.export_jobs(JOB))


def test_unknown_fifty_megabytes_are_refused_before_they_are_read():
    client, _ = a_fake_pleo(Answer(b" " * 50_000_000))
    with pytest.raises(errors.PleoAnswerUnreadable, match="too large"):
        client.export_job(JOB)
    assert LARGEST_ANSWER < 50_000_000


OBJECTS = ("user", "vendor", "supplier", "bookkeeping", "contraAccount", "files", "team", "servicePeriod", "note")


@given(st.sets(st.sampled_from(OBJECTS)), st.sets(st.sampled_from(OBJECTS)), st.text("abcxyzæøå_-", max_size=20))
def test_unknown_nulls_gaps_and_new_members_leave_an_item_readable(nulls, gaps, word):
    wire = {name: value for name, value in a_wire_item("card_purchase").items() if name not in gaps}
    wire |= dict.fromkeys(nulls) | {"colour": word, "type": f"new_{word}"}
    assert FetchedItem.of(wire).read().type == f"new_{word}"


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=3), max_size=2)


@given(st.data())
def test_unknown_an_item_with_anything_anywhere_is_an_item_or_one_refusal(data):
    wire = a_wire_item("card_purchase")
    holder, key = data.draw(st.sampled_from(places(wire)))
    holder[key] = data.draw(LEAVES)
    try:
        fetched = FetchedItem.of(wire)
    except errors.PleoAnswerUnreadable:
        assert key == "accountingEntryId"
        return
    with suppress(ItemUnreadable):
        fetched.read()


def places(node: object) -> list[tuple]:
    """Every member of every object, however deep."""
    children = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    return [(node, key) for key, _ in children] + [place for _, child in children for place in places(child)]


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(lambda page: page | {"pagination": {"hasNextPage": True, "endCursor": "AAAA"}}, id="repeats"),
        pytest.param(lambda page: page | {"pagination": {"hasNextPage": True}}, id="names none"),
        pytest.param(lambda page: {"data": page["data"]}, id="has no pagination"),
    ],
)
def test_unknown_pages_that_lead_nowhere_end_with_an_error(break_it: Callable[[dict], dict]):
    page = break_it({"data": [], "pagination": {"hasNextPage": False}})
    client, wire = a_fake_pleo(Answer(json.dumps(page).encode()))
    with pytest.raises(errors.PleoAnswerUnreadable):
        list(client.export_jobs(JOB))
    assert len(wire.requests) <= 2


def test_the_table_has_every_contradiction_and_names_tests_that_there_are():
    table = TABLE.read_text(encoding="utf-8")
    rows = {int(number) for number in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert rows == set(range(1, 30))
    written = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", table))
    assert len(named) > 30
    assert not [name for name in named if f"def {name}(" not in written]
