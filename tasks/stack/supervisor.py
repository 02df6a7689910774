"""Keeps the stack running: a program that stops by itself is started again, later each time while it keeps stopping."""

import fcntl
import logging
import os
import signal
import time
from collections import Counter
from pathlib import Path
from threading import Event
from typing import Final

from integration.errors import UsageError
from tasks.demo.subprocesses import Children
from tasks.stack.seed import World

log = logging.getLogger(__name__)

LOCK: Final = "supervisor.pid"
LONGEST_WAIT: Final = 30.0
#: One that ran for so long is taken to have been well.
WELL_AFTER: Final = 60.0


class RunsAlready(UsageError):
    """A stack runs in this directory. Stop it first: make stack-stop."""


def supervise(directory: Path, world: World) -> None:
    """Until told to stop by SIGTERM or Ctrl-C; then everything is stopped in the opposite order."""
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    _take_lock(directory)
    with Children(directory) as children:
        watch = _Watch(children, world)
        watch.start_all()
        while not stop.wait(0.5):
            watch.start_again()


class _Watch:
    def __init__(self, children: Children, world: World) -> None:
        self._children, self._world = children, world
        self._failures: Counter[str] = Counter()
        self._started: dict[str, float] = {}

    def start_all(self) -> None:
        for name in self._world.programs:
            self._start(name)

    def start_again(self) -> None:
        for name in self._children.ended():
            ran = time.monotonic() - self._started[name]
            if ran > WELL_AFTER:
                del self._failures[name]
            if ran >= min(2.0 ** self._failures[name] - 1, LONGEST_WAIT):
                self._failures[name] += 1
                log.warning("started again", extra={"program": name, "ran_seconds": round(ran)})
                self._start(name)

    def _start(self, name: str) -> None:
        self._children.start(name, self._world.programs[name], self._world.environment)
        self._started[name] = time.monotonic()


def _take_lock(directory: Path) -> None:
    """Raises `RunsAlready`.

    A bare descriptor, which the system closes when this process is gone and nothing closes before: whoever finds
    the lock free finds nothing running either.
    """
    lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise RunsAlready from None
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())


def runs_in(directory: Path) -> int | None:
    """The supervisor's process id, `None` where none runs."""
    path = directory / LOCK
    if not path.exists():
        return None
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            written = file.read()
            return int(written) if written else None
    return None
