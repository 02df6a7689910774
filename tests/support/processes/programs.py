"""Real programs in tests: the command line, a private broker, workers; all of them stopped at the end."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conftest import skip_or_fail

from tasks.demo.broker import NoRedis, start_broker
from tasks.demo.subprocesses import Children

#: Long enough for the slowest machine; a test that waits for it has failed.
TIMEOUT_SECONDS = 90


def run_pleo_export(*arguments: str, environment: Mapping[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command line as a user runs it, with nothing of ours in its environment but what is given."""
    return subprocess.run(
        [sys.executable, "-m", "tasks.cli.__main__", *arguments],
        env=clean_environment() | environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def clean_environment() -> dict[str, str]:
    """Without settings that the machine may have."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PLEO_")}


def wait_until(
    done: Callable[[], object], *, watch: Callable[[], None] = lambda: None, seconds: float = TIMEOUT_SECONDS
) -> None:
    """Ask until it is so; `watch` may raise for what makes waiting pointless."""
    deadline = time.monotonic() + seconds
    while not done():
        watch()
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} seconds in vain for {done}")
        time.sleep(0.05)


@dataclass
class CeleryCluster:
    """A broker and workers."""

    children: Children
    environment: dict[str, str] = field(repr=False)
    directory: Path
    application: str = "tasks"
    workers: int = 0

    def start_worker(self, *options: str) -> int:
        """Its main process' id."""
        self.workers += 1
        name = f"worker{self.workers}"
        command = ["worker", "--loglevel=INFO", "--concurrency=2", f"--hostname={name}@%h", *options]
        self.children.start(name, [sys.executable, "-m", "celery", "-A", self.application, *command], self.environment)
        return self.children.pid(name)

    def start_broker_again(self) -> None:
        """With what its append-only file remembers."""
        start_broker(self.children, self.directory)

    def read_log(self, worker: int) -> str:
        return (self.directory / f"worker{worker}.log").read_text(errors="replace")


@contextmanager
def a_celery_cluster(
    directory: Path, environment: Mapping[str, str], *, application: str = "tasks"
) -> Iterator[CeleryCluster]:
    """A private broker; workers are started by the test."""
    directory.mkdir(exist_ok=True)
    with Children(directory) as children:
        try:
            broker = start_broker(children, directory)
        except NoRedis:
            skip_or_fail("redis-server")
        yield CeleryCluster(children, clean_environment() | broker | environment, directory, application)


def find_processes(text: str) -> Sequence[str]:
    """Command lines of what still runs, in full."""
    listing = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listing.splitlines() if text in line]
