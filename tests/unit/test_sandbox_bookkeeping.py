"""The sandbox's expenses under the real bookkeeping: what is right is recorded, each flaw is refused as it says."""

from datetime import UTC, datetime

import pytest

from integration.bookkeeping.chart import Chart, KnownVendor, TaxCode
from integration.bookkeeping.narrative import TextLimits
from integration.bookkeeping.voucher_for import build_voucher
from integration.configuration.connection import Connection
from integration.errors import Refused
from integration.pleo.models import ExportItem
from integration.sandbox.world.companies import Company
from integration.sandbox.world.expenses import Flaw
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_expenses_with_refusals
from integration.sandbox.world.seeded_random import SeededRandom

NOW = datetime(2026, 4, 22, 12, tzinfo=UTC)


def chart_of(company: Company) -> Chart:
    return Chart(
        accounts=frozenset(account.number for account in company.ledger_accounts),
        tax_codes={c.code: TaxCode(c.code, c.rate, c.input_account, c.output_account) for c in company.tax_codes},
        dimensions={group.code: frozenset(group.tags) for group in company.tag_groups},
        vendors=tuple(KnownVendor(vendor.code or "", vendor.name) for vendor in company.vendors),
    )


def refusal_of(item: ExportItem, company: Company) -> str | None:
    connection = Connection(
        name="sandbox",
        company_id=company.id,
        api_key_env="KEY",
        accounting_system="beancount",
        accounts=company.accounts,
    )
    try:
        build_voucher(
            item,
            connection=connection,
            chart=chart_of(company),
            limits=TextLimits(),
            max_dimensions=5,
            today=NOW.date(),
        )
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize("company", [NORDLYS, HARBOUR])
@pytest.mark.parametrize("seed", range(3))
def test_an_expense_is_refused_for_the_reason_it_was_made_with_and_no_other(seed, company):
    for expense in build_expenses_with_refusals(SeededRandom(seed), company, 30, now=NOW):
        # A file that is gone is noticed when it is fetched, not in the books.
        expected = None if expense.flaw is Flaw.RECEIPT_DOWNLOAD_FAILED else expense.flaw
        assert refusal_of(expense.item, company) == expected
