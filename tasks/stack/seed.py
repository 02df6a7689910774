"""What the stack runs on: the configuration that is there, or a sandbox Pleo with ledgers of its own."""

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tasks.demo.broker import broker_command, broker_environment
from tasks.demo.charts import write_charts
from tasks.demo.configuration import FILE, write_configuration
from tasks.web.console.passwords import hashed

CELERY: Final = (sys.executable, "-m", "celery", "-A", "tasks")
FLOWER_SETTINGS: Final = Path(__file__).parent.parent / "flowerconfig.py"
LOGIN: Final = "demo"
USER: Final = '\n[[users]]\nname = "{login}"\npassword = "{password}"\nconnections = ["*"]\n'


@dataclass(frozen=True, slots=True)
class Ports:
    """All of them at 127.0.0.1."""

    web: int
    flower: int
    metrics: int
    pleo: int

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Ports":
        """Each can be moved out of another program's way."""

        def port(name: str, default: int) -> int:
            return int(environment.get(f"PLEO_EXPORT_STACK_{name}_PORT", default))

        return cls(port("WEB", 8000), port("FLOWER", 5555), port("METRICS", 9808), port("PLEO", 8090))


@dataclass(frozen=True, slots=True)
class World:
    """Programs in the order in which they are started, and what they find in their environment."""

    programs: Mapping[str, Sequence[str]]
    environment: Mapping[str, str]


def world_in(directory: Path, ports: Ports) -> World:
    """The same each time: what was made once in this directory is used again."""
    passwords = passwords_in(directory)
    metrics = directory / "metrics"
    metrics.mkdir(exist_ok=True)
    environment = {
        "PLEO_EXPORT_SESSION_SECRET": passwords["session"],
        "PLEO_EXPORT_FLOWER_PASSWORD": passwords["flower"],
        "PLEO_EXPORT_FLOWER_FILE": str(directory / "flower"),
        "PLEO_EXPORT_FLOWER_URL": f"http://127.0.0.1:{ports.flower}",
        "PLEO_EXPORT_WEB_URL": f"http://127.0.0.1:{ports.web}",
    }
    if is_configured():
        return World(_ours(directory, ports), environment)
    sockets = Path(passwords["sockets"])
    sockets.mkdir(mode=0o700, exist_ok=True)
    environment |= _demo(directory, ports, passwords["console"]) | broker_environment(sockets)
    pleo = [sys.executable, "-m", "integration.sandbox", "--port", str(ports.pleo), "--seed", "2026"]
    return World({"broker": broker_command(sockets), "pleo": pleo} | _ours(directory, ports), environment)


def is_configured() -> bool:
    """Whether there is a configuration to run with."""
    return Path(os.environ.get("PLEO_EXPORT_CONFIG", FILE)).exists()


def passwords_in(directory: Path) -> dict[str, str]:
    """Made once, readable by nobody else."""
    file = directory / "passwords.json"
    if not file.exists():
        made = {name: secrets.token_urlsafe(12) for name in ("console", "flower")}
        made["session"] = secrets.token_urlsafe(32)
        made["sockets"] = tempfile.mkdtemp(prefix="pleo-")  # a socket's path has to be short
        private_file(file, json.dumps(made))
    stored: dict[str, str] = json.loads(file.read_text(encoding="ascii"))
    return stored


def private_file(path: Path, text: str) -> None:
    """Readable by nobody else, from its first byte."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _ours(directory: Path, ports: Ports) -> dict[str, list[str]]:
    web = [sys.executable, "-m", "tasks.cli.__main__", "web", "--port", str(ports.web)]
    measured = [f"PROMETHEUS_MULTIPROC_DIR={directory / 'metrics'}", f"PLEO_EXPORT_METRICS_PORT={ports.metrics}"]
    return {
        "worker": ["env", *measured, *CELERY, "worker", "--task-events", "--loglevel=INFO", "--hostname=stack@%h"],
        "beat": [*CELERY, "beat", "--loglevel=INFO", f"--schedule={directory / 'beat'}", "--pidfile="],
        "flower": [*CELERY, "flower", f"--conf={FLOWER_SETTINGS}", f"--port={ports.flower}"],
        "web": web,
    }


def _demo(directory: Path, ports: Ports, password: str) -> dict[str, str]:
    """Written anew each time; the ledgers stay."""
    write_charts(directory / "ledger")
    environment = write_configuration(directory, f"http://127.0.0.1:{ports.pleo}")
    with (directory / FILE).open("a", encoding="utf-8") as file:
        file.write(USER.format(login=LOGIN, password=hashed(password)))
    return environment
