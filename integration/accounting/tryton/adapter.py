"""Tryton 8.0 (LTS) on PostgreSQL, over REST with the key of a user application.

    find ─▶ check against the books ─▶ create a draft with its files and its note ─▶ post ─▶ what stands

Never on SQLite: there Tryton posts what does not balance. Posting is one at a time for each company, since its numbers
have no gaps, while drafts may be created side by side; see docs/tryton.md.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from fcntl import LOCK_EX, LOCK_NB, flock
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from pydantic import SecretStr, TypeAdapter, ValidationError

from integration.accounting import Capabilities, ExistingVoucher, FileRules, ReceiptFile
from integration.accounting.tryton.books import Books
from integration.accounting.tryton.cache import CachedBooks
from integration.accounting.tryton.records import (
    INVOICE,
    MOVE,
    AtomicRecords,
    FoundRecord,
    NewRecord,
    Records,
    StepwiseRecords,
)
from integration.accounting.tryton.rest import Declined, RestClient, TooLarge
from integration.accounting.tryton.texts import build_description, build_note
from integration.accounting.tryton.validation import check_references
from integration.accounting.tryton.values import build_record
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.narrative import TextLimits
from integration.bookkeeping.vouchers import Voucher
from integration.configuration.connection import PostingStatus, TrytonCompany
from integration.errors import (
    AccountingSystemForbidden,
    AccountingSystemMisconfigured,
    AccountingSystemTimeout,
    OutcomeUnknown,
    Refused,
)
from integration.errors.items import ReceiptsTooLarge, RejectedByAccountingSystem

log = logging.getLogger(__name__)

FILE_KINDS: Final = frozenset({"pdf", "jpg", "jpeg", "png", "txt", "doc", "docx", "xls", "xlsx"})
#: Of a request, for everything that is not a file.
RESERVED_BYTES: Final = 64 * 1024
WRITTEN_MODELS: Final = (MOVE, "account.move.line", INVOICE, "account.invoice.line", "ir.attachment", "ir.note")

_RIGHTS: Final = TypeAdapter(dict[str, dict[str, bool]])


class Tryton:
    """One company in one Tryton database; `posting` is what new records are left as."""

    def __init__(self, company: TrytonCompany, key: SecretStr, *, posting: PostingStatus) -> None:
        self._company = company
        self._posting = posting
        self._rest = RestClient(str(company.url), company.database, key)
        self._books = CachedBooks(self._rest, company.company, company.journal)

    @property
    def capabilities(self) -> Capabilities:
        """Files as large as Tryton's `[request] max_size` lets through in base64. Nothing is contacted for it."""
        room = self._company.max_request_mb * 1024 * 1024 - RESERVED_BYTES
        return Capabilities(
            drafts=True,
            files=FileRules(kinds=FILE_KINDS, max_bytes=room * 3 // 4, allows_several=True),
            max_dimensions=5,
            texts=TextLimits(),
            own_idempotency_key=self._books.is_module_known,
            max_concurrency=1,
        )

    def check(self) -> None:
        """The key, the company, its journal and the rights to write; the log says whether our module is there."""
        books = self._books.reload()
        self._refuse_missing_rights()
        if books.invoice_journal is None:
            log.warning("no journal of type expense: bills are recorded as moves")
        if books.has_module:
            log.info("the Tryton module pleo_export is installed: an external id exists once")
        else:
            log.warning("the Tryton module pleo_export is not installed: let one worker record at a time")

    def read_chart(self) -> Chart:
        """At most a minute old, and read anew by `check`."""
        return self._books.load().chart

    def find(self, reference: str) -> ExistingVoucher | None:
        """What is not complete is not there yet: recording again finishes it."""
        found = self._choose_records().find(reference)
        return self._to_existing_voucher(found) if found and found.is_complete else None

    def has_invoice(self, vendor: str, number: str) -> bool | None:
        """What Tryton can pay. A bill may also stand as a move, which has no number: then it says nothing."""
        books = self._books.load()
        party = books.parties.get(vendor)
        if party is None or not party.addresses or books.invoice_journal is None:
            return None
        wanted: list[object] = [["type", "=", "in"], ["party", "=", party.id], ["reference", "=", number]]
        return any(self._rest.search(INVOICE, [*wanted, ["state", "!=", "cancelled"]], ("id",)))

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> ExistingVoucher:
        """A draft that an earlier call left is finished; one that Tryton refuses to post is taken back."""
        with self._host_lock_if(with_module=False):  # nothing in Tryton would refuse the second
            return self._find_or_record(voucher, reference, files)

    def _find_or_record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> ExistingVoucher:
        records = self._choose_records()
        found = records.find(reference)
        if found and found.is_complete:
            return self._to_existing_voucher(found)
        wanted = self._build_new_record(voucher, reference, tuple(files))
        if found is None:
            found = self._create(wanted, voucher, records)
        if not found.is_complete:
            found = self._finish(found, wanted, voucher, records)
        return self._to_existing_voucher(found)

    def _choose_records(self) -> Records:
        return AtomicRecords(self._rest) if self._books.load().has_module else StepwiseRecords(self._rest)

    def _host_lock_if(self, *, with_module: bool) -> AbstractContextManager[None]:
        """The company's lane, in a Tryton that has our module or has not as said; elsewhere nothing is waited for."""
        if self._books.load().has_module is with_module:
            return host_lock(host_lock_name(self._company))
        return nullcontext()

    def _build_new_record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> NewRecord:
        books = self._load_books_with(voucher)
        model, values = build_record(voucher, books, self._books.read_rates(voucher.date, voucher.currency))
        values["description"] = build_description(voucher, reference, has_module=books.has_module)
        return NewRecord(model, values, reference, build_note(voucher, reference), files, self._posting)

    def _load_books_with(self, voucher: Voucher) -> Books:
        """Read anew when the voucher has something that they lack. Raises `Refused` when that does not help."""
        try:
            check_references(voucher, self._books.load())
        except Refused:
            check_references(voucher, self._books.reload())
        return self._books.load()

    def _create(self, wanted: NewRecord, voucher: Voucher, records: Records) -> FoundRecord:
        try:
            records.create(wanted)
        except TooLarge as error:
            raise self._build_too_large_refusal(wanted.files) from error
        except Declined as error:
            if found := records.find(wanted.reference):  # another worker was first
                return found
            raise self._explain_refusal(voucher, error) from error
        return _find_again(records, wanted.reference)

    def _finish(self, found: FoundRecord, wanted: NewRecord, voucher: Voucher, records: Records) -> FoundRecord:
        try:
            with self._host_lock_if(with_module=True):
                records.finish(found, wanted)
        except TooLarge as error:
            raise self._build_too_large_refusal(wanted.files) from error
        except Declined as error:
            self._delete_draft(found, records)
            raise self._explain_refusal(voucher, error) from error
        finished = _find_again(records, wanted.reference)
        if voucher.vendor and finished.model == MOVE and finished.posting is PostingStatus.FINALISED:
            records.reconcile(finished)
        return finished

    def _delete_draft(self, found: FoundRecord, records: Records) -> None:
        try:
            records.delete(found)
        except (Declined, OutcomeUnknown) as error:
            log.warning("a draft that Tryton would not post is still there", extra={"record": found.name})
            log.debug("because", exc_info=error)

    def _explain_refusal(self, voucher: Voucher, error: Declined) -> Refused:
        """Tryton's own words are the last resort: what the books say now is clearer, and in one language."""
        try:
            check_references(voucher, self._books.reload())
        except Refused as refusal:
            return refusal
        return RejectedByAccountingSystem(answer=str(error))

    def _build_too_large_refusal(self, files: tuple[ReceiptFile, ...]) -> Refused:
        largest = max(range(len(files)), key=lambda place: len(files[place].content), default=0)
        return ReceiptsTooLarge(limit=self._company.max_request_mb, position=largest + 1)

    def _refuse_missing_rights(self) -> None:
        try:
            rights = _RIGHTS.validate_python(
                self._rest.call("get_access", "ir.model.access", {"models": list(WRITTEN_MODELS)})
            )
        except ValidationError as error:
            raise AccountingSystemMisconfigured(cause="its answer about rights is not Tryton 8.0's") from error
        missing = [model for model in WRITTEN_MODELS if not rights.get(model, {}).get("create")]
        if missing:
            raise AccountingSystemForbidden(cause=f"creating {', '.join(missing)}")

    def _to_existing_voucher(self, found: FoundRecord) -> ExistingVoucher:
        url = f"{str(self._company.url).rstrip('/')}/#{self._company.database}/model/{found.model}/{found.id}"
        return ExistingVoucher(voucher_id=found.name, url=url, posting=found.posting, date=found.day)


def host_lock_name(company: TrytonCompany) -> str:
    """The same for every worker that records into this company."""
    return f"{company.url} {company.database} {company.company}"


def _find_again(records: Records, reference: str) -> FoundRecord:
    found = records.find(reference)
    if found is None:
        raise OutcomeUnknown(cause="what was recorded in Tryton cannot be found there")
    return found


MAX_WAIT_SECONDS: Final = 120.0
POLL_INTERVAL_SECONDS: Final = 0.02


@contextmanager
def host_lock(name: str, *, wait_seconds: float = MAX_WAIT_SECONDS) -> Iterator[None]:
    """Let one thread or process of this host in at a time; a killed one leaves nothing behind.

    Hosts share nothing but Tryton itself: there its own repeats and ours have to do (see `records`).
    Raises `AccountingSystemTimeout` when whoever is in it does not come out.
    """
    digest = sha256(name.encode()).hexdigest()[:16]
    path = Path(gettempdir()) / f"pleo-export-{os.getuid()}-{digest}.lane"
    with path.open("a") as file:
        _wait_for_lock(file.fileno(), time.monotonic() + wait_seconds)
        yield  # closing the file gives the lane back


def _wait_for_lock(descriptor: int, deadline: float) -> None:
    while True:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise AccountingSystemTimeout from error
            time.sleep(POLL_INTERVAL_SECONDS)
        else:
            return
