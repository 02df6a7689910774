"""Accounts payable: which method, which vendor, which invoice."""

from datetime import date

import pytest
from support.builders.books import ADA, NORDIC_PAPER, decision_codes, legs, make_voucher
from support.builders.items import Wire, a_line, a_supplier, a_vendor, an_invoice, an_item, information

from integration.bookkeeping.chart import Chart, KnownVendor
from integration.bookkeeping.vouchers import InvoiceTerms, VendorAccount, VoucherKind
from integration.configuration.connection import UnknownVendor
from integration.errors.items import VendorMissing, VendorNotInChart
from integration.pleo.models import ExportItem, ItemType

CHART = Chart(
    vendors=(
        NORDIC_PAPER,
        KnownVendor(code="V-0008", name="Baltic Rail", external_id="ext-8", tax_registration_number="DK 3653.8686"),
        KnownVendor(code="V-0009", name="Twin", tax_registration_number="SE556677"),
        KnownVendor(code="V-0010", name="Twin", tax_registration_number="SE556677"),
    )
)
NO_MARKS = {"code": None, "externalId": None, "taxRegistrationNumber": None}

MATCHED = [
    # what Pleo says of the vendor, and the code it is found by
    ({"code": "V-0007"}, "V-0007"),
    ({"code": "V-0007", "externalId": "ext-8"}, "V-0007"),
    ({"code": "V-0404", "externalId": "ext-8"}, "V-0008"),
    ({"externalId": "ext-8"}, "V-0008"),
    ({"externalId": "ext-404", "taxRegistrationNumber": "dk36538686"}, "V-0008"),
    ({"taxRegistrationNumber": "DK-36 53 86 86"}, "V-0008"),
    ({"code": "V-0009", "taxRegistrationNumber": "DK36538686"}, "V-0009"),
]
NOT_MATCHED = [
    ({}, a_vendor()["id"]),
    ({"code": "v-0007"}, "v-0007"),
    ({"code": "ext-8"}, "ext-8"),
    ({"externalId": "V-0007"}, "V-0007"),
    ({"taxRegistrationNumber": "SE556677"}, a_vendor()["id"]),
]


def a_bill(item_type: str = "invoice", **more: object) -> ExportItem:
    wanted: Wire = {"method": "accounts_payable", "vendor": a_vendor()}
    return an_item(item_type, **(wanted | more))


@pytest.mark.parametrize(("marks", "code"), MATCHED)
def test_a_vendor_is_found_by_code_then_external_id_then_tax_number(marks: Wire, code: str):
    vendor = make_voucher(a_bill(vendor=a_vendor(**(NO_MARKS | marks))), chart=CHART).vendor
    assert vendor is not None
    assert vendor.code == code


@pytest.mark.parametrize(("marks", "named"), NOT_MATCHED)
def test_a_vendor_that_is_not_found_is_refused_by_its_number(marks: Wire, named: str):
    with pytest.raises(VendorNotInChart, match=named):
        make_voucher(a_bill(vendor=a_vendor(**(NO_MARKS | marks))), chart=CHART)


def test_a_vendor_that_is_not_found_goes_to_the_common_account_if_the_connection_says_so():
    item = a_bill(vendor=a_vendor(code="V-0404"))
    voucher = make_voucher(item, chart=CHART, unknown_vendor=UnknownVendor.FALLBACK_ACCOUNT)
    assert (voucher.kind, voucher.vendor) == (VoucherKind.SUPPLIER_INVOICE, None)
    assert legs(voucher) == ["Dr 7500 100.00", "Cr 2440 100.00"]
    assert "fallback_account" in decision_codes(voucher)


@pytest.mark.parametrize("policy", UnknownVendor)
@pytest.mark.parametrize(
    "item_type", ["invoice", "card_invoice", "card_purchase", "refund", "chargeback", "invoice_payment"]
)
def test_accounts_payable_without_a_vendor_is_refused_whatever_the_supplier_is(item_type: str, policy: UnknownVendor):
    item = a_bill(item_type, vendor=None, supplier=a_supplier(code="V-0007"))
    with pytest.raises(VendorMissing):
        make_voucher(item, chart=CHART, unknown_vendor=policy)


@pytest.mark.parametrize(
    ("item_type", "sub_type"),
    [("fee", None), ("fee", "interest"), ("cashback", None), ("atm_withdrawal", None), ("personal_spend", None)],
)
def test_what_nobody_billed_is_a_journal_entry_where_there_is_no_vendor(item_type: str, sub_type: str | None):
    item = a_bill(item_type, sub_type=sub_type, vendor=None, supplier=a_supplier(code="V-0007"))
    voucher = make_voucher(item, chart=CHART)
    assert (voucher.kind, voucher.vendor, voucher.invoice) == (VoucherKind.JOURNAL_ENTRY, None, None)
    assert legs(voucher) == legs(make_voucher(an_item(item_type, sub_type=sub_type)))
    assert decision_codes(voucher) == ["nobody_owed"]


@pytest.mark.parametrize("item_type", ["fee", "cashback", "atm_withdrawal", "personal_spend"])
def test_what_nobody_has_to_bill_is_refused_where_its_vendor_is_not_known(item_type: str):
    with pytest.raises(VendorNotInChart):
        make_voucher(a_bill(item_type, vendor=a_vendor(code="V-0404")), chart=CHART)


def test_the_vendors_own_account_wins_over_the_common_one():
    assert legs(make_voucher(a_bill(), chart=CHART))[1] == "Cr 2447 100.00"
    assert legs(make_voucher(a_bill(vendor=a_vendor(code="V-0009")), chart=CHART))[1] == "Cr 2440 100.00"


@pytest.mark.parametrize(
    ("marks", "code"),
    [
        ({"code": "V-1", "externalId": "e-1", "taxRegistrationNumber": "t-1"}, "V-1"),
        ({"externalId": "e-1", "taxRegistrationNumber": "t-1"}, "e-1"),
        ({"taxRegistrationNumber": "t-1"}, "t-1"),
    ],
)
def test_where_no_vendors_are_declared_the_vendor_is_taken_as_given(marks: Wire, code: str):
    voucher = make_voucher(a_bill(vendor=a_vendor(**(NO_MARKS | marks))))
    assert voucher.vendor == VendorAccount(code=code, name="Nordic Paper")


def test_where_no_vendors_are_declared_one_without_any_number_is_refused():
    with pytest.raises(VendorNotInChart):
        make_voucher(a_bill(vendor=a_vendor(**NO_MARKS)))


@pytest.mark.parametrize("item_type", ["out_of_pocket", "mileage", "per_diem", "direct_reimbursement"])
def test_an_employee_who_paid_is_the_creditor(item_type: str):
    for chart in (Chart(), Chart(vendors=(ADA,))):
        voucher = make_voucher(a_bill(item_type, vendor=None, lines=[a_line(account="7500")]), chart=chart)
        assert voucher.vendor == VendorAccount("E-17", "Ada Lovelace")
        assert voucher.kind is not VoucherKind.JOURNAL_ENTRY
        assert "nobody_owed" not in decision_codes(voucher)


@pytest.mark.parametrize("policy", UnknownVendor)
@pytest.mark.parametrize(
    ("user", "chart"),
    [
        (None, Chart()),
        ({"id": a_vendor()["id"], "name": "Ada Lovelace", "code": None}, Chart()),
        ({"id": a_vendor()["id"], "name": "Ada Lovelace", "code": None}, Chart(vendors=(ADA,))),
        ({"id": a_vendor()["id"], "name": "Ada Lovelace", "code": "E-17"}, CHART),
    ],
)
def test_an_employee_who_is_no_vendor_by_number_is_owed_in_the_journal(
    user: Wire | None, chart: Chart, policy: UnknownVendor
):
    voucher = make_voucher(a_bill("out_of_pocket", user=user), chart=chart, unknown_vendor=policy)
    assert (voucher.kind, voucher.vendor) == (VoucherKind.JOURNAL_ENTRY, None)
    assert legs(voucher) == ["Dr 7500 100.00", "Cr 2150 100.00"]
    assert decision_codes(voucher) == ["nobody_owed"]


@pytest.mark.parametrize("method", ["journal", "none"])
def test_the_journal_has_no_vendor(method: str):
    voucher = make_voucher(a_bill("card_purchase", method=method), chart=CHART)
    assert (voucher.kind, voucher.vendor) == (VoucherKind.JOURNAL_ENTRY, None)


@pytest.mark.parametrize("item_type", ["wallet_topup", "wallet_unload"])
@pytest.mark.parametrize("method", ["accounts_payable", "none", "unheard of", None])
def test_wallet_movements_are_journal_entries_whatever_the_method(item_type: str, method: str | None):
    assert make_voucher(an_item(item_type, method=method)).kind is VoucherKind.JOURNAL_ENTRY


LEGACY = [
    # what Pleo says of vendor and supplier, and the vendor it is found as
    ({"supplier": a_supplier(code="V-0007")}, "V-0007"),
    ({"supplier": a_supplier(account="2447")}, "V-0007"),
    ({"supplier": a_supplier(taxIdentifier="DK36538686")}, "V-0008"),
    ({"supplier": a_supplier(code="V-0009", taxIdentifier="DK36538686")}, "V-0009"),
    ({"supplier": a_supplier(code="V-0007"), "vendor": a_vendor(code="V-0009")}, "V-0009"),
    ({"supplier": a_supplier(code="V-0007"), "vendor": a_vendor(code="V-0404")}, None),
    ({"supplier": a_supplier(code="1340472473")}, None),
    ({"supplier": None}, None),
]


@pytest.mark.parametrize(("said", "code"), LEGACY)
@pytest.mark.parametrize("item_type", ["invoice", "invoice_payment", "card_invoice"])
def test_without_a_method_what_may_be_payable_is_so_where_the_vendor_is_known(
    item_type: str, said: Wire, code: str | None
):
    voucher = make_voucher(an_item(item_type, method=None, **said), chart=CHART)
    assert (voucher.vendor.code if voucher.vendor else None) == code
    assert (voucher.kind is VoucherKind.JOURNAL_ENTRY) == (code is None)
    assert "method_without_pleo" in decision_codes(voucher)


@pytest.mark.parametrize("item_type", sorted(set(ItemType) - {"invoice", "invoice_payment", "card_invoice"}))
def test_without_a_method_everything_else_is_a_journal_entry(item_type: str):
    voucher = make_voucher(an_item(item_type, method=None, vendor=a_vendor()), chart=CHART)
    assert voucher.kind is VoucherKind.JOURNAL_ENTRY
    assert "method_without_pleo" not in decision_codes(voucher)


def test_without_a_method_and_without_declared_vendors_only_a_chosen_vendor_counts():
    by_supplier = an_item("invoice", method=None, supplier=a_supplier(code="V-0007"))
    by_vendor = an_item("invoice", method=None, vendor=a_vendor())
    assert make_voucher(by_supplier).kind is VoucherKind.JOURNAL_ENTRY
    assert make_voucher(by_vendor).kind is VoucherKind.SUPPLIER_INVOICE


@pytest.mark.parametrize("item_type", ["invoice", "invoice_payment", "card_invoice"])
def test_bill_and_payment_carry_the_vendor_and_the_invoice_they_are_matched_by(item_type: str):
    voucher = make_voucher(
        a_bill(item_type, additionalInformation=information(invoiceInformation=an_invoice())), chart=CHART
    )
    assert voucher.vendor == VendorAccount("V-0007", "Nordic Paper A/S")
    assert voucher.invoice == InvoiceTerms("INV-118", issued=date(2026, 3, 1), due=date(2026, 3, 31))
    assert "invoice_number" not in decision_codes(voucher)


@pytest.mark.parametrize("invoice", [None, an_invoice("")])
@pytest.mark.parametrize(
    ("item_type", "written_down"),
    [("invoice", True), ("card_invoice", True), ("card_purchase", False), ("refund", False), ("out_of_pocket", False)],
)
def test_a_bill_without_a_number_has_the_reconciliation_id(item_type: str, *, written_down: bool, invoice: Wire | None):
    voucher = make_voucher(a_bill(item_type, additionalInformation=information(invoiceInformation=invoice)))
    assert voucher.invoice == InvoiceTerms("4113617", issued=date(2026, 3, 10))
    assert ("invoice_number" in decision_codes(voucher)) == written_down


@pytest.mark.parametrize(("item_type", "total"), [("refund", "100.00"), ("chargeback", "-100.00"), ("fee", "-100.00")])
def test_a_credit_note_has_a_number_of_its_own_and_names_the_invoice_that_it_credits(item_type: str, total: str):
    item = a_bill(
        item_type, lines=[a_line(total)], additionalInformation=information(invoiceInformation=an_invoice("INV-118"))
    )
    terms = InvoiceTerms("4113617", issued=date(2026, 3, 10), credits="INV-118")
    assert (make_voucher(item).kind, make_voucher(item).invoice) == (VoucherKind.CREDIT_NOTE, terms)


@pytest.mark.parametrize("item_type", ["invoice", "card_invoice"])
def test_a_credit_note_that_the_vendor_sent_has_the_vendors_number(item_type: str):
    paper = information(invoiceInformation=an_invoice("CN-7"))
    voucher = make_voucher(a_bill(item_type, lines=[a_line("-100.00")], additionalInformation=paper))
    assert voucher.kind is VoucherKind.CREDIT_NOTE
    assert voucher.invoice == InvoiceTerms("CN-7", issued=date(2026, 3, 1), due=date(2026, 3, 31))


def test_a_payment_of_an_invoice_without_a_number_is_left_open():
    assert decision_codes(make_voucher(a_bill("invoice_payment")))[0] == "payment_left_open"


@pytest.mark.parametrize("item", [a_bill("invoice_payment"), an_item("invoice", method="journal")])
def test_a_payment_and_a_journal_entry_have_no_number_of_our_making(item: ExportItem):
    voucher = make_voucher(item)
    assert voucher.invoice is None
    assert "invoice_number" not in decision_codes(voucher)


def test_a_bill_with_neither_number_nor_reconciliation_id_is_named_by_its_entry():
    item = a_bill(additionalInformation=information(reconciliationId=""))
    terms = make_voucher(item).invoice
    assert terms is not None
    assert terms.number == str(item.accounting_entry_id)


def test_a_split_bill_is_owed_as_one_sum():
    item = a_bill(lines=[a_line("60.00", "7500"), a_line("40.00", "7600")])
    assert legs(make_voucher(item, chart=CHART)) == ["Dr 7500 60.00", "Dr 7600 40.00", "Cr 2447 100.00"]
