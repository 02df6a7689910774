"""`pleo-export sandbox` as an integrator starts it: strict or not, with faults from the first request on."""

import re
import subprocess
import sys

import pytest
import requests
from support.processes.programs import clean_environment, run_pleo_export

from integration.sandbox.world.sample_nordlys import NORDLYS

pytestmark = pytest.mark.e2e


def test_faults_and_choices_are_there_from_the_first_request_on(tmp_path):
    command = [sys.executable, "-m", "tasks.cli.__main__", "sandbox", "--port", "0", "--accept", "repeated_start"]
    faults = ["--fault", "unavailable:operation=list_jobs,times=1", "--fault", "rate_limited_for:times=1,seconds=7"]
    environment = clean_environment() | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([*command, *faults], env=environment, stdout=subprocess.PIPE, text=True) as sandbox:
        try:
            assert sandbox.stdout
            found = re.search(r"http://\S+", sandbox.stdout.readline())
            assert found
            with requests.Session() as pleo:
                pleo.auth = (NORDLYS.api_key, "")
                answers = [pleo.get(f"{found[0]}/v3/export-jobs", timeout=5) for _ in range(3)]
                assert [answer.status_code for answer in answers] == [503, 429, 200]
                assert answers[1].headers["retry-after"] == "7"
                job = pleo.post(f"{found[0]}/sandbox/companies/{NORDLYS.id}/export", json={}, timeout=5).json()["data"]
                body = {"jobId": job["id"], "event": "started"}
                started = [pleo.post(f"{found[0]}/v3/export-job-events", json=body, timeout=5) for _ in range(2)]
                assert [answer.status_code for answer in started] == [202, 202]
        finally:
            sandbox.kill()


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--accept", "everything", "one of unknown_reason_type"),
        ("--fault", "earthquake", "earthquake: kind"),
        ("--fault", "slow:speed=3", "speed"),
        ("--fault", "slow:seconds=soon", "seconds"),
    ],
)
def test_what_the_sandbox_does_not_know_is_said(tmp_path, option, value, told):
    answer = run_pleo_export("sandbox", option, value, environment={}, cwd=tmp_path)
    assert (answer.returncode, told in answer.stderr, "Traceback" in answer.stderr) == (2, True, False), answer.stderr
