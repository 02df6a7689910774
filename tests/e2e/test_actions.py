"""What a person does when something went wrong: mend the cause, retry, see it recorded; pause and resume."""

import csv
import io
import json
import subprocess
from uuid import UUID

import pytest
from support.processes.exporting import ExportStack, run_export_stack
from support.processes.programs import run_pleo_export, wait_until

from integration.sandbox.world.companies import Company
from integration.sandbox.world.expenses import Flaw
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_expenses_with_refusals, build_valid_expenses
from integration.sandbox.world.seeded_random import SeededRandom
from tasks.stack.seed import CELERY

pytestmark = pytest.mark.e2e
FLAWS = (Flaw.ACCOUNT_NOT_IN_CHART, Flaw.TAG_NOT_IN_CHART)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with run_export_stack(tmp_path_factory.mktemp("actions")) as running:
        yield running


@pytest.fixture
def run(office):
    def runner(*arguments: object):
        return run_pleo_export(*map(str, arguments), environment=office.environment, cwd=office.directory)

    return runner


def said(answer) -> dict[str, str]:
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_what_failed_for_one_cause_is_retried_when_the_cause_is_mended(office, run):
    job = office.press_export(NORDLYS, build_expenses_with_refusals(SeededRandom(1), NORDLYS, 4, flaws=FLAWS))
    assert run("poll", "--company", "nordlys").returncode == 0
    office.wait_until_closed(NORDLYS, job)
    assert run("reconcile", "--job", job).stdout == "Logbook, accounting system and Pleo agree.\n"
    office.open_account(NORDLYS, "9999")
    shown = said(run("show", job, "--json"))
    cause = next(row["voucher or reason"] for row in shown["items"] if "9999" in row["voucher or reason"])
    new_job = UUID(said(run("retry", job, "--cause", cause, "--json"))["new_job_id"])
    office.wait_until_closed(NORDLYS, new_job)
    assert office.get_job_status(NORDLYS, new_job) == "completed"
    assert office.count_vouchers(NORDLYS) == 3
    again = run("retry", job, "--cause", cause)
    assert again.returncode == 2
    assert "left to retry" in again.stderr
    (action,) = said(run("show", job, "--json"))["actions"]
    assert (action["what"], action["made"]) == ("retry", str(new_job))
    assert run("reconcile").returncode == 0
    rows = list(csv.DictReader(io.StringIO(run("export", job).stdout)))
    assert sorted(row["state"] for row in rows) == ["recorded", "recorded", "refused", "refused"]
    assert run("recover", job).returncode == 2


def ask_a_worker_to_poll(office: ExportStack, company: Company) -> None:
    """As beat and webhooks do; returns when it is done."""
    call = [*CELERY, "call", "export_jobs.poll", f'--args=["{company.id}"]']
    called = subprocess.run(call, env=office.environment, check=True, capture_output=True, text=True, timeout=60)
    task = called.stdout.strip()
    wait_until(lambda: f"[{task}] succeeded" in office.cluster.read_log(1), watch=office.cluster.children.must_run)


def test_a_paused_connection_begins_no_job_until_it_is_resumed(office, run):
    assert said(run("pause", "harbour", "--json")) == {"paused": "harbour"}
    assert run("pause", "harbour").returncode == 2
    job = office.press_export(HARBOUR, build_valid_expenses(SeededRandom(2), HARBOUR, 1))
    assert "harbour: paused" in run("poll").stdout
    assert "paused" in run("run", job).stderr
    ask_a_worker_to_poll(office, HARBOUR)
    assert office.get_job_status(HARBOUR, job) == "pending"
    assert said(run("resume", "harbour", "--json")) == {"resumed": "harbour"}
    office.wait_until_closed(HARBOUR, job)
    assert run("resume", "harbour").returncode == 2


def test_the_books_and_pleo_are_held_against_the_logbook(office, run):
    job = office.press_export(HARBOUR, build_valid_expenses(SeededRandom(3), HARBOUR, 1))
    assert run("poll", "--company", "harbour").returncode == 0
    wait_until(lambda: office.get_job_status(HARBOUR, job) == "completed", watch=office.cluster.children.must_run)
    office.wait_until_closed(HARBOUR, job)
    (row,) = csv.DictReader(io.StringIO(run("export", job).stdout))
    entry = row["accounting_entry_id"]
    voucher = office.directory / "ledger" / "harbour" / "vouchers" / entry[:2] / f"{entry}.beancount"
    voucher.unlink()
    answer = run("reconcile", "--job", job, "--json")
    assert answer.returncode == 1
    assert [(one["accounting_entry_id"], one["difference"]) for one in json.loads(answer.stdout)] == [
        (entry, "missing")
    ]


@pytest.mark.parametrize("command", [("retry",), ("recover",), ("export",), ("reconcile", "--job")])
def test_a_job_that_nobody_knows_is_a_sentence(run, command):
    answer = run(*command, "00000000-0000-4000-8000-000000000000")
    assert answer.returncode == 2
    assert "The logbook has no export job" in answer.stderr
