"""Expenses that no accounting system can take, each for one known reason."""

from decimal import Decimal
from typing import assert_never

from integration.pleo.models import Account, Amount, ExportItem, File, ItemType, Line, Money, Supplier, Tag
from integration.sandbox.world.drafting import ItemGenerator
from integration.sandbox.world.expenses import Expense, Flaw
from integration.sandbox.world.spending import build_invoice, build_purchase

UNDEFINED = "UNDEFINED"


def build_bad_expense(generator: ItemGenerator, flaw: Flaw) -> Expense:
    """A purchase or an invoice that would be right but for this."""
    good = _build_good_expense(generator, flaw)
    return Expense(_spoil_item(generator, good.item, flaw), good.receipts, flaw)


def _build_good_expense(generator: ItemGenerator, flaw: Flaw) -> Expense:
    market = generator.company.market
    if flaw is Flaw.VENDOR_MISSING:
        return build_invoice(generator, ItemType.INVOICE, generator.rng.choice(market.bills))
    return build_purchase(generator, ItemType.CARD_PURCHASE, generator.rng.choice(market.merchants))


def _spoil_item(generator: ItemGenerator, item: ExportItem, flaw: Flaw) -> ExportItem:
    match flaw:
        case Flaw.ACCOUNT_NOT_IN_CHART:
            spoilt = _change_first_line(item, account=Account(id=generator.id(), name="Sundry", code="9999"))
        case Flaw.LINE_ACCOUNT_MISSING:
            spoilt = _change_first_line(item, account=None)
        case Flaw.TAX_CODE_NOT_IN_CHART:
            tax = item.accounting_entry_lines[0].tax
            spoilt = _change_first_line(item, tax=tax and tax.model_copy(update={"code": "X99"}))
        case Flaw.TAG_NOT_IN_CHART:
            group = generator.company.tag_groups[0].code
            spoilt = _change_first_line(item, tags=(Tag(id=generator.id(), code="CLOSED-404", group_code=group),))
        case Flaw.LINES_DO_NOT_SUM_TO_ITEM:
            spoilt = item.model_copy(update={"amount": _raise_amount(item.amount)})
        case Flaw.VENDOR_MISSING:
            spoilt = item.model_copy(update={"vendor": None, "supplier": Supplier(name="Passing Trader")})
        case Flaw.CURRENCY_UNDEFINED:
            spoilt = _remove_item_currency(item)
        case Flaw.RECEIPT_DOWNLOAD_FAILED:
            gone = File(url=f"gone-{item.accounting_entry_id}.pdf", type="application/pdf", size=2084)
            spoilt = item.model_copy(update={"files": (gone,)})
        case _:
            assert_never(flaw)
    return spoilt


def _change_first_line(item: ExportItem, **members: object) -> ExportItem:
    first, *others = item.accounting_entry_lines
    return item.model_copy(update={"accounting_entry_lines": (first.model_copy(update=members), *others)})


def _raise_amount(amount: Amount) -> Amount:
    wallet = amount.in_wallet_currency
    more = wallet.model_copy(update={"value": wallet.value + Decimal(100)})
    return amount.model_copy(update={"in_wallet_currency": more})


def _remove_item_currency(item: ExportItem) -> ExportItem:
    lines = tuple(_remove_line_currency(line) for line in item.accounting_entry_lines)
    return item.model_copy(update={"amount": _remove_currency(item.amount), "accounting_entry_lines": lines})


def _remove_line_currency(line: Line) -> Line:
    tax = line.tax and line.tax.model_copy(update={"amount": _remove_currency(line.tax.amount)})
    sums = {"line_amount": _remove_currency(line.line_amount), "net_amount": _remove_currency(line.net_amount)}
    return line.model_copy(update={**sums, "tax": tax})


def _remove_currency(amount: Amount) -> Amount:
    return amount.model_copy(
        update={"in_wallet_currency": Money(currency=UNDEFINED, value=amount.in_wallet_currency.value)}
    )
