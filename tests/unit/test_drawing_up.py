"""A payment does not wait for its invoice: whether it was there is asked and written down."""

from dataclasses import replace

import pytest
from support.builders.vouchers import OPEN_DAY, a_voucher, reference
from support.fakes.memory_ledger import MemoryLedger
from support.fakes.naive_ledger import NaiveLedger

from integration.bookkeeping.vouchers import InvoiceTerms, VendorAccount, Voucher, VoucherKind
from integration.errors import AccountingSystemUnreachable
from integration.export_item.build import payment_decision

COFFEE = VendorAccount("V-0007", "Nordic Coffee")


def of_invoice(kind: VoucherKind, vendor: VendorAccount | None = COFFEE, number: str = "INV-118") -> Voucher:
    return replace(a_voucher(), kind=kind, vendor=vendor, invoice=InvoiceTerms(number, issued=OPEN_DAY))


A_BILL, A_PAYMENT = of_invoice(VoucherKind.SUPPLIER_INVOICE), of_invoice(VoucherKind.PAYMENT)


def test_a_payment_whose_invoice_is_there_is_not_worth_a_word():
    ledger = MemoryLedger()
    ledger.record(A_BILL, reference(1), ())
    assert payment_decision(A_PAYMENT, ledger) == ()


@pytest.mark.parametrize(
    "payment",
    [
        of_invoice(VoucherKind.PAYMENT, number="INV-119"),
        of_invoice(VoucherKind.PAYMENT, VendorAccount("V-0008", "Baltic Rail")),
        of_invoice(VoucherKind.PAYMENT, vendor=None),
    ],
)
def test_a_payment_whose_invoice_is_not_there_is_left_open_and_says_which(payment: Voucher):
    ledger = MemoryLedger()
    ledger.record(A_BILL, reference(1), ())
    (decision,) = payment_decision(payment, ledger)
    assert decision.code == "payment_left_open"
    assert f"Invoice {payment.invoice.number if payment.invoice else None}" in decision.text
    assert ("of vendor" in decision.text) == (payment.vendor is not None)


def test_a_system_that_cannot_say_is_not_spoken_for(tmp_path):
    assert payment_decision(A_PAYMENT, NaiveLedger(tmp_path)) == ()


@pytest.mark.parametrize("kind", sorted(set(VoucherKind) - {VoucherKind.PAYMENT}))
def test_only_payments_are_asked_about(kind: VoucherKind):
    assert payment_decision(of_invoice(kind), MemoryLedger()) == ()


def test_a_reimbursement_settles_no_invoice():
    assert payment_decision(replace(A_PAYMENT, invoice=None), MemoryLedger()) == ()


def test_a_ledger_that_is_away_is_no_missing_invoice():
    ledger = MemoryLedger()
    ledger.is_down = True
    with pytest.raises(AccountingSystemUnreachable):
        payment_decision(A_PAYMENT, ledger)
