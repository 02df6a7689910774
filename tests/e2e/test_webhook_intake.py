"""Webhooks from end to end: subscribed by the command line, sent by the sandbox, taken by a real process."""

import json
import socket
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
import requests
from redis import Redis
from support.processes.ports import free_port
from support.processes.programs import CeleryCluster, a_celery_cluster, run_pleo_export, wait_until
from support.servers.sandbox_server import RunningSandbox, running_sandbox

from integration.sandbox.webhooks.deliveries import Manner
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_seeded_sandbox, build_valid_expenses
from integration.sandbox.world.seeded_random import SeededRandom
from tasks.demo.charts import write_charts
from tasks.demo.configuration import write_configuration

WEBHOOK_APP = str(Path(__file__).parents[1] / "support" / "servers" / "webhook_app.py")

pytestmark = pytest.mark.e2e

WEBHOOK = """
[connections.webhook]
kind = "{kind}"
secret_env = "PLEO_WEBHOOK_SECRET"
{more}
"""


@contextmanager
def a_pleo() -> Iterator[RunningSandbox]:
    sandbox = build_seeded_sandbox(expenses=0)
    sandbox.add_expenses(NORDLYS.id, build_valid_expenses(SeededRandom(1), NORDLYS, 3))
    with running_sandbox(sandbox) as running:
        yield running


@dataclass
class Intake:
    """The intake and the broker it queues at."""

    cluster: CeleryCluster
    pleo: RunningSandbox
    environment: dict[str, str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def subscribe(self) -> None:
        answer = self.command("subscribe", "nordlys", self.url)
        assert answer.returncode == 0, answer.stderr
        name, _, secret = answer.stdout.splitlines()[-1].partition("=")
        if name == "PLEO_WEBHOOK_SECRET":
            self.environment[name] = secret

    def start(self, name: str = "intake", **environment: str) -> None:
        command = [
            sys.executable,
            WEBHOOK_APP,
            str(self.port),
        ]
        self.cluster.children.start(name, command, self.cluster.environment | self.environment | environment)
        wait_until(lambda: is_listening(self.port), watch=self.cluster.children.must_run)

    def command(self, *arguments: str):
        where = self.cluster.environment | self.environment
        return run_pleo_export("webhooks", *arguments, environment=where, cwd=self.cluster.directory)

    def polls(self) -> list[str]:
        """The companies whose poll is queued, and no more."""
        with Redis(unix_socket_path=str(self.cluster.directory / "redis.sock")) as broker:
            messages = [json.loads(message) for message in broker.lrange("jobs", 0, -1)]
            broker.delete("jobs")
        assert {message["headers"]["task"] for message in messages} <= {"export_jobs.poll"}
        return [json.loads(b64decode(message["body"]))[0][0] for message in messages]

    def announced(self, manner: Manner) -> list[int | None]:
        """The job is announced in this manner: what the intake answered to each delivery."""
        job = next(job.head for job in self.pleo.sandbox.jobs() if job.head.company_id == NORDLYS.id)
        before = len(self.deliveries())
        body = {"manner": manner, "job_id": str(job.id)}
        assert requests.post(f"{self.pleo.url}/sandbox/webhooks", json=body, timeout=5).status_code == 200
        count = 2 if manner is Manner.DUPLICATE else 1
        wait_until(lambda: len(self.deliveries()) == before + count)
        return [one["status"] for one in self.deliveries()[before:]]

    def press_export(self) -> str:
        for job in self.pleo.sandbox.jobs():
            if job.is_open:
                self.pleo.sandbox.cancel(job.head.id)
        url = f"{self.pleo.url}/sandbox/companies/{NORDLYS.id}/export"
        return requests.post(url, json={}, timeout=5).json()["data"]["id"]

    def deliveries(self) -> list[dict]:
        return requests.get(f"{self.pleo.url}/sandbox/webhooks", timeout=5).json()["data"]["deliveries"]

    def subscriptions(self) -> list[dict]:
        answer = requests.get(f"{self.pleo.url}/v1/subscriptions", auth=(NORDLYS.api_key, ""), timeout=5)
        return answer.json()["data"]


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def configured(directory: Path, pleo: RunningSandbox, kind: str, more: str = "") -> dict[str, str]:
    """Webhooks for Nordlys only, which comes first in the file."""
    environment = write_configuration(directory, pleo.url)
    file = Path(environment["PLEO_EXPORT_CONFIG"])
    head, first, *rest = file.read_text().split("\n[[connections]]")
    first += WEBHOOK.format(kind=kind, more=more)
    file.write_text("\n[[connections]]".join([head, first, *rest]))
    write_charts(directory / "ledger")
    return environment


@contextmanager
def an_intake(directory: Path, kind: str, more: str = "", **secrets: str) -> Iterator[Intake]:
    with a_pleo() as pleo:
        environment = configured(directory, pleo, kind, more) | secrets
        with a_celery_cluster(directory / "plant", environment) as cluster:
            intake = Intake(cluster, pleo, environment, free_port())
            intake.subscribe()
            intake.start()
            yield intake


@pytest.fixture(scope="module")
def intake(tmp_path_factory) -> Iterator[Intake]:
    """Subscribed with a signature; a job waits."""
    with an_intake(tmp_path_factory.mktemp("signed"), "signature") as made:
        made.press_export()
        wait_until(made.deliveries)
        assert made.polls() == [str(NORDLYS.id)]
        yield made


@pytest.mark.parametrize("manner", [Manner.PLAIN, Manner.WRAPPED, Manner.RENAMED])
def test_a_delivery_queues_a_poll_of_that_company_only(intake, manner):
    assert intake.announced(manner) == [202]
    assert intake.polls() == [str(NORDLYS.id)]


def test_a_repeated_delivery_is_answered_and_queues_nothing_more(intake):
    assert intake.announced(Manner.DUPLICATE) == [202, 202]
    assert intake.polls() == [str(NORDLYS.id)]


@pytest.mark.parametrize(
    ("manner", "status"),
    [(Manner.FORGED, 401), (Manner.STALE, 401), (Manner.OVERSIZED, 413), (Manner.FOREIGN, 202)],
)
def test_what_is_not_ours_to_follow_queues_nothing(intake, manner, status):
    assert intake.announced(manner)[0] in {status, None if manner is Manner.OVERSIZED else status}
    assert intake.polls() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/webhooks/nordlys", 401),
        ("POST", "/webhooks/harbour", 404),
        ("POST", "/webhooks/nobody", 404),
        ("GET", "/webhooks/nordlys", 405),
    ],
)
def test_what_proves_nothing_learns_nothing(intake, method, path, status):
    assert requests.request(method, intake.url + path, data=b"{}", timeout=5).status_code == status
    assert intake.polls() == []


def test_a_delivery_is_answered_within_milliseconds(intake):
    for _ in range(20):
        intake.announced(Manner.PLAIN)
    assert median(one["milliseconds"] for one in intake.deliveries()[-20:]) < 250
    assert len(intake.polls()) == 20


def test_the_secret_is_changed_without_losing_a_delivery(intake):
    (old,) = intake.subscriptions()
    answer = intake.command("rotate", "nordlys")
    assert answer.returncode == 0, answer.stderr
    secret, told = answer.stdout.splitlines()
    assert secret.startswith("PLEO_WEBHOOK_SECRET=whsec_")
    assert intake.environment["PLEO_WEBHOOK_SECRET"] not in secret
    assert old["id"] in told
    (new,) = [one for one in intake.subscriptions() if one["id"] != old["id"]]
    assert new["endpointUrl"] == old["endpointUrl"]
    listed = json.loads(intake.command("list", "nordlys", "--json").stdout)
    assert [one["id"] for one in listed] == [old["id"], new["id"]]
    assert intake.command("remove", "nordlys", new["id"]).returncode == 0
    assert intake.subscriptions() == [old]


@pytest.mark.parametrize(
    ("kind", "more"), [("basic", 'username = "pleo"'), ("header", 'header = "X-Pleo-Shared"')], ids=["basic", "header"]
)
def test_a_password_or_a_header_of_our_own_will_do(tmp_path, kind, more):
    with an_intake(tmp_path, kind, more, PLEO_WEBHOOK_SECRET="first-secret") as intake:
        intake.press_export()
        wait_until(lambda: intake.polls() and intake.deliveries())
        assert intake.announced(Manner.PLAIN) == [202]
        assert intake.announced(Manner.FORGED) == [401]
        assert intake.polls() == [str(NORDLYS.id)]
        intake.environment["PLEO_WEBHOOK_SECRET"] = "second-secret"
        assert intake.command("rotate", "nordlys").returncode == 0
        assert intake.announced(Manner.PLAIN) == [401]


def test_from_the_button_to_the_final_event_without_a_poll_of_ours(tmp_path):
    with an_intake(tmp_path, "signature") as intake:
        intake.cluster.start_worker()
        job = intake.press_export()

        def status() -> str:
            return next(one.head.status for one in intake.pleo.sandbox.jobs() if str(one.head.id) == job)

        wait_until(lambda: status() == "completed", watch=intake.cluster.children.must_run)


def test_a_broker_that_is_away_is_said_so_that_pleo_may_try_again(intake):
    first, intake.port = intake.port, free_port()
    away = {"PLEO_EXPORT_BROKER_URL": "redis://127.0.0.1:9/0"}
    intake.start("brokerless", **away)
    (mine,) = intake.subscriptions()
    with requests.Session() as session:
        session.auth = (NORDLYS.api_key, "")
        url = f"{intake.pleo.url}/v1/subscriptions/{mine['id']}"
        for port, answers in ((intake.port, [503, 503]), (first, [202, 202])):
            wish = {"endpointUrl": f"http://127.0.0.1:{port}/webhooks/nordlys", "eventTypes": ["v1.export-job.created"]}
            assert session.put(url, json=wish, timeout=5).status_code == 200
            assert intake.announced(Manner.DUPLICATE) == answers
    intake.port = first
    assert intake.polls() == [str(NORDLYS.id)]
