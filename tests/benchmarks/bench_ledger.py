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

from integration.accounting import AccountingSystem, Capabilities, ReceiptFile, Standing
from integration.accounting.beancount import CAPABILITIES, Beancount
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vouchers import Voucher
from integration.connection import Posting
from integration.errors import AccountingSystemRateLimited

#: Of the scene's Redis, for what a strict ledger counts.
STRICT_DB = 5

_FORM = struct.Struct("=qqdd")


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
    """This process's file in BENCH_COUNTERS; made anew after a fork."""

    def __init__(self) -> None:
        self._pid = 0
        self._memory: mmap.mmap | None = None
        self._lock = Lock()

    def statement(self) -> None:
        with self._lock:
            counted = self._read()
            self._write(Counted(counted.statements + 1, counted.vouchers, counted.first, counted.last))

    def voucher(self) -> None:
        now = time.time()
        with self._lock:
            counted = self._read()
            self._write(Counted(counted.statements, counted.vouchers + 1, min(counted.first, now), now))

    def _mapped(self) -> mmap.mmap:
        if self._memory is None or self._pid != os.getpid():
            self._pid = os.getpid()
            path = Path(os.environ["BENCH_COUNTERS"]) / str(self._pid)
            path.write_bytes(_FORM.pack(0, 0, float("inf"), 0.0))
            with path.open("r+b") as file:
                self._memory = mmap.mmap(file.fileno(), _FORM.size)
        return self._memory

    def _read(self) -> Counted:
        return Counted(*_FORM.unpack_from(self._mapped()))

    def _write(self, counted: Counted) -> None:
        _FORM.pack_into(self._mapped(), 0, counted.statements, counted.vouchers, counted.first, counted.last)


COUNTERS = Counters()


def counted_in(directory: Path) -> Counted:
    """What all processes counted."""
    return sum((Counted(*_FORM.unpack(path.read_bytes())) for path in directory.iterdir()), Counted())


def count_anew(directory: Path) -> None:
    """From nothing; the processes go on."""
    for path in directory.iterdir():
        with path.open("r+b") as file:
            file.write(_FORM.pack(0, 0, float("inf"), 0.0))


class NullLedger:
    """Takes everything and keeps nothing."""

    capabilities: Capabilities = CAPABILITIES

    def check(self) -> None:
        return

    def chart(self) -> Chart:
        return Chart()

    def find(self, reference: str) -> None:
        return None

    def has_invoice(self, vendor: str, number: str) -> None:
        return None

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> Standing:
        return Standing(reference, None, Posting.DRAFT, voucher.date)


class SlowLedger:
    """Another one, behind a network as it were."""

    def __init__(self, ledger: AccountingSystem, seconds: float) -> None:
        self._ledger, self._seconds = ledger, seconds

    @property
    def capabilities(self) -> Capabilities:
        return self._ledger.capabilities

    def check(self) -> None:
        self._ledger.check()

    def chart(self) -> Chart:
        return self._ledger.chart()

    def find(self, reference: str) -> Standing | None:
        return self._ledger.find(reference)

    def has_invoice(self, vendor: str, number: str) -> bool | None:
        return self._ledger.has_invoice(vendor, number)

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> Standing:
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

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> Standing:
        if self._come(keys=["window", "refused", "taken"], args=[self._per_minute, f"{reference} {time.time()}"]):
            raise AccountingSystemRateLimited
        return self._ledger.record(voucher, reference, files)


def open_ledger(directory: str) -> AccountingSystem:
    """By BENCH_LEDGER (`beancount` or `null`), BENCH_LATENCY_MS and BENCH_PER_MINUTE."""
    kind, milliseconds = os.environ.get("BENCH_LEDGER", "beancount"), float(os.environ.get("BENCH_LATENCY_MS", "0"))
    ledger = NullLedger() if kind == "null" else Beancount(Path(directory), posting=Posting.DRAFT)
    slow = SlowLedger(ledger, milliseconds / 1000)
    per_minute = int(os.environ.get("BENCH_PER_MINUTE", "0"))
    return StrictLedger(slow, per_minute) if per_minute else slow
