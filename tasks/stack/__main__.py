"""`python -m tasks.stack start` and `stop`."""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import click
import requests

from integration.errors import ExportError, UsageError
from tasks.stack.seed import LOGIN, Ports, is_configured, passwords_in, private_file, world_in
from tasks.stack.supervisor import runs_in, supervise
from tasks.telemetry import logs

START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 90.0
#: For a shell that is to talk to what runs here.
ENVIRONMENT: Final = "environment"
directory_option = click.option(
    "--directory", default="pleo-export-stack", show_default=True, type=click.Path(path_type=Path, file_okay=False)
)


class DidNotStart(ExportError):
    """The stack did not come up in time. What its programs said is in {directory}/*.log."""


@click.group()
def main() -> None:
    """Worker, beat, Flower and web on this machine, supervised."""


@main.command()
@directory_option
def start(directory: Path) -> None:
    """Start everything, wait until it answers, say where it is."""
    directory.mkdir(parents=True, exist_ok=True)
    directory, ports = directory.resolve(), Ports.read(os.environ)
    if not runs_in(directory):
        _start_supervisor(directory)
    _wait_until_it_answers(directory, ports)
    _say_where(directory, ports)


def _start_supervisor(directory: Path) -> None:
    with (directory / "supervisor.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "tasks.stack", "run", "--directory", str(directory)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_until_it_answers(directory: Path, ports: Ports) -> None:
    deadline = time.monotonic() + START_SECONDS
    waiting = [
        f"http://127.0.0.1:{ports.web}/health/ready",
        f"http://127.0.0.1:{ports.flower}/healthcheck",
        f"http://127.0.0.1:{ports.metrics}/metrics",
    ]
    while waiting:
        waiting = [url for url in waiting if not _answers(url)]
        if waiting and time.monotonic() > deadline:
            _stop(directory)
            raise DidNotStart(directory=directory)
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def _say_where(directory: Path, ports: Ports) -> None:
    passwords = passwords_in(directory)
    console = "" if is_configured() else f"   login {LOGIN}, password {passwords['console']}"
    click.echo(f"Export console   http://127.0.0.1:{ports.web}{console}")
    click.echo(f"Flower           http://127.0.0.1:{ports.flower}   login flower, password {passwords['flower']}")
    click.echo(f"Metrics          http://127.0.0.1:{ports.web}/metrics and :{ports.metrics}/metrics (worker)")
    if not is_configured():
        click.echo(f"Pleo's page      http://127.0.0.1:{ports.pleo}   press Export there")
    click.echo(f"Commands         set -a; . {directory}/{ENVIRONMENT}; set +a; pleo-export jobs")
    click.echo(f"Logs             {directory}/*.log")
    click.echo("Stop             make stack-stop")


@main.command()
@directory_option
def stop(directory: Path) -> None:
    """Stop everything; what is begun is finished first."""
    click.echo("Stopped." if _stop(directory) else "No stack runs here.")


def _stop(directory: Path) -> bool:
    """Whether there was one to stop."""
    pid = runs_in(directory)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while runs_in(directory):
        if time.monotonic() > deadline:
            raise UsageError(f"The stack does not stop; its supervisor is process {pid}.")
        time.sleep(0.1)
    return True


@main.command(hidden=True)
@directory_option
def run(directory: Path) -> None:
    """Be the supervisor."""
    logs.set_up()
    world = world_in(directory, Ports.read(os.environ))
    lines = (f"{name}={shlex.quote(value)}\n" for name, value in world.environment.items())
    private_file(directory / ENVIRONMENT, "".join(lines))
    supervise(directory, world)


if __name__ == "__main__":
    try:
        main()
    except ExportError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
