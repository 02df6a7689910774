"""Expenses of all 17 types, each as Pleo would send it."""

from datetime import timedelta
from typing import assert_never

from integration.pleo.models import (
    AdditionalInformation,
    Amount,
    Bookkeeping,
    BookkeepingMethod,
    ExportItem,
    InvoiceInformation,
    ItemSubType,
    ItemType,
    Line,
    ServicePeriod,
    Supplier,
    SupplierBankAccount,
)
from integration.sandbox.world.amounts import each, total
from integration.sandbox.world.companies import Merchant
from integration.sandbox.world.drafting import Draft, files_of
from integration.sandbox.world.expenses import Expense, Receipt

#: Types that leave the wallet's balance alone, and so carry no contra account (Pleo's API reference).
WITHOUT_CONTRA = frozenset(
    {
        ItemType.OUT_OF_POCKET,
        ItemType.MILEAGE,
        ItemType.PER_DIEM,
        ItemType.EXTERNAL_REIMBURSEMENT,
        ItemType.INVOICE,
    }
)
#: What Pleo offers for vendors among the types that are bought from a merchant (Pleo's guide, vendor tagging).
WITH_VENDOR = frozenset({ItemType.CARD_PURCHASE, ItemType.REFUND, ItemType.CHARGEBACK})
MONEY_BACK = frozenset({ItemType.REFUND, ItemType.CHARGEBACK, ItemType.CASHBACK})

GUESTS = ("Jonas Vik, Vik & Co", "Maria Lund, Lundgren AB")
PLEO = Supplier(name="Pleo", country="DK", category_code="6012")


def spend(draft: Draft, item_type: ItemType) -> Expense:
    """One expense of this type."""
    match item_type:
        case ItemType.CARD_PURCHASE | ItemType.OUT_OF_POCKET | ItemType.REFUND | ItemType.CHARGEBACK:
            expense = purchase(draft, item_type, draft.chance.choice(draft.company.market.merchants))
        case ItemType.INVOICE | ItemType.CARD_INVOICE | ItemType.INVOICE_PAYMENT:
            expense = invoice(draft, item_type, draft.chance.choice(draft.company.market.bills))
        case ItemType.MILEAGE | ItemType.PER_DIEM:
            expense = _allowance(draft, item_type)
        case ItemType.DIRECT_REIMBURSEMENT | ItemType.EXTERNAL_REIMBURSEMENT:
            expense = _reimbursement(draft, item_type)
        case ItemType.ATM_WITHDRAWAL | ItemType.PERSONAL_SPEND:
            expense = _not_for_the_company(draft, item_type)
        case ItemType.FEE | ItemType.CASHBACK:
            expense = _with_pleo(draft, item_type)
        case ItemType.WALLET_TOPUP | ItemType.WALLET_UNLOAD:
            expense = _wallet_move(draft, item_type)
        case _:
            assert_never(item_type)
    return expense


def purchase(draft: Draft, item_type: ItemType, merchant: Merchant) -> Expense:
    """Bought by an employee, or money back for it."""
    payable = merchant.vendor is not None and item_type in WITH_VENDOR and draft.one_in(2)
    method = BookkeepingMethod.ACCOUNTS_PAYABLE if payable else BookkeepingMethod.JOURNAL
    item = _item(draft, item_type, draft.lines(_signed(draft, item_type, draft.price(merchant)), merchant), method)
    return _with(
        item,
        draft.receipts(item, merchant, draft.kinds()),
        note=draft.chance.choice(merchant.notes),
        supplier=draft.supplier(merchant),
        vendor=draft.vendor(merchant.vendor) if payable and merchant.vendor else None,
        team=draft.chance.choice(draft.company.teams),
        additional_information=_about(item, attendees=GUESTS if merchant.hosts_guests else None),
    )


def invoice(draft: Draft, item_type: ItemType, bill: Merchant) -> Expense:
    """A vendor's bill, its payment, or both in one document."""
    vendor = draft.vendor(bill.vendor or "")
    if item_type is ItemType.INVOICE_PAYMENT:
        lines: tuple[Line, ...] = (draft.plain_line(draft.price(bill)),)
        sub_type = ItemSubType.INVOICE_PAYMENT_RETURNED if draft.one_in(8) else ItemSubType.INVOICE_PAYMENT_SENT
    else:
        lines, sub_type = draft.lines(draft.price(bill), bill), None
    item = _item(draft, item_type, lines, BookkeepingMethod.ACCOUNTS_PAYABLE)
    return _with(
        item,
        () if sub_type else draft.receipts(item, bill, ["pdf"]),
        sub_type=sub_type,
        supplier=draft.supplier(bill),
        vendor=vendor,
        user=item.user if item_type is ItemType.CARD_INVOICE else None,
        service_period=ServicePeriod(from_=item.date - timedelta(days=30), to=item.date) if draft.one_in(3) else None,
        additional_information=_about(item, invoice_information=_terms(draft, item, bill)),
    )


def _allowance(draft: Draft, item_type: ItemType) -> Expense:
    market = draft.company.market
    if item_type is ItemType.MILEAGE:
        count, unit = draft.chance.randrange(8, 420), market.distance_unit
        price, account = market.per_distance, market.purposes.mileage
    else:
        count, unit, price, account = draft.chance.randrange(1, 5), "days", market.per_day, market.purposes.per_diem
    line = draft.plain_line(draft.own_money(count * price, count * price), account)
    return _with(_item(draft, item_type, (line,)), note=f"{count} {unit}")


def _reimbursement(draft: Draft, item_type: ItemType) -> Expense:
    back = (ItemSubType.REIMBURSEMENT_TO_EMPLOYEE_REFUND, ItemSubType.REIMBURSEMENT_TO_COMPANY)
    sub_type = draft.chance.choice(back) if draft.one_in(5) else ItemSubType.REIMBURSEMENT_TO_EMPLOYEE
    item = _item(draft, item_type, (draft.plain_line(draft.own_money(4_000, 240_000)),), BookkeepingMethod.NONE)
    settled = tuple(draft.reconciliation_id() for _ in range(draft.chance.randint(1, 4)))
    return _with(item, sub_type=sub_type, additional_information=_about(item, reconciled_entries=settled))


def _not_for_the_company(draft: Draft, item_type: ItemType) -> Expense:
    purposes = draft.company.market.purposes
    if item_type is ItemType.ATM_WITHDRAWAL:
        line = draft.plain_line(draft.own_money(10_000, 100_000, 5_000), purposes.cash)
        return _with(_item(draft, item_type, (line,)), supplier=Supplier(name="Cash machine", category_code="6011"))
    line = draft.plain_line(draft.own_money(1_500, 42_000), None if draft.one_in(2) else purposes.private)
    return _with(_item(draft, item_type, (line,)), note="By mistake, will be paid back")


def _with_pleo(draft: Draft, item_type: ItemType) -> Expense:
    purposes = draft.company.market.purposes
    if item_type is ItemType.CASHBACK:
        money = _signed(draft, item_type, draft.own_money(900, 38_000))
        return _with(_item(draft, item_type, (draft.plain_line(money, purposes.cashback),)), supplier=PLEO, user=None)
    interest = draft.one_in(3)
    line = draft.plain_line(draft.own_money(250, 9_900), purposes.interest if interest else purposes.fee)
    sub_type = ItemSubType.INTEREST if interest else None
    return _with(_item(draft, item_type, (line,)), supplier=PLEO, user=None, sub_type=sub_type)


def _wallet_move(draft: Draft, item_type: ItemType) -> Expense:
    line = draft.plain_line(draft.own_money(500_000, 10_000_000, 50_000))
    return _with(_item(draft, item_type, (line,), BookkeepingMethod.NONE), user=None)


def _item(
    draft: Draft, item_type: ItemType, lines: tuple[Line, ...], method: BookkeepingMethod = BookkeepingMethod.JOURNAL
) -> ExportItem:
    """What every item has; the spender is there unless taken away again."""
    entry = draft.id()
    return ExportItem(
        links=draft.links(entry),
        accounting_entry_id=entry,
        company_id=draft.company.id,
        type=item_type,
        date=draft.date(),
        amount=total([line.line_amount for line in lines]),
        accounting_entry_lines=lines,
        additional_information=AdditionalInformation(reconciliation_id=draft.reconciliation_id()),
        bookkeeping=Bookkeeping(method=method),
        contra_account=None if item_type in WITHOUT_CONTRA else draft.wallet(),
        user=draft.chance.choice(draft.company.employees),
    )


def _with(item: ExportItem, receipts: tuple[Receipt, ...] = (), **members: object) -> Expense:
    return Expense(item.model_copy(update={**members, "files": files_of(receipts)}), receipts)


def _about(item: ExportItem, **members: object) -> AdditionalInformation:
    return item.additional_information.model_copy(update=members)


def _signed(draft: Draft, item_type: ItemType, amount: Amount) -> Amount:
    """Pleo does not say which sign money back has: it comes with either."""
    if item_type in MONEY_BACK and draft.one_in(2):
        return each(amount, lambda value: -value)
    return amount


def _terms(draft: Draft, item: ExportItem, bill: Merchant) -> InvoiceInformation:
    issued = item.date.date() - timedelta(days=draft.chance.randrange(1, 14))
    is_paid = item.type != ItemType.INVOICE
    return InvoiceInformation(
        invoice_number=f"{draft.chance.randrange(10_000, 99_999)}",
        invoice_date=issued,
        status="paid" if is_paid else "scheduled",
        due_date=issued + timedelta(days=30),
        payment_date=item.date.date() if is_paid else None,
        supplier_bank_account=SupplierBankAccount(
            bank_name="Sandbox Bank", country=bill.country, account_number=f"{draft.chance.randrange(10**9, 10**10)}"
        ),
    )
