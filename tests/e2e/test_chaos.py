"""Every fault that we can cause, against a ledger that records whatever it is told.

After each: nothing recorded twice, nothing lost, one accepted final event that agrees with the items, no rule of
Pleo's broken on the way.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import kombu
import pytest
import redis
from celery import Celery
from conftest import skip_or_fail
from sqlalchemy import create_engine, text
from support.fakes.naive_ledger import NaiveLedger
from support.processes.programs import TIMEOUT_SECONDS, CeleryCluster, a_celery_cluster, wait_until
from support.servers.sandbox_server import RunningSandbox, running_sandbox

from integration.pleo.models import ItemStatus
from integration.sandbox.faults.faults import Fault, FaultKind, Operation
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_valid_expenses, many
from integration.sandbox.world.seeded_random import SeededRandom
from tasks.demo.configuration import write_configuration

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ITEMS = 12
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")


@dataclass
class Scene:
    """A plant with faults in it, a strict Pleo and a naive ledger."""

    cluster: CeleryCluster
    pleo: RunningSandbox
    ledger: NaiveLedger
    tokens: Path
    expected: frozenset[str] = field(default=frozenset(), repr=False)
    job: UUID | None = None

    def arm(self, point: str, times: int = 1) -> None:
        for number in range(times):
            (self.tokens / f"{point}-{number}").touch()

    def press_export(self, expenses) -> None:
        self.pleo.sandbox.add_expenses(NORDLYS.id, expenses)
        self.job = self.pleo.sandbox.export(NORDLYS.id).id
        self.expected = frozenset(str(expense.item.accounting_entry_id) for expense in expenses)

    def start_worker(self, *options: str, **environment: str) -> int:
        self.cluster.environment |= environment
        return self.cluster.start_worker(*options)

    def ended(self) -> bool:
        return self.pleo.sandbox.get_job(NORDLYS, self.job).completed_at is not None

    def wait(self, times: int = 1) -> None:
        wait_until(self.ended, seconds=times * TIMEOUT_SECONDS)

    def recorded(self) -> Counter[str]:
        return Counter(row["reference"] for row in self.ledger.rows())

    def is_in_order(self) -> None:
        assert not any(self.tokens.iterdir()), "a fault that was armed never struck"
        assert not self.pleo.sandbox.violations
        assert {reference: count for reference, count in self.recorded().items() if count > 1} == {}
        assert set(self.recorded()) == self.expected
        items = [item for _, item in self.pleo.sandbox.list_job_items(NORDLYS, self.job)]
        assert {item.status for item in items} == {ItemStatus.SUCCESSFUL}
        assert self.pleo.sandbox.get_job(NORDLYS, self.job).status == "completed"


@pytest.fixture
def scene(tmp_path, request) -> Iterator[Scene]:
    database = getattr(request, "param", None)
    with a_scene(tmp_path, database) as opened:
        yield opened


@contextmanager
def a_scene(directory: Path, database: str | None = None) -> Iterator[Scene]:
    sandbox = Sandbox()
    sandbox.add_company(NORDLYS)
    tokens = directory / "tokens"
    tokens.mkdir()
    with running_sandbox(sandbox) as running:
        environment = write_configuration(directory, running.url) | {
            "CHAOS_DIRECTORY": str(tokens),
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]),
        }
        if database:
            environment["PLEO_EXPORT_DATABASE_URL"] = database
        configuration = Path(environment["PLEO_EXPORT_CONFIG"])
        configuration.write_text(configuration.read_text().partition('[[connections]]\nname = "harbour"')[0])
        with a_celery_cluster(directory / "plant", environment, application="support.processes.chaos_app") as cluster:
            yield Scene(cluster, running, NaiveLedger(directory / "ledger" / "nordlys"), tokens)


POINTS = [
    "after_started",
    "before_fetch_stored",
    "after_fetch_stored",
    "before_publish",
    "before_intent",
    "after_intent",
    "before_call",
    "after_call",
    "after_answer",
    "before_report",
    "during_report",
    "in_chord",
    "before_event",
    "after_event",
    "before_closing",
]


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_at_a_point_of_the_protocol_neither_loses_nor_repeats(scene, point):
    scene.arm(point)
    scene.press_export(build_valid_expenses(SeededRandom(1), NORDLYS, ITEMS))
    scene.start_worker("--beat", f"--schedule={scene.cluster.directory}/beat")
    scene.wait()
    scene.is_in_order()


def with_beat(scene: Scene, **environment: str) -> int:
    return scene.start_worker("--beat", f"--schedule={scene.cluster.directory}/beat", **environment)


def test_every_message_delivered_twice_records_once(scene):
    scene.press_export(build_valid_expenses(SeededRandom(2), NORDLYS, ITEMS))
    with_beat(scene, CHAOS_TWICE="yes")
    scene.start_worker()
    scene.wait()
    scene.is_in_order()


def test_a_chord_that_loses_its_callback_is_closed_all_the_same(scene):
    scene.arm("lose_callback")
    scene.press_export(build_valid_expenses(SeededRandom(3), NORDLYS, ITEMS))
    with_beat(scene)
    scene.wait()
    scene.is_in_order()


def redis_of(cluster: CeleryCluster) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(cluster.directory / "redis.sock"))


def test_a_redis_that_forgets_everything_in_mid_run_delays_the_job_and_no_more(scene):
    scene.press_export(many(SeededRandom(4), NORDLYS, 150))
    with_beat(scene)
    wait_until(lambda: len(scene.recorded()) > 20, watch=scene.cluster.children.must_run)
    with redis_of(scene.cluster) as broker:
        broker.flushall()
    scene.wait()
    scene.is_in_order()


def test_a_redis_that_is_killed_and_comes_back_delays_the_job_and_no_more(scene):
    scene.press_export(many(SeededRandom(5), NORDLYS, 150))
    with_beat(scene)
    wait_until(lambda: len(scene.recorded()) > 20)
    os.kill(scene.cluster.children.pid("broker"), signal.SIGKILL)
    scene.cluster.start_broker_again()
    wait_until(lambda: scene.ended() or worker_has_stopped(scene))
    if not scene.ended():
        with_beat(scene)  # Celery's main process may die of an outage: every way of running it starts another
    scene.wait()
    scene.is_in_order()


def worker_has_stopped(scene: Scene) -> bool:
    return "worker1" in scene.cluster.children.ended()


def test_a_whole_worker_that_is_killed_leaves_its_items_to_another(scene):
    scene.press_export(many(SeededRandom(6), NORDLYS, 150))
    first = scene.start_worker()
    with_beat(scene)
    wait_until(lambda: len(scene.recorded()) > 20)
    os.killpg(first, signal.SIGKILL)
    scene.wait()
    scene.is_in_order()


def test_a_worker_that_is_asked_to_stop_hands_back_what_it_has(scene):
    scene.press_export(many(SeededRandom(7), NORDLYS, 150))
    first = with_beat(scene)
    wait_until(lambda: len(scene.recorded()) > 20)
    os.kill(first, signal.SIGTERM)
    with_beat(scene)
    scene.wait()
    scene.is_in_order()


def test_a_pleo_that_is_away_for_a_while_is_told_everything_later(scene):
    scene.press_export(build_valid_expenses(SeededRandom(8), NORDLYS, ITEMS))
    away = [
        Fault(kind=FaultKind.UNAVAILABLE, operation=operation, times=6)
        for operation in (Operation.UPDATE_JOB_ITEMS, Operation.CREATE_EVENT, Operation.LIST_JOB_ITEMS)
    ]
    scene.pleo.faults.replace(away)
    with_beat(scene)
    scene.wait()
    scene.is_in_order()


@pytest.mark.parametrize("operation", [Operation.UPDATE_JOB_ITEMS, Operation.CREATE_EVENT])
def test_answers_that_are_lost_after_pleo_applied_the_write_change_nothing(scene, operation):
    scene.press_export(build_valid_expenses(SeededRandom(9), NORDLYS, ITEMS))
    scene.pleo.faults.replace([Fault(kind=FaultKind.RESET_AFTER, operation=operation, times=2)])
    with_beat(scene)
    scene.wait()
    scene.is_in_order()


def test_a_worker_whose_clock_is_two_hours_ahead_does_no_harm(scene):
    scene.press_export(many(SeededRandom(10), NORDLYS, 60))
    with_beat(scene)
    scene.start_worker(CHAOS_CLOCK_HOURS="2")
    scene.wait()
    scene.is_in_order()


def test_two_beats_and_two_polls_at_once_start_one_job(scene):
    scene.press_export(build_valid_expenses(SeededRandom(11), NORDLYS, ITEMS))
    with_beat(scene)
    scene.start_worker("--beat", f"--schedule={scene.cluster.directory}/beat2")
    scene.wait()
    scene.is_in_order()


def test_a_database_that_drops_every_connection_in_mid_run_delays_the_job_and_no_more(tmp_path, postgresql_url):
    url = postgresql_url()
    with a_scene(tmp_path, url) as scene:
        scene.press_export(many(SeededRandom(12), NORDLYS, 100))
        with_beat(scene)
        wait_until(lambda: len(scene.recorded()) > 20)
        drop_connections(url)
        scene.wait()
        scene.is_in_order()


def drop_connections(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        db.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


def test_messages_of_unknown_shape_are_thrown_away_with_a_line(scene):
    with Celery(broker=scene.cluster.environment["PLEO_EXPORT_BROKER_URL"]) as stranger:
        stranger.send_task("nobody.knows", queue="jobs")
        stranger.send_task("export_job.claim", args=[42], queue="jobs")
        stranger.send_task("export_item.record", args=["no", "such", "job"], queue="items.nordlys")
        stranger.send_task("export_job.complete", args=[str(uuid4()), 1], queue="jobs")
    scene.press_export(build_valid_expenses(SeededRandom(13), NORDLYS, ITEMS))
    with_beat(scene)
    scene.wait()
    scene.is_in_order()
    said = scene.cluster.read_log(1)
    assert "nobody.knows" in said
    assert "the logbook has no job" in said


def test_random_deaths_over_many_items_neither_lose_nor_repeat(scene):
    runs = int(os.environ.get("CHAOS_RUNS", "1"))
    for point in ("before_intent", "after_intent", "after_call", "after_answer", "during_report"):
        scene.arm(point, 2 * runs)
    scene.press_export(many(SeededRandom(14), NORDLYS, 200 * runs))
    with_beat(scene)
    scene.start_worker()
    scene.wait(runs)
    scene.is_in_order()


def test_a_worker_killed_on_rabbitmq_with_quorum_queues_neither_loses_nor_repeats(scene):
    prefix = f"chaos-{uuid4().hex[:8]}"
    try:
        with kombu.Connection(RABBITMQ) as broker:
            broker.ensure_connection(max_retries=1, timeout=5)
    except kombu.exceptions.OperationalError:
        skip_or_fail("RabbitMQ")
    scene.cluster.environment |= {"PLEO_EXPORT_BROKER_URL": RABBITMQ, "CHAOS_QUEUES": prefix}
    scene.arm("after_call", 3)
    scene.press_export(many(SeededRandom(15), NORDLYS, 100))
    try:
        with_beat(scene)
        scene.wait()
    finally:
        with kombu.Connection(RABBITMQ) as broker:
            for name in ("jobs", "items.nordlys"):
                broker.default_channel.queue_delete(f"{prefix}-{name}")
    scene.is_in_order()
