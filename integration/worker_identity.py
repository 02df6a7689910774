"""Who holds a lease: a name that says where to look whether its holder still lives."""

import functools
import hashlib
import os
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Worker:
    """One thread of one process; `place` is where its process id means something."""

    place: str
    pid: int
    thread: int

    @classmethod
    def here(cls) -> Self:
        """The caller."""
        return cls(_this_place(), os.getpid(), threading.get_ident())

    @property
    def name(self) -> str:
        """As written into the logbook."""
        return f"{self.place}:{self.pid}:{self.thread}"

    def knows_dead(self, owner: str) -> bool:
        """Whether that owner was a process of this place that is gone. Of other places nothing is known."""
        place, _, process = owner.partition(":")
        pid = process.partition(":")[0]
        return place == self.place and pid.isdecimal() and not _lives(int(pid))


@functools.cache
def _this_place() -> str:
    # Hosts may share a name and containers a host; a boot and a process-id name space are shared by nobody else.
    facts = (socket.gethostname(), _said_by("/proc/sys/kernel/random/boot_id"), _process_ids())
    return f"{facts[0][:24]}-{hashlib.sha256(' '.join(facts).encode()).hexdigest()[:16]}"


def _said_by(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _process_ids() -> str:
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return ""


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
