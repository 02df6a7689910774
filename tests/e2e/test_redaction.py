"""A whole job with planted secrets and names: afterwards they stand in the books and at Pleo, and nowhere else."""

import base64
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from celery import Celery
from sqlalchemy import create_engine, text
from sqlalchemy import inspect as inspect_database
from support.processes.consoles import PASSWORD, a_console, is_answering
from support.processes.ports import free_port
from support.processes.programs import wait_until
from support.servers.trace_sink import TraceSink, a_trace_sink

from integration.pleo.models import ExportItem, Supplier
from integration.pleo.models.items import Named
from integration.sandbox.world.expenses import Expense, Flaw
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_expenses_with_refusals
from integration.sandbox.world.seeded_random import SeededRandom
from tasks.stack.seed import CELERY, FLOWER_SETTINGS

pytestmark = pytest.mark.e2e
FLAWS = (Flaw.ACCOUNT_NOT_IN_CHART, Flaw.RECEIPT_DOWNLOAD_FAILED, Flaw.LINES_DO_NOT_SUM_TO_ITEM)
NAMES = ("Planted-Person", "Planted-Note", "Planted-Supplier", "Planted-Attendee", "Planted-Account")
SECRETS = (NORDLYS.api_key, "planted-flower-password", "planted-session-secret", "planted-metrics-token", PASSWORD)
FLOWER = ("flower", "planted-flower-password")


def planted(expense: Expense) -> Expense:
    """The same with a person in every place that may hold one."""
    item: ExportItem = expense.item
    about = item.additional_information.model_copy(update={"attendees": ("Planted-Attendee",)})
    lines = tuple(
        line.model_copy(update={"account": line.account.model_copy(update={"name": "Planted-Account"})})
        if line.account
        else line
        for line in item.accounting_entry_lines
    )
    changes = {
        "user": Named(id=item.accounting_entry_id, name="Planted-Person"),
        "supplier": Supplier(name="Planted-Supplier"),
        "note": "Planted-Note",
        "additional_information": about,
        "accounting_entry_lines": lines,
    }
    return replace(expense, item=item.model_copy(update=changes))


@pytest.fixture(scope="module")
def traces() -> Iterator[TraceSink]:
    with a_trace_sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def console(tmp_path_factory, traces):
    secrets = {
        "PLEO_EXPORT_SESSION_SECRET": "planted-session-secret-that-is-long-enough",
        "PLEO_EXPORT_METRICS_TOKEN": "planted-metrics-token",
        "PLEO_EXPORT_FLOWER_PASSWORD": "planted-flower-password",
        "PLEO_EXPORT_LOG_FORMAT": "json",
        "PLEO_EXPORT_FLOWER_FILE": str(tmp_path_factory.mktemp("flower") / "flower"),
        "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    with a_console(tmp_path_factory.mktemp("redaction"), **secrets) as running:
        yield running


@pytest.fixture(scope="module")
def flower(console):
    port = free_port()
    command = [*CELERY, "flower", f"--conf={FLOWER_SETTINGS}", f"--port={port}"]
    console.office.cluster.children.start("flower", command, console.office.environment)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: is_answering(f"{url}/healthcheck"), watch=console.office.cluster.children.must_run)
    with Celery(broker=console.office.environment["PLEO_EXPORT_BROKER_URL"]) as app:
        wait_until(lambda: app.control.enable_events(reply=True))  # Flower does so every few seconds
    return url


@pytest.fixture(scope="module")
def entries(console, flower) -> list[str]:
    """A job of planted items that has ended, with all that was said of it on the way."""
    office = console.office
    expenses = [planted(one) for one in build_expenses_with_refusals(SeededRandom(5), NORDLYS, 8, flaws=FLAWS)]
    job = office.press_export(NORDLYS, expenses)
    office.poll()
    office.wait_until_closed(NORDLYS, job)
    anna = console.user("anna")
    anna.log_in("anna", "planted-guess")
    assert anna.get(f"/jobs/{job}").status_code in {200, 303}
    return [str(expense.item.accounting_entry_id) for expense in expenses]


def logs(console, flower, traces) -> str:
    found = sorted(Path(console.office.cluster.directory).glob("*.log"))
    assert {path.stem for path in found} >= {"worker1", "web", "flower", "broker"}
    return "".join(path.read_text() for path in found)


def broker(console, flower, traces) -> str:
    """Every write since it was started, messages and results alike, with the bodies of messages unpacked."""
    files = sorted(Path(console.office.cluster.directory).glob("appendonlydir/*.aof"))
    written = "".join(path.read_bytes().decode(errors="replace") for path in files)
    bodies = re.findall(r'"body": ?"([A-Za-z0-9+/=]+)"', written)
    return written + "".join(_told(base64.b64decode(body)) for body in bodies)


def _told(body: bytes) -> str:
    """Items' messages are compressed."""
    return (zlib.decompress(body) if body.startswith(b"\x78") else body).decode()


def flower_api(console, flower, traces) -> str:
    listed = requests.get(f"{flower}/api/tasks?limit=1000", auth=FLOWER, timeout=30)
    pages = [requests.get(f"{flower}/task/{task}", auth=FLOWER, timeout=30).text for task in list(listed.json())[:20]]
    return listed.text + "".join(pages)


def database(console, flower, traces) -> str:
    engine = create_engine(console.office.environment["PLEO_EXPORT_DATABASE_URL"])
    with engine.connect() as db:
        tables = inspect_database(engine).get_table_names()
        rows = [str(row) for table in tables for row in db.execute(text(f"SELECT * FROM {table}"))]
    engine.dispose()
    return "\n".join(rows)


def spans(console, flower, traces) -> str:
    return "".join(str(span) for span in traces.spans)


def console_pages(console, flower, traces) -> str:
    anna = console.user("anna")
    jobs = anna.get("/").text
    job = re.findall(r'href="(/jobs/[0-9a-f-]{36})"', jobs)[0]
    return jobs + anna.get(job).text + anna.get(f"{job}/items.csv").text


@pytest.mark.parametrize("place", [logs, broker, flower_api, database, spans, console_pages])
def test_no_planted_word_is_anywhere_but_in_the_books(console, flower, traces, entries, place):
    wait_until(lambda: all(entry in place(console, flower, traces) for entry in entries))  # it is the right place
    seen = place(console, flower, traces)
    assert [word for word in (*NAMES, *SECRETS) if word in seen] == []


def test_the_books_have_the_names(console, entries):
    books = Path(console.office.directory, "ledger", "nordlys")
    written = "".join(path.read_text() for path in books.glob("vouchers/*/*.beancount"))
    assert "Planted-Supplier" in written


def test_every_item_has_one_trace_from_the_claim_to_the_report(traces, entries):
    wait_until(lambda: all("report" in traces.group_traces().get(entry, {}) for entry in entries))
    for entry in entries:
        steps = traces.group_traces()[entry]
        assert {name: len(found) for name, found in steps.items()} == {"claim": 1, "record": 1, "report": 1}
        assert len({span.trace_id for found in steps.values() for span in found}) == 1
        assert steps["claim"][0].start_time_unix_nano <= steps["record"][0].end_time_unix_nano
    assert len({traces.group_traces()[entry]["record"][0].trace_id for entry in entries}) == len(entries)
