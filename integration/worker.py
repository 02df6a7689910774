"""Who holds a lease: a name that says where to look whether its holder still lives."""

import os
import socket
import threading
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Worker:
    """One thread of one process on one host."""

    host: str
    pid: int
    thread: int

    @classmethod
    def here(cls) -> Self:
        """The caller."""
        return cls(socket.gethostname(), os.getpid(), threading.get_ident())

    @property
    def name(self) -> str:
        """As written into the logbook."""
        return f"{self.host[:40]}:{self.pid}:{self.thread}"

    def knows_dead(self, owner: str) -> bool:
        """Whether that owner was a process of this host that is gone. Of other hosts nothing is known."""
        host, _, process = owner.partition(":")
        pid = process.partition(":")[0]
        return host == self.host[:40] and pid.isdecimal() and not _lives(int(pid))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
