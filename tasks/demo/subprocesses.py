"""Programs that the demo starts, watches and stops."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from integration.errors import ExportError

STOP_SECONDS = 8.0


class ChildStopped(ExportError):
    """{name} stopped by itself ({how}). What it said last is in {log}. Run the demo again."""


class Children:
    """Started in order, stopped in the opposite order, each with everything that it started itself."""

    def __init__(self, log_directory: Path) -> None:
        self._log_directory = log_directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        #: Ctrl-C was pressed. Python may swallow the interrupt where it happens to be, in a destructor for one.
        self.interrupted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in reversed(self._running.values()):
            _stop(child)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """In a process group of its own, so that Ctrl-C reaches us first and we stop them in order.

        One that was started under this name before is stopped, with all that it left behind.
        """
        if name in self._running:
            _stop(self._running[name])
        with self._log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | (environment or {}),
                start_new_session=True,
            )

    def must_run(self) -> None:
        """Raises `ChildStopped` for the first that has ended, and what Ctrl-C raised if that got lost."""
        if self.interrupted:
            raise KeyboardInterrupt
        for name, child in self._running.items():
            if (status := child.poll()) is not None:
                raise ChildStopped(name=f"The {name}", how=_ending(status), log=self._log(name))

    def ended(self) -> list[str]:
        """Those that have stopped by themselves."""
        return [name for name, child in self._running.items() if child.poll() is not None]

    def names(self) -> list[str]:
        """Of all programs, in the order in which they were started."""
        return list(self._running)

    def pid(self, name: str) -> int:
        """Of the program started under this name."""
        return self._running[name].pid

    def _log(self, name: str) -> Path:
        return self._log_directory / f"{name}.log"


def _ending(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit code {status}"


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(STOP_SECONDS)
    _kill_group(child.pid)
    child.wait()


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
