"""The sandbox over a real wire: every answer is held against Pleo's published contract."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import requests
from support.contracts.openapi_contract import check_request, create_checked_session, load_contract
from support.servers.sandbox_server import RunningSandbox, running_sandbox

from integration.pleo.models import ItemType
from integration.sandbox.api.paging import PageSizes
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.companies import Company
from integration.sandbox.world.expenses import Expense
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_expenses_with_refusals, build_valid_expenses, many
from integration.sandbox.world.seeded_random import SeededRandom


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(Sandbox(), sizes=PageSizes(default=5, largest=20)) as running:
        yield running


@dataclass
class Client:
    """One company's key at the sandbox."""

    running: RunningSandbox
    company: Company
    session: requests.Session

    def call(self, method: str, path: str, **rest: object) -> requests.Response:
        return self.session.request(method, f"{self.running.url}{path}", timeout=5, **rest)

    def add(self, expenses: list[Expense]) -> list[str]:
        self.running.sandbox.add_expenses(self.company.id, expenses)
        return [str(expense.item.accounting_entry_id) for expense in expenses]

    def press_export(self, entries: list[str] | None = None) -> str:
        body = {} if entries is None else {"accountingEntryIds": entries}
        answer = requests.post(f"{self.running.url}/sandbox/companies/{self.company.id}/export", json=body, timeout=5)
        assert answer.status_code == 201
        return answer.json()["data"]["id"]

    def event(self, job: str, event: str, **reasons: str) -> requests.Response:
        return self.call("POST", "/v3/export-job-events", json={"jobId": job, "event": event, **reasons})

    def report(self, job: str, updates: list[dict[str, str]]) -> requests.Response:
        return self.call("PUT", f"/v3/export-jobs/{job}/items", json=updates)

    def all(self, path: str, **parameters: str) -> list[dict]:
        elements, after = [], {}
        while True:
            answer = self.call("GET", path, params={**parameters, **after}).json()
            elements += answer["data"]
            if not answer["pagination"]["hasNextPage"]:
                return elements
            after = {"after": answer["pagination"]["endCursor"]}


def client_of(running: RunningSandbox, company: Company) -> Client:
    running.sandbox.add_company(company)
    return Client(running, company, create_checked_session(company.api_key))


@pytest.fixture
def pleo(running: RunningSandbox) -> Iterator[Client]:
    """A company of the test's own."""
    company = replace(NORDLYS, id=uuid4(), api_key=f"key-{uuid4()}")
    client = client_of(running, company)
    yield client
    client.session.close()
    running.faults.replace(())


def successful(entry: str) -> dict[str, str]:
    return {
        "accountingEntryId": entry,
        "status": "successful",
        "exportedAt": "2026-04-22T10:08:56Z",
        "externalId": "JE-1",
        "externalUrl": "https://books.example/JE-1",
    }


def test_the_contract_is_at_hand():
    if load_contract() is None:
        pytest.skip("Pleo's OpenAPI document is not at hand (PLEO_OPENAPI): nothing was checked against it")


def test_a_whole_export_from_the_button_to_the_final_event(pleo):
    entries = pleo.add(build_expenses_with_refusals(SeededRandom(1), pleo.company, len(ItemType) + 8))
    job = pleo.press_export()
    (head,) = pleo.all("/v3/export-jobs", company_id=str(pleo.company.id), statuses="pending")
    assert (head["id"], head["numberOfItems"], head["expiresIn"]) == (job, len(entries), 3600)
    assert pleo.event(job, "started").status_code == 202
    rows = pleo.all(f"/v3/export-jobs/{job}/items")
    items = pleo.all("/v3/export-items", job_id=job)
    assert [row["accountingEntryId"] for row in rows] == [item["accountingEntryId"] for item in items] == entries
    assert {item["type"] for item in items} == set(ItemType)
    failed = {"status": "failed", "failureReason": "Closed", "failureReasonType": "account_unknown"}
    result = pleo.report(job, [*map(successful, entries[1:]), {"accountingEntryId": entries[0], **failed}]).json()
    assert (len(result["data"]), result["errors"]) == (len(entries), [])
    assert pleo.event(job, "completed_with_errors").content == b""
    finished = pleo.call("GET", f"/v3/export-jobs/{job}").json()["data"]
    assert (finished["status"], finished["failureReason"]) == ("completed_with_errors", None)
    assert [row["accountingEntryId"] for row in pleo.all(f"/v3/export-jobs/{job}/items", status="failed")] == entries[
        :1
    ]


def test_a_job_can_be_asked_for_through_the_api(pleo):
    entries = pleo.add(many(SeededRandom(1), pleo.company, 2))
    body = {"companyId": str(pleo.company.id), "accountingEntryIds": entries, "isInteractive": None, "options": None}
    answer = pleo.call("POST", "/v3/export-jobs", json=body)
    assert answer.status_code == 201
    assert answer.json()["data"]["isInteractive"] is True
    again = pleo.call("POST", "/v3/export-jobs", json=body)
    assert (again.status_code, again.json()["type"]) == (409, "EXPORT_ALREADY_IN_PROGRESS")


def test_refusals_have_pleos_statuses_and_types(pleo):
    (entry,) = pleo.add(many(SeededRandom(1), pleo.company, 1))
    job, nobody = pleo.press_export(), str(uuid4())
    answers = [
        pleo.call("GET", f"/v3/export-jobs/{nobody}"),
        pleo.call("GET", f"/v3/export-jobs/{nobody}/items"),
        pleo.report(nobody, []),
        pleo.report(job, [successful(entry)] * 101),
        pleo.event(job, "completed"),
        pleo.event(job, "failed"),
        pleo.event(job, "started"),
        pleo.event(job, "failed"),
        pleo.report(job, []),
        pleo.call("GET", "/v3/export-items", params={"job_id": job}),
        pleo.event(job, "started"),
    ]
    assert [(answer.status_code, answer.json()["type"]) for answer in answers if answer.status_code != 202] == [
        (404, "EXPORT_NOT_FOUND"),
        (404, "EXPORT_NOT_FOUND"),
        (404, "EXPORT_NOT_FOUND"),
        (413, "EXPORT_JOB_ITEMS_UPDATE_LIMIT"),
        (422, "INVALID_EXPORT_JOB_STATUS_CHANGE"),
        (422, "INVALID_EXPORT_JOB_STATUS_CHANGE"),
        (422, "EXPORT_JOB_STATUS_UNPROCESSABLE"),
        (422, "EXPORT_JOB_STATUS_UNPROCESSABLE"),
        (422, "INVALID_EXPORT_JOB_STATUS_CHANGE"),
    ]


@pytest.mark.parametrize(
    ("method", "path", "rest"),
    [
        ("GET", "/v3/export-jobs?statuses=canceled", {}),
        ("GET", "/v3/export-jobs?company_id=1", {}),
        ("GET", "/v3/export-jobs?limit=-1", {}),
        ("GET", "/v3/export-jobs?after=GE%3D%3D%3D%3D%3D%3D&offset=1", {}),
        ("GET", "/v3/export-jobs/not-a-uuid", {}),
        ("GET", "/v3/export-items", {}),
        ("POST", "/v3/export-jobs", {"json": {}}),
        ("POST", "/v3/export-job-events", {"data": b"{"}),
        ("POST", "/v3/export-job-events", {"data": b"[" * 100_000}),
        ("PUT", f"/v3/export-jobs/{uuid4()}/items", {"json": {"items": []}}),
    ],
)
def test_a_request_that_is_not_what_the_contract_says_is_refused(pleo, method, path, rest):
    answer = pleo.call(method, path, **rest)
    assert (answer.status_code, answer.json()["type"]) == (400, "BAD_REQUEST")


def test_a_path_that_pleo_does_not_have_is_answered_in_pleos_way(pleo):
    answer = requests.get(f"{pleo.running.url}/v4/export-jobs", timeout=5)
    assert (answer.status_code, answer.json()["type"]) == (404, "HTTP_404")
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"


def test_a_body_of_more_than_five_megabytes_is_not_read(pleo):
    answer = pleo.call("POST", "/v3/export-job-events", data=b" " * 5_000_001)
    assert (answer.status_code, answer.json()["message"]) == (400, "body: more than 5000000 bytes")


def basic(word: str) -> str:
    return "Basic " + b64encode(word.encode()).decode()


@pytest.mark.parametrize(
    "header_of",
    [
        lambda key: "Basic",
        lambda key: "Basic !",
        lambda key: f"Basic {key}",
        basic,
        lambda key: basic("wrong:"),
        lambda key: "Bearer wrong",
        lambda key: f"Digest {key}",
        lambda key: "",
    ],
)
def test_without_the_right_credential_everything_is_a_401(pleo, header_of):
    headers = {"authorization": header_of(pleo.company.api_key)}
    for path in ("/v1/introspect", "/v3/export-jobs", f"/v3/export-jobs/{uuid4()}"):
        assert requests.get(f"{pleo.running.url}{path}", headers=headers, timeout=5).status_code == 401
    assert requests.get(f"{pleo.running.url}/v3/export-jobs", timeout=5).status_code == 401


def test_a_key_with_a_password_is_no_key(pleo):
    answer = requests.get(f"{pleo.running.url}/v1/introspect", auth=(pleo.company.api_key, "x"), timeout=5)
    assert answer.status_code == 401


def test_a_key_may_come_as_basic_or_as_bearer(pleo):
    assert pleo.call("GET", "/v1/introspect").json()["data"]["authMethod"] == "API_KEY"
    bearer = {"authorization": f"Bearer {pleo.company.api_key}"}
    answer = requests.get(f"{pleo.running.url}/v1/introspect", headers=bearer, timeout=5).json()["data"]
    assert (answer["authMethod"], answer["subjectURN"]) == ("OAUTH2", f"urn:pleo:company:{pleo.company.id}")


def test_files_are_served_as_they_were_announced_and_for_a_day(pleo):
    pleo.add(build_valid_expenses(SeededRandom(4), pleo.company, 20))
    items = pleo.all("/v3/export-items", job_id=pleo.press_export())
    files = [file for item in items for file in item["files"] or ()]
    assert len(files) > 3
    for file in files:
        assert file["url"].startswith(f"{pleo.running.url}/files/")
        answer = requests.get(file["url"], timeout=5)
        assert (answer.status_code, answer.headers["content-type"]) == (200, file["type"])
        assert len(answer.content) == int(answer.headers["content-length"]) == file["size"]
    pleo.running.sandbox.clock.forward(timedelta(hours=23, minutes=59))
    assert requests.get(files[0]["url"], timeout=5).status_code == 200
    pleo.running.sandbox.clock.forward(timedelta(minutes=1))
    assert requests.get(files[0]["url"], timeout=5).status_code == 403


def test_a_file_that_is_gone_is_a_404(pleo):
    expenses = build_expenses_with_refusals(SeededRandom(4), pleo.company, 8)
    (gone,) = (expense for expense in expenses if expense.flaw == "receipt_download_failed")
    pleo.add([gone])
    (item,) = pleo.all("/v3/export-items", job_id=pleo.press_export())
    assert requests.get(item["files"][0]["url"], timeout=5).status_code == 404


def test_a_host_of_another_name_is_named_in_the_links(pleo):
    pleo.add(build_valid_expenses(SeededRandom(4), pleo.company, 1))
    job = pleo.press_export()
    answer = pleo.call("GET", "/v3/export-items", params={"job_id": job}, headers={"host": "pleo.test:81"})
    assert answer.json()["data"][0]["files"][0]["url"].startswith("http://pleo.test:81/files/")


def test_pages_can_be_walked_in_both_directions(pleo):
    entries = pleo.add(many(SeededRandom(1), pleo.company, 33))
    path = f"/v3/export-jobs/{pleo.press_export()}/items"
    assert [row["accountingEntryId"] for row in pleo.all(path)] == entries
    largest = pleo.call("GET", path, params={"limit": 1000}).json()
    assert (len(largest["data"]), largest["pagination"]["total"]) == (20, 33)
    second = pleo.call("GET", path, params={"offset": 20}).json()
    before = pleo.call("GET", path, params={"before": second["pagination"]["startCursor"], "limit": 20}).json()
    assert before["data"] == largest["data"]


def test_expiry_reaches_the_wire(pleo):
    job = pleo.press_export([])
    pleo.event(job, "started")
    moved = requests.post(f"{pleo.running.url}/sandbox/clock", json={"forward_seconds": 3600}, timeout=5)
    assert moved.status_code == 200
    head = pleo.call("GET", f"/v3/export-jobs/{job}").json()["data"]
    assert (head["status"], head["failureReasonType"], head["expiredAt"] is None) == ("failed", "job_expired", False)


def test_a_user_cancels_and_the_violations_are_told(pleo):
    pleo.add(many(SeededRandom(1), pleo.company, 1))
    job = pleo.press_export()
    pleo.event(job, "started")
    assert pleo.event(job, "completed").status_code == 422
    canceled = requests.post(f"{pleo.running.url}/sandbox/jobs/{job}/cancel", timeout=5).json()["data"]
    assert canceled["failureReasonType"] == "canceled_by_user"
    told = requests.get(f"{pleo.running.url}/sandbox/violations", timeout=5).json()["data"]
    ours = [violation for violation in told if violation["job_id"] == job]
    assert [(one["kind"], one["company_id"]) for one in ours] == [("early_final_event", str(pleo.company.id))]


def test_the_pages_forms_lead_back_to_the_page(pleo):
    pleo.add(many(SeededRandom(1), pleo.company, 2))
    url = pleo.running.url
    forms = [
        (f"/sandbox/companies/{pleo.company.id}/export", {}),
        ("/sandbox/clock", {"forward_seconds": "600"}),
        ("/sandbox/faults", {"kind": "slow", "operation": "", "company_id": "", "times": "", "rate": "1"}),
        ("/sandbox/faults/clear", {}),
    ]
    for path, fields in forms:
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = requests.post(f"{url}{path}", data=fields, headers=form, allow_redirects=False, timeout=5)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = requests.get(url, timeout=5)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert str(pleo.company.id) in page.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"/sandbox/companies/{uuid4()}/export", {}),
        ("/sandbox/companies/x/export", {}),
        ("/sandbox/clock", {"forward_seconds": -1}),
        ("/sandbox/clock", []),
        ("/sandbox/faults", {"kind": "earthquake"}),
        ("/sandbox/faults", {"kind": "slow", "times": 0}),
    ],
)
def test_a_control_that_makes_no_sense_is_refused(pleo, path, body):
    answer = requests.post(f"{pleo.running.url}{path}", json=body, timeout=5)
    assert answer.status_code in {400, 404}
    assert answer.json()["type"] in {"BAD_REQUEST", "NOT_FOUND"}


def test_requests_can_be_held_against_the_contract_too():
    if load_contract() is None:
        pytest.skip("Pleo's OpenAPI document is not at hand (PLEO_OPENAPI)")
    url, headers = "http://pleo.test/v3/export-job-events", {"authorization": "Basic eDo="}
    check_request("POST", url, headers, b'{"jobId":"%b","event":"started"}' % str(UUID(int=1)).encode())
    with pytest.raises(AssertionError, match="exportJobId"):
        check_request("POST", url, headers, b'{"exportJobId":"%b","event":"started"}' % str(UUID(int=1)).encode())
