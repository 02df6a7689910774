"""The demo, as the README's first command runs it."""

import os
import signal
import subprocess
import sys

import psutil
import pytest
from support.processes.programs import TIMEOUT_SECONDS, clean_environment, find_processes, wait_until

pytestmark = pytest.mark.e2e


def start_demo(directory, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tasks.cli.__main__", "demo", "--directory", str(directory / "demo"), *options],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def child_that_runs(demo: subprocess.Popen[str], words: str) -> psutil.Process:
    found: list[psutil.Process] = []

    def appears() -> bool:
        children = psutil.Process(demo.pid).children()
        found[:] = [child for child in children if words in " ".join(child.cmdline())]
        return bool(found)

    wait_until(appears)
    return found[0]


def end_of(demo: subprocess.Popen[str]) -> tuple[int, str]:
    with demo:
        try:
            output, _ = demo.communicate(timeout=TIMEOUT_SECONDS)
        finally:
            demo.kill()
    return demo.returncode, output


def test_the_demo_shows_the_whole_path_and_leaves_nothing_running(tmp_path):
    code, output = end_of(start_demo(tmp_path))
    assert code == 0, output
    for event in ("completed", "completed_with_er", "failed"):
        assert event in output
    assert "accepts it" in output
    wait_until(lambda: not find_processes(str(tmp_path)))


@pytest.mark.parametrize(
    ("words", "name"), [("redis", "The broker"), ("celery -A tasks worker", "The worker"), ("demo.pleo", "The pleo")]
)
def test_a_program_that_dies_during_the_demo_ends_it_with_a_sentence(tmp_path, words, name):
    demo = start_demo(tmp_path, "--keep")
    child_that_runs(demo, "flower")  # the last one to be started
    os.kill(child_that_runs(demo, words).pid, signal.SIGKILL)
    code, output = end_of(demo)
    assert code == 1
    assert f"{name} stopped by itself (SIGKILL)" in output
    assert "Traceback" not in output
    wait_until(lambda: not find_processes(str(tmp_path)))


def test_ctrl_c_stops_everything_that_it_started(tmp_path):
    demo = start_demo(tmp_path, "--keep")
    child_that_runs(demo, "flower")
    demo.send_signal(signal.SIGINT)
    end_of(demo)
    wait_until(lambda: not find_processes(str(tmp_path)))


def test_a_directory_that_is_not_the_demos_is_left_alone(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "books.txt").write_text("precious")
    code, output = end_of(start_demo(tmp_path))
    assert code == 2
    assert "is not empty and not the demo's" in output
    assert (tmp_path / "demo" / "books.txt").read_text() == "precious"
