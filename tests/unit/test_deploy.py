"""What is deployed, as files: held against Compose, Prometheus and our own metrics, without an engine."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from conftest import skip_or_fail

from integration.configuration.settings import Settings
from integration.logbook import Logbook
from tasks.telemetry.job_metrics import LogbookMetrics
from tasks.telemetry.task_metrics import TASK_SECONDS

ROOT = Path(__file__).parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = sorted(COMPOSE["services"])
OURS = sorted(name for name, service in COMPOSE["services"].items() if service.get("image", "").startswith("pleo-"))
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((ROOT / "deploy/grafana/pleo-export.json").read_text())
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
#: What others bring: Prometheus itself, Flower, and what only a broker can say.
BROUGHT = {"up", "flower_worker_online", "pleo_export_queued_tasks"}


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        skip_or_fail(name)
    return str(found)


def run(*command: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def beside_compose(tmp_path):
    """A host on which the secrets have been made."""
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    run("deploy/make-secrets", cwd=tmp_path)
    return tmp_path


def test_compose_takes_the_file(beside_compose):
    taken = yaml.safe_load(run(program("docker-compose"), "--profile", "demo", "config", cwd=beside_compose))
    assert sorted(taken["services"]) == SERVICES


def test_secrets_are_made_once(beside_compose):
    secrets = beside_compose / "secrets"
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    run("deploy/make-secrets", cwd=beside_compose)
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before
    assert secrets.stat().st_mode & 0o077 == 0
    assert len({text for name, text in before.items() if "_url" not in name}) == len(before) - 3
    assert {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()} | {"pleo.env"} == set(before)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_pinned_healthy_bounded_and_closed(name):
    service = COMPOSE["services"][name]
    assert re.search(r":\d+\.\d+\.\d+|:\d+\.\d+-", service["image"])
    assert "latest" not in service["image"]
    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])


@pytest.mark.parametrize("name", ["redis", "postgres"])
def test_what_holds_the_truth_is_reached_from_inside_only(name):
    service = COMPOSE["services"][name]
    assert service["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert "ports" not in service


def test_redis_keeps_everything():
    command = " ".join(COMPOSE["services"]["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


SECRET = re.compile(r"(password|secret|token|api_key)\w*\s*[:=]\s*['\"]?[A-Za-z0-9+/]{12,}['\"]?\s*$", re.IGNORECASE)


@pytest.mark.parametrize("name", ["docker-compose.yml", "Dockerfile"])
def test_no_secret_stands_in_the_files(name):
    assert [line for line in (ROOT / name).read_text().splitlines() if SECRET.search(line)] == []


def test_the_image_is_pinned_and_runs_as_nobody_in_particular():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    python = next(line for line in lines if line.startswith("ARG PYTHON="))
    assert re.fullmatch(r"ARG PYTHON=3\.\d+\.\d+-slim-\w+", python)
    stages = [line for line in lines if line.startswith("FROM ")]
    assert len(stages) == 2
    assert all("${PYTHON}" in stage for stage in stages)
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users[-1] == "10001:10001"


def test_the_demo_s_configuration_is_right():
    environment = {"PLEO_EXPORT_CONFIG": str(ROOT / "deploy/demo/pleo-export.toml")}
    keys = {"PLEO_API_KEY_NORDLYS": "sandbox-key-of-nordlys", "PLEO_API_KEY_HARBOUR": "sandbox-key-of-harbour"}
    assert [one.name for one in Settings.read(environment | keys).connections] == ["nordlys", "harbour"]


def test_alerts_are_rules_and_fire_when_they_should():
    promtool = program("promtool")
    run(promtool, "check", "rules", "deploy/prometheus/alerts.yml")
    run(promtool, "test", "rules", "deploy/prometheus/alerts_test.yml")


def test_every_alert_is_tried_and_explained():
    names = {alert["alert"] for alert in ALERTS}
    tests = yaml.safe_load((ROOT / "deploy/prometheus/alerts_test.yml").read_text())["tests"]
    fired = {one["alertname"] for test in tests for one in test["alert_rule_test"] if one["exp_alerts"]}
    assert fired == names
    headings = re.findall(r"^#+ (\w+)$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    assert names <= set(headings)
    for alert in ALERTS:
        assert alert["annotations"]["runbook"] == f"docs/operations.md#{alert['alert'].lower()}"


def test_the_dashboard_s_panels_are_queries(tmp_path):
    for old, new in (("$__rate_interval", "5m"), ("$connection", ".*")):
        EXPRESSIONS[:] = [expression.replace(old, new) for expression in EXPRESSIONS]
    rules = [{"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(EXPRESSIONS)]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    run(program("promtool"), "check", "rules", str(tmp_path / "panels.yml"))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_nothing_is_asked_for_that_is_not_measured(tmp_path):
    logbook = Logbook.at(f"sqlite:///{tmp_path}/logbook.db")
    families = LogbookMetrics(logbook, [], lambda: datetime.now(UTC)).collect()
    measured = {f"{one.name}_total" if one.type == "counter" else one.name for one in families} | BROUGHT
    measured |= {f"{TASK_SECONDS.describe()[0].name}_{suffix}" for suffix in ("bucket", "count", "sum")}
    logbook.close()
    asked = " ".join([*EXPRESSIONS, *(alert["expr"] for alert in ALERTS)])
    names = set(re.findall(r"\b(?:pleo_export|flower)_\w+|\bup\b", asked))
    assert names <= measured
