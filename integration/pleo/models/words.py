"""Pleo's closed lists, except the failure reasons (`integration.errors.reasons`).

Requests take nothing else; answers may hold more, so there they are plain strings.
"""

from enum import StrEnum


class JobStatus(StrEnum):
    """Where an export job stands."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    FAILED = "failed"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"

    @property
    def is_final(self) -> bool:
        """No event and no item update is accepted any more."""
        return self not in {JobStatus.PENDING, JobStatus.IN_PROGRESS}


class ItemStatus(StrEnum):
    """Where an export job item stands."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    FAILED = "failed"
    SUCCESSFUL = "successful"
    #: The job itself could not be completed.
    ABANDONED = "abandoned"

    @property
    def is_final(self) -> bool:
        """The item is not to be worked on again in this job."""
        return self not in {ItemStatus.PENDING, ItemStatus.IN_PROGRESS}


class JobEvent(StrEnum):
    """What moves an export job."""

    STARTED = "started"
    FAILED = "failed"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"


class ItemType(StrEnum):
    """The 17 kinds of item that Pleo exports."""

    CARD_PURCHASE = "card_purchase"
    CARD_INVOICE = "card_invoice"
    ATM_WITHDRAWAL = "atm_withdrawal"
    PERSONAL_SPEND = "personal_spend"
    FEE = "fee"
    OUT_OF_POCKET = "out_of_pocket"
    MILEAGE = "mileage"
    PER_DIEM = "per_diem"
    DIRECT_REIMBURSEMENT = "direct_reimbursement"
    EXTERNAL_REIMBURSEMENT = "external_reimbursement"
    INVOICE = "invoice"
    INVOICE_PAYMENT = "invoice_payment"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    CASHBACK = "cashback"
    WALLET_TOPUP = "wallet_topup"
    WALLET_UNLOAD = "wallet_unload"


class ItemSubType(StrEnum):
    """Finer than the type, where Pleo knows more."""

    REIMBURSEMENT_TO_EMPLOYEE = "reimbursement_to_employee"
    REIMBURSEMENT_TO_EMPLOYEE_REFUND = "reimbursement_to_employee_refund"
    REIMBURSEMENT_TO_COMPANY = "reimbursement_to_company"
    INVOICE_PAYMENT_SENT = "invoice_payment_sent"
    INVOICE_PAYMENT_RETURNED = "invoice_payment_returned"
    INTEREST = "interest"


class BookkeepingMethod(StrEnum):
    """How Pleo wants an item recorded."""

    NONE = "none"
    JOURNAL = "journal"
    ACCOUNTS_PAYABLE = "accounts_payable"


class TaxType(StrEnum):
    """How tax and net amount of a line relate."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"
    REVERSE = "reverse"
