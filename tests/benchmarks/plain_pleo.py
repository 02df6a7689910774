"""What everybody else in the benchmark is made of: a plain client of Pleo's API and one item's recording.

As a capable integrator would write them in an afternoon: told to slow down it waits a second, and takes no other care.
"""

import os
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import requests
from bench_ledger import open_ledger
from requests.adapters import HTTPAdapter

from integration.bookkeeping.voucher_for import build_voucher
from integration.configuration.connection import Connection
from integration.errors import Refused
from integration.pleo.models import ExportItem


class PlainPleo:
    """One session to one host."""

    def __init__(self, url: str, api_key: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.auth = (api_key, "")
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_maxsize=64))

    def job_items(self, job_id: str) -> Iterator[dict[str, Any]]:
        return self._pages(f"/v3/export-jobs/{job_id}/items")

    def export_items(self, job_id: str) -> Iterator[dict[str, Any]]:
        return self._pages("/v3/export-items", job_id=job_id)

    def report(self, job_id: str, updates: list[dict[str, Any]]) -> None:
        self._send("PUT", f"/v3/export-jobs/{job_id}/items", json=updates)

    def event(self, job_id: str, event: str) -> None:
        self._send("POST", "/v3/export-job-events", json={"jobId": job_id, "event": event})

    def _pages(self, path: str, **parameters: str) -> Iterator[dict[str, Any]]:
        while True:
            page = self._send("GET", path, params={"limit": "100", **parameters}).json()
            yield from page["data"]
            if not page["pagination"]["hasNextPage"]:
                return
            parameters["after"] = page["pagination"]["endCursor"]

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        answer = self._session.request(method, self._url + path, timeout=60, **options)
        while answer.status_code == 429:
            time.sleep(1)
            answer = self._session.request(method, self._url + path, timeout=60, **options)
        answer.raise_for_status()
        return answer


def begin() -> None:
    """A script's time starts when it is imported: the workers of the others run already."""
    configured()
    Path(os.environ["BENCH_COUNTERS"]).with_name("begun").write_text(str(time.time()))


@cache
def configured() -> tuple[PlainPleo, "Recording"]:
    """From the same file as ours; the first connection's."""
    path = Path(os.environ["PLEO_EXPORT_CONFIG"])
    file = tomllib.loads(path.read_text())
    connection = Connection.model_validate(file["connections"][0])
    pleo = PlainPleo(file["pleo"]["base_url"], os.environ[str(connection.api_key_env)])
    return pleo, Recording(connection, str(path.parent / connection.beancount.directory))


class Recording:
    """An item as Pleo sent it, recorded; what to tell Pleo about it."""

    def __init__(self, connection: Connection, directory: str) -> None:
        self._connection, self._ledger = connection, open_ledger(directory)
        self._ledger.check()

    def record(self, payload: dict[str, Any]) -> dict[str, Any]:
        item = ExportItem.model_validate(payload)
        entry = str(item.accounting_entry_id)
        try:
            voucher = build_voucher(
                item,
                connection=self._connection,
                chart=self._ledger.read_chart(),
                limits=self._ledger.capabilities.texts,
                max_dimensions=self._ledger.capabilities.max_dimensions,
                today=datetime.now(UTC).date(),
            )
            standing = self._ledger.record(voucher, entry, ())
        except Refused as refusal:
            failed = {"failureReason": str(refusal), "failureReasonType": refusal.reason}
            return {"accountingEntryId": entry, "status": "failed", **failed}
        exported = {"externalId": standing.voucher_id, "exportedAt": datetime.now(UTC).isoformat()}
        return {"accountingEntryId": entry, "status": "successful", **exported}
