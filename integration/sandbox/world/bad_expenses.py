"""Expenses that no accounting system can take, each for one known reason."""

from decimal import Decimal
from typing import assert_never

from integration.pleo.models import Account, Amount, ExportItem, File, ItemType, Line, Money, Supplier, Tag
from integration.sandbox.world.drafting import Draft
from integration.sandbox.world.expenses import Expense, Flaw
from integration.sandbox.world.spending import invoice, purchase

UNDEFINED = "UNDEFINED"


def flawed(draft: Draft, why: Flaw) -> Expense:
    """A purchase or an invoice that would be right but for this."""
    good = _good(draft, why)
    return Expense(_spoilt(draft, good.item, why), good.receipts, why)


def _good(draft: Draft, why: Flaw) -> Expense:
    market = draft.company.market
    if why is Flaw.VENDOR_MISSING:
        return invoice(draft, ItemType.INVOICE, draft.chance.choice(market.bills))
    return purchase(draft, ItemType.CARD_PURCHASE, draft.chance.choice(market.merchants))


def _spoilt(draft: Draft, item: ExportItem, why: Flaw) -> ExportItem:
    match why:
        case Flaw.ACCOUNT_NOT_IN_CHART:
            spoilt = _first_line(item, account=Account(id=draft.id(), name="Sundry", code="9999"))
        case Flaw.LINE_ACCOUNT_MISSING:
            spoilt = _first_line(item, account=None)
        case Flaw.TAX_CODE_NOT_IN_CHART:
            tax = item.accounting_entry_lines[0].tax
            spoilt = _first_line(item, tax=tax and tax.model_copy(update={"code": "X99"}))
        case Flaw.TAG_NOT_IN_CHART:
            group = draft.company.tag_groups[0].code
            spoilt = _first_line(item, tags=(Tag(id=draft.id(), code="CLOSED-404", group_code=group),))
        case Flaw.LINES_DO_NOT_SUM_TO_ITEM:
            spoilt = item.model_copy(update={"amount": _dearer(item.amount)})
        case Flaw.VENDOR_MISSING:
            spoilt = item.model_copy(update={"vendor": None, "supplier": Supplier(name="Passing Trader")})
        case Flaw.CURRENCY_UNDEFINED:
            spoilt = _without_currency(item)
        case Flaw.RECEIPT_DOWNLOAD_FAILED:
            gone = File(url=f"gone-{item.accounting_entry_id}.pdf", type="application/pdf", size=2084)
            spoilt = item.model_copy(update={"files": (gone,)})
        case _:
            assert_never(why)
    return spoilt


def _first_line(item: ExportItem, **members: object) -> ExportItem:
    first, *others = item.accounting_entry_lines
    return item.model_copy(update={"accounting_entry_lines": (first.model_copy(update=members), *others)})


def _dearer(amount: Amount) -> Amount:
    wallet = amount.in_wallet_currency
    more = wallet.model_copy(update={"value": wallet.value + Decimal(100)})
    return amount.model_copy(update={"in_wallet_currency": more})


def _without_currency(item: ExportItem) -> ExportItem:
    lines = tuple(_line_without_currency(line) for line in item.accounting_entry_lines)
    return item.model_copy(update={"amount": _undefined(item.amount), "accounting_entry_lines": lines})


def _line_without_currency(line: Line) -> Line:
    tax = line.tax and line.tax.model_copy(update={"amount": _undefined(line.tax.amount)})
    sums = {"line_amount": _undefined(line.line_amount), "net_amount": _undefined(line.net_amount)}
    return line.model_copy(update={**sums, "tax": tax})


def _undefined(amount: Amount) -> Amount:
    return amount.model_copy(
        update={"in_wallet_currency": Money(currency=UNDEFINED, value=amount.in_wallet_currency.value)}
    )
