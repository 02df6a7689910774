"""What every contestant runs in: a Pleo and a broker of its own, a fresh logbook and ledger, meters on all of it."""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

import redis
from bench_ledger import Counted, count_anew, counted_in
from bench_pleo import companies
from meters import Meters, Usage
from support.processes.programs import clean_environment, wait_until

from integration.sandbox.world.companies import Company
from tasks.demo.broker import SOCKET, start_broker
from tasks.demo.ledger import write_chart
from tasks.demo.subprocesses import Children

HERE = Path(__file__).parent
_CONNECTION = """
[[connections]]
name = "{company.name}"
company_id = "{company.id}"
api_key_env = "BENCH_KEY_{company.name}"
accounting_system = "beancount"
posting = "draft"
{limits}
[connections.accounts]
{accounts}

[connections.beancount]
directory = "ledger/{company.name}"
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """What one run is made of, whoever runs in it."""

    items: int = 1000
    latency_ms: float = 0
    ledger: str = "beancount"
    concurrency: int = 16
    enforced: bool = False
    companies: int = 1
    #: What the ledger takes in a minute; 0 is any number.
    per_minute: int = 0
    events: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it. Times are seconds since it was triggered."""

    items: int
    seconds: float
    first_recorded: float
    last_recorded: float
    counted: Counted
    usage: Usage
    marks: dict
    #: What is left in the broker's Redis.
    keys_left: int

    @property
    def requests(self) -> float:
        """To Pleo, for each item."""
        return self.marks["requests"]["answered"] / self.items

    @property
    def rate(self) -> float:
        """Items a second, from the trigger to the event that Pleo accepted."""
        return self.items / self.seconds


@dataclass
class Scene:
    """Alive until its block is left."""

    setting: Setting
    directory: Path
    sockets: Path
    children: Children
    environment: dict[str, str]
    pleo_url: str
    companies: list[Company] = field(default_factory=list)

    def start(self, name: str, *command: str, **environment: str) -> None:
        self.children.start(name, command, self.environment | environment)

    def python(self, *words: str) -> tuple[str, ...]:
        return (sys.executable, *words)

    def script(self, file: str, *words: str) -> tuple[str, ...]:
        return (sys.executable, str(HERE / file), *words)

    def press(self, items: int | None = None, company: int = 0) -> str:
        """Export, at Pleo; the job's id."""
        count = self.setting.items if items is None else items
        answer = self._ask("POST", f"/bench/press?company={self.companies[company].id}&items={count}")
        return str(answer["job_id"])

    def marks(self) -> dict:
        return self._ask("GET", "/bench/marks")

    def ended_at(self, job_id: str) -> float | None:
        moved = self.marks()["events"].get(job_id, {})
        return next((at for event, at in moved.items() if event != "started"), None)

    def wait_for_line(self, name: str, line: str) -> None:
        log = self.directory / f"{name}.log"
        wait_until(lambda: line in log.read_text(errors="replace"), watch=self._must_run)

    def redis(self, db: int = 0) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.sockets / SOCKET), db=db)

    def count_anew(self) -> None:
        count_anew(self.directory / "counters")
        self._ask("POST", "/bench/anew")

    def counted(self) -> Counted:
        return counted_in(self.directory / "counters")

    def _must_run(self) -> None:
        self.children.must_run()
        time.sleep(0.1)

    def _ask(self, method: str, path: str) -> dict:
        with urlopen(Request(self.pleo_url + path, method=method)) as answer:
            return json.load(answer)


@contextmanager
def a_scene(setting: Setting) -> Iterator[Scene]:
    """Nothing of it stays."""
    with ExitStack() as stack:
        sockets = Path(stack.enter_context(TemporaryDirectory(prefix="pb-")))  # a socket's path has to be short
        place = os.environ.get("BENCH_DIRECTORY")
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="pleo-bench-", dir=place)))
        children = stack.enter_context(Children(directory))
        (directory / "counters").mkdir()
        broker = start_broker(children, sockets)
        pleo = _start_pleo(children, directory, setting)
        known = companies(setting.companies)
        _configure(directory, pleo, known, setting)
        environment = clean_environment() | broker | _environment(directory, sockets, setting)
        environment |= {f"BENCH_KEY_{company.name}": company.api_key for company in known}
        yield Scene(setting, directory, sockets, children, environment, pleo, known)


def _environment(directory: Path, sockets: Path, setting: Setting) -> dict[str, str]:
    return {
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)]),
        "PLEO_EXPORT_CONFIG": str(directory / "pleo-export.toml"),
        "PLEO_EXPORT_DATABASE_URL": f"sqlite:///{directory / 'logbook.db'}",
        "BENCH_COUNTERS": str(directory / "counters"),
        "BENCH_LATENCY_MS": str(setting.latency_ms),
        "BENCH_LEDGER": setting.ledger,
        "BENCH_PER_MINUTE": str(setting.per_minute),
        "BENCH_SOCKET": str(sockets / SOCKET),
    }


def _start_pleo(children: Children, directory: Path, setting: Setting) -> str:
    url_file = directory / "pleo.url"
    enforced = "enforced" if setting.enforced else "free"
    command = [sys.executable, str(HERE / "bench_pleo.py"), str(url_file), str(setting.companies), enforced]
    children.start("pleo", command, {"PYTHONPATH": str(HERE)})
    wait_until(url_file.exists, watch=children.must_run)
    return url_file.read_text()


def _configure(directory: Path, pleo: str, known: Sequence[Company], setting: Setting) -> None:
    rate = 500 if setting.enforced else 1_000_000
    text = f'[pleo]\nbase_url = "{pleo}"\nrequests_per_minute = {rate}\n'
    limits = f"[connections.limits]\nper_minute = {setting.per_minute}\n" if setting.per_minute else ""
    for company in known:
        accounts = company.accounts.model_dump(exclude_none=True)
        lines = "\n".join(f'{name} = "{number}"' for name, number in accounts.items())
        text += _CONNECTION.format(company=company, accounts=lines, limits=limits)
        write_chart(company, directory / "ledger" / company.name)
    (directory / "pleo-export.toml").write_text(text)


@contextmanager
def measured(scene: Scene) -> Iterator[Meters]:
    """Meters on everything that the scene has started."""
    meters = Meters({name: scene.children.pid(name) for name in scene.children.names()})
    with meters:
        yield meters


def run_of(scene: Scene, meters: Meters, job_id: str, triggered: float) -> Run:
    """Once the job has ended."""
    marks, counted = scene.marks(), scene.counted()
    ended = scene.ended_at(job_id)
    items = marks["items"][job_id]
    if items != {"successful": scene.setting.items}:
        raise RuntimeError(f"not everything was recorded: {items}")
    return Run(
        items=scene.setting.items,
        seconds=ended - triggered,
        first_recorded=counted.first - triggered,
        last_recorded=counted.last - triggered,
        counted=counted,
        usage=meters.usage,
        marks=marks,
        keys_left=_keys_left(scene),
    )


def _keys_left(scene: Scene) -> int:
    client = scene.redis()
    keys = sum(section["keys"] for name, section in client.info("keyspace").items() if name.startswith("db"))
    client.close()
    return keys
