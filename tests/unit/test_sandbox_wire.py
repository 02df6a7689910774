"""The sandbox's JSON: what Pleo writes otherwise than a library would, wherever in a document it stands."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from integration.pleo.models import ItemStatus
from integration.sandbox.api.wire import encode_export_item, to_json, value
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import many
from integration.sandbox.world.seeded_random import SeededRandom

ENTRY = UUID(int=1)


@pytest.mark.parametrize(
    ("leaf", "json_of_it"),
    [
        (Decimal(1250), "1250"),
        (Decimal("1250.00"), "1250"),
        (Decimal("-0.25"), "-0.25"),
        (Decimal("1E+3"), "1000"),
        (datetime(2026, 4, 22, 12, 0, 1, 999_999, tzinfo=UTC), '"2026-04-22T12:00:01Z"'),
        (datetime(2026, 4, 22, 1, tzinfo=timezone(timedelta(hours=2))), '"2026-04-21T23:00:00Z"'),
        (date(2026, 4, 22), '"2026-04-22"'),
        (ENTRY, f'"{ENTRY}"'),
        (ItemStatus.IN_PROGRESS, '"in_progress"'),
        ('Café "Å"\n', '"Café \\"Å\\"\\n"'),
        (0.25, "0.25"),
        (True, "true"),
        (None, "null"),
    ],
)
def test_a_value_is_written_as_pleo_writes_it_wherever_it_stands(leaf, json_of_it):
    nested = to_json({"alone": leaf, "listed": [leaf], "below": ({"deep": leaf},)}).decode()
    assert nested == f'{{"alone":{json_of_it},"listed":[{json_of_it}],"below":[{{"deep":{json_of_it}}}]}}'


def test_money_of_an_item_is_a_number_and_its_date_a_whole_second():
    item = many(SeededRandom(1), NORDLYS, 1)[0].item
    late = item.model_copy(update={"date": item.date.replace(microsecond=999_999)})
    sent = json.loads(to_json(encode_export_item(late, "http://pleo.test", 0)), parse_float=Decimal)
    (money, *_), (line, *_) = sent["amount"].values(), sent["accountingEntryLines"]
    assert (type(money["value"]), money["value"]) == (int, item.amount.in_supplier_currency.value)
    assert (type(line["tax"]["rate"]), line["tax"]["rate"]) == (Decimal, item.accounting_entry_lines[0].tax.rate)
    assert sent["date"] == f"{item.date:%Y-%m-%dT%H:%M:%SZ}"


def test_a_job_has_its_times_in_whole_seconds():
    sandbox = Sandbox(clock=lambda: datetime(2026, 4, 22, 12, 0, 0, 700_000, tzinfo=UTC))
    sandbox.add_company(NORDLYS)
    sent = json.loads(to_json(value(sandbox.export(NORDLYS.id))))
    assert (sent["createdAt"], sent["startedAt"]) == ("2026-04-22T12:00:00Z", None)
