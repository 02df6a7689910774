"""What a request for one page costs the sandbox: the same in a job of any length. Rows are counted, not seconds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest
import requests
from support.servers.sandbox_server import RunningSandbox, running_sandbox

from integration.pleo.models import ExportJobItem
from integration.sandbox.api.paging import encode_cursor
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.state.status_rows import StatusRows
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import many
from integration.sandbox.world.seeded_random import SeededRandom

LONG = 3_000
PAGE = 100
#: For each row of the page a few looks at it, and the search for the first.
ENOUGH = 5 * PAGE


@dataclass
class Looks:
    """How often an item of a job was looked at."""

    count: int = 0


class Counted(Sequence):
    """A list that counts what is taken out of it; to go through it is a look at each."""

    def __init__(self, elements: Sequence[object], looks: Looks) -> None:
        self._elements, self._looks = elements, looks

    def __len__(self) -> int:
        return len(self._elements)

    def __getitem__(self, wanted: int | slice):
        found = self._elements[wanted]
        self._looks.count += len(found) if isinstance(wanted, slice) else 1
        return found


class CountedRows(StatusRows):
    """A job's status rows, counted by entry as in their order."""

    def __init__(self, rows: Iterable[ExportJobItem], looks: Looks) -> None:
        super().__init__(rows)
        self._looks = looks

    @property
    def in_order(self) -> Sequence[ExportJobItem]:
        return Counted(super().in_order, self._looks)

    def __getitem__(self, entry: UUID) -> ExportJobItem:
        self._looks.count += 1
        return super().__getitem__(entry)

    def __iter__(self) -> Iterator[UUID]:
        self._looks.count += len(self)
        return super().__iter__()


@dataclass
class LongJob:
    """A job in the sandbox, and how often its items have been looked at."""

    pleo: RunningSandbox
    id: UUID
    entries: list[str]
    looks: Looks

    def call(self, method: str, path: str, **rest: object) -> dict:
        url = f"{self.pleo.url}{path.format(job=self.id)}"
        answer = requests.request(method, url, auth=(NORDLYS.api_key, ""), timeout=5, **rest)
        assert answer.status_code == 200
        return answer.json()


@pytest.fixture
def job() -> Iterator[LongJob]:
    sandbox, expenses = Sandbox(), many(SeededRandom(1), NORDLYS, LONG)
    sandbox.add_company(NORDLYS)
    sandbox.add_expenses(NORDLYS.id, expenses)
    sandbox.export(NORDLYS.id)
    (inside,), looks = sandbox.jobs(), Looks()
    inside.content, inside.items = Counted(inside.content, looks), CountedRows(inside.items.in_order, looks)
    entries = [str(expense.item.accounting_entry_id) for expense in expenses]
    with running_sandbox(sandbox) as running:
        yield LongJob(running, inside.head.id, entries, looks)


PAGES = ["/v3/export-jobs/{job}/items?limit=100", "/v3/export-items?job_id={job}&limit=100"]
MIDDLE = LONG // 2


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("bound", "first"),
    [({}, 0), ({"after": encode_cursor(MIDDLE)}, MIDDLE), ({"before": encode_cursor(MIDDLE + 1)}, MIDDLE - PAGE)],
)
def test_a_page_looks_at_its_own_rows_and_at_a_few_to_find_them(job, path, bound, first):
    answer = job.call("GET", path, params=bound)
    assert [row["accountingEntryId"] for row in answer["data"]] == job.entries[first : first + PAGE]
    assert answer["pagination"]["total"] == LONG
    assert PAGE <= job.looks.count <= ENOUGH


def test_an_update_of_a_hundred_items_looks_at_those_and_no_others(job):
    updates = [{"accountingEntryId": entry, "status": "successful"} for entry in job.entries[-PAGE:]]
    answer = job.call("PUT", "/v3/export-jobs/{job}/items", json=updates)
    assert (len(answer["data"]), answer["errors"]) == (PAGE, [])
    assert PAGE <= job.looks.count <= ENOUGH
