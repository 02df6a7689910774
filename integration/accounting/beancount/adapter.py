"""Beancount: a ledger of text files in one directory, with no server.

    main.beancount                                 made if absent; the user may add to it
    accounts.beancount                             the user's chart (see `beancount_chart`)
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

from integration.accounting import Capabilities, FileRules, ReceiptFile, Standing
from integration.accounting.beancount.account_names import account_names
from integration.accounting.beancount.bean_check import judge
from integration.accounting.beancount.chart import ChartFile
from integration.accounting.beancount.directives import ACCOUNTS_FILE
from integration.accounting.beancount.durable_files import (
    endings,
    failing_as,
    publish,
    read,
    stands,
    try_publishing,
)
from integration.accounting.beancount.rendering import entry, state_of
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.narrative import TextLimits
from integration.bookkeeping.vouchers import OPEN_BILLS, Voucher
from integration.configuration.connection import Posting
from integration.errors import AccountingSystemMisconfigured, AccountingSystemUnreachable, OutcomeUnknown
from integration.errors.items import ReceiptUploadFailed

CAPABILITIES = Capabilities(
    drafts=True,
    files=FileRules(
        kinds=frozenset({"pdf", "jpg", "jpeg", "png", "txt", "doc", "docx", "xls", "xlsx"}),
        max_bytes=30 * 1024 * 1024,
        several=True,
    ),
    max_dimensions=5,
    texts=TextLimits(),
    own_idempotency_key=True,
    lanes=None,
)

_REFERENCE = re.compile(r"[0-9a-z][0-9a-z-]{1,99}")
_MAIN = "main.beancount"
_VOUCHERS = 'include "vouchers/*/*.beancount"'
_MADE_IF_ABSENT = {
    _MAIN: f'; Add what you like, and keep these two lines.\ninclude "{ACCOUNTS_FILE}"\n{_VOUCHERS}\n',
    # Beancount refuses an include that matches no file, and the first voucher is yet to come.
    "vouchers/none/none.beancount": "; One file that is always here, so that the ledger reads without vouchers.\n",
}


class Beancount:
    """The accounting system that is a directory; `fava_url` is the page of its ledger in fava, if there is one."""

    def __init__(self, directory: Path, *, posting: Posting, fava_url: str | None = None) -> None:
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
        if not self._chart.books().accounts:
            raise AccountingSystemMisconfigured(cause=f"{ACCOUNTS_FILE} opens no account")
        self._make_main()
        try_publishing(str(self._directory))
        if not self._includes_vouchers():
            raise AccountingSystemMisconfigured(cause=f"{_MAIN} lacks the line {_VOUCHERS}")
        self.judge()

    def judge(self) -> None:
        """Beancount's word on everything that stands: seconds for ten thousand vouchers, so not for each."""
        judge(self._directory / _MAIN)

    def chart(self) -> Chart:
        """What `accounts.beancount` declares; it is read again when it has changed."""
        return self._chart.books().chart

    def find(self, reference: str) -> Standing | None:
        """An accountant may have changed what stands, so its flag and date are read from the voucher's file."""
        with failing_as(AccountingSystemUnreachable):
            try:
                return self._standing(reference)
            except FileNotFoundError:
                # «Nothing stands» is no answer of a directory that is away, on an unmounted disk say.
                self._chart.books()
                return None

    def has_invoice(self, vendor: str, number: str) -> bool:
        """One that we recorded; a voucher that was taken out of the books is none."""
        with failing_as(AccountingSystemUnreachable):
            references = endings(self._bill(vendor, number))
        self._chart.books()  # raises where the directory is away
        return any(self.find(reference) for reference in references if _REFERENCE.fullmatch(reference))

    def record(self, voucher: Voucher, reference: str, files: tuple[ReceiptFile, ...]) -> Standing:
        """Files first, so that a voucher never stands without them; repeated, each has the name that it had before."""
        if standing := self.find(reference):
            return standing
        accounts = account_names(voucher, self._chart.books())
        self._make_main()
        self._keep_invoice(voucher, reference)
        documents = [self._keep(file, place, reference) for place, file in enumerate(files, start=1)]
        text = entry(voucher, reference=reference, posting=self._posting, accounts=accounts, documents=documents)
        if publish(f"{self._directory}/{_voucher(reference)}", text.encode()):
            return Standing(reference, self._url(reference), self._posting, voucher.date)
        with failing_as(OutcomeUnknown):
            return self._standing(reference)

    def _standing(self, reference: str) -> Standing:
        state = state_of(read(f"{self._directory}/{_voucher(reference)}"))
        if state is None:
            cause = f"{reference}.beancount holds no transaction: restore or delete it"
            raise AccountingSystemMisconfigured(cause=cause)
        posting, day = state
        return Standing(reference, self._url(reference), posting, day)

    def _url(self, reference: str) -> str:
        if self._fava_url:
            return f"{self._fava_url.rstrip('/')}/journal/?filter=%5E{reference}"
        return f"{self._address}/{_voucher(reference)}"

    def _keep(self, file: ReceiptFile, place: int, reference: str) -> str:
        """Publish a file and return its path as seen from the voucher."""
        suffix = PurePath(file.name).suffix.removeprefix(".")
        if suffix not in CAPABILITIES.files.kinds:
            raise ReceiptUploadFailed(position=place, cause="no kind of file that this ledger keeps")
        below = f"receipts/{reference[:2]}/{reference}-{place}-{file.sha256[:16]}.{suffix}"
        publish(f"{self._directory}/{below}", file.content)
        return f"../../{below}"

    def _keep_invoice(self, voucher: Voucher, reference: str) -> None:
        if voucher.kind in OPEN_BILLS and voucher.vendor and voucher.invoice:
            publish(f"{self._bill(voucher.vendor.code, voucher.invoice.number)}{reference}", b"")

    def _bill(self, vendor: str, number: str) -> str:
        """A path that ends in a reference; several may have one number. No text of theirs gets into a file name."""
        key = sha256(f"{vendor}\n{number}".encode(errors="surrogatepass")).hexdigest()[:32]
        return f"{self._directory}/invoices/{key[:2]}/{key}-"

    def _make_main(self) -> None:
        with failing_as(AccountingSystemUnreachable):
            for name, text in _MADE_IF_ABSENT.items():
                if not stands(path := f"{self._directory}/{name}"):
                    publish(path, text.encode())

    def _includes_vouchers(self) -> bool:
        with failing_as(AccountingSystemUnreachable):
            return _VOUCHERS in (self._directory / _MAIN).read_text(encoding="utf-8", errors="replace")


def _voucher(reference: str) -> str:
    """Its file's place below the directory; also as part of a URL, for there is nothing in it to quote."""
    if not _REFERENCE.fullmatch(reference):
        raise ValueError("a reference is lower-case letters, digits and hyphens")
    return f"vouchers/{reference[:2]}/{reference}.beancount"


def rehearsal(directory: Path, posting: Posting) -> Callable[[Voucher, str], str]:
    """From voucher and reference to text, without documents; raises what `record` would raise of the voucher."""
    chart = ChartFile(directory / ACCOUNTS_FILE)

    def text_of(voucher: Voucher, reference: str) -> str:
        accounts = account_names(voucher, chart.books())
        return entry(voucher, reference=reference, posting=posting, accounts=accounts, documents=())

    return text_of
