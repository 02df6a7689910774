"""Everything that the demo runs: broker, Pleo, worker, Flower."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from integration.errors import ExportError
from tasks.demo.broker import start_broker
from tasks.demo.charts import write_charts
from tasks.demo.configuration import write_configuration
from tasks.demo.subprocesses import Children

START_SECONDS: Final = 60.0
#: Flower runs beside it, so it tells of tasks from the first on.
WORKER: Final = ("worker", "--task-events", "--beat", "--loglevel=INFO", "--concurrency=2", "--hostname=demo@%h")


class DidNotStart(ExportError):
    """The {name} did not start in time. What it said is in {log}."""


@dataclass(frozen=True, slots=True)
class Machines:
    """What runs, and where it can be looked at."""

    children: Children
    directory: Path
    pleo_url: str
    flower_url: str


@contextmanager
def running(directory: Path, socket_directory: Path, items: int) -> Iterator[Machines]:
    """Start everything; whatever happens, all of it is stopped at the end. Sets this process's environment too."""
    with Children(directory) as children, _noticing_ctrl_c(children):
        os.environ |= start_broker(children, socket_directory)
        pleo_url = _start_pleo(children, directory, items)
        os.environ |= write_configuration(directory, pleo_url)
        write_charts(directory / "ledger")
        celery = [sys.executable, "-m", "celery", "-A", "tasks"]
        children.start("worker", [*celery, *WORKER, f"--schedule={directory / 'beat'}"])
        port = _free_port()
        children.start("flower", [*celery, "flower", "--address=127.0.0.1", f"--port={port}"])
        with _blaming(children):
            yield Machines(children, directory, pleo_url, f"http://127.0.0.1:{port}")


@contextmanager
def _noticing_ctrl_c(children: Children) -> Iterator[None]:
    def notice(_signal: int, _frame: FrameType | None) -> None:
        children.interrupted = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _blaming(children: Children) -> Iterator[None]:
    """What fails because a child died is the child's death, whatever it looks like from here."""
    try:
        yield
    except Exception:
        children.must_run()
        raise


def _start_pleo(children: Children, directory: Path, items: int) -> str:
    url_file = directory / "pleo.url"
    children.start("pleo", [sys.executable, "-m", "tasks.demo.pleo", str(items), str(url_file)])
    deadline = time.monotonic() + START_SECONDS
    while not (url_file.exists() and url_file.stat().st_size):
        children.must_run()
        if time.monotonic() > deadline:
            raise DidNotStart(name="sandbox Pleo", log=directory / "pleo.log")
        time.sleep(0.05)
    return url_file.read_text(encoding="ascii")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
