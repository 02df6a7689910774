"""The commands as a user types them: what they say of a mistake, and the producer at work."""

import json
from pathlib import Path

import pytest
from support.processes.programs import a_celery_cluster, run_pleo_export, wait_until
from support.servers.sandbox_server import running_sandbox

from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_expenses_with_refusals, build_seeded_sandbox, build_valid_expenses
from integration.sandbox.world.seeded_random import SeededRandom
from tasks.demo.charts import write_charts
from tasks.demo.configuration import write_configuration

pytestmark = pytest.mark.e2e
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def pleo():
    with running_sandbox(build_seeded_sandbox(expenses=0)) as running:
        yield running


@pytest.fixture
def configured(tmp_path, pleo) -> dict[str, str]:
    environment = write_configuration(tmp_path, pleo.url)
    write_charts(tmp_path / "ledger")
    return environment


@pytest.fixture
def run(tmp_path, configured):
    def runner(*arguments: str, **environment: str):
        return run_pleo_export(*arguments, environment=configured | environment, cwd=tmp_path)

    return runner


@pytest.mark.parametrize(
    "command",
    [
        "",
        "demo",
        "sandbox",
        "poll",
        "run",
        "check",
        "jobs",
        "show",
        "retry",
        "recover",
        "pause",
        "resume",
        "reconcile",
        "export",
        "doctor",
        "web",
        "password",
        "connect",
        "webhooks",
        "webhooks rotate",
    ],
)
def test_every_command_explains_itself(command, tmp_path):
    answer = run_pleo_export(*command.split(), "--help", environment={}, cwd=tmp_path)
    assert answer.returncode == 0
    assert "Usage:" in answer.stdout


def test_no_configuration_is_a_sentence_and_exit_code_2(tmp_path):
    answer = run_pleo_export("jobs", environment={}, cwd=tmp_path)
    assert answer.returncode == 2
    assert "There is no configuration file" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_unknown_connection_is_named_beside_those_that_are_known(run):
    answer = run("poll", "--company", "nordlis")
    assert answer.returncode == 2
    assert "no connection 'nordlis'" in answer.stderr
    assert "nordlys, harbour" in answer.stderr


def test_an_unreachable_pleo_is_said_for_each_connection(run, tmp_path):
    write_configuration(tmp_path, "http://127.0.0.1:9")
    answer = run("poll")
    assert answer.returncode == 1
    assert "nordlys: Pleo did not answer" in answer.stderr
    assert "harbour: Pleo did not answer" in answer.stderr


def test_a_wrong_key_stops_no_other_connection(run):
    answer = run("check", "--json", PLEO_API_KEY_NORDLYS="wrong")
    assert answer.returncode == 1
    found = json.loads(answer.stdout)
    assert "Check the API key" in found["nordlys"]["mistakes"][0]
    assert found["harbour"]["mistakes"] == []


def test_check_says_what_is_missing_in_the_ledger(run, tmp_path):
    chart = tmp_path / "ledger" / "nordlys" / "accounts.beancount"
    chart.write_text(chart.read_text().replace('code: "5820"', 'code: "9820"'))
    answer = run("check")
    assert answer.returncode == 1
    assert "nordlys: The accounting system is set up wrongly: accounts.wallet" in answer.stdout
    assert "5820" in answer.stdout
    assert "harbour: ready" in answer.stdout


def test_an_unreachable_broker_says_which_setting_to_change(run, pleo):
    pleo.sandbox.add_expenses(NORDLYS.id, build_valid_expenses(SeededRandom(1), NORDLYS, 1))
    pleo.sandbox.export(NORDLYS.id)
    answer = run("poll", "--company", "nordlys", PLEO_EXPORT_BROKER_URL="redis://:s3cret@127.0.0.1:9/0")
    assert answer.returncode == 1
    assert "PLEO_EXPORT_BROKER_URL" in answer.stderr
    assert "s3cret" not in answer.stderr


def test_a_job_that_nobody_knows(run):
    assert run("run", NOBODY).returncode == 2
    assert run("show", NOBODY).returncode == 2
    assert "is not a valid UUID" in run("run", "job-1").stderr


def test_the_producer_and_a_worker_export_the_jobs_of_two_companies(tmp_path, configured, pleo):
    jobs = {}
    for company, expenses in (
        (NORDLYS, build_expenses_with_refusals(SeededRandom(1), NORDLYS, 12)),
        (HARBOUR, build_valid_expenses(SeededRandom(2), HARBOUR, 12)),
    ):
        pleo.sandbox.add_expenses(company.id, expenses)
        jobs[company.name] = pleo.sandbox.export(company.id).id
    with a_celery_cluster(tmp_path / "plant", configured) as cluster:
        cluster.start_worker()
        polled = run_pleo_export("poll", environment=cluster.environment, cwd=tmp_path)
        assert polled.returncode == 0, polled.stderr
        waited = run_pleo_export(
            "run", str(jobs[NORDLYS.name]), "--wait", environment=cluster.environment, cwd=tmp_path
        )
        assert waited.returncode == 1
        assert "completed_with_errors: 8 of 12 failed" in waited.stdout
        wait_until(
            lambda: pleo.sandbox.get_job(HARBOUR, jobs[HARBOUR.name]).status == "completed",
            watch=cluster.children.must_run,
        )
        listed = json.loads(run_pleo_export("jobs", "--json", environment=cluster.environment, cwd=tmp_path).stdout)
        shown = run_pleo_export("show", str(jobs[NORDLYS.name]), environment=cluster.environment, cwd=tmp_path)
    assert {row["event"] for row in listed} == {"completed", "completed_with_errors"}
    assert "Causes" in shown.stdout
    assert not pleo.sandbox.violations
    assert vouchers(tmp_path / "ledger") == 4 + 12


def vouchers(ledger: Path) -> int:
    return len([path for path in ledger.glob("*/vouchers/*/*.beancount") if path.stem != "none"])
