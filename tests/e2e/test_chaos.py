"""Every fault that we can cause, against a ledger that records whatever it is told.

After each: nothing recorded twice, nothing lost, one accepted final event that agrees with the items, no rule of
Pleo's broken on the way.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from naive_ledger import NaiveLedger
from programs import Plant, a_plant, wait_until
from sandbox_server import RunningSandbox, running_sandbox

from integration.pleo.models import ItemStatus
from integration.sandbox.chance import Chance
from integration.sandbox.nordlys import NORDLYS
from integration.sandbox.rules import Sandbox
from integration.sandbox.scenarios import all_right
from tasks.demo.configuration import write_configuration

pytestmark = pytest.mark.e2e
ITEMS = 12


@dataclass
class Scene:
    """A plant with faults in it, a strict Pleo and a naive ledger."""

    plant: Plant
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
        self.plant.environment |= environment
        return self.plant.start_worker(*options)

    def ended(self) -> bool:
        return self.pleo.sandbox.get_job(NORDLYS, self.job).completed_at is not None

    def wait(self) -> None:
        wait_until(self.ended)

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
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        if database:
            environment["PLEO_EXPORT_DATABASE_URL"] = database
        configuration = Path(environment["PLEO_EXPORT_CONFIG"])
        configuration.write_text(configuration.read_text().partition('[[connections]]\nname = "harbour"')[0])
        with a_plant(directory / "plant", environment, application="chaos_app") as plant:
            yield Scene(plant, running, NaiveLedger(directory / "ledger" / "nordlys"), tokens)


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
    scene.press_export(all_right(Chance(1), NORDLYS, ITEMS))
    scene.start_worker("--beat", f"--schedule={scene.plant.directory}/beat")
    scene.wait()
    scene.is_in_order()
