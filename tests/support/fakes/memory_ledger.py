"""An accounting system in memory: what it records is a dictionary, and it fails on demand."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from threading import Lock

from integration.accounting import Capabilities, ExistingVoucher, FileRules, ReceiptFile
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.narrative import TextLimits
from integration.bookkeeping.vouchers import OPEN_BILLS, Voucher
from integration.configuration.connection import PostingStatus
from integration.errors import AccountingSystemTimeout, AccountingSystemUnreachable, OutcomeUnknown
from integration.errors.items import AccountNotInChart, PeriodClosed, Refused

CAPABILITIES = Capabilities(
    drafts=True,
    files=FileRules(frozenset({"pdf", "jpg", "jpeg", "png", "txt"}), max_bytes=1_000_000, allows_several=True),
    max_dimensions=5,
    texts=TextLimits(),
    own_idempotency_key=True,
    max_concurrency=None,
)


class Fault(Enum):
    """What one call of `record` does instead of answering."""

    UNREACHABLE = auto()
    LOST_BEFORE_RECORDING = auto()
    LOST_AFTER_RECORDING = auto()


@dataclass(frozen=True)
class RecordedVoucher:
    """A voucher as it stands, with its files in order."""

    voucher: Voucher
    posting: PostingStatus
    files: tuple[ReceiptFile, ...]


@dataclass
class MemoryBooks:
    """What several ledgers may share: the chart and everything recorded, by reference."""

    chart: Chart = field(default_factory=Chart)
    entries: dict[str, RecordedVoucher] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


class MemoryLedger:
    """`faults` befall the next calls of `record`, `refusals` references, `down` every call, `deaf` every `find`."""

    def __init__(self, books: MemoryBooks | None = None, *, posting: PostingStatus = PostingStatus.DRAFT) -> None:
        self.books = books or MemoryBooks()
        self.posting = posting
        self.faults: deque[Fault] = deque()
        self.refusals: dict[str, Refused] = {}
        self.is_down = False
        self.find_times_out = False
        #: The reference of every voucher that it was told to record: twice the same is a fault of who told it.
        self.recordings: list[str] = []

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def check(self) -> None:
        if self.is_down:
            raise AccountingSystemUnreachable(cause="switched off")

    def read_chart(self) -> Chart:
        self.check()
        return self.books.chart

    def find(self, reference: str) -> ExistingVoucher | None:
        self.check()
        if self.find_times_out:
            raise AccountingSystemTimeout
        entry = self.books.entries.get(reference)
        return ExistingVoucher(reference, None, entry.posting, entry.voucher.date) if entry else None

    def has_invoice(self, vendor: str, number: str) -> bool:
        self.check()
        bills = [entry.voucher for entry in self.books.entries.values() if entry.voucher.kind in OPEN_BILLS]
        return any(
            bill.vendor and bill.invoice and (bill.vendor.code, bill.invoice.number) == (vendor, number)
            for bill in bills
        )

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> ExistingVoucher:
        self.check()
        fault = self.faults.popleft() if self.faults else None
        if fault is Fault.UNREACHABLE:
            raise AccountingSystemUnreachable(cause="a fault on demand")
        if fault is Fault.LOST_BEFORE_RECORDING:
            raise OutcomeUnknown(cause="a fault on demand")
        standing = self._record(voucher, reference, files)
        if fault is Fault.LOST_AFTER_RECORDING:
            raise OutcomeUnknown(cause="a fault on demand")
        return standing

    def _record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> ExistingVoucher:
        if reference in self.refusals:
            raise self.refusals[reference]
        self.recordings.append(reference)
        kept = tuple(files)
        with self.books.lock:
            if reference not in self.books.entries:
                self._refuse_unknown(voucher)
                self._refuse_closed(voucher.date)
                self.books.entries[reference] = RecordedVoucher(voucher, self.posting, kept)
            entry = self.books.entries[reference]
        return ExistingVoucher(reference, None, entry.posting, entry.voucher.date)

    def _refuse_unknown(self, voucher: Voucher) -> None:
        for leg in voucher.postings:
            if self.books.chart.accounts is not None and leg.account not in self.books.chart.accounts:
                raise AccountNotInChart(account=leg.account)

    def _refuse_closed(self, day: date) -> None:
        periods = self.books.chart.periods
        if periods is not None and not any(period.is_open and period.first <= day <= period.last for period in periods):
            raise PeriodClosed(date=day)
