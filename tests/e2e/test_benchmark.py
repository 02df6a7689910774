"""The benchmark runs; what it measures is nobody's expectation."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.processes.programs import clean_environment

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("section", ["ceilings", "costs", "start-up"])
def test_a_section_of_the_benchmark_gives_a_table(section):
    paths = os.pathsep.join(str(ROOT / path) for path in ("tests", "tests/benchmarks"))
    command = [sys.executable, str(ROOT / "tests/benchmarks/bench.py"), "--print", "--scale", "0.03", section]
    answer = subprocess.run(
        command,
        env=clean_environment() | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("| ")
