"""What a job costs: requests to Pleo grow with its pages and batches, not with its items."""

from math import ceil

import pytest
import requests
from support.builders.services import an_office

from integration import export_job
from integration.pleo.client import LARGEST_UPDATE, PAGE_SIZE
from integration.sandbox.world.scenarios import many

#: The jobs' list, the job before and after `started`, its two events, and one more read of the items at the end.
BESIDES = 5


@pytest.mark.parametrize("items", [1, 101])
def test_requests_follow_from_pages_and_batches(tmp_path, items):
    with an_office(tmp_path) as office:
        sent: list[str] = []

        def note(answer: requests.Response, **_: object) -> None:
            sent.append(f"{answer.request.method} {answer.request.path_url}")

        job = office.press_export(many(office.rng, office.company, items, now=office.clock.now))
        office.desk.pleo._transport._session.hooks["response"] = [note]
        assert export_job.next_job(office.desk) == job
        assert office.export(job) == export_job.Settled("completed")
        pages, batches = ceil(items / PAGE_SIZE), ceil(items / LARGEST_UPDATE)
        assert len(sent) <= 3 * pages + batches + BESIDES, sent
