"""The ledgers of the benchmark: the embedded one or none at all, each as slow as BENCH_LATENCY_MS says.

With BENCH_PER_MINUTE it takes no more than that in any sixty seconds, over all processes, and says so to the rest.

Every contestant records through `open_ledger`, so the books cost each of them the same. What a process does is counted
in a file of its own that outlives it: statements, vouchers, and when the first and the last of them were recorded.
"""

import mmap
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from redis import Redis

from integration.accounting import AccountingSystem, Capabilities, ExistingVoucher, ReceiptFile
from integration.accounting.beancount.adapter import CAPABILITIES, Beancount
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vouchers import Voucher
from integration.configuration.connection import PostingStatus
from integration.errors import AccountingSystemRateLimited

#: Of the scene's Redis, for what a strict ledger counts.
STRICT_DB = 5

#: Statements, vouchers, and the first and the last of these in nanoseconds; 0 is none yet.
_FORM = struct.Struct("=4q")


@dataclass(frozen=True)
class Counted:
    """Of one process, or of all of them."""

    statements: int = 0
    vouchers: int = 0
    first: float = float("inf")
    last: float = 0.0

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(
            self.statements + other.statements,
            self.vouchers + other.vouchers,
            min(self.first, other.first),
            max(self.last, other.last),
        )


class Counters:
    """This process's file in BENCH_COUNTERS; a forked one makes its own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._counts: memoryview | None = None

    def statement(self) -> None:
        counts = self._counts or self._opened()
        with self._lock:
            counts[0] += 1

    def voucher(self) -> None:
        counts, now = self._counts or self._opened(), time.time_ns()
        with self._lock:
            counts[1] += 1
            counts[2], counts[3] = counts[2] or now, now

    def _opened(self) -> memoryview:
        with self._lock:
            if self._counts is None:
                path = Path(os.environ["BENCH_COUNTERS"]) / str(os.getpid())
                path.write_bytes(_FORM.pack(0, 0, 0, 0))
                with path.open("r+b") as file:
                    self._counts = memoryview(mmap.mmap(file.fileno(), _FORM.size)).cast("q")
            return self._counts


COUNTERS = Counters()


def counted_in(directory: Path) -> Counted:
    """What all processes counted."""
    return sum((_counted(path.read_bytes()) for path in directory.iterdir()), Counted())


def _counted(content: bytes) -> Counted:
    statements, vouchers, first, last = _FORM.unpack(content)
    return Counted(statements, vouchers, first / 1e9 if first else float("inf"), last / 1e9)


def count_anew(directory: Path) -> None:
    """From nothing; the processes go on."""
    for path in directory.iterdir():
        with path.open("r+b") as file:
            file.write(_FORM.pack(0, 0, 0, 0))


class NullLedger:
    """Takes everything and keeps nothing."""

    capabilities: Capabilities = CAPABILITIES

    def check(self) -> None:
        return

    def read_chart(self) -> Chart:
        return Chart()

    def find(self, reference: str) -> None:
        return None

    def has_invoice(self, vendor: str, number: str) -> None:
        return None

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> ExistingVoucher:
        return ExistingVoucher(reference, None, PostingStatus.DRAFT, voucher.date)


class SlowLedger:
    """Another one, behind a network as it were."""

    def __init__(self, ledger: AccountingSystem, seconds: float) -> None:
        self._ledger, self._seconds = ledger, seconds

    @property
    def capabilities(self) -> Capabilities:
        return self._ledger.capabilities

    def check(self) -> None:
        self._ledger.check()

    def read_chart(self) -> Chart:
        return self._ledger.read_chart()

    def find(self, reference: str) -> ExistingVoucher | None:
        return self._ledger.find(reference)

    def has_invoice(self, vendor: str, number: str) -> bool | None:
        return self._ledger.has_invoice(vendor, number)

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> ExistingVoucher:
        if self._seconds:
            time.sleep(self._seconds)
        standing = self._ledger.record(voucher, reference, files)
        COUNTERS.voucher()
        return standing


class StrictLedger:
    """Another one that counts what came in the last sixty seconds, and notes when each came and how many it refused."""

    #: Taken or not.
    _COME = """
    local clock = redis.call('TIME')
    local now = clock[1] + clock[2] / 1e6
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60)
    if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return redis.call('INCR', KEYS[2]) end
    redis.call('ZADD', KEYS[1], now, ARGV[2])
    redis.call('RPUSH', KEYS[3], string.format('%.3f', now))
    return 0
    """

    def __init__(self, ledger: AccountingSystem, per_minute: int) -> None:
        self._ledger, self._per_minute = ledger, per_minute
        self._come = Redis(unix_socket_path=os.environ["BENCH_SOCKET"], db=STRICT_DB).register_script(self._COME)

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> ExistingVoucher:
        if self._come(keys=["window", "refused", "taken"], args=[self._per_minute, f"{reference} {time.time()}"]):
            raise AccountingSystemRateLimited
        return self._ledger.record(voucher, reference, files)


def open_ledger(directory: str) -> AccountingSystem:
    """By BENCH_LEDGER (`beancount` or `null`), BENCH_LATENCY_MS and BENCH_PER_MINUTE."""
    kind, milliseconds = os.environ.get("BENCH_LEDGER", "beancount"), float(os.environ.get("BENCH_LATENCY_MS", "0"))
    ledger = NullLedger() if kind == "null" else Beancount(Path(directory), posting=PostingStatus.DRAFT)
    slow = SlowLedger(ledger, milliseconds / 1000)
    per_minute = int(os.environ.get("BENCH_PER_MINUTE", "0"))
    return StrictLedger(slow, per_minute) if per_minute else slow
