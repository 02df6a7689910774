"""Beancount: a ledger of text files in one directory, with no server.

    main.beancount                                 made if absent; the user may add to it
    accounts.beancount                             the user's chart (see `chart`)
    vouchers/4f/4f6a….beancount                    one file for each reference
    receipts/4f/4f6a…-1-9c56cc51b374ba3a.pdf       its files, made before it
    invoices/7c/7c21…-4f6a…                        if it is a bill: what its payment finds it by, made before it

A voucher's file is named by its reference and never by its date: a shifted date must not make a second file. It stays
where it is, else it would be recorded again. Any number of processes may record into one directory; on several hosts
it has to be one shared file system that knows hard links.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path, PurePath

from integration.accounting import Capabilities, ExistingVoucher, FileRules, ReceiptFile
from integration.accounting.beancount.account_names import resolve_account_names
from integration.accounting.beancount.bean_check import run_bean_check
from integration.accounting.beancount.chart import ChartFile
from integration.accounting.beancount.directives import ACCOUNTS_FILE
from integration.accounting.beancount.durable_files import (
    check_writable,
    exists,
    list_suffixes,
    publish,
    read_file,
    translating_os_errors,
)
from integration.accounting.beancount.rendering import parse_state, render_transaction
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.narrative import TextLimits
from integration.bookkeeping.vouchers import OPEN_BILLS, Voucher
from integration.configuration.connection import PostingStatus
from integration.errors import AccountingSystemMisconfigured, AccountingSystemUnreachable, OutcomeUnknown
from integration.errors.items import ReceiptUploadFailed

CAPABILITIES = Capabilities(
    drafts=True,
    files=FileRules(
        kinds=frozenset({"pdf", "jpg", "jpeg", "png", "txt", "doc", "docx", "xls", "xlsx"}),
        max_bytes=30 * 1024 * 1024,
        allows_several=True,
    ),
    max_dimensions=5,
    texts=TextLimits(),
    own_idempotency_key=True,
    max_concurrency=None,
)

_REFERENCE = re.compile(r"[0-9a-z][0-9a-z-]{1,99}")
_MAIN_FILE = "main.beancount"
_VOUCHERS_INCLUDE = 'include "vouchers/*/*.beancount"'
_INITIAL_FILES = {
    _MAIN_FILE: f'; Add what you like, and keep these two lines.\ninclude "{ACCOUNTS_FILE}"\n{_VOUCHERS_INCLUDE}\n',
    # Beancount refuses an include that matches no file, and the first voucher is yet to come.
    "vouchers/none/none.beancount": "; One file that is always here, so that the ledger reads without vouchers.\n",
}


class Beancount:
    """The accounting system that is a directory; `fava_url` is the page of its ledger in fava, if there is one."""

    def __init__(self, directory: Path, *, posting: PostingStatus, fava_url: str | None = None) -> None:
        self._directory = directory.absolute()
        self._posting = posting
        self._fava_url = fava_url
        self._address = self._directory.as_uri()
        self._chart = ChartFile(self._directory / ACCOUNTS_FILE)

    @property
    def capabilities(self) -> Capabilities:
        """No limit but on files."""
        return CAPABILITIES

    def check(self) -> None:
        """The chart can be read, the directory takes files, and beancount accepts the whole ledger."""
        if not self._chart.load().accounts:
            raise AccountingSystemMisconfigured(cause=f"{ACCOUNTS_FILE} opens no account")
        self._create_initial_files()
        check_writable(str(self._directory))
        if not self._includes_vouchers():
            raise AccountingSystemMisconfigured(cause=f"{_MAIN_FILE} lacks the line {_VOUCHERS_INCLUDE}")
        self.check_ledger()

    def check_ledger(self) -> None:
        """Beancount's word on everything that stands: seconds for ten thousand vouchers, so not for each."""
        run_bean_check(self._directory / _MAIN_FILE)

    def read_chart(self) -> Chart:
        """What `accounts.beancount` declares; it is read again when it has changed."""
        return self._chart.load().chart

    def find(self, reference: str) -> ExistingVoucher | None:
        """An accountant may have changed what stands, so its flag and date are read from the voucher's file."""
        with translating_os_errors(AccountingSystemUnreachable):
            try:
                return self._read_existing(reference)
            except FileNotFoundError:
                # «Nothing stands» is no answer of a directory that is away, on an unmounted disk say.
                self._chart.load()
                return None

    def has_invoice(self, vendor: str, number: str) -> bool:
        """One that we recorded; a voucher that was taken out of the books is none."""
        with translating_os_errors(AccountingSystemUnreachable):
            references = list_suffixes(self._invoice_marker_prefix(vendor, number))
        self._chart.load()  # raises where the directory is away
        return any(self.find(reference) for reference in references if _REFERENCE.fullmatch(reference))

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> ExistingVoucher:
        """Files first, so that a voucher never stands without them; repeated, each has the name that it had before."""
        if existing := self.find(reference):
            return existing
        accounts = resolve_account_names(voucher, self._chart.load())
        self._create_initial_files()
        self._store_invoice_marker(voucher, reference)
        documents = [self._store_file(file, place, reference) for place, file in enumerate(files, start=1)]
        text = render_transaction(
            voucher, reference=reference, posting=self._posting, accounts=accounts, documents=documents
        )
        if publish(f"{self._directory}/{_voucher_path(reference)}", text.encode()):
            return ExistingVoucher(reference, self._build_url(reference), self._posting, voucher.date)
        with translating_os_errors(OutcomeUnknown):
            return self._read_existing(reference)

    def _read_existing(self, reference: str) -> ExistingVoucher:
        state = parse_state(read_file(f"{self._directory}/{_voucher_path(reference)}"))
        if state is None:
            cause = f"{reference}.beancount holds no transaction: restore or delete it"
            raise AccountingSystemMisconfigured(cause=cause)
        posting, day = state
        return ExistingVoucher(reference, self._build_url(reference), posting, day)

    def _build_url(self, reference: str) -> str:
        if self._fava_url:
            return f"{self._fava_url.rstrip('/')}/journal/?filter=%5E{reference}"
        return f"{self._address}/{_voucher_path(reference)}"

    def _store_file(self, file: ReceiptFile, place: int, reference: str) -> str:
        """Publish a file and return its path as seen from the voucher."""
        suffix = PurePath(file.name).suffix.removeprefix(".")
        if suffix not in CAPABILITIES.files.kinds:
            raise ReceiptUploadFailed(position=place, cause="no kind of file that this ledger keeps")
        below = f"receipts/{reference[:2]}/{reference}-{place}-{file.sha256[:16]}.{suffix}"
        publish(f"{self._directory}/{below}", file.content)
        return f"../../{below}"

    def _store_invoice_marker(self, voucher: Voucher, reference: str) -> None:
        if voucher.kind in OPEN_BILLS and voucher.vendor and voucher.invoice:
            publish(f"{self._invoice_marker_prefix(voucher.vendor.code, voucher.invoice.number)}{reference}", b"")

    def _invoice_marker_prefix(self, vendor: str, number: str) -> str:
        """A path that ends in a reference; several may have one number. No text of theirs gets into a file name."""
        key = sha256(f"{vendor}\n{number}".encode(errors="surrogatepass")).hexdigest()[:32]
        return f"{self._directory}/invoices/{key[:2]}/{key}-"

    def _create_initial_files(self) -> None:
        with translating_os_errors(AccountingSystemUnreachable):
            for name, text in _INITIAL_FILES.items():
                if not exists(path := f"{self._directory}/{name}"):
                    publish(path, text.encode())

    def _includes_vouchers(self) -> bool:
        with translating_os_errors(AccountingSystemUnreachable):
            return _VOUCHERS_INCLUDE in (self._directory / _MAIN_FILE).read_text(encoding="utf-8", errors="replace")


def _voucher_path(reference: str) -> str:
    """Its file's place below the directory; also as part of a URL, for there is nothing in it to quote."""
    if not _REFERENCE.fullmatch(reference):
        raise ValueError("a reference is lower-case letters, digits and hyphens")
    return f"vouchers/{reference[:2]}/{reference}.beancount"


def build_text_renderer(directory: Path, posting: PostingStatus) -> Callable[[Voucher, str], str]:
    """From voucher and reference to text, without documents; raises what `record` would raise of the voucher."""
    chart = ChartFile(directory / ACCOUNTS_FILE)

    def render(voucher: Voucher, reference: str) -> str:
        accounts = resolve_account_names(voucher, chart.load())
        return render_transaction(voucher, reference=reference, posting=posting, accounts=accounts, documents=())

    return render
