"""Accounts mapping: which account is debited and which credited, by type and sub type (Pleo's guide, accounts mapping).

The guide names the settings and the principle but prints no full table; this one follows the meaning of the types.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from integration.configuration.connection import Accounts
from integration.errors.items import AccountNotConfigured, LineAccountMissing, TypeUnknown
from integration.pleo.models import ExportItem, ItemSubType, ItemType, Line


class Lines(Enum):
    """The side that is split: what the money was for."""

    #: Each line's own account, which it must have.
    CATEGORY = auto()
    #: Each line's own account; where it has none, the employee owes the sum.
    CATEGORY_OR_EMPLOYEE = auto()


class Balance(Enum):
    """A side that is one sum on one account. What Pleo says of the lines' accounts does not count there."""

    #: The item's contra account, else the configured one (also called Pleo account).
    WALLET = auto()
    #: What the company owes its employees.
    EMPLOYEE = auto()
    #: What goes to employees by other ways than Pleo, such as payroll.
    EXTERNAL = auto()
    #: Where the wallet is loaded from; the contra account where no bank account is named.
    BANK = auto()
    #: What the company owes its vendors: the vendor's own account, else the common one.
    VENDOR = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """Debit and credit of a sum above zero.

    Pleo does not say which sign money back arrives with. Where type or sub type name the direction, the sign of the
    item's total means nothing. Where they do not (`sign_counts`), a total below zero exchanges the sides.
    """

    debit: Lines | Balance
    credit: Lines | Balance
    sign_counts: bool = False


SPENT_FROM_WALLET = Entry(debit=Lines.CATEGORY, credit=Balance.WALLET, sign_counts=True)
SPENT_BY_EMPLOYEE = Entry(debit=Lines.CATEGORY, credit=Balance.EMPLOYEE, sign_counts=True)
BACK_FROM_SUPPLIER = Entry(debit=Balance.WALLET, credit=Lines.CATEGORY)

ENTRIES: dict[tuple[ItemType, str | None], Entry] = {
    (ItemType.CARD_PURCHASE, None): SPENT_FROM_WALLET,
    (ItemType.CARD_INVOICE, None): SPENT_FROM_WALLET,
    (ItemType.ATM_WITHDRAWAL, None): SPENT_FROM_WALLET,
    (ItemType.FEE, None): SPENT_FROM_WALLET,
    (ItemType.PERSONAL_SPEND, None): Entry(Lines.CATEGORY_OR_EMPLOYEE, Balance.WALLET, sign_counts=True),
    (ItemType.OUT_OF_POCKET, None): SPENT_BY_EMPLOYEE,
    (ItemType.MILEAGE, None): SPENT_BY_EMPLOYEE,
    (ItemType.PER_DIEM, None): SPENT_BY_EMPLOYEE,
    (ItemType.DIRECT_REIMBURSEMENT, None): Entry(Balance.EMPLOYEE, Balance.WALLET, sign_counts=True),
    (ItemType.DIRECT_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_EMPLOYEE): Entry(Balance.EMPLOYEE, Balance.WALLET),
    (ItemType.DIRECT_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_EMPLOYEE_REFUND): Entry(
        Balance.WALLET, Balance.EMPLOYEE
    ),
    (ItemType.DIRECT_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_COMPANY): Entry(Balance.WALLET, Balance.EMPLOYEE),
    (ItemType.EXTERNAL_REIMBURSEMENT, None): Entry(Balance.EMPLOYEE, Balance.EXTERNAL, sign_counts=True),
    (ItemType.EXTERNAL_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_EMPLOYEE): Entry(Balance.EMPLOYEE, Balance.EXTERNAL),
    (ItemType.EXTERNAL_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_EMPLOYEE_REFUND): Entry(
        Balance.EXTERNAL, Balance.EMPLOYEE
    ),
    (ItemType.EXTERNAL_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_COMPANY): Entry(Balance.EXTERNAL, Balance.EMPLOYEE),
    (ItemType.INVOICE, None): Entry(Lines.CATEGORY, Balance.VENDOR, sign_counts=True),
    (ItemType.INVOICE_PAYMENT, None): Entry(Balance.VENDOR, Balance.WALLET, sign_counts=True),
    (ItemType.INVOICE_PAYMENT, ItemSubType.INVOICE_PAYMENT_SENT): Entry(Balance.VENDOR, Balance.WALLET),
    (ItemType.INVOICE_PAYMENT, ItemSubType.INVOICE_PAYMENT_RETURNED): Entry(Balance.WALLET, Balance.VENDOR),
    (ItemType.REFUND, None): BACK_FROM_SUPPLIER,
    (ItemType.CHARGEBACK, None): BACK_FROM_SUPPLIER,
    (ItemType.CASHBACK, None): BACK_FROM_SUPPLIER,
    (ItemType.WALLET_TOPUP, None): Entry(debit=Balance.WALLET, credit=Balance.BANK),
    (ItemType.WALLET_UNLOAD, None): Entry(debit=Balance.BANK, credit=Balance.WALLET),
}
#: Types whose direction may hang on the sub type: there an unknown one is refused, elsewhere it changes nothing.
DIRECTED = frozenset(item_type for item_type, sub_type in ENTRIES if sub_type)


def type_of(item: ExportItem) -> ItemType:
    """Raises `TypeUnknown`."""
    try:
        return ItemType(item.type)
    except ValueError:
        raise TypeUnknown(type=item.type) from None


def entry_for(item: ExportItem) -> Entry:
    """The row of the table; raises `TypeUnknown` also for a sub type that leaves the direction open."""
    item_type = type_of(item)
    entry = ENTRIES.get((item_type, item.sub_type or None))
    if entry is None and item_type in DIRECTED:
        raise TypeUnknown(type=f"{item.type}, {item.sub_type}")
    return entry or ENTRIES[item_type, None]


def balance_account(balance: Balance, item: ExportItem, accounts: Accounts, vendors_own: str | None) -> str:
    """Raises `AccountNotConfigured`."""
    match balance:
        case Balance.WALLET:
            sent = item.contra_account.number if item.contra_account else None
            return sent or _configured("wallet", accounts.wallet)
        case Balance.EMPLOYEE:
            return _configured("out_of_pocket", accounts.out_of_pocket)
        case Balance.EXTERNAL:
            return _configured("external_reimbursement", accounts.external_reimbursement)
        case Balance.BANK:
            return _configured("bank", accounts.bank or accounts.contra)
        case Balance.VENDOR:
            return vendors_own or _configured("accounts_payable", accounts.accounts_payable)
        case _:
            assert_never(balance)


def line_account(side: Lines, line: Line, position: int, accounts: Accounts) -> str:
    """Raises `LineAccountMissing`, or `AccountNotConfigured` where the employee owes the sum."""
    if line.account and line.account.number:
        return line.account.number
    match side:
        case Lines.CATEGORY:
            raise LineAccountMissing(line=position, category=line.account.name if line.account else "none")
        case Lines.CATEGORY_OR_EMPLOYEE:
            return _configured("out_of_pocket", accounts.out_of_pocket)
        case _:
            assert_never(side)


def _configured(setting: str, account: str | None) -> str:
    if account is None:
        raise AccountNotConfigured(setting=setting)
    return account
