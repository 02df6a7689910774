"""Scripts that somebody might write instead: `python bench_scripts.py sequential|threads|ceiling JOB_ID CONCURRENCY`.

No durability: what a crash leaves behind nobody knows.
"""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from bench_ledger import COUNTERS
from plain_pleo import begin, configured

from integration.accounting.beancount.durable_files import publish

#: As many as Pleo takes in one update.
BATCH = 100
VOUCHER = b"x" * 700


def sequential(job_id: str, _: int) -> None:
    """One item after the other."""
    pleo, recording = configured()
    _finish(job_id, (recording.record(item) for item in pleo.export_items(job_id)))


def threads(job_id: str, concurrency: int) -> None:
    """So many at a time."""
    pleo, recording = configured()
    with ThreadPoolExecutor(concurrency) as pool:
        _finish(job_id, pool.map(recording.record, pleo.export_items(job_id)))


def ceiling(job_id: str, concurrency: int) -> None:
    """The same requests and the same files with nothing around them."""
    pleo, _ = configured()
    vouchers = Path(os.environ["PLEO_EXPORT_CONFIG"]).parent / "ceiling"

    def write(item: dict[str, Any]) -> dict[str, Any]:
        time.sleep(float(os.environ["BENCH_LATENCY_MS"]) / 1000)
        entry = item["accountingEntryId"]
        publish(f"{vouchers}/{entry[:2]}/{entry}.beancount", VOUCHER)
        COUNTERS.voucher()
        return {"accountingEntryId": entry, "status": "successful", "exportedAt": "2026-11-22T12:00:00Z"}

    with ThreadPoolExecutor(concurrency) as pool:
        _finish(job_id, pool.map(write, pleo.export_items(job_id)))


def _finish(job_id: str, updates: Iterable[dict[str, Any]]) -> None:
    """Report on the way; what the event is to say is read back."""
    pleo, _ = configured()
    pleo.event(job_id, "started")
    for _open in pleo.job_items(job_id):
        pass
    for batch in _batches(iter(updates)):
        pleo.report(job_id, batch)
    failed = [item for item in pleo.job_items(job_id) if item["status"] != "successful"]
    pleo.event(job_id, "completed_with_errors" if failed else "completed")


def _batches(updates: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(updates, BATCH)):
        yield batch


if __name__ == "__main__":
    begin()
    {"sequential": sequential, "threads": threads, "ceiling": ceiling}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
