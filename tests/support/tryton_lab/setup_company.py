"""Runs in the lab's environment: a company, its chart, periods and a key, in an initialised Tryton database.

    setup_company.py CONFIGURATION DATABASE < chart.json      prints {"key": …, "key_without_rights": …}

The chart is what `charts` makes.
"""

import datetime as dt
import json
import sys
from decimal import Decimal

from proteus import Model, Wizard
from proteus import config as proteus_config

configuration, database = sys.argv[1:]
chart = json.load(sys.stdin)
config = proteus_config.set_trytond(f"postgresql:///{database}", user="admin", config_file=configuration)


def get(model):
    return Model.get(model)


def make(model, /, **values):
    record = get(model)(**values)
    record.save()
    return record


def one(model, /, **values):
    (found,) = get(model).find([(key, "=", value) for key, value in values.items()], limit=1)
    return found


def create_company():
    for item in get("ir.module.config_wizard.item").find([("state", "=", "open")]):
        item.state = "done"
        item.save()
    currencies = {code: currency(code, rate) for code, rate in chart["currencies"].items()}
    wizard = Wizard("company.company.config")
    wizard.execute("company")
    wizard.form.party = make("party.party", name=chart["company"])
    wizard.form.currency = currencies[chart["currency"]]
    wizard.execute("add")
    (company,) = get("company.company").find()
    only_the_context = (True, {})
    config._context = get("res.user").get_preferences(*only_the_context)
    return company


def currency(code, rate):
    made = make("currency.currency", name=code, code=code, symbol=code, rounding=Decimal("0.01"))
    make("currency.currency.rate", date=dt.date(2000, 1, 1), rate=Decimal(rate), currency=made)
    return made


KINDS = {
    "asset": {"statement": "balance", "assets": True},
    "liability": {"statement": "balance"},
    "payable": {"statement": "balance", "payable": True},
    "receivable": {"statement": "balance", "receivable": True},
    "expense": {"statement": "income", "expense": True},
    "income": {"statement": "income", "revenue": True},
}


def create_accounts(company):
    types = {}
    for number, name, kind in chart["accounts"]:
        if kind not in types:
            types[kind] = make("account.account.type", name=kind, company=company, **KINDS[kind])
        owed = kind in {"payable", "receivable"}
        account = get("account.account")(code=number, name=name, company=company, type=types[kind])
        account.party_required = account.reconcile = owed
        account.save()
    return {account.code: account for account in get("account.account").find([("code", "!=", None)])}


def create_taxes(company, accounts):
    for code, name, rate, input_account, output_account in chart["taxes"]:
        same = {"name": name, "company": company}
        if output_account is None:
            tax(accounts[input_account], description=code, rate=Decimal(rate), **same)
            continue
        whole = make("account.tax", description=code, type="none", **same)
        same["parent"] = whole
        tax(accounts[input_account], description=f"{code} input", rate=Decimal(rate), **same)
        tax(accounts[output_account], description=f"{code} output", rate=-Decimal(rate), **same)


def tax(account, **values):
    accounts = {"invoice_account": account, "credit_note_account": account}
    make("account.tax", type="percentage", **accounts, **values)


def create_years(company):
    for year in chart["years"]:
        first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
        made = get("account.fiscalyear")(name=str(year), company=company, start_date=first, end_date=last)
        made.move_sequence = sequence(company, "Account Move", year)
        numbers = made.invoice_sequences[0]
        numbers.out_invoice_sequence = numbers.in_invoice_sequence = sequence(company, "Invoice", year)
        numbers.out_credit_note_sequence = numbers.in_credit_note_sequence = numbers.in_invoice_sequence
        made.save()
        made.click("create_period")
    for period in get("account.period").find([("end_date", "<=", dt.date(chart["closed_until"], 12, 31))]):
        period.click("close")


def sequence(company, kind, year):
    (of_kind,) = get("ir.sequence.type").find([("name", "=", kind)], limit=1)
    return make("ir.sequence.strict", name=f"{kind} {year}", sequence_type=of_kind, company=company)


def create_dimensions(company):
    for name, values in chart["dimensions"].items():
        root = make("analytic_account.account", name=name, code=name, type="root", company=company)
        for value in values:
            made = {"name": value, "code": value, "type": "normal", "company": company}
            make("analytic_account.account", root=root, parent=root, **made)


def create_vendors():
    for code, name, tax_number in chart["vendors"]:
        vendor = get("party.party")(name=name, code=code)
        vendor.addresses[0].city = "Aarhus"
        if tax_number:
            vendor.identifiers.new(code=tax_number)
        vendor.save()


def create_key(company, login, *groups):
    user = get("res.user")(name=login, login=login)
    for name in groups:
        user.groups.append(one("res.group", name=name))
    user.companies.append(Model.get("company.company")(company.id))
    user.company = company
    user.save()
    return make("res.user.application", user=user, application="rest").key


company = create_company()
create_taxes(company, create_accounts(company))
make("account.journal", name="Pleo", code="PLEO", type="general")
create_years(company)
create_dimensions(company)
create_vendors()
json.dump(
    {
        "key": create_key(company, "pleo", "Accounting", "Party Administration"),
        "key_without_rights": create_key(company, "guest"),
        "key_of_administrator": create_key(company, "closer", "Accounting", "Accounting Administration"),
    },
    sys.stdout,
)
