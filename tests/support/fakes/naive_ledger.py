"""An accounting system that records whatever it is told, as often as it is told: what is recorded twice shows."""

import fcntl
import json
from datetime import date
from pathlib import Path

from integration.accounting import Capabilities, ExistingVoucher, FileRules, ReceiptFile
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.narrative import TextLimits
from integration.bookkeeping.vouchers import Voucher
from integration.configuration.connection import PostingStatus

CAPABILITIES = Capabilities(
    drafts=False,
    files=FileRules(frozenset({"pdf", "jpg", "jpeg", "png", "txt"}), max_bytes=1_000_000, allows_several=True),
    max_dimensions=5,
    texts=TextLimits(),
    own_idempotency_key=False,
    max_concurrency=None,
)


class NaiveLedger:
    """One line for each call of `record`, in one file that many processes append to."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "ledger.jsonl"

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def check(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.touch()

    def read_chart(self) -> Chart:
        return Chart()

    def find(self, reference: str) -> ExistingVoucher | None:
        rows = [row for row in self.rows() if row["reference"] == reference]
        return _existing_voucher(reference, rows[0]["date"]) if rows else None

    def has_invoice(self, vendor: str, number: str) -> None:
        return None

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> ExistingVoucher:
        row = {"reference": reference, "date": voucher.date.isoformat(), "files": [file.sha256 for file in files]}
        with self._file.open("a") as ledger:
            fcntl.flock(ledger, fcntl.LOCK_EX)
            ledger.write(json.dumps(row) + "\n")
        return _existing_voucher(reference, voucher.date.isoformat())

    def rows(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self._file.read_text().splitlines()] if self._file.exists() else []


def _existing_voucher(reference: str, day: str) -> ExistingVoucher:
    return ExistingVoucher(reference, None, PostingStatus.FINALISED, date.fromisoformat(day))
