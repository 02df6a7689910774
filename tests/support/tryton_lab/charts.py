"""The companies of the lab, as `setup_company` makes them in Tryton."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from integration.sandbox.world.companies import AccountKind, Company

CONTRACT: dict[str, Any] = {
    "company": "Contract ApS",
    "currency": "DKK",
    "currencies": {"DKK": "1"},
    "accounts": [("7010", "Meals", "expense"), ("7020", "Travel", "expense"), ("1150", "Wallet", "asset")],
    "taxes": [("I25", "Input VAT 25 %", "0.25", "1150", None)],
    "years": [2025, 2026],
    "closed_until": 2025,
    "dimensions": {"PROJECT": ["PRJ-1"]},
    "vendors": [("V-0007", "Nordic Coffee", None)],
}


def build_chart(company: Company, payable: str) -> dict[str, Any]:
    """What the sandbox knows of a company; `payable` is the one account on which vendors are owed."""
    rates = {code: str((1 / rate).quantize(Decimal("0.000001"))) for code, rate in company.market.rates.items()}
    return {
        "company": company.name,
        "currency": company.currency,
        "currencies": {company.currency: "1"} | rates,
        "accounts": [
            (one.number, one.name, "payable" if one.number == payable else KINDS[one.kind])
            for one in company.ledger_accounts
        ],
        "taxes": [
            (tax.code, tax.name, str(tax.rate), tax.input_account, tax.output_account) for tax in company.tax_codes
        ],
        "years": list(range(2025, datetime.now(UTC).year + 2)),
        "closed_until": 2024,
        "dimensions": {group.code: list(group.tags) for group in company.tag_groups},
        "vendors": [(vendor.code, vendor.name, vendor.tax_registration_number) for vendor in company.vendors],
    }


KINDS = {
    AccountKind.ASSET: "asset",
    AccountKind.LIABILITY: "liability",
    AccountKind.EXPENSE: "expense",
    AccountKind.INCOME: "income",
}
