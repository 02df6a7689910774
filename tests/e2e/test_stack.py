"""The stack as `make stack` runs it: everything answers, is measured, watched, restarted, and gone when stopped."""

import shlex
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests
from conftest import skip_or_fail
from prometheus_client.parser import text_string_to_metric_families
from support.processes.ports import free_port
from support.processes.programs import (
    TIMEOUT_SECONDS,
    clean_environment,
    find_processes,
    run_pleo_export,
    wait_until,
)

from integration.logbook import Logbook
from integration.logbook.items import ItemState
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from tasks.demo.broker import NoRedis, redis_server

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
NAMES = ("WEB", "FLOWER", "METRICS", "PLEO")


class Stack:
    """One that was started, and how to reach it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ports = {name: free_port() for name in NAMES}

    def command(self, verb: str) -> subprocess.CompletedProcess[str]:
        ports = {f"PLEO_EXPORT_STACK_{name}_PORT": str(port) for name, port in self.ports.items()}
        return subprocess.run(
            [sys.executable, "-m", "tasks.stack", verb, "--directory", "stack"],
            env=clean_environment() | ports,
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=2 * TIMEOUT_SECONDS,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        lines = (self.directory / "stack" / "environment").read_text().splitlines()
        return {name: shlex.split(value)[0] for name, _, value in (line.partition("=") for line in lines)}

    @property
    def flower(self) -> tuple[str, str]:
        return "flower", self.environment["PLEO_EXPORT_FLOWER_PASSWORD"]

    def url(self, name: str, path: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}{path}"

    def samples(self, name: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        text = requests.get(self.url(name, "/metrics"), timeout=30).text
        families = text_string_to_metric_families(text)
        return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    try:
        redis_server()
    except NoRedis:
        skip_or_fail("redis-server")
    running = Stack(tmp_path_factory.mktemp("stack"))
    try:
        started = running.command("start")
        assert started.returncode == 0, started.stdout + started.stderr
        yield running
    finally:
        running.command("stop")


@pytest.fixture(scope="module")
def exported(stack):
    for company in (NORDLYS, HARBOUR):
        pressed = requests.post(stack.url("PLEO", f"/sandbox/companies/{company.id}/export"), timeout=30)
        assert pressed.ok
    polled = run_pleo_export("poll", environment=stack.environment, cwd=stack.directory)
    assert polled.returncode == 0, polled.stderr
    logbook = Logbook.at(stack.environment["PLEO_EXPORT_DATABASE_URL"])
    wait_until(lambda: sum(count for _, _, count in logbook.overview.job_counts()) == 2)
    yield logbook
    logbook.close()


def test_everything_answers(stack):
    assert requests.get(stack.url("WEB", "/health/live"), timeout=30).ok
    assert requests.get(stack.url("WEB", "/health/ready"), timeout=30).json() == {"logbook": True, "broker": True}
    assert requests.get(stack.url("FLOWER", "/healthcheck"), timeout=30).ok
    assert "Export console" in requests.get(stack.url("WEB", "/"), timeout=30).text


def test_secrets_are_for_the_one_who_started_it(stack):
    for name in ("environment", "passwords.json"):
        assert (stack.directory / "stack" / name).stat().st_mode & 0o077 == 0


def test_what_prometheus_sees_is_what_the_logbook_has(stack, exported):
    samples = stack.samples("WEB")
    items = {key: value for key, value in samples.items() if key[0] == "pleo_export_items_total"}
    assert items == {
        (
            "pleo_export_items_total",
            frozenset({("connection", connection), ("outcome", state.value), ("cause", code)}),
        ): count
        for connection, state, code, count in exported.overview.item_counts()
    }
    assert sum(items.values()) == 80
    jobs = {key[1]: value for key, value in samples.items() if value and key[0] == "pleo_export_jobs_total"}
    assert jobs == {
        frozenset({("connection", connection), ("event", event)}): count
        for connection, event, count in exported.overview.job_counts()
    }
    assert samples["pleo_export_open_job_age_seconds", frozenset({("connection", "nordlys")})] == 0
    assert samples["pleo_export_queued_tasks", frozenset({("queue", "items.nordlys")})] == 0


def test_every_process_of_the_worker_is_measured(stack, exported):
    labels = frozenset({("task", "export_item.record"), ("state", "success")})
    measured = stack.samples("METRICS")["pleo_export_task_duration_seconds_count", labels]
    assert measured == 80


def test_flower_says_of_a_refused_item_that_its_task_succeeded(stack, exported):
    def tasks() -> list[dict[str, str]]:
        url = stack.url("FLOWER", "/api/tasks?taskname=export_item.record&limit=200")
        return list(requests.get(url, auth=stack.flower, timeout=30).json().values())

    wait_until(lambda: [task["state"] for task in tasks()].count("SUCCESS") == 80)
    refused = sum(count for _, state, _, count in exported.overview.item_counts() if state is ItemState.REFUSED)
    assert [task["result"] for task in tasks()].count("'refused'") == refused > 0


def test_flower_reads_like_a_sentence_and_has_metrics(stack, exported):
    table = requests.get(stack.url("FLOWER", "/tasks/datatable"), auth=stack.flower, params=TABLE, timeout=30)
    arguments = {row["args"] for row in table.json()["data"] if row["name"] == "export_item.record"}
    assert arguments
    assert all(" · job " in one and one.startswith("entry ") for one in arguments)
    assert "flower_events_total" in requests.get(stack.url("FLOWER", "/metrics"), timeout=30).text


TABLE = {
    "draw": "1",
    "start": "0",
    "length": "200",
    "search[value]": "",
    "order[0][column]": "0",
    "order[0][dir]": "asc",
    "columns[0][data]": "name",
}


@pytest.mark.parametrize("path", ["/", "/tasks", "/api/tasks", "/api/workers"])
def test_flower_is_for_those_who_know_the_password(stack, path):
    assert requests.get(stack.url("FLOWER", path), timeout=30).status_code == 401
    assert requests.get(stack.url("FLOWER", path), auth=("flower", "guess"), timeout=30).status_code == 401


def test_starting_it_twice_is_starting_it_once(stack):
    assert stack.command("start").returncode == 0
    assert len(find_processes("tasks.stack run --directory " + str(stack.directory))) == 1


def child_that_runs(words: str) -> psutil.Process:
    processes = psutil.process_iter(["cmdline"])
    return next(one for one in processes if words in " ".join(one.info["cmdline"] or ()))


def test_a_program_that_dies_is_started_again(stack, exported):
    web = child_that_runs(f"web --port {stack.ports['WEB']}")
    web.kill()
    web.wait()

    def answers() -> bool:
        try:
            return requests.get(stack.url("WEB", "/health/ready"), timeout=30).ok
        except requests.ConnectionError:
            return False

    wait_until(answers)


def test_stopped_it_leaves_nothing_running_and_what_was_recorded(stack, exported):
    stopped = stack.command("stop")
    assert stopped.stdout == "Stopped.\n"
    assert not find_processes(str(stack.directory))
    assert stack.command("stop").stdout == "No stack runs here.\n"
    vouchers = (stack.directory / "stack" / "ledger").glob("*/vouchers/*/*.beancount")
    recorded = sum(count for _, state, _, count in exported.overview.item_counts() if state is ItemState.RECORDED)
    assert len([path for path in vouchers if path.stem != "none"]) == recorded
