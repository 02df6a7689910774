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
from integration.sandbox.world.amounts import change_both, sum_amounts
from integration.sandbox.world.companies import Merchant
from integration.sandbox.world.drafting import ItemGenerator, build_files
from integration.sandbox.world.expenses import Expense, Receipt

#: Types that leave the wallet's balance alone, and so carry no contra account (Pleo's API reference).
TYPES_WITHOUT_CONTRA = frozenset(
    {
        ItemType.OUT_OF_POCKET,
        ItemType.MILEAGE,
        ItemType.PER_DIEM,
        ItemType.EXTERNAL_REIMBURSEMENT,
        ItemType.INVOICE,
    }
)
#: What Pleo offers for vendors among the types that are bought from a merchant (Pleo's guide, vendor tagging).
TYPES_WITH_VENDOR = frozenset({ItemType.CARD_PURCHASE, ItemType.REFUND, ItemType.CHARGEBACK})
MONEY_BACK_TYPES = frozenset({ItemType.REFUND, ItemType.CHARGEBACK, ItemType.CASHBACK})

GUESTS = ("Jonas Vik, Vik & Co", "Maria Lund, Lundgren AB")
PLEO = Supplier(name="Pleo", country="DK", category_code="6012")


def build_expense(generator: ItemGenerator, item_type: ItemType) -> Expense:
    """One expense of this type."""
    match item_type:
        case ItemType.CARD_PURCHASE | ItemType.OUT_OF_POCKET | ItemType.REFUND | ItemType.CHARGEBACK:
            expense = build_purchase(generator, item_type, generator.rng.choice(generator.company.market.merchants))
        case ItemType.INVOICE | ItemType.CARD_INVOICE | ItemType.INVOICE_PAYMENT:
            expense = build_invoice(generator, item_type, generator.rng.choice(generator.company.market.bills))
        case ItemType.MILEAGE | ItemType.PER_DIEM:
            expense = _build_allowance(generator, item_type)
        case ItemType.DIRECT_REIMBURSEMENT | ItemType.EXTERNAL_REIMBURSEMENT:
            expense = _build_reimbursement(generator, item_type)
        case ItemType.ATM_WITHDRAWAL | ItemType.PERSONAL_SPEND:
            expense = _build_cash_or_private_spend(generator, item_type)
        case ItemType.FEE | ItemType.CASHBACK:
            expense = _build_fee_or_cashback(generator, item_type)
        case ItemType.WALLET_TOPUP | ItemType.WALLET_UNLOAD:
            expense = _build_wallet_transfer(generator, item_type)
        case _:
            assert_never(item_type)
    return expense


def build_purchase(generator: ItemGenerator, item_type: ItemType, merchant: Merchant) -> Expense:
    """Bought by an employee, or money back for it."""
    payable = merchant.vendor is not None and item_type in TYPES_WITH_VENDOR and generator.one_in(2)
    method = BookkeepingMethod.ACCOUNTS_PAYABLE if payable else BookkeepingMethod.JOURNAL
    item = _build_item(
        generator,
        item_type,
        generator.lines(_vary_sign(generator, item_type, generator.price(merchant)), merchant),
        method,
    )
    return _complete_expense(
        item,
        generator.receipts(item, merchant, generator.kinds()),
        note=generator.rng.choice(merchant.notes),
        supplier=generator.supplier(merchant),
        vendor=generator.vendor(merchant.vendor) if payable and merchant.vendor else None,
        team=generator.rng.choice(generator.company.teams),
        additional_information=_add_information(item, attendees=GUESTS if merchant.hosts_guests else None),
    )


def build_invoice(generator: ItemGenerator, item_type: ItemType, bill: Merchant) -> Expense:
    """A vendor's bill, its payment, or both in one document."""
    vendor = generator.vendor(bill.vendor or "")
    if item_type is ItemType.INVOICE_PAYMENT:
        lines: tuple[Line, ...] = (generator.simple_line(generator.price(bill)),)
        sub_type = ItemSubType.INVOICE_PAYMENT_RETURNED if generator.one_in(8) else ItemSubType.INVOICE_PAYMENT_SENT
    else:
        lines, sub_type = generator.lines(generator.price(bill), bill), None
    item = _build_item(generator, item_type, lines, BookkeepingMethod.ACCOUNTS_PAYABLE)
    return _complete_expense(
        item,
        () if sub_type else generator.receipts(item, bill, ["pdf"]),
        sub_type=sub_type,
        supplier=generator.supplier(bill),
        vendor=vendor,
        user=item.user if item_type is ItemType.CARD_INVOICE else None,
        service_period=ServicePeriod(from_=item.date - timedelta(days=30), to=item.date)
        if generator.one_in(3)
        else None,
        additional_information=_add_information(
            item, invoice_information=_build_invoice_information(generator, item, bill)
        ),
    )


def _build_allowance(generator: ItemGenerator, item_type: ItemType) -> Expense:
    market = generator.company.market
    if item_type is ItemType.MILEAGE:
        count, unit = generator.rng.randrange(8, 420), market.distance_unit
        price, account = market.per_distance, market.purposes.mileage
    else:
        count, unit, price, account = generator.rng.randrange(1, 5), "days", market.per_day, market.purposes.per_diem
    line = generator.simple_line(generator.wallet_amount(count * price, count * price), account)
    return _complete_expense(_build_item(generator, item_type, (line,)), note=f"{count} {unit}")


def _build_reimbursement(generator: ItemGenerator, item_type: ItemType) -> Expense:
    back = (ItemSubType.REIMBURSEMENT_TO_EMPLOYEE_REFUND, ItemSubType.REIMBURSEMENT_TO_COMPANY)
    sub_type = generator.rng.choice(back) if generator.one_in(5) else ItemSubType.REIMBURSEMENT_TO_EMPLOYEE
    item = _build_item(
        generator, item_type, (generator.simple_line(generator.wallet_amount(4_000, 240_000)),), BookkeepingMethod.NONE
    )
    settled = tuple(generator.reconciliation_id() for _ in range(generator.rng.randint(1, 4)))
    return _complete_expense(
        item, sub_type=sub_type, additional_information=_add_information(item, reconciled_entries=settled)
    )


def _build_cash_or_private_spend(generator: ItemGenerator, item_type: ItemType) -> Expense:
    purposes = generator.company.market.purposes
    if item_type is ItemType.ATM_WITHDRAWAL:
        line = generator.simple_line(generator.wallet_amount(10_000, 100_000, 5_000), purposes.cash)
        return _complete_expense(
            _build_item(generator, item_type, (line,)), supplier=Supplier(name="Cash machine", category_code="6011")
        )
    line = generator.simple_line(
        generator.wallet_amount(1_500, 42_000), None if generator.one_in(2) else purposes.private
    )
    return _complete_expense(_build_item(generator, item_type, (line,)), note="By mistake, will be paid back")


def _build_fee_or_cashback(generator: ItemGenerator, item_type: ItemType) -> Expense:
    purposes = generator.company.market.purposes
    if item_type is ItemType.CASHBACK:
        money = _vary_sign(generator, item_type, generator.wallet_amount(900, 38_000))
        return _complete_expense(
            _build_item(generator, item_type, (generator.simple_line(money, purposes.cashback),)),
            supplier=PLEO,
            user=None,
        )
    interest = generator.one_in(3)
    line = generator.simple_line(generator.wallet_amount(250, 9_900), purposes.interest if interest else purposes.fee)
    sub_type = ItemSubType.INTEREST if interest else None
    return _complete_expense(_build_item(generator, item_type, (line,)), supplier=PLEO, user=None, sub_type=sub_type)


def _build_wallet_transfer(generator: ItemGenerator, item_type: ItemType) -> Expense:
    line = generator.simple_line(generator.wallet_amount(500_000, 10_000_000, 50_000))
    return _complete_expense(_build_item(generator, item_type, (line,), BookkeepingMethod.NONE), user=None)


def _build_item(
    generator: ItemGenerator,
    item_type: ItemType,
    lines: tuple[Line, ...],
    method: BookkeepingMethod = BookkeepingMethod.JOURNAL,
) -> ExportItem:
    """What every item has; the spender is there unless taken away again."""
    entry = generator.id()
    return ExportItem(
        links=generator.links(entry),
        accounting_entry_id=entry,
        company_id=generator.company.id,
        type=item_type,
        date=generator.date(),
        amount=sum_amounts([line.line_amount for line in lines]),
        accounting_entry_lines=lines,
        additional_information=AdditionalInformation(reconciliation_id=generator.reconciliation_id()),
        bookkeeping=Bookkeeping(method=method),
        contra_account=None if item_type in TYPES_WITHOUT_CONTRA else generator.wallet(),
        user=generator.rng.choice(generator.company.employees),
    )


def _complete_expense(item: ExportItem, receipts: tuple[Receipt, ...] = (), **members: object) -> Expense:
    return Expense(item.model_copy(update={**members, "files": build_files(receipts)}), receipts)


def _add_information(item: ExportItem, **members: object) -> AdditionalInformation:
    return item.additional_information.model_copy(update=members)


def _vary_sign(generator: ItemGenerator, item_type: ItemType, amount: Amount) -> Amount:
    """Pleo does not say which sign money back has: it comes with either."""
    if item_type in MONEY_BACK_TYPES and generator.one_in(2):
        return change_both(amount, lambda value: -value)
    return amount


def _build_invoice_information(generator: ItemGenerator, item: ExportItem, bill: Merchant) -> InvoiceInformation:
    issued = item.date.date() - timedelta(days=generator.rng.randrange(1, 14))
    is_paid = item.type != ItemType.INVOICE
    return InvoiceInformation(
        invoice_number=f"{generator.rng.randrange(10_000, 99_999)}",
        invoice_date=issued,
        status="paid" if is_paid else "scheduled",
        due_date=issued + timedelta(days=30),
        payment_date=item.date.date() if is_paid else None,
        supplier_bank_account=SupplierBankAccount(
            bank_name="Sandbox Bank", country=bill.country, account_number=f"{generator.rng.randrange(10**9, 10**10)}"
        ),
    )
