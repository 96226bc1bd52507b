"""The sealed number of audit rows, and the audit of one person."""

from __future__ import annotations

from alembic import op

from pipeline.stores.operations.schema import METADATA

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make what a store of the first schema lacks; a fresh one has it."""
    METADATA.tables["audit_head"].create(op.get_bind(), checkfirst=True)
    op.create_index("ix_audit_user", "audit", ["user"], if_not_exists=True)
