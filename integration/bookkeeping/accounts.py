"""Accounts mapping: which account is debited and which credited, by type and sub type (Pleo's guide, accounts mapping).

The guide names the settings and the principle but prints no full table; this one follows the meaning of the types.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from integration.configuration.connection import Accounts
from integration.errors.items import AccountNotConfigured, LineAccountMissing, TypeUnknown
from integration.pleo.models import ExportItem, ItemSubType, ItemType, Line


class LineAccounts(Enum):
    """The side that is split: what the money was for."""

    #: Each line's own account, which it must have.
    CATEGORY = auto()
    #: Each line's own account; where it has none, the employee owes the sum.
    CATEGORY_OR_EMPLOYEE = auto()


class BalanceAccount(Enum):
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
class AccountPair:
    """Debit and credit of a sum above zero.

    Pleo does not say which sign money back arrives with. Where type or sub type name the direction, the sign of the
    item's total means nothing. Where they do not (`sign_counts`), a total below zero exchanges the sides.
    """

    debit: LineAccounts | BalanceAccount
    credit: LineAccounts | BalanceAccount
    sign_matters: bool = False


SPENT_FROM_WALLET = AccountPair(debit=LineAccounts.CATEGORY, credit=BalanceAccount.WALLET, sign_matters=True)
SPENT_BY_EMPLOYEE = AccountPair(debit=LineAccounts.CATEGORY, credit=BalanceAccount.EMPLOYEE, sign_matters=True)
REFUND_FROM_SUPPLIER = AccountPair(debit=BalanceAccount.WALLET, credit=LineAccounts.CATEGORY)

ACCOUNT_PAIRS: dict[tuple[ItemType, str | None], AccountPair] = {
    (ItemType.CARD_PURCHASE, None): SPENT_FROM_WALLET,
    (ItemType.CARD_INVOICE, None): SPENT_FROM_WALLET,
    (ItemType.ATM_WITHDRAWAL, None): SPENT_FROM_WALLET,
    (ItemType.FEE, None): SPENT_FROM_WALLET,
    (ItemType.PERSONAL_SPEND, None): AccountPair(
        LineAccounts.CATEGORY_OR_EMPLOYEE, BalanceAccount.WALLET, sign_matters=True
    ),
    (ItemType.OUT_OF_POCKET, None): SPENT_BY_EMPLOYEE,
    (ItemType.MILEAGE, None): SPENT_BY_EMPLOYEE,
    (ItemType.PER_DIEM, None): SPENT_BY_EMPLOYEE,
    (ItemType.DIRECT_REIMBURSEMENT, None): AccountPair(
        BalanceAccount.EMPLOYEE, BalanceAccount.WALLET, sign_matters=True
    ),
    (ItemType.DIRECT_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_EMPLOYEE): AccountPair(
        BalanceAccount.EMPLOYEE, BalanceAccount.WALLET
    ),
    (ItemType.DIRECT_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_EMPLOYEE_REFUND): AccountPair(
        BalanceAccount.WALLET, BalanceAccount.EMPLOYEE
    ),
    (ItemType.DIRECT_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_COMPANY): AccountPair(
        BalanceAccount.WALLET, BalanceAccount.EMPLOYEE
    ),
    (ItemType.EXTERNAL_REIMBURSEMENT, None): AccountPair(
        BalanceAccount.EMPLOYEE, BalanceAccount.EXTERNAL, sign_matters=True
    ),
    (ItemType.EXTERNAL_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_EMPLOYEE): AccountPair(
        BalanceAccount.EMPLOYEE, BalanceAccount.EXTERNAL
    ),
    (ItemType.EXTERNAL_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_EMPLOYEE_REFUND): AccountPair(
        BalanceAccount.EXTERNAL, BalanceAccount.EMPLOYEE
    ),
    (ItemType.EXTERNAL_REIMBURSEMENT, ItemSubType.REIMBURSEMENT_TO_COMPANY): AccountPair(
        BalanceAccount.EXTERNAL, BalanceAccount.EMPLOYEE
    ),
    (ItemType.INVOICE, None): AccountPair(LineAccounts.CATEGORY, BalanceAccount.VENDOR, sign_matters=True),
    (ItemType.INVOICE_PAYMENT, None): AccountPair(BalanceAccount.VENDOR, BalanceAccount.WALLET, sign_matters=True),
    (ItemType.INVOICE_PAYMENT, ItemSubType.INVOICE_PAYMENT_SENT): AccountPair(
        BalanceAccount.VENDOR, BalanceAccount.WALLET
    ),
    (ItemType.INVOICE_PAYMENT, ItemSubType.INVOICE_PAYMENT_RETURNED): AccountPair(
        BalanceAccount.WALLET, BalanceAccount.VENDOR
    ),
    (ItemType.REFUND, None): REFUND_FROM_SUPPLIER,
    (ItemType.CHARGEBACK, None): REFUND_FROM_SUPPLIER,
    (ItemType.CASHBACK, None): REFUND_FROM_SUPPLIER,
    (ItemType.WALLET_TOPUP, None): AccountPair(debit=BalanceAccount.WALLET, credit=BalanceAccount.BANK),
    (ItemType.WALLET_UNLOAD, None): AccountPair(debit=BalanceAccount.BANK, credit=BalanceAccount.WALLET),
}
#: Types whose direction may hang on the sub type: there an unknown one is refused, elsewhere it changes nothing.
DIRECTED_BY_SUB_TYPE = frozenset(item_type for item_type, sub_type in ACCOUNT_PAIRS if sub_type)


def parse_item_type(item: ExportItem) -> ItemType:
    """Raises `TypeUnknown`."""
    try:
        return ItemType(item.type)
    except ValueError:
        raise TypeUnknown(type=item.type) from None


def find_account_pair(item: ExportItem) -> AccountPair:
    """The row of the table; raises `TypeUnknown` also for a sub type that leaves the direction open."""
    item_type = parse_item_type(item)
    pair = ACCOUNT_PAIRS.get((item_type, item.sub_type or None))
    if pair is None and item_type in DIRECTED_BY_SUB_TYPE:
        raise TypeUnknown(type=f"{item.type}, {item.sub_type}")
    return pair or ACCOUNT_PAIRS[item_type, None]


def resolve_balance_account(
    balance: BalanceAccount, item: ExportItem, accounts: Accounts, vendor_account: str | None
) -> str:
    """Raises `AccountNotConfigured`."""
    match balance:
        case BalanceAccount.WALLET:
            sent = item.contra_account.number if item.contra_account else None
            return sent or _require_account("wallet", accounts.wallet)
        case BalanceAccount.EMPLOYEE:
            return _require_account("out_of_pocket", accounts.out_of_pocket)
        case BalanceAccount.EXTERNAL:
            return _require_account("external_reimbursement", accounts.external_reimbursement)
        case BalanceAccount.BANK:
            return _require_account("bank", accounts.bank or accounts.contra)
        case BalanceAccount.VENDOR:
            return vendor_account or _require_account("accounts_payable", accounts.accounts_payable)
        case _:
            assert_never(balance)


def resolve_line_account(side: LineAccounts, line: Line, position: int, accounts: Accounts) -> str:
    """Raises `LineAccountMissing`, or `AccountNotConfigured` where the employee owes the sum."""
    if line.account and line.account.number:
        return line.account.number
    match side:
        case LineAccounts.CATEGORY:
            raise LineAccountMissing(line=position, category=line.account.name if line.account else "none")
        case LineAccounts.CATEGORY_OR_EMPLOYEE:
            return _require_account("out_of_pocket", accounts.out_of_pocket)
        case _:
            assert_never(side)


def _require_account(setting: str, account: str | None) -> str:
    if account is None:
        raise AccountNotConfigured(setting=setting)
    return account
