"""Proposals of changed policies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of proposals."""
    op.create_table(
        "policy_proposal",
        sa.Column("proposal_id", sa.String(length=20), nullable=False),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("base_id", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("impact", sa.Text(), nullable=False),
        sa.Column("build_id", sa.String(length=16), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("business_at", sa.DateTime(), nullable=False),
        sa.Column("wall_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=40), nullable=True),
        sa.Column("withdraw_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("proposal_id", name="pk_policy_proposal"),
    )
    op.create_index("ix_policy_proposal_policy", "policy_proposal", ["policy"], unique=False)
