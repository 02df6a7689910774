"""What the sandbox has beside the Export API, as an integrator meets it: subscriptions, tokens with scopes, pages."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import requests
from pydantic import SecretStr
from support.contracts.openapi_contract import create_checked_session
from support.servers.oauth_sandbox import OAuthBench, an_oauth_bench
from support.servers.sandbox_server import RunningSandbox, running_sandbox

from integration import errors
from integration.pleo.client import PleoClient
from integration.pleo.oauth.credential import BearerAuth
from integration.pleo.transport import Transport
from integration.sandbox.oauth.grants import CLIENT
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_seeded_sandbox

WISH = {"endpointUrl": "http://127.0.0.1:9/hook", "eventTypes": ["v1.export-job.created"]}
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def pleo() -> Iterator[RunningSandbox]:
    with running_sandbox(build_seeded_sandbox(expenses=0)) as running:
        yield running


@pytest.fixture
def bench(tmp_path) -> Iterator[OAuthBench]:
    with an_oauth_bench(f"sqlite:///{tmp_path}/logbook.db") as made:
        yield made


def test_a_subscription_lives_and_its_history_outlives_it(pleo):
    with create_checked_session(NORDLYS.api_key) as session:
        url = f"{pleo.url}/v1/subscriptions"
        made = session.post(url, json=WISH, timeout=5).json()["data"]
        one = f"{url}/{made['id']}"
        assert session.get(f"{one}/secret", timeout=5).json()["data"]["secretKey"].startswith("whsec_")
        changed = session.put(one, json=WISH | {"status": "INACTIVE"}, timeout=5).json()["data"]
        assert changed["status"] == "INACTIVE"
        assert session.get(url, params={"status": "ACTIVE"}, timeout=5).json()["data"] == []
        assert session.delete(one, timeout=5).status_code == 204
        assert session.get(one, timeout=5).status_code == 404
        history = session.get(f"{one}/activities", timeout=5).json()["data"]
        assert [line["operationType"] for line in history] == ["CREATE", "UPDATE", "DELETE"]


def test_a_subscription_is_its_companys_own(pleo):
    with create_checked_session(NORDLYS.api_key) as ours, create_checked_session(HARBOUR.api_key) as theirs:
        made = ours.post(f"{pleo.url}/v1/subscriptions", json=WISH, timeout=5).json()["data"]
        for path in ("", "/secret", "/activities"):
            answer = theirs.get(f"{pleo.url}/v1/subscriptions/{made['id']}{path}", timeout=5)
            assert answer.status_code == 404
        assert theirs.get(f"{pleo.url}/v1/subscriptions", timeout=5).json()["data"] == []
    assert requests.get(f"{pleo.url}/v1/subscriptions", timeout=5).status_code == 401


@pytest.mark.parametrize(
    "change", [{"eventTypes": []}, {"eventTypes": ["a", "a"]}, {"endpointUrl": "ftp://x"}, {"status": "ASLEEP"}]
)
def test_a_wish_that_pleo_does_not_publish_is_refused(pleo, change):
    answer = requests.post(f"{pleo.url}/v1/subscriptions", json=WISH | change, auth=(NORDLYS.api_key, ""), timeout=5)
    assert answer.status_code == 400


def test_a_token_may_do_what_its_scopes_say_and_no_more(bench):
    pair = bench.authorise(scope="export-jobs:read")
    pleo = PleoClient(Transport(bench.pleo.url, BearerAuth(pair.access_token)))
    assert list(pleo.export_jobs(NORDLYS.id)) == []
    assert pleo.introspect().scope == "export-jobs:read"
    with pytest.raises(errors.PleoForbidden):
        list(pleo.export_items(uuid4()))
    pleo.close()


def test_a_token_that_nobody_gave_is_no_token(bench):
    pleo = PleoClient(Transport(bench.pleo.url, BearerAuth(SecretStr("invented"))))
    with pytest.raises(errors.PleoUnauthenticated):
        list(pleo.export_jobs(NORDLYS.id))
    pleo.close()


def test_a_token_can_be_looked_into_by_its_client_only(bench):
    token = bench.authorise().access_token.get_secret_value()
    url = f"{bench.pleo.url}/oauth/token/introspect"
    told = requests.post(url, data={"token": token}, auth=CLIENT, timeout=5).json()
    assert (told["active"], told["urn:pleo:params:oauth:subject_urn"]) == (True, f"urn:pleo:company:{NORDLYS.id}")
    assert requests.post(url, data={"token": "invented"}, auth=CLIENT, timeout=5).json() == {"active": False}
    assert requests.post(url, data={"token": token}, auth=("x", "y"), timeout=5).status_code == 401


def test_nobody_is_sent_to_an_address_that_is_not_registered(bench):
    asked = {"client_id": CLIENT[0], "redirect_uri": "https://elsewhere.test/", "company_id": str(NORDLYS.id)}
    answer = requests.get(f"{bench.pleo.url}/oauth/authorize", params=asked, allow_redirects=False, timeout=5)
    assert answer.status_code == 400


def test_people_get_pages_without_scripts(bench):
    for url in (f"{bench.pleo.url}/sandbox/webhooks", bench.server.authorisation().url):
        answer = requests.get(url, headers=HTML, timeout=5)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert NORDLYS.name.partition(" ")[0] in answer.text
        assert "<script" not in answer.text


def test_the_form_leads_back_to_its_page(pleo):
    answer = requests.post(f"{pleo.url}/sandbox/webhooks", data={"manner": "plain"}, allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sandbox/webhooks")
    unknown = {"manner": "plain", "job_id": str(uuid4())}
    assert requests.post(f"{pleo.url}/sandbox/webhooks", json=unknown, timeout=5).status_code == 404
