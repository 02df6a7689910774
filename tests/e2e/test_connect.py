"""`pleo-export connect` and `check` as a person uses them, against the sandbox's authorisation server."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.fernet import Fernet
from support.processes.ports import free_port
from support.processes.programs import clean_environment, run_pleo_export
from support.servers.sandbox_server import RunningSandbox, running_sandbox

from integration.sandbox.oauth.grants import CLIENT
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_seeded_sandbox
from tasks.demo.charts import write_charts
from tasks.demo.configuration import write_configuration

pytestmark = pytest.mark.e2e

OAUTH = """
[connections.oauth]
client_id = "{client}"
client_secret_env = "PLEO_CLIENT_SECRET"
redirect_uri = "http://127.0.0.1:{port}/callback"
scopes = [{scopes}]
"""
SCOPES = ("export-jobs:read", "export-jobs:write", "export-items:read")


@pytest.fixture(scope="module")
def pleo() -> Iterator[RunningSandbox]:
    with running_sandbox(build_seeded_sandbox(expenses=0)) as running:
        yield running


def configured(directory: Path, pleo: RunningSandbox, scopes: tuple[str, ...] = SCOPES) -> dict[str, str]:
    """Nordlys with OAuth, Harbour with its key."""
    environment = write_configuration(directory, pleo.url)
    file = Path(environment["PLEO_EXPORT_CONFIG"])
    text = file.read_text().replace("[pleo]\n", f'[pleo]\nauth_url = "{pleo.url}"\n')
    head, first, *rest = text.split("\n[[connections]]")
    first = re.sub(r"api_key_env = .*\n", "", first)
    quoted = ", ".join(f'"{scope}"' for scope in scopes)
    first += OAUTH.format(client=CLIENT[0], port=free_port(), scopes=quoted)
    file.write_text("\n[[connections]]".join([head, first, *rest]))
    write_charts(directory / "ledger")
    return environment | {"PLEO_CLIENT_SECRET": CLIENT[1], "PLEO_EXPORT_TOKEN_KEY": Fernet.generate_key().decode()}


@contextmanager
def connecting(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, waiting, and the address that it printed."""
    command = [sys.executable, "-m", "tasks.cli.__main__", "connect", "nordlys", "--no-browser"]
    where = clean_environment() | environment
    with subprocess.Popen(command, env=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as waiting:
        try:
            assert waiting.stdout
            lines = [waiting.stdout.readline() for _ in range(3)]
            assert "http" in lines[-1], waiting.communicate()
            yield waiting, lines[-1].strip()
        finally:
            waiting.kill()


def redirect_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["redirect_uri"][0]


def test_a_person_connects_and_check_says_what_with(tmp_path, pleo):
    environment = configured(tmp_path, pleo)
    before = run_pleo_export("check", "--json", "--company", "nordlys", environment=environment, cwd=tmp_path)
    assert "pleo-export connect nordlys" in json.loads(before.stdout)["nordlys"]["mistakes"][0]
    with connecting(environment) as (waiting, url):
        stranger = requests.get(redirect_of(url), params={"code": "stolen", "state": "guessed"}, timeout=5)
        assert (stranger.status_code, "not the answer" in stranger.text) == (400, True)
        back = requests.get(url, params={"company_id": str(NORDLYS.id)}, timeout=5)
        assert (back.status_code, "Done" in back.text) == (200, True)
        out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, err
    assert f"nordlys is connected to company {NORDLYS.id}, with {' '.join(SCOPES)}." in out
    after = run_pleo_export("check", environment=environment, cwd=tmp_path)
    assert after.returncode == 0, after.stdout
    assert f"OAuth token Sandbox of urn:pleo:company:{NORDLYS.id}: {' '.join(SCOPES)}" in after.stdout
    assert f"API key Sandbox of urn:pleo:company:{HARBOUR.id}" in after.stdout
    requests.post(f"{pleo.url}/sandbox/companies/{NORDLYS.id}/revoke", timeout=5)
    ended = json.loads(run_pleo_export("check", "--json", environment=environment, cwd=tmp_path).stdout)
    assert "connect nordlys" in ended["nordlys"]["mistakes"][0]
    assert ended["harbour"]["mistakes"] == []


@pytest.mark.parametrize(
    ("answer", "scopes", "ending"),
    [
        ({"deny": "1"}, SCOPES, (1, "Pleo did not authorise it: access_denied The user said no.")),
        ({"company_id": str(HARBOUR.id)}, SCOPES, (2, f"You authorised urn:pleo:company:{HARBOUR.id}")),
        ({"company_id": str(NORDLYS.id)}, SCOPES[:2], (2, "The authorisation lacks export-items:read")),
    ],
    ids=["refused", "another company", "too few scopes"],
)
def test_an_authorisation_that_cannot_be_used_is_not_kept(tmp_path, pleo, answer, scopes, ending):
    code, told = ending
    environment = configured(tmp_path, pleo, scopes)
    with connecting(environment) as (waiting, url):
        requests.get(url, params=answer, timeout=5)
        _, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, told in err) == (code, True), err
    assert "Traceback" not in err


def test_a_connection_with_a_key_has_nothing_to_connect(tmp_path, pleo):
    answer = run_pleo_export("connect", "harbour", environment=configured(tmp_path, pleo), cwd=tmp_path)
    assert (answer.returncode, "uses an API key" in answer.stderr) == (2, True)
