"""What `pleo-export doctor` says of a machine that is well, and of one where something is broken."""

import json
import sqlite3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from support.processes.exporting import run_export_stack
from support.processes.programs import run_pleo_export, wait_until

from tasks.cli.doctor_checks import Health, of_redis

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with run_export_stack(tmp_path_factory.mktemp("doctor")) as running:
        assert run_pleo_export("jobs", environment=running.environment, cwd=running.directory).returncode == 0
        wait_until(lambda: "ready" in running.cluster.read_log(1))
        yield running


@pytest.fixture
def examined(office):
    def examine(**environment: str) -> tuple[int, dict[str, dict[str, str]]]:
        answer = run_pleo_export("doctor", "--json", environment=office.environment | environment, cwd=office.directory)
        assert "Traceback" not in answer.stderr
        worst = sorted(json.loads(answer.stdout), key=lambda one: list(Health).index(one["health"]))
        return answer.returncode, {one["part"]: one for one in worst}

    return examine


def test_a_machine_that_is_well(examined):
    code, found = examined()
    assert {part: one["health"] for part, one in found.items()} == dict.fromkeys(found, "well")
    assert code == 0
    assert {"versions", "configuration", "broker", "redis", "workers", "database", "clock", "disk"} <= set(found)
    assert {"connection nordlys", "connection harbour"} <= set(found)


@pytest.mark.parametrize(
    ("part", "environment", "advice"),
    [
        ("broker", {"PLEO_EXPORT_BROKER_URL": "redis://127.0.0.1:9/0"}, "PLEO_EXPORT_BROKER_URL"),
        ("redis", {"PLEO_EXPORT_RESULT_URL": "redis://127.0.0.1:9/0"}, "PLEO_EXPORT_RESULT_URL"),
        ("database", {"PLEO_EXPORT_DATABASE_URL": "postgresql+psycopg://127.0.0.1:9/x"}, "PLEO_EXPORT_DATABASE_URL"),
        ("configuration", {"PLEO_EXPORT_CONFIG": "nowhere.toml"}, "Point it at Pleo"),
        ("connection nordlys", {"PLEO_API_KEY_NORDLYS": "wrong"}, "Connections"),
    ],
)
def test_a_part_that_is_ill_is_named_with_what_to_do(examined, part, environment, advice):
    code, found = examined(**environment)
    assert code == 1
    assert found[part]["health"] == "ill"
    assert advice in found[part]["advice"]


def test_a_logbook_of_another_version_is_told_and_left_alone(examined, tmp_path):
    with sqlite3.connect(tmp_path / "old.db") as old:
        old.execute("CREATE TABLE jobs (job_id TEXT)")
    old.close()
    before = (tmp_path / "old.db").read_bytes()
    code, found = examined(PLEO_EXPORT_DATABASE_URL=f"sqlite:///{tmp_path}/old.db")
    assert code == 1
    assert "no jobs.adopted" in found["database"]["found"]
    assert (tmp_path / "old.db").read_bytes() == before


def test_nobody_who_takes_a_task_is_told(office, tmp_path):
    redis = office.environment["PLEO_EXPORT_BROKER_URL"] + "?virtual_host=7"
    answer = run_pleo_export("doctor", environment=office.environment | {"PLEO_EXPORT_BROKER_URL": redis}, cwd=tmp_path)
    assert "✗ workers: none answers" in answer.stdout
    assert "celery -A tasks worker" in answer.stdout


class Yesterday(BaseHTTPRequestHandler):
    """A Pleo whose clock stands elsewhere."""

    def do_HEAD(self) -> None:
        self.send_response_only(200)
        self.send_header("Date", "Sun, 01 Jan 2023 00:00:00 GMT")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_clock_that_is_off_is_told(office, tmp_path):
    with ThreadingHTTPServer(("127.0.0.1", 0), Yesterday) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        toml = Path(office.environment["PLEO_EXPORT_CONFIG"]).read_text()
        (tmp_path / "here.toml").write_text(toml.replace(office.pleo.url, f"http://127.0.0.1:{server.server_port}"))
        environment = office.environment | {"PLEO_EXPORT_CONFIG": str(tmp_path / "here.toml")}
        answer = run_pleo_export("doctor", environment=environment, cwd=tmp_path)
        server.shutdown()
        thread.join()
    assert "✗ clock: is off by" in answer.stdout


@pytest.mark.parametrize(
    ("facts", "health", "advice"),
    [
        ({"redis_version": "7.2.4", "maxmemory_policy": "noeviction", "aof_enabled": 1}, Health.WELL, ""),
        ({"redis_version": "7.2.4", "maxmemory_policy": "allkeys-lru", "aof_enabled": 1}, Health.POOR, "noeviction"),
        ({"redis_version": "7.2.4", "maxmemory_policy": "noeviction", "aof_enabled": 0}, Health.POOR, "appendonly"),
        ({"redis_version": "6.0.16", "maxmemory_policy": "noeviction", "aof_enabled": 1}, Health.ILL, "Update"),
    ],
)
def test_a_redis_that_may_forget_is_told(facts, health, advice):
    found = of_redis(facts)
    assert found.health is health
    assert advice in found.advice
