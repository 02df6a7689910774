"""The client against the local Pleo, held against Pleo's published contract; and against answers that no Pleo gives."""

import base64
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import UUID, uuid4

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from support.builders.services import Office, a_client, an_office
from support.fakes.fake_wire import Answer, a_fake_pleo

from integration import errors
from integration.errors.items import ItemUnreadable
from integration.pleo.fetched import FetchedItem, read_export_item
from integration.pleo.models import (
    ExportItem,
    ExportJob,
    ItemStatus,
    ItemUpdate,
    JobEvent,
    JobStatus,
    NewExportJob,
    NewJobEvent,
)
from integration.pleo.oauth.credential import ApiKeyAuth
from integration.pleo.retry_after import LONGEST_WAIT_SECONDS, seconds_to_wait
from integration.pleo.transport import LARGEST_ANSWER
from integration.sandbox.api.paging import PageSizes

JOB = UUID(int=1)


@pytest.fixture
def office(tmp_path):
    with an_office(tmp_path, sizes=PageSizes(default=2, largest=3)) as opened:
        yield opened


def said(type_: str, status: int) -> Answer:
    return Answer(json.dumps({"type": type_, "message": "So it is."}).encode(), status)


def a_page(*members: object, has_next: bool = False, cursor: str | None = None) -> Answer:
    pagination = {"hasNextPage": has_next, "hasPreviousPage": False, "endCursor": cursor}
    return Answer(json.dumps({"data": members, "pagination": pagination}).encode())


def test_every_operation_keeps_to_the_published_contract(office: Office):
    pleo, company = office.desk.pleo, office.company
    expenses = office.expenses(4)
    office.pleo.sandbox.add_expenses(company.id, expenses)
    entries = tuple(expense.item.accounting_entry_id for expense in expenses)
    job = pleo.create_export_job(NewExportJob(company_id=company.id, accounting_entry_ids=entries))
    assert [each.id for each in pleo.export_jobs(company.id, [JobStatus.PENDING])] == [job.id]
    pleo.create_export_job_event(NewJobEvent(job_id=job.id, event=JobEvent.STARTED))
    assert pleo.export_job(job.id).status == JobStatus.IN_PROGRESS
    assert {item.accounting_entry_id for item in pleo.export_job_items(job.id, ItemStatus.PENDING)} == set(entries)
    assert {item.accounting_entry_id for item in pleo.export_items(job.id)} == set(entries)
    updates = [ItemUpdate(accounting_entry_id=entry, status=ItemStatus.SUCCESSFUL) for entry in entries]
    assert len(pleo.update_export_job_items(job.id, updates).data) == 4
    pleo.create_export_job_event(NewJobEvent(job_id=job.id, event=JobEvent.COMPLETED))
    assert "export-jobs:write" in pleo.introspect().scope


def test_items_come_as_values_with_the_words_of_the_models(office: Office):
    expenses = office.expenses(17)
    job = office.press_export(expenses)
    sent = {expense.item.accounting_entry_id: expense.item.type for expense in expenses}
    assert {item.accounting_entry_id: item.read().type for item in office.desk.pleo.export_items(job)} == sent


def test_refusals_of_the_local_pleo_have_names(office: Office):
    pleo = office.desk.pleo
    with pytest.raises(errors.ExportJobNotFound):
        pleo.export_job(uuid4())
    job = office.press_export(office.expenses(1))
    with pytest.raises(errors.ExportAlreadyInProgress):
        pleo.create_export_job(NewExportJob(company_id=office.company.id, accounting_entry_ids=()))
    office.pleo.sandbox.cancel(job)
    with pytest.raises(errors.InvalidJobStatusChange):
        pleo.create_export_job_event(NewJobEvent(job_id=job, event=JobEvent.STARTED))
    with pytest.raises(errors.ExportJobFinished):
        list(pleo.export_items(job))


def test_a_wrong_key_is_said_to_be_wrong(office: Office):
    stranger = a_client(office.pleo.url, "not-a-key")
    with pytest.raises(errors.PleoUnauthenticated, match="Check the API key"):
        list(stranger.export_jobs(office.company.id))
    stranger.close()


def test_the_key_is_the_user_and_there_is_no_password():
    client, wire = a_fake_pleo(a_page())
    list(client.export_jobs(JOB))
    assert wire.requests[0].headers["Authorization"] == "Basic " + base64.b64encode(b"k3y:").decode()


def test_the_key_shows_in_no_repr_and_no_error():
    client, _ = a_fake_pleo(requests.ConnectionError("https://k3y:@pleo.test refused"))
    with pytest.raises(errors.PleoUnreachable) as caught:
        client.export_job(JOB)
    assert "k3y" not in f"{caught.value!r} {caught.value} {ApiKeyAuth(SecretStr('k3y'))!r} {caught.value.__cause__}"


def test_every_call_has_a_time_limit():
    client, wire = a_fake_pleo(a_page())
    list(client.export_jobs(JOB))
    assert wire.timeout == (5, 30)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said("EXPORT_NOT_FOUND", 404), errors.ExportJobNotFound),
        (said("export_not_found", 404), errors.ExportJobNotFound),
        (said("MISSING_CONTRA_ACCOUNTS", 400), errors.MissingContraAccounts),
        (said("missing_contra_accounts", 400), errors.MissingContraAccounts),
        (said("EXPORT_ALREADY_IN_PROGRESS", 409), errors.ExportAlreadyInProgress),
        (said("EXPORT_JOB_ITEMS_UPDATE_LIMIT", 413), errors.TooManyItemUpdates),
        (said("EXPORT_JOB_STATUS_UNPROCESSABLE", 422), errors.ExportJobFinished),
        (said("INVALID_EXPORT_JOB_STATUS_CHANGE", 422), errors.InvalidJobStatusChange),
        (said("SOMETHING_NEW", 422), errors.PleoRefused),
        (Answer(b"<html>", 403), errors.PleoForbidden),
        (Answer(b"", 401), errors.PleoUnauthenticated),
        (Answer(b"<html>", 500), errors.PleoUnavailable),
        (Answer(b"", 503), errors.PleoUnavailable),
        (Answer(b"", 429), errors.PleoRateLimited),
        (Answer(b"", 302, {"location": "https://elsewhere.test"}), errors.PleoAnswerUnreadable),
        (Answer(b"<html>", 200), errors.PleoAnswerUnreadable),
        (Answer(b'{"data": {}}', 200), errors.PleoAnswerUnreadable),
        (requests.ConnectTimeout(), errors.PleoUnreachable),
        (requests.exceptions.SSLError(), errors.PleoUnreachable),
        (requests.exceptions.ChunkedEncodingError(), errors.PleoUnreachable),
    ],
)
def test_everything_but_the_right_answer_has_a_name(answer, error):
    client, _ = a_fake_pleo(answer)
    with pytest.raises(errors.PleoError) as caught:
        client.export_job(JOB)
    assert type(caught.value) is error


def test_a_redirect_is_not_followed_with_the_credential():
    client, wire = a_fake_pleo(Answer(b"", 302, {"location": "https://elsewhere.test"}))
    with pytest.raises(errors.PleoAnswerUnreadable):
        client.export_job(JOB)
    assert len(wire.requests) == 1


def test_a_body_without_end_is_not_read_to_its_end():
    client, _ = a_fake_pleo(Answer(b" " * (LARGEST_ANSWER + 1)))
    with pytest.raises(errors.PleoAnswerUnreadable, match="too large"):
        client.export_job(JOB)


def test_an_empty_page_in_the_middle_is_read_over():
    client, wire = a_fake_pleo(
        a_page(has_next=True, cursor="AAAA"), a_page({"accountingEntryId": str(JOB)}, has_next=False)
    )
    assert [item.accounting_entry_id for item in client.export_items(JOB)] == [JOB]
    assert "after=AAAA" in str(wire.requests[1].url)


@pytest.mark.parametrize("cursor", ["AAAA", None])
def test_pages_that_do_not_end_are_an_error_and_no_loop(cursor):
    client, wire = a_fake_pleo(a_page(has_next=True, cursor=cursor))
    with pytest.raises(errors.PleoAnswerUnreadable, match="do not come to an end"):
        list(client.export_items(JOB))
    assert len(wire.requests) <= 2


def test_one_odd_item_is_refused_by_itself():
    odd = FetchedItem.of({"accountingEntryId": str(JOB), "amount": "all of it"})
    with pytest.raises(ItemUnreadable) as caught:
        odd.read()
    assert "all of it" not in str(caught.value)


def test_an_item_without_a_key_cannot_be_joined():
    client, _ = a_fake_pleo(a_page({"type": "card_purchase"}))
    with pytest.raises(errors.PleoAnswerUnreadable, match="accountingEntryId"):
        list(client.export_items(JOB))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@given(json_values | st.binary(max_size=40))
def test_no_answer_at_all_is_more_than_a_named_error(body):
    client, _ = a_fake_pleo(Answer(body if isinstance(body, bytes) else json.dumps(body).encode()))
    for call in (client.export_job, lambda job: list(client.export_items(job)), client.export_job_items):
        try:
            call(JOB)
        except errors.PleoError:
            continue


@given(json_values)
def test_no_item_at_all_is_more_than_a_refusal(body):
    with pytest.raises(ItemUnreadable):
        read_export_item(json.dumps(body))


def test_an_item_there_and_back_is_the_same(office: Office):
    for expense in office.expenses(17):
        wire = expense.item.model_dump_json(by_alias=True)
        assert ExportItem.model_validate_json(wire) == expense.item


def test_answers_with_more_and_with_less_are_read():
    least = {
        "id": str(JOB),
        "companyId": str(JOB),
        "status": "paused",
        "numberOfItems": 0,
        "isInteractive": True,
        "vendorBasedBookkeeping": False,
        "createdAt": "2026-01-01T00:00:00Z",
        "expiresIn": 3600,
        "colour": "blue",
        "failureReasonType": None,
    }
    assert ExportJob.model_validate(least).status == "paused"


@pytest.mark.parametrize("event", [{"event": "canceled"}, {"event": "failed", "failure_reason_type": "bad_luck"}])
def test_a_request_that_pleo_would_refuse_cannot_be_built(event):
    with pytest.raises(ValidationError):
        NewJobEvent(job_id=JOB, **event)


def test_retry_after_is_read_in_both_forms():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90))
    assert seconds_to_wait("7") == 7
    assert 0 < (seconds_to_wait(soon) or 0) <= 90
    assert seconds_to_wait(None) is seconds_to_wait("soon") is None
    assert seconds_to_wait("99999999") == LONGEST_WAIT_SECONDS
    assert seconds_to_wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0


def test_an_error_keeps_what_pleo_asked_to_wait():
    client, _ = a_fake_pleo(Answer(b"", 429, {"retry-after": "12"}))
    with pytest.raises(errors.PleoRateLimited) as caught:
        client.export_job(JOB)
    assert caught.value.retry_after == 12
