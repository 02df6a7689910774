"""The sandbox against Pleo's published contract, asked everything that a machine can think of (where it is at hand)."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from support.contracts.openapi_contract import check_response, load_contract
from support.servers.sandbox_server import RunningSandbox, running_sandbox

from integration.sandbox.faults.strictness import LENIENT, Strictness
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_valid_expenses
from integration.sandbox.world.seeded_random import SeededRandom

SPEC = load_contract()
if SPEC is None:
    pytest.skip("Pleo's OpenAPI document is not at hand (PLEO_OPENAPI)", allow_module_level=True)

SCHEMA = schemathesis.openapi.from_dict(dict(SPEC.spec.read_value()))
ASKING = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@contextmanager
def a_pleo(strictness: Strictness) -> Iterator[RunningSandbox]:
    sandbox = Sandbox(strictness=strictness)
    sandbox.add_company(NORDLYS)
    sandbox.add_expenses(NORDLYS.id, build_valid_expenses(SeededRandom(1), NORDLYS, 3))
    with running_sandbox(sandbox) as running:
        yield running


@pytest.fixture(scope="module")
def pleo() -> Iterator[RunningSandbox]:
    with a_pleo(Strictness()) as running:
        yield running


@pytest.fixture(scope="module")
def lenient() -> Iterator[RunningSandbox]:
    with a_pleo(LENIENT) as running:
        yield running


def ask(case: schemathesis.Case, pleo: RunningSandbox) -> schemathesis.Response:
    """Whatever comes back is an answer that Pleo publishes, and never a crash."""
    answer = case.call(base_url=pleo.url, auth=(NORDLYS.api_key, ""))
    case.validate_response(answer, checks=[not_a_server_error])
    if answer.status_code != 405:  # a method that Pleo does not publish
        sent = answer.request
        check_response(str(sent.method), str(sent.url), answer.status_code, plain(answer.headers), answer.content)
    return answer


def plain(headers: dict[str, list[str]]) -> dict[str, str]:
    return {name: values[0] for name, values in headers.items()}


@SCHEMA.parametrize()
@ASKING
def test_whatever_is_asked_is_answered_as_published(case, pleo):
    ask(case, pleo)


@SCHEMA.include(path_regex="export-jobs/|export-job-events|export-items").parametrize()
@ASKING
def test_whatever_is_asked_of_a_job_that_there_is(case, lenient):
    job = a_job(lenient)
    if "jobId" in (case.path_parameters or {}):
        case.path_parameters["jobId"] = str(job)
    if isinstance(case.body, dict) and "jobId" in case.body:
        case.body["jobId"] = str(job)
    if "job_id" in (case.query or {}):
        case.query["job_id"] = str(job)
    ask(case, lenient)


def a_job(pleo: RunningSandbox) -> UUID:
    """In progress or about to be."""
    found = next((job.head.id for job in pleo.sandbox.jobs() if job.is_open), None)
    return found or pleo.sandbox.export(NORDLYS.id).id
