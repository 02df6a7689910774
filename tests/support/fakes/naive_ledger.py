"""An accounting system that records whatever it is told, as often as it is told: what is recorded twice shows."""

import fcntl
import json
from datetime import date
from pathlib import Path

from integration.accounting import Capabilities, FileRules, ReceiptFile, Standing
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.narrative import TextLimits
from integration.bookkeeping.vouchers import Voucher
from integration.configuration.connection import Posting

CAPABILITIES = Capabilities(
    drafts=False,
    files=FileRules(frozenset({"pdf", "jpg", "jpeg", "png", "txt"}), max_bytes=1_000_000, several=True),
    max_dimensions=5,
    texts=TextLimits(),
    own_idempotency_key=False,
    lanes=None,
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

    def chart(self) -> Chart:
        return Chart()

    def find(self, reference: str) -> Standing | None:
        rows = [row for row in self.rows() if row["reference"] == reference]
        return _standing(reference, rows[0]["date"]) if rows else None

    def has_invoice(self, vendor: str, number: str) -> None:
        return None

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> Standing:
        row = {"reference": reference, "date": voucher.date.isoformat(), "files": [file.sha256 for file in files]}
        with self._file.open("a") as ledger:
            fcntl.flock(ledger, fcntl.LOCK_EX)
            ledger.write(json.dumps(row) + "\n")
        return _standing(reference, voucher.date.isoformat())

    def rows(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self._file.read_text().splitlines()] if self._file.exists() else []


def _standing(reference: str, day: str) -> Standing:
    return Standing(reference, None, Posting.FINALISED, date.fromisoformat(day))
