"""Drawing up an item: from what Pleo sent to the voucher and the files to record, or to a refusal.

The one path of recording and of `preview`. Nothing is written here, neither at Pleo nor in the books.
"""

from dataclasses import replace
from uuid import UUID

from integration.accounting import AccountingSystem, ReceiptFile
from integration.attachments import fetch_receipts
from integration.bookkeeping.voucher_for import build_voucher
from integration.bookkeeping.vouchers import Decision, Voucher, VoucherKind
from integration.errors import AccountingSystemError, AccountingSystemTransient, PleoRefused, PleoTransient, Refused
from integration.errors.items import AccountingSystemGone, PleoGone, Unexpected
from integration.logbook.items import Worth
from integration.pleo.fetched import read_export_item
from integration.pleo.models import ExportItem
from integration.services import Desk


class DrawingUp:
    """One item on its way into the books. `worth` and `decisions` are what is known so far, also after a refusal."""

    def __init__(self, job_id: UUID, entry: UUID, payload: str, desk: Desk) -> None:
        self._job_id, self._entry, self._payload, self._desk = job_id, entry, payload, desk
        self.worth: Worth | None = None
        self.decisions: tuple[Decision, ...] = ()

    def finished(self, *, with_files: bool = True) -> tuple[Voucher, tuple[ReceiptFile, ...]]:
        """Raises `Refused`, an `AccountingSystemError`, or a `PleoTransient` where files need fresh URLs."""
        item = read_export_item(self._payload)
        voucher = self._voucher(item)
        return voucher, self._files(item) if with_files else ()

    def _voucher(self, item: ExportItem) -> Voucher:
        total = item.amount.in_wallet_currency
        self.worth = Worth(total.currency, abs(total.amount))
        voucher = build_voucher(
            item,
            connection=self._desk.connection,
            chart=self._desk.system.read_chart(),
            limits=self._desk.system.capabilities.texts,
            max_dimensions=self._desk.system.capabilities.max_dimensions,
            today=self._desk.clock().date(),
        )
        self.worth = Worth(voucher.currency, voucher.total)
        self.decisions = voucher.decisions + payment_decision(voucher, self._desk.system)
        return replace(voucher, decisions=self.decisions)

    def _files(self, item: ExportItem) -> tuple[ReceiptFile, ...]:
        files, settled = fetch_receipts(
            item,
            rules=self._desk.system.capabilities.files,
            policy=self._desk.connection.attachments,
            session=self._desk.files,
            fetch_again=self._fetch_again,
        )
        self.decisions += settled
        return files

    def _fetch_again(self) -> ExportItem | None:
        """The same item with file URLs that live another 24 hours."""
        try:
            fetched = self._desk.pleo.export_items(self._job_id)
            return next((one.read() for one in fetched if one.accounting_entry_id == self._entry), None)
        except PleoRefused:  # the job is over at Pleo, and so are its URLs
            return None


def payment_decision(voucher: Voucher, system: AccountingSystem) -> tuple[Decision, ...]:
    """A payment does not wait for its invoice, which may be of a later job or have been refused."""
    vendor, invoice = voucher.vendor, voucher.invoice
    if voucher.kind is not VoucherKind.PAYMENT or invoice is None:
        return ()
    if vendor and system.has_invoice(vendor.code, invoice.number) is not False:
        return ()
    of_vendor = f" of vendor {vendor.code}" if vendor else ""
    text = f"Invoice {invoice.number}{of_vendor} was not in the accounting system yet: its payment is left open."
    return (Decision("payment_left_open", text),)


def refusal_for(error: Exception) -> Refused | AccountingSystemError:
    """What ends an item that did not get as far as a refusal of its own, once nothing is waited for any more."""
    match error:
        case AccountingSystemTransient():
            return AccountingSystemGone()
        case Refused() | AccountingSystemError():
            return error
        case PleoTransient():
            return PleoGone()
        case _:
            return Unexpected(kind=type(error).__name__)
