"""The error catalogue of items: every way in which one item is refused, with what to change.

The class name is the code, the docstring the sentence that Pleo's user reads, `reason` Pleo's type for it. Sentences
name numbers and codes, never persons.
"""

from integration.errors import Refused
from integration.errors.reasons import ItemFailureReason


class TypeUnknown(Refused):
    """Pleo sent an item of type {type}, which this version does not know. Update pleo-export, then export again."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class ItemUnreadable(Refused):
    """Pleo's data of this item is not what its contract says ({cause}). Contact Pleo's support with the item's id."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class MethodUnknown(Refused):
    """Pleo asks for the bookkeeping method {method}, which this version does not know. Update pleo-export."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class LineAccountMissing(Refused):
    """Line {line} (category: {category}) has no ledger account. Give the category one in Pleo, then export again."""

    reason = ItemFailureReason.MISSING_CONFIGURATION


class AccountNotConfigured(Refused):
    """Account {setting} missing: set accounts.{setting} in the configuration, then export again."""

    reason = ItemFailureReason.MISSING_CONFIGURATION


class AccountNotInChart(Refused):
    """Account No. {account} does not exist in the accounting system. Check the category in Pleo, or add the account."""

    reason = ItemFailureReason.ACCOUNT_UNKNOWN


class TaxCodeNotInChart(Refused):
    """Tax code {code} does not exist in the accounting system. Check the tax code in Pleo, or add it there."""

    reason = ItemFailureReason.TAX_CODE_UNKNOWN


class TaxAccountMissing(Refused):
    """Tax code {code} has no account for its {direction} tax. Set it in Pleo or in the accounting system."""

    reason = ItemFailureReason.MISSING_CONFIGURATION


class TaxKindUnknown(Refused):
    """Tax code {code} is of kind {kind}, which this version does not know. Choose another tax code in Pleo."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class TaxDoesNotAddUp(Refused):
    """Line {line}: net {net} and tax {tax} are not the parts of its {total}. Correct the expense's tax in Pleo."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class TagNotInChart(Refused):
    """Tag {code} of group {group} does not exist in the accounting system. Check the tag in Pleo, or add it there."""

    reason = ItemFailureReason.TAG_UNKNOWN


class TooManyTags(Refused):
    """Line {line} has {tags} tags, and the accounting system takes {limit}. Take some off in Pleo."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class DimensionTwice(Refused):
    """Line {line}: {first} and {second} are both dimension {dimension}. Take one off in Pleo, or map its group anew."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class AccountOnBothSides(Refused):
    """Account No. {account} would pay itself. Choose another category or contra account in Pleo, then export again."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class VendorMissing(Refused):
    """The item is to be recorded through accounts payable and has no vendor. Choose its vendor in Pleo."""

    reason = ItemFailureReason.VENDOR_UNKNOWN


class VendorNotInChart(Refused):
    """Vendor {vendor} does not exist in the accounting system or is blocked. Check it there, then export again."""

    reason = ItemFailureReason.VENDOR_UNKNOWN


class LinesDoNotSumToItem(Refused):
    """The lines sum to {lines} and the item to {item} {currency}. Correct the split in Pleo, then export again."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class CurrencyUndefined(Refused):
    """The item has no currency. Contact Pleo's support with the item's id."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class CurrenciesDiffer(Refused):
    """The item is in {item} and one of its lines in {line}. Contact Pleo's support with the item's id."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class AmountNotInCurrency(Refused):
    """The amount {amount} is none that {currency} can hold. Correct it in Pleo, then export again."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class ReconciliationIdTooLong(Refused):
    """Reconciliation id {id} is longer than the {limit} characters the accounting system holds. Contact its support."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class NothingToRecord(Refused):
    """Every amount of the item is zero, so there is nothing to record. Take the item out of the export in Pleo."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class PeriodClosed(Refused):
    """The accounting period of {date} is closed. Open it, or let closed_period shift the date, then export again."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class NoOpenPeriod(Refused):
    """There is no open accounting period for {date} or later. Open one in the accounting system, then export again."""

    reason = ItemFailureReason.VALIDATION_FAILURE


class ReceiptDownloadFailed(Refused):
    """File {position} could not be fetched from Pleo ({cause}). Export again; attach it anew if that does not help."""

    reason = ItemFailureReason.RECEIPT_DOWNLOAD_FAILURE


class ReceiptTooLarge(Refused):
    """File {position} is larger than the accounting system takes ({limit} MB). Attach a smaller one in Pleo."""

    reason = ItemFailureReason.RECEIPT_FILE_SIZE_LIMIT_EXCEEDED


class ReceiptNotConvertible(Refused):
    """File {position} ({kind}) cannot be turned into a kind the accounting system takes. Attach it as PDF in Pleo."""

    reason = ItemFailureReason.RECEIPT_CONVERSION_FAILURE


class ReceiptUploadFailed(Refused):
    """The accounting system did not take file {position} ({cause}). Export again; check its size and kind."""

    reason = ItemFailureReason.RECEIPT_UPLOAD_FAILURE


class RejectedByAccountingSystem(Refused):
    """The accounting system refused the voucher: {answer}. Correct that there or in Pleo, then export again."""

    reason = ItemFailureReason.ACCOUNTING_SYSTEM_VALIDATION_FAILURE


class AccountingSystemGone(Refused):
    """Not recorded: the accounting system could not be reached in time. Export again when it can."""

    reason = ItemFailureReason.ACCOUNTING_SYSTEM_UNREACHABLE


class PleoGone(Refused):
    """Not recorded: Pleo could not be reached in time for the item's files. Export again."""

    reason = ItemFailureReason.RECEIPT_DOWNLOAD_FAILURE


class LeftInDoubt(Refused):
    """The accounting system did not say in time whether it recorded this. Export again: it is looked up there first."""

    reason = ItemFailureReason.ACCOUNTING_SYSTEM_TIMEOUT


class StopsTheWorker(Refused):
    """Not recorded: {times} attempts stopped their worker. Ask the operator: the log has them under the item's id."""

    reason = ItemFailureReason.UNEXPECTED_FAILURE


class Unexpected(Refused):
    """Not recorded: something unexpected happened ({kind}). Ask the operator: the log has it under the item's id."""

    reason = ItemFailureReason.UNEXPECTED_FAILURE


class ReceiptsTooLarge(Refused):
    """The files are too large together (limit: {limit} MB). File {position} is the largest: attach a smaller one."""

    reason = ItemFailureReason.RECEIPT_FILE_SIZE_LIMIT_EXCEEDED
