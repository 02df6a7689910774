"""CPU and memory of programs and what they start, read while they run."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import psutil

SECONDS = 0.2


@dataclass
class Usage:
    """By role: seconds of CPU, and the most bytes that one process of it held."""

    cpu: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)


class Meters:
    """Reads every fifth of a second; a child of a program counts as `<program> pool`."""

    def __init__(self, programs: Mapping[str, int]) -> None:
        self._programs = programs
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._before: dict[int, float] = {}
        self._cpu: dict[str, dict[int, float]] = {}
        self.usage = Usage()

    def __enter__(self) -> Self:
        self._read(first=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._read()
        self.usage.cpu = {role: sum(seconds.values()) for role, seconds in self._cpu.items()}

    def add(self, name: str, pid: int) -> None:
        """One that was started meanwhile."""
        self._programs = {**self._programs, name: pid}

    def _watch(self) -> None:
        while not self._stop.wait(SECONDS):
            self._read()

    def _read(self, *, first: bool = False) -> None:
        for name, pid in self._programs.items():
            try:
                program = psutil.Process(pid)
                children = program.children(recursive=True)
            except psutil.NoSuchProcess:
                continue
            self._note(name, program, first=first)
            for child in children:
                self._note(f"{name} pool", child, first=first)

    def _note(self, role: str, process: psutil.Process, *, first: bool) -> None:
        try:
            times, memory = process.cpu_times(), process.memory_info().rss
        except psutil.NoSuchProcess:
            return
        spent = times.user + times.system
        if first:
            self._before[process.pid] = spent
        self._cpu.setdefault(role, {})[process.pid] = spent - self._before.get(process.pid, 0.0)
        self.usage.memory[role] = max(self.usage.memory.get(role, 0), memory)
