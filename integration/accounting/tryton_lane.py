"""One at a time on this host, for threads and processes alike; nothing is left behind when one of them is killed.

Across hosts nothing is shared but Tryton itself: there its own repeats and ours have to do (see `tryton_records`).
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from integration.errors import AccountingSystemTimeout

WAIT_SECONDS: Final = 120.0
LOOK_AGAIN_SECONDS: Final = 0.02


@contextmanager
def lane(name: str, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Raises `AccountingSystemTimeout` when whoever is in it does not come out."""
    digest = sha256(name.encode()).hexdigest()[:16]
    path = Path(gettempdir()) / f"pleo-export-{os.getuid()}-{digest}.lane"
    with path.open("a") as file:
        _wait(file.fileno(), time.monotonic() + wait_seconds)
        yield  # closing the file gives the lane back


def _wait(descriptor: int, until: float) -> None:
    while True:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until:
                raise AccountingSystemTimeout from error
            time.sleep(LOOK_AGAIN_SECONDS)
        else:
            return
