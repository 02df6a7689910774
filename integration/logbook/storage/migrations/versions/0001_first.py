"""The logbook's first tables.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From nothing."""
    op.create_table(
        "actions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("connection", sa.String(length=63), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("new_job_id", sa.String(length=36), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_actions_connection", "actions", ["connection"], unique=False)
    op.create_index("ix_actions_job_id", "actions", ["job_id"], unique=False)
    op.create_index("ix_actions_new_job_id", "actions", ["new_job_id"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("accounting_entry_id", sa.String(length=36), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_attempts_job_id", "attempts", ["job_id"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("accounting_entry_id", sa.String(length=36), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_decisions_job_id", "decisions", ["job_id"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("connection", sa.String(length=63), nullable=False),
        sa.Column("company_id", sa.String(length=36), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(), nullable=True),
        sa.Column("heard_at", sa.DateTime(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(), nullable=True),
        sa.Column("published_run", sa.Integer(), nullable=True),
        sa.Column("looked_after_at", sa.DateTime(), nullable=True),
        sa.Column("claiming_owner", sa.String(length=80), nullable=True),
        sa.Column("claiming_until", sa.DateTime(), nullable=True),
        sa.Column("reporting_owner", sa.String(length=80), nullable=True),
        sa.Column("reporting_until", sa.DateTime(), nullable=True),
        sa.Column("closing_owner", sa.String(length=80), nullable=True),
        sa.Column("closing_until", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("event", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_type", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("job_id"),
    )
    op.create_index(
        "one_open_job_per_company",
        "jobs",
        ["company_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "tokens",
        sa.Column("connection", sa.String(length=63), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("disconnected_at", sa.DateTime(), nullable=True),
        sa.Column("renewing_owner", sa.String(length=80), nullable=True),
        sa.Column("renewing_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("connection"),
    )
    op.create_table(
        "items",
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("accounting_entry_id", sa.String(length=36), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("look_up", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=True),
        sa.Column("tried_at", sa.DateTime(), nullable=True),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("currency", sa.String(length=16), nullable=True),
        sa.Column("amount", sa.String(length=32), nullable=True),
        sa.Column("reconciliation_id", sa.String(length=64), nullable=True),
        sa.Column("pleo_url", sa.Text(), nullable=True),
        sa.Column("voucher_id", sa.Text(), nullable=True),
        sa.Column("voucher_url", sa.Text(), nullable=True),
        sa.Column("posting_date", sa.Date(), nullable=True),
        sa.Column("adopted", sa.Boolean(), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("reason_type", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("reported_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
        sa.PrimaryKeyConstraint("job_id", "accounting_entry_id"),
    )
    op.create_index("items_by_entry", "items", ["accounting_entry_id"], unique=False)
    op.create_index("items_by_reconciliation", "items", ["reconciliation_id"], unique=False)
    op.create_index("items_by_voucher", "items", ["voucher_id"], unique=False)
    op.create_index(
        "items_to_record",
        "items",
        ["job_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "items_to_report",
        "items",
        ["job_id", "ended_at"],
        unique=False,
        sqlite_where=sa.text("reported_at IS NULL AND ended_at IS NOT NULL"),
        postgresql_where=sa.text("reported_at IS NULL AND ended_at IS NOT NULL"),
    )
