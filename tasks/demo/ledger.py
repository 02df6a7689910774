"""The demo's books: a chart for beancount made from what the sandbox knows of a company, and their totals."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Final

from integration.sandbox.world.companies import AccountKind, Company, LedgerAccount

OPENED: Final = "2020-01-01"
ROOTS: Final = {
    AccountKind.ASSET: "Assets",
    AccountKind.LIABILITY: "Liabilities",
    AccountKind.EXPENSE: "Expenses",
    AccountKind.INCOME: "Income",
}
_POSTING: Final = re.compile(r"^  [A-Z]\S+ +(-?[\d.]+) ([A-Z]{3})", re.MULTILINE)


def write_chart(company: Company, directory: Path) -> None:
    """`accounts.beancount`, which is the user's own file in real life."""
    names = {account.number: _name(account) for account in company.ledger_accounts}
    lines = [f'option "title" "{company.name}"', f'option "operating_currency" "{company.currency}"']
    for account in company.ledger_accounts:
        lines += [f"{OPENED} open {names[account.number]}", f'  code: "{account.number}"']
    for tax in company.tax_codes:
        accounts = " ".join(names[number] for number in (tax.input_account, tax.output_account) if number)
        lines.append(f'{OPENED} custom "tax-code" "{tax.code}" {tax.rate} {accounts}'.rstrip())
    for group in company.tag_groups:
        lines += [f'{OPENED} custom "dimension" "{group.code}" "{tag}"' for tag in group.tags]
    for vendor in company.vendors:
        lines.append(f'{OPENED} custom "vendor" "{vendor.code}" "{vendor.name}"')
    directory.mkdir(parents=True)
    (directory / "accounts.beancount").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _name(account: LedgerAccount) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "-", account.name).strip("-")
    return f"{ROOTS[account.kind]}:{account.number}-{words}"


def totals(directory: Path) -> dict[str, tuple[Decimal, Decimal]]:
    """Debits and credits by currency, read back from what stands in the ledger's files."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for voucher in directory.glob("vouchers/*/*.beancount"):
        for amount, currency in _POSTING.findall(voucher.read_text(encoding="utf-8")):
            debit, credit = sums.get(currency, (Decimal(0), Decimal(0)))
            value = Decimal(amount)
            sums[currency] = (debit + max(value, Decimal(0)), credit + max(-value, Decimal(0)))
    return sums
