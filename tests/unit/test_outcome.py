"""Which event closes a job."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.errors import AccountingSystemUnauthenticated, AccountsMissing
from integration.errors.items import TaxCodeNotInChart
from integration.errors.reasons import ItemFailureReason, JobFailureReason
from integration.outcome import JobOutcome, NotRecorded, closing_outcome, is_final_item
from integration.pleo.models import ExportJobItem, JobEvent, NewJobEvent

JOB = UUID(int=1)


def a_row(status: str, reason: str | None = None, reason_type: str | None = None) -> ExportJobItem:
    return ExportJobItem(
        accounting_entry_id=UUID(int=2),
        export_job_id=JOB,
        status=status,
        failure_reason=reason,
        failure_reason_type=reason_type,
    )


def failed(reason: str = "Tax code I25 does not exist.", reason_type: str = "tax_code_unknown") -> ExportJobItem:
    return a_row("failed", reason, reason_type)


SUCCESSFUL = a_row("successful")


@pytest.mark.parametrize(
    ("rows", "event"),
    [
        ([], JobEvent.COMPLETED),
        ([SUCCESSFUL, SUCCESSFUL], JobEvent.COMPLETED),
        ([SUCCESSFUL, failed()], JobEvent.COMPLETED_WITH_ERRORS),
        ([SUCCESSFUL, a_row("abandoned")], JobEvent.COMPLETED_WITH_ERRORS),
        ([failed(), failed()], JobEvent.FAILED),
    ],
)
def test_the_items_decide_the_event(rows: list[ExportJobItem], event: JobEvent):
    assert closing_outcome(rows).event is event


def test_a_job_that_went_well_gives_no_reason():
    assert closing_outcome([SUCCESSFUL]) == JobOutcome(JobEvent.COMPLETED)


def test_the_reason_counts_the_causes_commonest_first():
    rows = [failed("Account 7999 is unknown."), *[failed()] * 2, SUCCESSFUL]
    assert closing_outcome(rows).reason == "3 of 4 failed: 2 × Tax code I25 does not exist, 1 × Account 7999 is unknown"


def test_a_fourth_cause_is_counted_and_not_named():
    rows = [failed(f"Cause {number}.") for number in range(5)]
    assert (closing_outcome(rows).reason or "").endswith("1 × Cause 2, and 2 more causes")


def test_a_long_reason_is_shortened():
    assert len(closing_outcome([failed("x" * 900)]).reason or "") == 500


def test_a_cause_that_all_share_and_the_jobs_list_has_is_the_jobs():
    rows = [failed("No account.", "missing_configuration")] * 2
    assert closing_outcome(rows).reason_type is JobFailureReason.MISSING_CONFIGURATION


@pytest.mark.parametrize("reason_types", [("tax_code_unknown",), ("missing_configuration", "validation_failure")])
def test_else_the_guides_default_is_sent(reason_types: tuple[str, ...]):
    outcome = closing_outcome([failed("No.", reason_type) for reason_type in reason_types])
    assert outcome.reason_type is ItemFailureReason.ACCOUNTING_SYSTEM_VALIDATION_FAILURE


def test_the_reference_knows_no_reason_but_for_failed():
    assert closing_outcome([SUCCESSFUL, failed()]).as_reference_says() == JobOutcome(JobEvent.COMPLETED_WITH_ERRORS)


def test_the_reference_has_validation_failure_where_the_guide_has_its_default():
    outcome = closing_outcome([failed()])
    assert outcome.as_reference_says() == JobOutcome(
        JobEvent.FAILED, outcome.reason, JobFailureReason.VALIDATION_FAILURE
    )


@given(st.lists(st.sampled_from([SUCCESSFUL, failed(), failed("No account."), a_row("abandoned")])), st.randoms())
def test_the_order_of_the_items_never_changes_the_event(rows: list[ExportJobItem], random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert closing_outcome(shuffled) == closing_outcome(rows)


def test_every_outcome_can_be_sent():
    for rows in ([SUCCESSFUL], [failed()], [SUCCESSFUL, failed()]):
        outcome = closing_outcome(rows)
        NewJobEvent(
            job_id=JOB, event=outcome.event, failure_reason=outcome.reason, failure_reason_type=outcome.reason_type
        )


def test_a_status_that_pleo_invents_tomorrow_is_not_final():
    rows = [a_row("paused"), a_row("pending"), SUCCESSFUL]
    assert [row.status for row in rows if not is_final_item(row)] == ["paused", "pending"]


def test_validation_before_any_item_fails_the_job_with_its_reason():
    outcome = JobOutcome.failed_before_any_item(AccountsMissing(settings="accounts.wallet of connection acme"))
    assert outcome.event is JobEvent.FAILED
    assert outcome.reason_type is JobFailureReason.MISSING_CONFIGURATION
    assert "accounts.wallet of connection acme" in (outcome.reason or "")


def test_a_refusal_becomes_a_code_a_type_and_a_sentence():
    outcome = NotRecorded.because_of(TaxCodeNotInChart(code="I25"))
    assert (outcome.code, outcome.reason_type) == ("tax_code_not_in_chart", ItemFailureReason.TAX_CODE_UNKNOWN)
    assert outcome.reason.startswith("Tax code I25 does not exist")


@pytest.mark.parametrize("code", ["\x1b[2J\x1b]0;owned\x07", "\u202e52I\u202c", "I25\r\nForged: line", "\x9b31m"])
def test_no_refusal_tells_a_terminal_or_pleo_what_to_do(code: str):
    for outcome in (
        NotRecorded.because_of(TaxCodeNotInChart(code=code)),
        JobOutcome.failed_before_any_item(AccountsMissing(settings=code)),
    ):
        assert (outcome.reason or "").isprintable()


def test_a_long_refusal_is_shortened_and_says_so():
    reason = NotRecorded.because_of(TaxCodeNotInChart(code="9" * 900)).reason
    assert (len(reason), reason[-1]) == (500, "…")


def test_the_whole_systems_fault_becomes_an_items():
    outcome = NotRecorded.because_of(AccountingSystemUnauthenticated())
    assert outcome.reason_type is ItemFailureReason.ACCOUNTING_SYSTEM_AUTHENTICATION_FAILURE
