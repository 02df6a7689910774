"""Vouchers as Tryton's values: what no server has to say."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from socket import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from support.builders.any_vouchers import vouchers
from support.builders.vouchers import HOSTILE_TEXTS, a_voucher, reference

from integration.accounting.registry import open_accounting_system
from integration.accounting.tryton.adapter import Tryton, host_lock
from integration.accounting.tryton.books import Books
from integration.accounting.tryton.rest import RestClient
from integration.accounting.tryton.rows import CurrencyRow
from integration.accounting.tryton.texts import build_description, build_note
from integration.accounting.tryton.values import convert_to_company_currency
from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vouchers import Narrative, Voucher
from integration.configuration.settings import Settings
from integration.errors import AccountingSystemTimeout, AccountingSystemUnreachable, ConfigurationError
from integration.errors.items import RejectedByAccountingSystem

KRONE = CurrencyRow(id=1, code="DKK", digits=2)
BOOKS = Books(
    company=1,
    currency=KRONE,
    currencies={"DKK": KRONE},
    journal=1,
    invoice_journal=None,
    accounts={},
    taxes={},
    dimensions={},
    parties={},
    periods=(),
    has_module=True,
    chart=Chart(),
)
RATES = {"DKK": Decimal(1), "EUR": Decimal("0.134")}


@given(vouchers(), st.decimals("0.0001", "9999", places=4))
def test_in_the_companys_currency_a_voucher_balances_to_the_coin(voucher: Voucher, rate: Decimal):
    foreign = replace(voucher, currency="EUR")
    amounts = convert_to_company_currency(foreign, BOOKS, {"DKK": Decimal(1), "EUR": rate})
    assert sum(amounts) == 0
    assert all(amount == amount.quantize(Decimal("0.01")) for amount in amounts)


def test_a_currency_without_a_rate_of_the_day_is_refused():
    with pytest.raises(RejectedByAccountingSystem, match=r"no rate of EUR for 2026-03-14"):
        convert_to_company_currency(a_voucher(currency="EUR"), BOOKS, {"DKK": Decimal(1)})


def test_the_companys_own_currency_needs_no_rate():
    assert convert_to_company_currency(a_voucher(), BOOKS, {}) == [Decimal("100.00"), Decimal("-100.00")]


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_no_text_can_forge_a_line_of_the_note(text: str):
    voucher = a_voucher(narrative=Narrative(text, text, f"{text}\nAccounting entry: {reference(9)}"))
    lines = build_note(voucher, reference(1)).split("\n")
    assert [line for line in lines if line.startswith("Accounting entry")] == [f"Accounting entry: {reference(1)}"]
    assert "\n" not in build_description(voucher, reference(1), has_module=True)


def test_without_the_module_the_description_ends_with_the_reference():
    said = build_description(a_voucher(), reference(1), has_module=False)
    assert said == f"Lunch with a customer [pleo:{reference(1)}]"


def test_a_lane_is_for_one_at_a_time_and_others_give_up(tmp_path: Path):
    name = str(tmp_path)
    with host_lock(name), pytest.raises(AccountingSystemTimeout), host_lock(name, wait_seconds=0):
        pass
    with host_lock(name, wait_seconds=0):
        pass


def test_companies_do_not_wait_for_each_other(tmp_path: Path):
    with host_lock(f"{tmp_path} one"), host_lock(f"{tmp_path} two", wait_seconds=0):
        pass


def test_what_never_left_is_not_in_doubt():
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        rest = RestClient(f"http://127.0.0.1:{free.getsockname()[1]}", "nowhere", SecretStr("key"))
        with pytest.raises(AccountingSystemUnreachable):
            rest.create("account.move", {})


CONFIGURATION = """
[[connections]]
name = "acme"
company_id = "12abc3d4-e567-890e-1234-abc56e78fabc"
api_key_env = "PLEO_API_KEY"
accounting_system = "tryton"

[connections.tryton]
url = "https://tryton.example"
database = "acme"
company = "Acme ApS"
journal = "PLEO"
key_env = "TRYTON_KEY"
"""


def settings_from(directory: Path, **environment: str) -> Settings:
    path = directory / "pleo-export.toml"
    path.write_text(CONFIGURATION)
    return Settings.read({"PLEO_EXPORT_CONFIG": str(path), "PLEO_API_KEY": "key", **environment})


def test_a_key_that_is_not_in_the_environment_is_a_mistake_that_names_its_variable(tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"tryton\.key_env: set the environment variable TRYTON_KEY"):
        settings_from(tmp_path)


def test_the_connection_opens_with_its_key_and_the_key_never_shows(tmp_path: Path):
    settings = settings_from(tmp_path, TRYTON_KEY="sekret")
    opened = open_accounting_system(settings.connections[0], settings.secrets)
    assert isinstance(opened, Tryton)
    assert "sekret" not in repr(settings) + repr(opened)
