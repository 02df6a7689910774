"""Every example of Pleo's pages, replayed where their text is at hand: read as we read answers, or sent as we send."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter
from support.contracts.openapi_contract import DEFAULT_CONTRACT_FILE

from integration.configuration.connection import HeaderWebhook
from integration.pleo.models import (
    ExceptionInfo,
    ExportItem,
    ExportJob,
    ExportJobItem,
    Introspection,
    ItemUpdate,
    ItemUpdateResult,
    NewExportJob,
    NewJobEvent,
    One,
    Page,
)
from integration.pleo.subscriptions import NewSubscription, SigningSecret, Subscription
from integration.pleo.webhooks import delivery_of
from integration.sandbox.api.bodies import parse_event, parse_updates
from integration.sandbox.faults.strictness import LENIENT, Strictness

PAGES = DEFAULT_CONTRACT_FILE.with_name("pleo-api.md")
#: Which members an example has, and what it is.
ANSWERS: list[tuple[set[str], type[BaseModel]]] = [
    ({"authMethod"}, One[Introspection]),
    ({"type", "message"}, ExceptionInfo),
    ({"numberOfItems", "pagination"}, Page[ExportJob]),
    ({"numberOfItems", "data"}, One[ExportJob]),
    ({"exportJobId", "pagination"}, Page[ExportJobItem]),
    ({"exportJobId", "errors"}, ItemUpdateResult),
    ({"accountingEntryLines"}, ExportItem),
    ({"createdAt", "endpointUrl"}, One[Subscription]),
    ({"secretKey"}, One[SigningSecret]),
    ({"accountingEntryIds"}, NewExportJob),
    ({"event", "jobId"}, NewJobEvent),
    ({"endpointUrl"}, NewSubscription),
]


def examples() -> Iterator[Any]:
    """Of the Export API and what belongs to it; the other APIs are not ours."""
    if PAGES.is_file():
        text = PAGES.read_text(encoding="utf-8").partition("\n## 9. ")[0]
        yield from (json.loads(found) for found in re.findall(r"```json\n(.*?)```", text, re.DOTALL))


def members(example: Any) -> set[str]:
    """Of the example, and of what it holds in `data`."""
    if not isinstance(example, dict):
        return set()
    held = example.get("data")
    first = held[0] if isinstance(held, list) and held else held
    return set(example) | (set(first) if isinstance(first, dict) else set())


@pytest.mark.parametrize("example", [pytest.param(one, id=f"example{n}") for n, one in enumerate(examples())])
def test_an_example_is_read_as_what_it_is(example):
    if isinstance(example, list):
        assert TypeAdapter(list[ItemUpdate]).validate_python(example)
        assert parse_updates(example, Strictness())
    elif "webhook-id" in example:
        replayed(example)
    elif model := next((model for names, model in ANSWERS if names <= members(example)), None):
        read = model.model_validate(example)
        if isinstance(read, NewJobEvent):
            assert parse_event(example, LENIENT)
    else:
        assert members(example) & {"access_token", "active", "pagination"}, "an example that nobody reads"


def replayed(example: dict[str, Any]) -> None:
    """With either body; its signature is of another time and was made with another secret."""
    webhook = HeaderWebhook(kind="header", header="x-shared", secret_env="S")
    headers = {"x-shared": "s", "webhook-id": example["webhook-id"]}
    for body in ({"payload": example["payload"]}, example["payload"]):
        delivery = delivery_of(webhook, "s", headers, json.dumps(body).encode())
        assert str(delivery.company_id) == example["payload"]["data"]["companyId"]


def test_no_example_is_passed_over():
    if not PAGES.is_file():
        pytest.skip("Pleo's pages are not at hand: nothing was replayed")
    assert len(list(examples())) == 22
