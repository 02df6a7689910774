"""The sandbox's page: shows what there is, and nothing that comes from outside can act in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integration.pleo.models import ExportItem, ItemStatus, JobEvent, Supplier
from integration.sandbox.api.bodies import Event, Update
from integration.sandbox.faults.faults import Fault, FaultKind, Faults
from integration.sandbox.page import render
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.expenses import Expense
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import many
from integration.sandbox.world.seeded_random import SeededRandom

NOW = datetime(2026, 4, 22, 12, tzinfo=UTC)
SCRIPT = "<script>alert(1)</script>"


def a_sandbox(expenses: int = 2, company: str = NORDLYS.name) -> Sandbox:
    sandbox = Sandbox(clock=lambda: NOW)
    sandbox.add_company(replace(NORDLYS, name=company))
    sandbox.add_expenses(NORDLYS.id, many(SeededRandom(1), NORDLYS, expenses, now=NOW))
    return sandbox


def html_of(sandbox: Sandbox, faults: Faults | None = None) -> str:
    return bytes(render(sandbox, faults or Faults()).body).decode()


def report(sandbox: Sandbox, item: ExportItem, **members: str) -> None:
    job = sandbox.export(NORDLYS.id, [item.accounting_entry_id])
    update = Update.model_validate({"accounting_entry_id": item.accounting_entry_id, **members})
    sandbox.update_job_items(NORDLYS, job.id, [update])


def test_a_company_with_expenses_has_a_button_and_one_that_is_exporting_has_none():
    sandbox = a_sandbox()
    assert "Export 2 expenses</button>" in html_of(sandbox)
    sandbox.export(NORDLYS.id)
    assert "Export 2 expenses</button>" not in html_of(sandbox)


def test_the_page_loads_itself_again_only_while_a_job_is_open():
    sandbox = a_sandbox()
    assert 'http-equiv="refresh"' not in html_of(sandbox)
    job = sandbox.export(NORDLYS.id)
    assert 'http-equiv="refresh"' in html_of(sandbox)
    sandbox.cancel(job.id)
    assert 'http-equiv="refresh"' not in html_of(sandbox)


def test_a_job_shows_its_status_its_reason_and_its_items():
    sandbox = a_sandbox()
    job = sandbox.export(NORDLYS.id)
    for event in (JobEvent.STARTED, JobEvent.FAILED):
        reason = {"failure_reason": "The tide was out", "failure_reason_type": "validation_failure"}
        sandbox.create_event(NORDLYS, Event(job_id=job.id, event=event, **reason))
    html = html_of(sandbox)
    assert "<strong>validation_failure</strong>: The tide was out" in html
    assert html.count('class="status abandoned"') == 2


def test_names_from_outside_are_text():
    sandbox = a_sandbox(0, company=SCRIPT)
    pattern = many(SeededRandom(2), NORDLYS, 1, now=NOW)[0].item
    item = pattern.model_copy(update={"supplier": Supplier(name=SCRIPT), "vendor": None})
    sandbox.add_expenses(NORDLYS.id, [Expense(item)])
    assert html_of(sandbox).count("&lt;script&gt;") >= 2
    report(sandbox, item, status=ItemStatus.FAILED, failure_reason=SCRIPT, external_id=SCRIPT)
    html = html_of(sandbox)
    assert html.count("&lt;script&gt;alert(1)") >= 3
    assert "<script" not in html


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://books.example/voucher/1", True),
        ("http://127.0.0.1:5000/books/journal/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,<script>alert(1)</script>", False),
        (" javascript:alert(1)", False),
        ("http://[", True),
    ],
)
def test_only_a_web_address_becomes_a_link(url, is_link):
    sandbox = a_sandbox()
    report(sandbox, sandbox.expenses(NORDLYS.id)[0].item, status=ItemStatus.SUCCESSFUL, external_url=url)
    assert ("<a href=" in html_of(sandbox)) == is_link


def test_the_page_forbids_every_script_and_everything_from_elsewhere():
    policy = render(a_sandbox(), Faults()).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_a_long_table_is_cut_and_its_rest_counted():
    sandbox = a_sandbox(250)
    assert "and 50 more" in html_of(sandbox)
    sandbox.export(NORDLYS.id)
    assert "and 50 more" in html_of(sandbox)


def test_failed_items_come_first_so_that_no_cut_hides_them():
    sandbox = a_sandbox(250)
    last = sandbox.expenses(NORDLYS.id)[-1].item.accounting_entry_id
    job = sandbox.export(NORDLYS.id)
    sandbox.update_job_items(
        NORDLYS,
        job.id,
        [Update(accounting_entry_id=last, status=ItemStatus.FAILED, failure_reason="Account No. 9999 is closed")],
    )
    assert "Account No. 9999 is closed" in html_of(sandbox)


def test_violations_faults_and_the_clock_are_shown():
    sandbox = a_sandbox()
    job = sandbox.export(NORDLYS.id)
    sandbox.create_event(NORDLYS, Event(job_id=job.id, event=JobEvent.STARTED))
    with pytest.raises(Exception, match="no final status"):
        sandbox.create_event(NORDLYS, Event(job_id=job.id, event=JobEvent.COMPLETED))
    sandbox.clock.forward(timedelta(minutes=10))
    html = html_of(sandbox, Faults([Fault(kind=FaultKind.BAD_GATEWAY, times=3, company_id=NORDLYS.id)]))
    assert "early final event" in html
    assert "<strong>bad gateway</strong> on any request of Nordlys Kaffe ApS, 3 times" in html
    assert "22 Apr 2026 12:10:00 UTC" in html
