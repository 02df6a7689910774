"""The sandbox as a process of its own, as the demo and any script start it."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from integration.sandbox.world.sample_nordlys import NORDLYS


@contextmanager
def process(tmp_path: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    file = tmp_path / "url"
    command = [sys.executable, "-m", "integration.sandbox", "--port", "0", "--port-file", str(file), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as sandbox:
        try:
            assert sandbox.stdout
            said = sandbox.stdout.readline()
            yield sandbox, said.split()[-1]
        finally:
            sandbox.kill()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_answers_and_leaves_cleanly(tmp_path, told):
    with process(tmp_path, "--expenses", "17", "--seed", "5") as (sandbox, url):
        answer = requests.get(f"{url}/v3/export-jobs", auth=(NORDLYS.api_key, ""), timeout=5)
        assert answer.json()["data"] == []
        assert (tmp_path / "url").read_text() == url
        sandbox.send_signal(told)
        assert sandbox.communicate(timeout=30) == ("", "")
        assert sandbox.returncode == 0


def test_a_port_that_is_taken_is_told_in_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "integration.sandbox", "--port", port]
        sandbox = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert sandbox.returncode == 1
    assert sandbox.stderr.startswith(f"Cannot listen on port {port} of 127.0.0.1: Address already in use")
