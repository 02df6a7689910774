"""What a watcher of Pleo's answers learns: the job, words and counts, and nothing that a person wrote."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from support.fakes.fake_wire import Answer, FakeWire

from integration.errors import PleoRefused
from integration.errors.reasons import ItemFailureReason, JobFailureReason
from integration.logbook import Logbook
from integration.pleo.client import PleoClient
from integration.pleo.models import ItemStatus, ItemUpdate, JobEvent, NewExportJob, NewJobEvent
from integration.pleo.oauth.credential import ApiKeyAuth
from integration.pleo.transport import Transport
from tasks.telemetry.pleo_calls import Exchange, attempts_into, watched_session

PLEO = "https://pleo.example"
JOB = UUID("8eb648ab-0000-4000-8000-000000000001")
NOTHING_WRONG = Answer(b'{"data": [], "errors": []}')
NO_ITEMS = Answer(b'{"data": [], "pagination": {"hasNextPage": false}}')


@pytest.fixture
def logbook(tmp_path):
    opened = Logbook.at(f"sqlite:///{tmp_path}/logbook.db")
    yield opened
    opened.close()


@pytest.fixture
def seen() -> list[Exchange]:
    return []


@pytest.fixture
def ask(logbook, seen):
    opened: list[PleoClient] = []

    def client(*answers: Answer) -> PleoClient:
        session = watched_session(attempts_into(logbook, lambda: datetime(2026, 11, 22, tzinfo=UTC)), seen.append)
        session.mount(f"{PLEO}/", FakeWire(*answers))
        opened.append(PleoClient(Transport(PLEO, ApiKeyAuth(SecretStr("planted-key")), session=session)))
        return opened[-1]

    yield client
    for one in opened:
        one.close()


def texts(logbook: Logbook) -> list[str]:
    return [line.text.rpartition(" after ")[0] for line in logbook.history.attempts(JOB)]


def failed(reason: str) -> ItemUpdate:
    kind = ItemFailureReason.TAG_UNKNOWN
    return ItemUpdate(
        accounting_entry_id=uuid4(), status=ItemStatus.FAILED, failure_reason=reason, failure_reason_type=kind
    )


def test_a_report_is_an_attempt_told_in_counts(ask, logbook, seen):
    done = ItemUpdate(accounting_entry_id=uuid4(), status=ItemStatus.SUCCESSFUL, external_id="V-1")
    ask(NOTHING_WRONG).update_export_job_items(JOB, [failed("planted words"), done, failed("more")])
    assert texts(logbook) == ["PUT /v3/export-jobs/…/items: 2 failed, 1 successful → 200"]
    assert len(seen[0].reported) == 3


def test_an_event_is_an_attempt_told_by_its_closed_words(ask, logbook):
    ask(Answer(b"", 201)).create_export_job_event(
        NewJobEvent(
            job_id=JOB,
            event=JobEvent.FAILED,
            failure_reason="planted words",
            failure_reason_type=JobFailureReason.MISSING_CONFIGURATION,
        )
    )
    assert texts(logbook) == ["POST /v3/export-job-events: event failed, failureReasonType missing_configuration → 201"]


def test_reading_is_an_attempt_only_where_it_went_wrong(ask, logbook):
    list(ask(NO_ITEMS).export_job_items(JOB))
    assert texts(logbook) == []
    with pytest.raises(PleoRefused):
        ask(Answer(b'{"type": "GONE", "message": "planted"}', 410)).export_job(JOB)
    assert texts(logbook) == ["GET /v3/export-jobs/…:  → 410"]


def test_what_names_no_job_is_no_job_s_attempt(ask, logbook, seen):
    wish = NewExportJob(company_id=uuid4(), accounting_entry_ids=(uuid4(),))
    with pytest.raises(PleoRefused):
        ask(Answer(b'{"type": "X"}', 409)).create_export_job(wish)
    assert seen[0].job_id is None
    assert texts(logbook) == []


def test_no_attempt_repeats_the_credential_or_a_reason(ask, logbook):
    ask(NOTHING_WRONG).update_export_job_items(JOB, [failed("planted words")])
    assert "planted" not in str(logbook.history.attempts(JOB))
