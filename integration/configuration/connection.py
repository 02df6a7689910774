"""A connection joins one Pleo company to one company in one accounting system, with its settings.

Values only: where they are read from is `integration.configuration.settings`.
"""

from enum import StrEnum
from pathlib import PurePath
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator

AccountNumber = Annotated[str, Field(min_length=1, max_length=64)]
#: Of a secret the file has only this: the name of the environment variable that holds it.
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
#: What an export needs (Pleo's API reference, scopes).
SCOPES: Final = ("export-jobs:read", "export-jobs:write", "export-items:read")


class PostingStatus(StrEnum):
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


class OAuth(Settings):
    """An OAuth 2 client that is registered with Pleo; `pleo-export connect` walks a person through the rest."""

    client_id: Annotated[str, Field(min_length=1)]
    client_secret_env: VariableName
    scopes: tuple[str, ...] = SCOPES
    #: As registered with Pleo, to the letter; `connect` listens there, so it is on this machine.
    redirect_uri: Annotated[str, Field(pattern=r"^http://(127\.0\.0\.1|localhost):[0-9]{1,5}/[^?#]*$")] = (
        "http://127.0.0.1:8912/callback"
    )


class SignedWebhook(Settings):
    """Verified by the secret of the subscription, `whsec_…`; several, separated by blanks, while it is changed."""

    kind: Literal["signature"]
    secret_env: VariableName


class BasicWebhook(Settings):
    """Verified by a user name and a password, which Pleo sends with each delivery."""

    kind: Literal["basic"]
    username: Annotated[str, Field(pattern=r"^[^:\s]+$")]
    secret_env: VariableName


class HeaderWebhook(Settings):
    """Verified by a header of our own, which Pleo sends with each delivery."""

    kind: Literal["header"]
    header: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$")]
    secret_env: VariableName


Webhook = Annotated[SignedWebhook | BasicWebhook | HeaderWebhook, Field(discriminator="kind")]


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
    #: Where fava shows it, if it does: vouchers are linked to there.
    fava_url: str | None = None


class RecordingLimits(Settings):
    """What the accounting system takes from all workers together; `None` is any number."""

    per_minute: Annotated[int, Field(ge=1)] | None = None
    per_day: Annotated[int, Field(ge=1)] | None = None
    at_once: Annotated[int, Field(ge=1)] | None = None


class TrytonCompany(Settings):
    """One company in a Tryton database."""

    url: HttpUrl
    database: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    #: The company's name in Tryton.
    company: str
    #: The code of the journal that moves are recorded in.
    journal: str
    #: Name of the environment variable that holds the key of a user application of kind «rest».
    key_env: VariableName
    #: Tryton's `[request] max_size`, which limits files; 2 is its default.
    max_request_mb: Annotated[int, Field(ge=1)] = 2


class Connection(Settings):
    """One Pleo company joined to one company in one accounting system."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    company_id: UUID
    #: Pleo's API key, or an OAuth client: one of the two.
    api_key_env: VariableName | None = None
    oauth: OAuth | None = None
    webhook: Webhook | None = None
    accounting_system: str
    posting: PostingStatus = PostingStatus.DRAFT
    closed_period: ClosedPeriod = ClosedPeriod.FAIL
    unknown_vendor: UnknownVendor = UnknownVendor.FAIL
    attachments: Attachments = Attachments.REQUIRED
    accounts: Accounts = Accounts()
    #: Pleo's tag group code → the accounting system's dimension; a group that is not named keeps its own code.
    dimensions: dict[str, str] = {}
    limits: RecordingLimits = RecordingLimits()
    beancount: BeancountLedger | None = None
    tryton: TrytonCompany | None = None

    @model_validator(mode="after")
    def _has_one_credential(self) -> Self:
        if (self.api_key_env is None) == (self.oauth is None):
            raise ValueError("give api_key_env or an [connections.oauth] section, one of the two")
        return self


EVERY_CONNECTION: Final = "*"


class User(Settings):
    """As the TOML file has it; `password` is what `pleo-export password` prints, never the password itself."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$")]
    password: SecretStr
    connections: Annotated[tuple[str, ...], Field(min_length=1)]

    def sees(self, connection: str) -> bool:
        """Whether this connection's jobs are the user's business."""
        return EVERY_CONNECTION in self.connections or connection in self.connections
