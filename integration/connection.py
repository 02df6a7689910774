"""A connection joins one Pleo company to one company in one accounting system, with its settings.

Values only: where they are read from is `integration.settings`.
"""

from enum import StrEnum
from pathlib import PurePath
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

AccountNumber = Annotated[str, Field(min_length=1, max_length=64)]


class Posting(StrEnum):
    """The two posting behaviours (Pleo's guide, posting behaviour; draft is its default)."""

    DRAFT = "draft"
    FINALISED = "finalised"


class ClosedPeriod(StrEnum):
    """What to do with an item whose date lies in a closed period (Pleo's guide, accounting periods)."""

    FAIL = "fail"
    EXPORT_DATE = "export_date"
    NEXT_OPEN = "next_open"


class UnknownVendor(StrEnum):
    """What to do with a vendor that the accounting system does not know; Pleo's guide says both."""

    FAIL = "fail"
    FALLBACK_ACCOUNT = "fallback_account"


class Attachments(StrEnum):
    """Whether an item may be recorded without a file that could not be fetched or fitted."""

    REQUIRED = "required"
    BEST_EFFORT = "best_effort"


class Settings(BaseModel):
    """Frozen, and a key that we do not know is a mistake, not a wish."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Accounts(Settings):
    """Account numbers in the accounting system (Pleo's guide, accounts mapping); `None` is not configured."""

    wallet: AccountNumber | None = None
    out_of_pocket: AccountNumber | None = None
    contra: AccountNumber | None = None
    accounts_payable: AccountNumber | None = None
    external_reimbursement: AccountNumber | None = None
    bank: AccountNumber | None = None


class BeancountLedger(Settings):
    """Where the beancount ledger stands; made if absent."""

    directory: PurePath


class Connection(Settings):
    """One Pleo company joined to one company in one accounting system."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    company_id: UUID
    #: Name of the environment variable that holds Pleo's API key. The key itself is never in the file.
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    accounting_system: str
    posting: Posting = Posting.DRAFT
    closed_period: ClosedPeriod = ClosedPeriod.FAIL
    unknown_vendor: UnknownVendor = UnknownVendor.FAIL
    attachments: Attachments = Attachments.REQUIRED
    accounts: Accounts = Accounts()
    #: Pleo's tag group code → the accounting system's dimension; a group that is not named keeps its own code.
    dimensions: dict[str, str] = {}
    beancount: BeancountLedger | None = None
