"""The demo from start to end: start everything, press Export, watch, show what came of it, stop everything."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

import click

from integration.errors import UsageError
from tasks.demo.processes import running
from tasks.demo.seed import batches

#: The demo's own directory is known by this file, so that nobody else's is emptied by mistake.
MARK: Final = ".pleo-export-demo"


def run_demo(directory: Path, *, items: int, keep: bool) -> None:
    """Raises an `ExportError` with what to do when something stops on the way."""
    directory = _emptied(directory.resolve())
    click.echo("Starting a broker, a sandbox Pleo, a worker and Flower …")
    # A socket's path has to be short, and the directory may be anywhere.
    with tempfile.TemporaryDirectory(prefix="pleo-") as sockets, running(directory, Path(sockets), items) as machines:
        from tasks.demo.export import export
        from tasks.demo.report import print_report, print_where_to_look

        print_report(export(batches(items), machines.children, directory), machines)
        print_where_to_look(machines, keep=keep)
        while keep:
            machines.children.must_run()
            time.sleep(0.5)


def _emptied(directory: Path) -> Path:
    if directory.exists() and any(directory.iterdir()) and not (directory / MARK).exists():
        raise UsageError(f"{directory} is not empty and not the demo's. Choose another --directory.")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / MARK).touch()
    return directory
