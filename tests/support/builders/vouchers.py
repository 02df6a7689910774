"""Vouchers and files to record in tests."""

from datetime import date
from decimal import Decimal
from hashlib import sha256
from uuid import UUID, uuid5

from integration.accounting import ReceiptFile
from integration.bookkeeping.vouchers import Narrative, Posting, Side, Voucher, VoucherKind

MEALS, TRAVEL, WALLET = "7010", "7020", "1150"
ACCOUNTS = (MEALS, TRAVEL, WALLET)
OPEN_DAY = date(2026, 3, 14)

#: Texts that broke something somewhere: quotes, directives, line breaks, controls, right-to-left, emoji, half a pair.
HOSTILE_TEXTS = (
    'She said "hi" and left \\',
    '"\n2020-01-01 open Assets:Stolen\n; ',
    "line\r\nline\rline\u2028line\x85line",
    "bell\a null\0 escape\x1b[31m delete\x7f",
    "\u202egnp.exe\u202c \u2066x\u2069",
    "שלום مرحبا",
    "👩‍👩‍👧‍👦 🇩🇰 e\u0301",
    "half a pair \ud83d",
    "\ufeff; * ! # ^tag {} %s {cause}",
    "'; DROP TABLE vouchers; --<script>",
)


def reference(number: int) -> str:
    """The same for the same number in every process."""
    return str(uuid5(UUID(int=0), str(number)))


def a_voucher(
    number: int = 1,
    *,
    amount: str = "100.00",
    account: str = MEALS,
    currency: str = "DKK",
    day: date = OPEN_DAY,
    narrative: Narrative | None = None,
) -> Voucher:
    """A purchase paid from the wallet."""
    return Voucher(
        kind=VoucherKind.JOURNAL_ENTRY,
        accounting_entry_id=UUID(reference(number)),
        date=day,
        currency=currency,
        postings=(
            Posting(account, Side.DEBIT, Decimal(amount), text="Lunch"),
            Posting(WALLET, Side.CREDIT, Decimal(amount)),
        ),
        narrative=narrative or Narrative("Lunch with a customer", f"R-{number}", payee="Nordic Coffee"),
    )


def a_file(content: bytes = b"%PDF-1.7 a receipt", name: str = "receipt.pdf") -> ReceiptFile:
    return ReceiptFile(name, content, sha256(content).hexdigest())


def some_files(number: int) -> tuple[ReceiptFile, ...]:
    """Two files of different kinds; no other voucher has them."""
    return a_file(b"page one of %d" % number), a_file(b"page two of %d" % number, "receipt.txt")
