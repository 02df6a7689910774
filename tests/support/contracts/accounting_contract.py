"""The adapters that the contract suite runs over; a new one is done when it passes with its company listed here.

A company is set up in its accounting system with accounts 7010, 7020 and 1150, tax code I25, dimension PROJECT with
value PRJ-1, vendor V-0007, and with 2025 closed. Run as a program, this module is a worker process for the races:
`accounting_contract.py COMPANY HOME COUNT SEED`; a count of one is cut off between its two files.
"""

import os
import random
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from beancount import loader
from beancount.core.data import Document, Open, Transaction
from support.builders.vouchers import ACCOUNTS, a_voucher, reference, some_files
from support.fakes.memory_ledger import MemoryBooks, MemoryLedger
from support.tryton_lab.company import open_tryton, read_records, running_lab

from integration.accounting import AccountingSystem, ReceiptFile
from integration.accounting.beancount.adapter import Beancount
from integration.accounting.tryton.adapter import Tryton
from integration.bookkeeping.chart import Chart, KnownVendor, Period, TaxCode
from integration.configuration.connection import PostingStatus

LAST_CLOSED_DAY = date(2025, 12, 31)


@dataclass(frozen=True)
class BookedVoucher:
    """What stands in the books, read by other means than the adapter's; files as SHA-256 in their order."""

    reference: str
    posting: PostingStatus
    day: date
    payee: str
    text: str
    legs: tuple[tuple[str, Decimal], ...]
    files: tuple[str, ...]


class Company(Protocol):
    """A company in an accounting system, made for one test in an empty directory."""

    #: Whether another process can record into it.
    is_shared: bool
    #: Whether a payment can find its bill there.
    finds_bills: bool
    #: How many vouchers the races are about.
    raced: int

    def __init__(self, home: Path) -> None: ...

    def open(self, posting: PostingStatus = PostingStatus.DRAFT) -> AccountingSystem: ...

    def read_vouchers(self) -> list[BookedVoucher]: ...


class BeancountCompany:
    is_shared = True
    finds_bills = True
    raced = 200

    def __init__(self, home: Path) -> None:
        self.home = home
        if not (home / "accounts.beancount").exists():
            (home / "accounts.beancount").write_text(BEANCOUNT_CHART, encoding="utf-8")

    def open(self, posting: PostingStatus = PostingStatus.DRAFT) -> Beancount:
        return Beancount(self.home, posting=posting)

    def read_vouchers(self) -> list[BookedVoucher]:
        loader.initialize(use_cache=False)
        entries, errors, _ = loader.load_file(str(self.home / "main.beancount"))
        assert errors == []
        numbers = {entry.account: entry.meta["code"] for entry in entries if isinstance(entry, Open)}
        documents = [entry for entry in entries if isinstance(entry, Document)]
        documents.sort(key=lambda document: document.meta["lineno"])
        return [
            BookedVoucher(
                reference=Path(entry.meta["filename"]).stem,
                posting=PostingStatus.DRAFT if entry.flag == "!" else PostingStatus.FINALISED,
                day=entry.date,
                payee=entry.payee or "",
                text=entry.narration,
                legs=tuple((numbers[leg.account], leg.units.number) for leg in entry.postings),
                files=tuple(_digest(document) for document in documents if document.links == entry.links),
            )
            for entry in entries
            if isinstance(entry, Transaction)
        ]


class MemoryCompany:
    is_shared = False
    finds_bills = True
    raced = 200

    def __init__(self, home: Path) -> None:
        self.books = MemoryBooks(MEMORY_CHART)

    def open(self, posting: PostingStatus = PostingStatus.DRAFT) -> MemoryLedger:
        return MemoryLedger(self.books, posting=posting)

    def read_vouchers(self) -> list[BookedVoucher]:
        return [
            BookedVoucher(
                reference=key,
                posting=entry.posting,
                day=entry.voucher.date,
                payee=entry.voucher.narrative.payee,
                text=entry.voucher.narrative.text,
                legs=tuple((leg.account, leg.signed) for leg in entry.voucher.postings),
                files=tuple(file.sha256 for file in entry.files),
            )
            for key, entry in self.books.entries.items()
        ]


class CompanyInTryton:
    """In the lab's database; `home` remembers that it was emptied for this test."""

    is_shared = True
    #: None of its accounts is one that vendors are owed on, so its bills are moves.
    finds_bills = False
    raced = 20

    def __init__(self, home: Path) -> None:
        self.lab = running_lab()
        if not (home / "emptied").exists():
            self.lab.empty("contract")
            (home / "emptied").touch()

    def open(self, posting: PostingStatus = PostingStatus.DRAFT) -> Tryton:
        return open_tryton(self.lab, "contract", posting)

    def read_vouchers(self) -> list[BookedVoucher]:
        return [
            BookedVoucher(
                reference=move.reference,
                posting=PostingStatus.DRAFT if move.state == "draft" else PostingStatus.FINALISED,
                day=move.day,
                payee=move.find_note_text("Payee"),
                text=move.description,
                legs=move.legs,
                files=move.files,
            )
            for move in read_records(self.lab, "contract")
        ]


COMPANIES: dict[str, type[Company]] = {
    "beancount": BeancountCompany,
    "memory": MemoryCompany,
    "tryton": CompanyInTryton,
}

BEANCOUNT_CHART = """\
2020-01-01 open Expenses:Meals
  code: "7010"
2020-01-01 open Expenses:Travel DKK, EUR
  code: "7020"
2020-01-01 open Assets:Pleo-Wallet
  code: "1150"
2020-01-01 custom "tax-code" "I25" 0.25 Expenses:Meals
2020-01-01 custom "dimension" "PROJECT" "PRJ-1"
2020-01-01 custom "vendor" "V-0007" "Nordic Coffee"
2026-01-15 custom "period-close" "2025-12"
"""

MEMORY_CHART = Chart(
    accounts=frozenset(ACCOUNTS),
    tax_codes={"I25": TaxCode("I25", Decimal("0.25"), "7010")},
    dimensions={"PROJECT": frozenset({"PRJ-1"})},
    vendors=(KnownVendor("V-0007", "Nordic Coffee"),),
    periods=(
        Period(date.min, LAST_CLOSED_DAY, is_open=False),
        Period(date(2026, 1, 1), date.max, is_open=True),
    ),
)


class FilesUntil(tuple[ReceiptFile, ...]):
    """Files of which only the first can be had; then `cut` happens."""

    __slots__ = ()

    @staticmethod
    def kill_process() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def __iter__(self) -> Iterator[ReceiptFile]:
        yield self[0]
        self.kill_process()


def record_all(system: AccountingSystem, seed: int, count: int) -> Iterator[int]:
    """Record the same vouchers as everybody else, in an order of one's own."""
    numbers = list(range(count))
    random.Random(seed).shuffle(numbers)
    for number in numbers:
        system.record(a_voucher(number), reference(number), some_files(number))
        yield number


def _digest(document: Document) -> str:
    return sha256(Path(document.filename).read_bytes()).hexdigest()


if __name__ == "__main__":
    name, home, count, seed = sys.argv[1:]
    opened = COMPANIES[name](Path(home)).open()
    if count == "1":
        opened.record(a_voucher(), reference(1), FilesUntil(some_files(1)))
    for told in record_all(opened, int(seed), int(count)):
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()
