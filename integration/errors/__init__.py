"""Everything that can go wrong, drawn once.

ExportError
├── UsageError                      the person at the keyboard changes something: exit code 2
│   └── ConfigurationError          every mistake in the configuration, reported together
├── LogbookUnreachable              the database does not answer: try again later
├── PleoError                       Pleo did not do what was asked
│   ├── PleoTransient               try again later
│   │   ├── PleoUnreachable         no answer: connection, name, TLS or time limit
│   │   ├── PleoUnavailable         5xx
│   │   ├── PleoInTwoMinds          one answer says that the job is open, another that it is over
│   │   └── PleoRateLimited         429, perhaps with the seconds to wait
│   ├── PleoDisconnected            no OAuth tokens, or none that Pleo takes: a person connects again
│   ├── PleoAnswerUnreadable        an answer that is not what the contract says
│   └── PleoRefused                 trying again changes nothing
│       ├── PleoUnauthenticated     401
│       ├── PleoForbidden           403
│       ├── ExportJobNotFound       404
│       ├── ExportAlreadyInProgress 409
│       ├── TooManyItemUpdates      413
│       ├── ExportJobFinished       422 EXPORT_JOB_STATUS_UNPROCESSABLE
│       ├── InvalidJobStatusChange  422 INVALID_EXPORT_JOB_STATUS_CHANGE
│       └── MissingContraAccounts   400 MISSING_CONTRA_ACCOUNTS
├── AccountingSystemError           the accounting system as a whole; each carries the job's reason type
│   ├── AccountingSystemTransient   try again later
│   │   ├── AccountingSystemUnreachable
│   │   ├── AccountingSystemTimeout
│   │   └── AccountingSystemRateLimited
│   ├── AccountingSystemUnauthenticated
│   ├── AccountingSystemForbidden
│   ├── AccountsMissing             the settings name no account where one is needed
│   ├── AccountingSystemMisconfigured
│   └── OutcomeUnknown              a record call was made and its answer is lost: in doubt
└── Refused                         one item cannot be recorded as it stands (see `integration.errors.items`)

A class's docstring is its message; words in braces are filled from what it is raised with.
"""

import re
from typing import ClassVar

from integration.errors.reasons import ItemFailureReason, JobFailureReason


class ExportError(Exception):
    """Something went wrong with an export."""

    def __init__(self, message: str | None = None, **facts: object) -> None:
        template = message or " ".join((type(self).__doc__ or "").split())
        super().__init__(template.format(**facts) if facts else template)

    @property
    def code(self) -> str:
        """The stable name of this error in the catalogue, such as `account_not_in_chart`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class UsageError(ExportError):
    """The command cannot do that."""


class ConfigurationError(UsageError):
    """The configuration has mistakes."""


class LogbookUnreachable(ExportError):
    """The logbook's database does not answer ({cause}). Start it, or mend PLEO_EXPORT_DATABASE_URL."""


class PleoError(ExportError):
    """Pleo did not do what was asked."""


class PleoTransient(PleoError):
    """Pleo cannot answer now; trying again later may work."""

    #: Seconds that Pleo asked us to wait, if it did.
    retry_after: float | None = None


class PleoUnreachable(PleoTransient):
    """Pleo did not answer at {url} ({cause}). Check base_url, the network and Pleo's status page."""


class PleoUnavailable(PleoTransient):
    """Pleo answered {status}; it says nothing about the request. It is tried again."""


class PleoInTwoMinds(PleoTransient):
    """Pleo's answers about the export job do not agree yet; it is read again. Ask Pleo's support if that stays so."""


class PleoRateLimited(PleoTransient):
    """Pleo asks us to slow down (429). It is tried again."""


class PleoDisconnected(PleoError):
    """Connection {connection} is not authorised at Pleo, or not any more. Run `pleo-export connect {connection}`."""


class PleoAnswerUnreadable(PleoError):
    """Pleo's answer to {operation} is not what its contract says: {cause}. Check base_url, or update pleo-export."""


class PleoRefused(PleoError):
    """Pleo refused {operation}: {status} {type} {told}. Update pleo-export, or contact Pleo's support."""


class PleoUnauthenticated(PleoRefused):
    """Pleo does not accept the credential (401). Check the API key and its expiry in Pleo's settings."""


class PleoForbidden(PleoRefused):
    """The credential may not do this (403). It needs export-jobs:read, export-jobs:write, export-items:read."""


class ExportJobNotFound(PleoRefused):
    """Pleo knows no such export job for this credential. Check the id and the connection."""


class ExportAlreadyInProgress(PleoRefused):
    """Another export job of this company is in progress. Wait until it has ended."""


class TooManyItemUpdates(PleoRefused):
    """Pleo takes no more than 100 item updates in one request. Update pleo-export."""


class ExportJobFinished(PleoRefused):
    """The export job has ended at Pleo (finished, expired or cancelled). Export what is left in a new job."""


class InvalidJobStatusChange(PleoRefused):
    """The export job is not in a state that allows this event. Check in Pleo whether it has ended."""


class MissingContraAccounts(PleoRefused):
    """Contra accounts are missing in Pleo. Map them under Settings, Accounting, Contra accounts; then export again."""


class AccountingSystemError(ExportError):
    """The accounting system cannot be used as it is."""

    reason: ClassVar[JobFailureReason] = JobFailureReason.INTEGRATION_UNUSABLE


class AccountingSystemTransient(AccountingSystemError):
    """The accounting system cannot answer now; trying again later may work."""

    reason = JobFailureReason.ACCOUNTING_SYSTEM_UNREACHABLE


class AccountingSystemUnreachable(AccountingSystemTransient):
    """The accounting system cannot be reached ({cause}). Start it or mend the address, then export again."""


class AccountingSystemTimeout(AccountingSystemTransient):
    """The accounting system did not answer in time. Export again when it does."""

    reason = JobFailureReason.ACCOUNTING_SYSTEM_TIMEOUT


class AccountingSystemRateLimited(AccountingSystemTransient):
    """The accounting system asks us to slow down. Export again later."""

    reason = JobFailureReason.ACCOUNTING_SYSTEM_RATE_LIMIT


class AccountingSystemUnauthenticated(AccountingSystemError):
    """The accounting system does not accept the credential. Renew it, then export again."""

    reason = JobFailureReason.ACCOUNTING_SYSTEM_AUTHENTICATION_FAILURE


class AccountingSystemForbidden(AccountingSystemError):
    """The credential may not do this in the accounting system: {cause}. Grant the right, then export again."""

    reason = JobFailureReason.AUTHORIZATION_FAILURE


class AccountsMissing(AccountingSystemError):
    """Accounts missing: set {settings} in the configuration, then export again."""

    reason = JobFailureReason.MISSING_CONFIGURATION


class AccountingSystemMisconfigured(AccountingSystemError):
    """The accounting system is set up wrongly: {cause}. Correct that, then export again."""

    reason = JobFailureReason.INVALID_CONFIGURATION


class OutcomeUnknown(AccountingSystemError):
    """The accounting system was asked to record and its answer is lost: {cause}. Export again: it is looked up."""


class Refused(ExportError):
    """The item cannot be recorded as it stands."""

    reason: ClassVar[ItemFailureReason] = ItemFailureReason.UNEXPECTED_FAILURE
