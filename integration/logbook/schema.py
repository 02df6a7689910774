"""The logbook's tables."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets time zones, so they are taken off on the way in and put back on the way out."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Aware in, naive UTC stored."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Aware out."""
        return value.replace(tzinfo=UTC) if value else None


class Words(TypeDecorator[str]):
    """Text from outside: PostgreSQL refuses a whole row for one NUL in it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """NUL becomes what stands for the unprintable."""
        return None if value is None else value.replace("\x00", "\N{REPLACEMENT CHARACTER}")


class Exact(TypeDecorator[Decimal]):
    """Money as its digits: SQLite would keep a number as a float."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> str | None:
        """Digits stored."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Decimal | None:
        """The same number out."""
        return None if value is None else Decimal(value)


metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", String(36), primary_key=True),
    Column("connection", String(63), nullable=False),
    Column("company_id", String(36), nullable=False),
    #: Goes up with every dispatch; the callback of an older run does nothing.
    Column("run", Integer, nullable=False, default=0),
    #: Pleo had it in progress and we did not know it: every item is looked up before it is recorded.
    Column("adopted", Boolean, nullable=False, default=False),
    Column("opened_at", Instant, nullable=False),
    Column("fetched_at", Instant),
    #: When Pleo last heard of the job from us; an hour of silence and Pleo ends it.
    Column("heard_at", Instant, nullable=False),
    Column("dispatched_at", Instant),
    #: The last run whose messages were all given to the broker.
    Column("published_run", Integer),
    #: When somebody last saw to it that the job goes on.
    Column("looked_after_at", Instant),
    Column("claiming_owner", String(80)),
    Column("claiming_until", Instant),
    Column("reporting_owner", String(80)),
    Column("reporting_until", Instant),
    Column("closing_owner", String(80)),
    Column("closing_until", Instant),
    Column("closed_at", Instant),
    Column("event", String(32)),
    Column("reason", Words),
    Column("reason_type", String(64)),
)
#: Promise 5, kept by the database: one open job for a company.
Index(
    "one_open_job_per_company",
    jobs.c.company_id,
    unique=True,
    sqlite_where=jobs.c.closed_at.is_(None),
    postgresql_where=jobs.c.closed_at.is_(None),
)

items = Table(
    "items",
    metadata,
    Column("job_id", String(36), primary_key=True),
    Column("accounting_entry_id", String(36), primary_key=True),
    #: As Pleo sent it; emptied when the job closes.
    Column("payload", Text, nullable=False),
    Column("state", String(16), nullable=False),
    #: Something may stand in the books already: look before recording.
    Column("look_up", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    #: Attempts that ended with the worker.
    Column("deaths", Integer, nullable=False, default=0),
    Column("begun_at", Instant),
    Column("tried_at", Instant),
    Column("lease_owner", String(80)),
    Column("lease_until", Instant),
    #: What Pleo says it comes to, until it ended and the books say it.
    Column("currency", String(16)),
    Column("amount", Exact),
    #: What people ask for it by, and where Pleo shows it; these outlive the payload.
    Column("reconciliation_id", String(64)),
    Column("pleo_url", Text),
    Column("voucher_id", Words),
    Column("voucher_url", Words),
    Column("posting_date", Date),
    Column("adopted", Boolean),
    Column("code", String(64)),
    Column("reason_type", String(64)),
    Column("reason", Words),
    Column("ended_at", Instant),
    Column("reported_at", Instant),
    ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
)
Index("items_by_entry", items.c.accounting_entry_id)
Index("items_by_voucher", items.c.voucher_id)
Index("items_by_reconciliation", items.c.reconciliation_id)
Index(
    "items_to_report",
    items.c.job_id,
    items.c.ended_at,
    sqlite_where=items.c.reported_at.is_(None) & items.c.ended_at.is_not(None),
    postgresql_where=items.c.reported_at.is_(None) & items.c.ended_at.is_not(None),
)
Index(
    "items_to_record",
    items.c.job_id,
    sqlite_where=items.c.ended_at.is_(None),
    postgresql_where=items.c.ended_at.is_(None),
)

#: Append-only: what was tried, one row each, free of personal data.
attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", String(36), nullable=False, index=True),
    Column("accounting_entry_id", String(36)),
    Column("at", Instant, nullable=False),
    Column("worker", String(80), nullable=False),
    Column("step", String(32), nullable=False),
    Column("text", Words, nullable=False),
)

#: Append-only: what was settled automatically, free of personal data.
decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", String(36), nullable=False, index=True),
    Column("accounting_entry_id", String(36)),
    Column("at", Instant, nullable=False),
    Column("code", String(64), nullable=False),
    Column("text", Words, nullable=False),
)

#: Append-only: what a person did, and who. A connection is paused while its last word is `pause`.
actions = Table(
    "actions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", String(80), nullable=False),
    Column("action", String(16), nullable=False),
    Column("connection", String(63), nullable=False, index=True),
    Column("job_id", String(36), index=True),
    #: The job that a retry made.
    Column("new_job_id", String(36), index=True),
    Column("text", Words, nullable=False),
)

#: A connection's OAuth tokens, encrypted; none while it is not authorised. One process at a time renews them.
tokens = Table(
    "tokens",
    metadata,
    Column("connection", String(63), primary_key=True),
    Column("sealed", Text),
    Column("disconnected_at", Instant),
    Column("renewing_owner", String(80)),
    Column("renewing_until", Instant),
)
