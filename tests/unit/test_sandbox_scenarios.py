"""The sandbox's worlds: whatever the seed, the books add up, and what is wrong is wrong for its reason only."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from uuid import UUID

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from integration.errors.items import Refused
from integration.pleo.models import Amount, ExportItem, ItemType, Line, TaxType, Vendor
from integration.sandbox.api.wire import encode_export_item, to_json
from integration.sandbox.world.companies import Company
from integration.sandbox.world.expenses import Expense, Flaw
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import (
    build_expenses_with_refusals,
    build_failing_expenses,
    build_seeded_sandbox,
    build_valid_expenses,
    many,
)
from integration.sandbox.world.seeded_random import SeededRandom

NOW = datetime(2026, 4, 22, 12, tzinfo=UTC)
COMPANIES = [NORDLYS, HARBOUR]
seeds = st.integers(0, 2**32)


def sums(amount: Amount) -> tuple[Decimal, Decimal]:
    return amount.in_supplier_currency.value, amount.in_wallet_currency.value


def added(amounts: list[Amount]) -> tuple[Decimal, Decimal]:
    return sum(sums(amount)[0] for amount in amounts), sum(sums(amount)[1] for amount in amounts)


def adds_up(line: Line) -> bool:
    if line.tax is None:
        return sums(line.net_amount) == sums(line.line_amount)
    if line.tax.type == TaxType.REVERSE:
        return sums(line.net_amount) == sums(line.line_amount)
    return added([line.net_amount, line.tax.amount]) == sums(line.line_amount)


def taxed_at_its_rate(line: Line) -> bool:
    if line.tax is None:
        return True
    pairs = zip(sums(line.net_amount), sums(line.tax.amount), strict=True)
    return all(abs(net * line.tax.rate - tax) <= 1 for net, tax in pairs)


@settings(max_examples=6, deadline=None)
@given(seeds, st.sampled_from(COMPANIES))
def test_an_expense_that_is_right_adds_up_to_the_hundredth(seed, company):
    for expense in build_valid_expenses(SeededRandom(seed), company, 25, now=NOW):
        item = expense.item
        assert expense.flaw is None
        assert sums(item.amount) == added([line.line_amount for line in item.accounting_entry_lines])
        assert all(adds_up(line) and taxed_at_its_rate(line) for line in item.accounting_entry_lines)
        assert all(value == value.to_integral_value() for value in sums(item.amount))
        assert item.amount.in_wallet_currency.currency == company.currency
        assert NOW - timedelta(days=36) < item.date < NOW


@settings(max_examples=6, deadline=None)
@given(seeds, st.sampled_from(COMPANIES))
def test_an_expense_that_is_right_names_only_what_the_company_has(seed, company):
    accounts = {account.number for account in company.ledger_accounts}
    tax_codes = {code.code for code in company.tax_codes}
    tags = {(group.code, tag) for group in company.tag_groups for tag in group.tags}
    for item in (expense.item for expense in build_valid_expenses(SeededRandom(seed), company, 20, now=NOW)):
        lines = item.accounting_entry_lines
        assert {line.account.code for line in lines if line.account} <= accounts
        assert {line.tax.code for line in lines if line.tax} <= tax_codes
        assert {(tag.group_code, tag.code) for line in lines for tag in line.tags or ()} <= tags
        assert item.vendor is None or item.vendor in company.vendors
        assert (item.vendor is not None) == (item.bookkeeping.method == "accounts_payable")


NO_CONTRA = {"out_of_pocket", "mileage", "per_diem", "external_reimbursement", "invoice"}


@settings(max_examples=6, deadline=None)
@given(seeds, st.sampled_from(COMPANIES))
def test_only_what_moves_the_wallet_has_a_contra_account(seed, company):
    for item in (expense.item for expense in build_valid_expenses(SeededRandom(seed), company, 20, now=NOW)):
        contra = item.contra_account.code if item.contra_account else None
        assert contra == (None if item.type in NO_CONTRA else company.accounts.wallet)


@pytest.mark.parametrize("company", COMPANIES)
def test_all_seventeen_types_appear_before_any_appears_twice(company):
    types = [expense.item.type for expense in build_valid_expenses(SeededRandom(5), company, len(ItemType), now=NOW)]
    assert sorted(types) == sorted(ItemType)


def test_the_seeded_world_has_every_type_two_currencies_and_every_flaw():
    sandbox = build_seeded_sandbox(seed=1, clock=lambda: NOW)
    expenses = [expense for company in sandbox.companies for expense in sandbox.expenses(company.id)]
    assert {expense.item.type for expense in expenses} == set(ItemType)
    assert {company.currency for company in sandbox.companies} == {"DKK", "GBP"}
    assert {expense.flaw for expense in expenses} == {None, *Flaw}
    items = [expense.item for expense in expenses]
    assert any(len(item.accounting_entry_lines) > 1 for item in items)
    assert any(line.tax and line.tax.type == "reverse" for item in items for line in item.accounting_entry_lines)
    assert any(item.amount.in_supplier_currency.currency not in {"DKK", "GBP"} for item in items)
    assert any(item.additional_information.attendees for item in items)
    assert any(item.additional_information.reconciled_entries for item in items)
    assert any(item.additional_information.invoice_information for item in items)


def wire(expense: Expense) -> bytes:
    return to_json(encode_export_item(expense.item, "http://pleo.test", 0))


@pytest.mark.parametrize("scenario", [build_valid_expenses, build_expenses_with_refusals, build_failing_expenses, many])
def test_the_same_seed_gives_the_same_world(scenario):
    first, again, other = (scenario(SeededRandom(seed), HARBOUR, 12, now=NOW) for seed in (1, 1, 2))
    assert [wire(expense) for expense in first] == [wire(expense) for expense in again]
    assert [expense.receipts for expense in first] == [expense.receipts for expense in again]
    assert [wire(expense) for expense in first] != [wire(expense) for expense in other]
    assert len(first) == 12


@pytest.mark.parametrize("scenario", [build_valid_expenses, build_expenses_with_refusals, build_failing_expenses, many])
def test_an_item_is_read_from_the_wire_as_it_was_meant(scenario):
    for expense in scenario(SeededRandom(3), NORDLYS, 20, now=NOW):
        sent = json.loads(wire(expense))
        names = [file.url for file in expense.item.files or ()]
        assert [file["url"] for file in sent["files"] or ()] == [
            f"http://pleo.test/files/{name}?expires=0" for name in names
        ]
        sent["files"] = [{**file, "url": name} for file, name in zip(sent["files"] or (), names, strict=True)] or None
        assert ExportItem.model_validate(sent) == expense.item


def test_a_vendor_of_few_words_is_sent_without_nulls():
    expense = many(SeededRandom(1), NORDLYS, 1, now=NOW)[0]
    vendor = Vendor(id=UUID(int=1), name="Passing Trader", default_currency="DKK")
    sent = json.loads(wire(Expense(expense.item.model_copy(update={"vendor": vendor}))))
    assert sent["vendor"] == {"id": str(vendor.id), "name": "Passing Trader", "defaultCurrency": "DKK"}


def test_ids_are_unique_also_in_a_big_world():
    expenses = many(SeededRandom(1), NORDLYS, 500, now=NOW)
    items = [expense.item for expense in expenses]
    assert len({item.accounting_entry_id for item in items}) == 500
    assert len({item.additional_information.reconciliation_id for item in items}) == 500
    lines = [line.accounting_entry_line_id for item in items for line in item.accounting_entry_lines]
    assert len(set(lines)) == len(lines)


def test_every_flaw_is_named_after_the_refusal_it_leads_to():
    assert {flaw.value for flaw in Flaw} <= {refusal("").code for refusal in Refused.__subclasses__()}


def test_reconciliation_ids_are_unique_in_a_company():
    about = [
        expense.item.additional_information
        for expense in build_expenses_with_refusals(SeededRandom(1), NORDLYS, 40, now=NOW)
    ]
    assert len({one.reconciliation_id for one in about}) == 40
    for settled in filter(None, (one.reconciled_entries for one in about)):
        assert len(set(settled)) == len(settled)


def test_all_failing_share_one_cause():
    expenses = build_failing_expenses(SeededRandom(1), NORDLYS, 5, now=NOW)
    assert {expense.flaw for expense in expenses} == {Flaw.ACCOUNT_NOT_IN_CHART}


def flaws_of(expense: Expense, company: Company) -> set[Flaw]:
    """Every reason there is to refuse it, found by looking."""
    item, lines = expense.item, expense.item.accounting_entry_lines
    numbers = {account.number for account in company.ledger_accounts}
    shelf = {receipt.name for receipt in expense.receipts}
    found = {
        Flaw.ACCOUNT_NOT_IN_CHART: any(line.account and line.account.code not in numbers for line in lines),
        Flaw.LINE_ACCOUNT_MISSING: any(line.account is None for line in lines),
        Flaw.TAX_CODE_NOT_IN_CHART: any(line.tax and line.tax.code not in codes(company) for line in lines),
        Flaw.TAG_NOT_IN_CHART: any(tag.code not in tags(company) for line in lines for tag in line.tags or ()),
        Flaw.LINES_DO_NOT_SUM_TO_ITEM: sums(item.amount) != added([line.line_amount for line in lines]),
        Flaw.VENDOR_MISSING: item.bookkeeping.method == "accounts_payable" and item.vendor is None,
        Flaw.CURRENCY_UNDEFINED: item.amount.in_wallet_currency.currency == "UNDEFINED",
        Flaw.RECEIPT_DOWNLOAD_FAILED: not {file.url for file in item.files or ()} <= shelf,
    }
    return {flaw for flaw, is_there in found.items() if is_there}


def codes(company: Company) -> set[str]:
    return {code.code for code in company.tax_codes}


def tags(company: Company) -> set[str]:
    return {tag for group in company.tag_groups for tag in group.tags}


@settings(max_examples=6, deadline=None)
@given(seeds, st.sampled_from(COMPANIES))
def test_what_is_flawed_has_its_flaw_and_no_other(seed, company):
    expenses = build_expenses_with_refusals(SeededRandom(seed), company, len(Flaw), now=NOW)
    assert {expense.flaw for expense in expenses} == set(Flaw)
    for expense in expenses:
        assert flaws_of(expense, company) == {expense.flaw}


def test_receipts_are_real_files_of_the_kind_and_size_they_claim():
    expenses = build_valid_expenses(SeededRandom(8), NORDLYS, 30, now=NOW)
    files = [file for expense in expenses for file in expense.item.files or ()]
    receipts = [receipt for expense in expenses for receipt in expense.receipts]
    assert {file.type for file in files} == {"application/pdf", "image/jpeg", "image/png"}
    for file, receipt in zip(files, receipts, strict=True):
        assert (file.url, file.type, file.size) == (receipt.name, receipt.media_type, len(receipt.content))
        if receipt.media_type == "application/pdf":
            assert len(pypdf.PdfReader(BytesIO(receipt.content)).pages) == 1
        else:
            assert Image.open(BytesIO(receipt.content)).get_format_mimetype() == receipt.media_type


@pytest.mark.parametrize("company", COMPANIES)
def test_a_companys_own_figures_belong_together(company):
    numbers = [account.number for account in company.ledger_accounts]
    assert len(set(numbers)) == len(numbers)
    assert set(company.accounts.model_dump().values()) <= set(numbers)
    assert {a for code in company.tax_codes for a in (code.input_account, code.output_account) if a} <= set(numbers)
    merchants = [*company.market.merchants, *company.market.bills]
    assert {merchant.account for merchant in merchants} <= set(numbers)
    assert {merchant.tax_code for merchant in merchants} <= codes(company)
    assert {merchant.vendor for merchant in merchants if merchant.vendor} <= {v.code for v in company.vendors}
    assert {m.currency for m in merchants if m.currency} <= set(company.market.rates)
    assert all(low < high for low, high in (merchant.prices for merchant in merchants))


def test_the_companies_share_neither_keys_nor_vendors():
    for one, other in pairwise(COMPANIES):
        assert one.api_key != other.api_key
        assert not {vendor.id for vendor in one.vendors} & {vendor.id for vendor in other.vendors}
