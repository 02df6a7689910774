"""The lock by which `stop` knows whether a stack runs, with a real process."""

import signal
import subprocess
import sys
from pathlib import Path

from support.processes.programs import clean_environment, wait_until

from tasks.stack.supervisor import LOCK, runs_in

SUPERVISOR_THAT_LINGERS = """
import atexit, pathlib, sys
from tasks.stack.supervisor import supervise
from tasks.stack.seed import World

@atexit.register
def linger():
    print("leaving", flush=True)
    sys.stdin.read()

supervise(pathlib.Path(sys.argv[1]), World(programs={}, environment={}))
"""


def written_in(directory: Path) -> str:
    """To look whether the lock is free takes it for a moment, when nobody else then could."""
    lock = directory / LOCK
    return lock.read_text() if lock.exists() else ""


def test_a_supervisor_that_is_leaving_still_runs_and_one_that_is_gone_does_not(tmp_path):
    command = [sys.executable, "-c", SUPERVISOR_THAT_LINGERS, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=clean_environment()) as supervisor:
        wait_until(lambda: written_in(tmp_path) == str(supervisor.pid))
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == "leaving\n"
        assert runs_in(tmp_path) == supervisor.pid
        supervisor.communicate()
    assert runs_in(tmp_path) is None


def test_two_supervisors_never_run_in_one_directory(tmp_path):
    command = [sys.executable, "-c", SUPERVISOR_THAT_LINGERS, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=clean_environment()) as first:
        wait_until(lambda: written_in(tmp_path) == str(first.pid))
        second = subprocess.run(command, input="", capture_output=True, text=True, env=clean_environment(), check=False)
        assert "RunsAlready" in second.stderr
        assert runs_in(tmp_path) == first.pid
        first.send_signal(signal.SIGTERM)
        first.communicate()
