"""The port to accounting systems: what each of them offers, and what it can honestly do.

An adapter is one module named after its product. It is done when the contract suite (tests/contract) passes with it
listed. `open_accounting_system` is where a connection's `accounting_system` becomes an adapter.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from integration.bookkeeping.chart import Chart
from integration.bookkeeping.narrative import TextLimits
from integration.bookkeeping.vouchers import Voucher
from integration.configuration.connection import PostingStatus


@dataclass(frozen=True, slots=True)
class FileRules:
    """Which files a system takes: lower-case suffixes without the dot, bytes for each, one or several."""

    kinds: frozenset[str]
    max_bytes: int
    allows_several: bool


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a system can do."""

    drafts: bool
    files: FileRules
    max_dimensions: int
    texts: TextLimits
    #: Recording the same reference twice is refused by the system itself.
    own_idempotency_key: bool
    #: How many workers may record into one company at once; `None` for any number.
    max_concurrency: int | None


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A file ready to be attached: a safe name with a suffix the system takes, its bytes, and their SHA-256."""

    name: str
    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class ExistingVoucher:
    """What stands in the books for a reference."""

    voucher_id: str
    url: str | None
    posting: PostingStatus
    date: date


class AccountingSystem(Protocol):
    """The port. Every method may raise an `AccountingSystemError`, `record` also a `Refused`."""

    @property
    def capabilities(self) -> Capabilities:
        """What this system can do."""

    def check(self) -> None:
        """Reachable, the right company, credentials and rights; raises the named error if not."""

    def read_chart(self) -> Chart:
        """What vouchers are checked against; may be cached for as long as a run takes."""

    def find(self, reference: str) -> ExistingVoucher | None:
        """What stands in the books for this reference, draft or finalised, complete with its files."""

    def has_invoice(self, vendor: str, number: str) -> bool | None:
        """Whether a payment can be matched: an open bill of this vendor's code and number stands; `None` is unsaid."""

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> ExistingVoucher:
        """Record once: a reference that stands already is answered with what stands there.

        Every step is safe to repeat, so a call that was cut off is finished by calling again. Raises `OutcomeUnknown`
        when the answer is lost, `Refused` when the system does not take the voucher.
        """
