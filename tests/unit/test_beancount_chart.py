"""The user's chart: what is understood, and which line is wrong when it is not."""

import os
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.builders.any_vouchers import texts
from support.builders.vouchers import WALLET, a_voucher

from integration.accounting.beancount.account_names import resolve_account_names
from integration.accounting.beancount.chart import ChartFile, parse_chart
from integration.accounting.beancount.rendering import render_transaction
from integration.bookkeeping.chart import Chart, KnownVendor, TaxCode
from integration.configuration.connection import PostingStatus
from integration.errors import AccountingSystemMisconfigured
from integration.errors.items import AccountNotInChart, PeriodClosed, Refused, RejectedByAccountingSystem

CHART = """\
; a chart
option "title" "Acme"\r
2020-01-01 open Assets:Wallet DKK,EUR "STRICT"   ; the card
  ; its number:
  code: "1150"
2020-01-01 open Assets:Input-VAT
  name: "Købsmoms"
  code: 6610
2020-01-01 open Liabilities:Output-VAT
2020-01-01 * "an opening balance" "2020-01-01 open Assets:Nothing"
  code: "9999"
  Assets:Wallet  1.00 DKK
2020/1/1 open Ausgaben:Größe-1
  code: ""
2021-06-30 close Assets:Input-VAT
2020-01-01 custom "tax-code" "I25" 0.25 "Assets:Input-VAT"
2020-01-01 custom "tax-code" "R25" 0.25 Assets:Input-VAT Liabilities:Output-VAT
2020-01-01 custom "tax-code" "Z" 0
2020-01-01 custom "dimension" "PROJECT" "PRJ-1" "PRJ-2"
2020-01-01 custom "dimension" "PROJECT" "PRJ-3"
2020-01-01 custom "vendor" "V-0007" "Nordic \\"Coffee\\"; Ltd"
  external_id: "nc-1"
  tax_registration_number: "DK12345678"
  account: Liabilities:Output-VAT
2020-01-01 custom "vendor" "V-0008" "Plain"
2020-01-01 custom "fava-option" "language" "da"
"""


def test_a_chart_is_read_as_it_is_declared():
    assert parse_chart(CHART).chart == Chart(
        accounts=frozenset({"1150", "6610", "Liabilities:Output-VAT", "Ausgaben:Größe-1"}),
        tax_codes={
            "I25": TaxCode("I25", Decimal("0.25"), "6610"),
            "R25": TaxCode("R25", Decimal("0.25"), "6610", "Liabilities:Output-VAT"),
            "Z": TaxCode("Z", Decimal(0)),
        },
        dimensions={"PROJECT": frozenset({"PRJ-1", "PRJ-2", "PRJ-3"})},
        vendors=(
            KnownVendor("V-0007", 'Nordic "Coffee"; Ltd', "nc-1", "DK12345678", "Liabilities:Output-VAT"),
            KnownVendor("V-0008", "Plain"),
        ),
        periods=None,
    )


def test_a_kind_of_which_nothing_is_declared_is_not_checked():
    assert parse_chart("; nothing\n").chart == Chart()


def test_accounts_have_their_days_and_their_currencies():
    accounts = parse_chart(CHART).accounts
    assert accounts["1150"].currencies == {"DKK", "EUR"}
    assert accounts["6610"].closed == date(2021, 6, 30)
    assert accounts["Ausgaben:Größe-1"].opened == date(2020, 1, 1)


OPEN = "2020-01-01 open Assets:A\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2020-02-30 open Assets:A", "line 2: 2020-02-30 is no date"),
        ("2020-01-01 open assets:a", "line 2: assets:a is no account name"),
        ("2020-01-01 open Assets", "line 2: Assets is no account name"),
        ("2020-01-01 open ; nothing", "line 2: write it as open ACCOUNT"),
        ("2020-01-01 open Assets:A", "line 2: Assets:A is declared a second time"),
        ('2020-01-01 open Assets:B\n  code: "Assets:A"', "line 2: Assets:A is declared a second time"),
        ('2020-01-01 open Assets:B\n  code: "12', "line 3: a string does not end on its line"),
        ('2020-01-01 custom "vendor" "V-1" "Ends\nhere"', "line 2: a string does not end on its line"),
        ('2020-01-01 custom "vendor" "V-1"', 'line 2: write it as custom "vendor"'),
        ('2020-01-01 custom "vendor" "" "No code"', 'line 2: write it as custom "vendor"'),
        ('2020-01-01 custom "vendor" "V-1" "N"\n  account: Assets:B', "line 2: the account Assets:B is not opened"),
        (
            '2020-01-01 custom "vendor" "V-1" "N"\n2020-01-01 custom "vendor" "V-1" "N"',
            "line 3: V-1 is declared a second",
        ),
        ('2020-01-01 custom "tax-code" "I25" 25', 'line 2: write it as custom "tax-code"'),
        ('2020-01-01 custom "tax-code" "I25" -0.25', 'line 2: write it as custom "tax-code"'),
        ('2020-01-01 custom "tax-code" "I25" "much"', 'line 2: write it as custom "tax-code"'),
        ('2020-01-01 custom "tax-code" "I25" 0.25 Assets:B', "line 2: the account Assets:B is not opened in this file"),
        ('2020-01-01 custom "dimension" "PROJECT"', 'line 2: write it as custom "dimension"'),
        ('2020-01-01 custom "period-close" "2026-13"', 'line 2: write it as custom "period-close"'),
        ('2020-01-01 custom "period-close" "0000-01"', 'line 2: write it as custom "period-close"'),
        ('2020-01-01 custom "period-close" "2026"', 'line 2: write it as custom "period-close"'),
        ('2020-01-01 custom "period-close"', 'line 2: write it as custom "period-close"'),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, sentence: str):
    with pytest.raises(AccountingSystemMisconfigured) as caught:
        parse_chart(OPEN + text + "\n")
    assert f"accounts.beancount, {sentence}" in str(caught.value)


DIRECTIVES = st.sampled_from(
    ("open", "close", 'custom "tax-code"', 'custom "vendor"', 'custom "dimension"', 'custom "period-close"')
)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.builds(
            "{}{} {} {}".format,
            texts(),
            st.sampled_from(("2020-01-01", "\n2020-01-01", "\n  code:")),
            DIRECTIVES,
            texts(),
        )
    )
)
def test_any_file_is_read_or_refused_with_a_line(lines: list[str]):
    try:
        said = str(parse_chart("\n".join(lines)))
    except AccountingSystemMisconfigured as error:
        said = str(error)
    assert said.startswith(("LedgerChart(", "The accounting system is set up wrongly: accounts.beancount, line "))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 9999), st.integers(1, 12)), min_size=1, max_size=3))
@example([(9999, 12)])
def test_everything_up_to_the_last_day_of_the_latest_month_is_closed(months: list[tuple[int, int]]):
    lines = [f'2020-01-01 custom "period-close" "{year:04}-{month:02}"' for year, month in months]
    books = parse_chart("\n".join(lines))
    year, month = max(months)
    last = date(year, month, monthrange(year, month)[1])
    assert books.closed_until == last
    closed, *rest = books.chart.periods or ()
    assert (closed.first, closed.last, closed.is_open) == (date.min, last, False)
    assert [(period.first, period.last, period.is_open) for period in rest] == (
        [] if last == date.max else [(last + timedelta(days=1), date.max, True)]
    )


LIVES = """\
2020-01-01 open Assets:Wallet
  code: "1150"
2026-03-01 open Expenses:Meals
  code: "7010"
2026-03-31 close Expenses:Meals
"""


@pytest.mark.parametrize("only", ["", " DKK", " DKK,SEK", " EUR"])
@pytest.mark.parametrize("currency", ["DKK", "EUR", "D1", "TRUE", "NULL", "dkk", "DKK\n", ""])
@pytest.mark.parametrize("day", [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)])
def test_a_voucher_is_refused_exactly_when_beancount_would_refuse_it(day: date, currency: str, only: str):
    chart = LIVES.replace("Meals", f"Meals{only}", 1)
    names = {"7010": "Expenses:Meals", WALLET: "Assets:Wallet"}
    voucher = a_voucher(day=day, currency=currency)
    text = render_transaction(voucher, reference="r1", posting=PostingStatus.DRAFT, accounts=names, documents=())
    _, errors, _ = loader.load_string(chart + text)
    try:
        is_taken = resolve_account_names(voucher, parse_chart(chart)) == names
    except RejectedByAccountingSystem:
        is_taken = False
    # Without a currency beancount would take the voucher, and guess.
    assert is_taken == (not errors and currency.strip() == currency != "")


def test_an_account_that_is_not_opened_is_refused():
    with pytest.raises(AccountNotInChart, match="8888"):
        resolve_account_names(a_voucher(account="8888"), parse_chart(LIVES))


@pytest.mark.parametrize(("day", "refusal"), [(date(2026, 3, 31), PeriodClosed), (date(2026, 4, 1), AccountNotInChart)])
def test_a_closed_day_is_refused_before_its_account_is_looked_at(day: date, refusal: type[Refused]):
    books = parse_chart('2020-01-01 custom "period-close" "2026-03"')
    with pytest.raises(refusal):
        resolve_account_names(a_voucher(day=day), books)


def test_the_file_is_read_again_when_it_has_changed(tmp_path: Path):
    path = tmp_path / "accounts.beancount"
    path.write_text(OPEN, encoding="utf-8")
    file = ChartFile(path)
    first = file.load()
    assert file.load() is first
    path.write_text(OPEN.replace("Assets:A", "Assets:B"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert file.load().accounts.keys() == {"Assets:B"}


def test_a_missing_file_says_what_to_write(tmp_path: Path):
    with pytest.raises(AccountingSystemMisconfigured, match="write the chart of accounts to /"):
        ChartFile(tmp_path / "accounts.beancount").load()


def test_a_file_in_another_encoding_says_so(tmp_path: Path):
    path = tmp_path / "accounts.beancount"
    path.write_bytes(b"; k\xf8bsmoms\n")
    with pytest.raises(AccountingSystemMisconfigured, match="is not UTF-8"):
        ChartFile(path).load()
