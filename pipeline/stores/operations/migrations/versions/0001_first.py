"""The first schema."""

from __future__ import annotations

from alembic import op

from pipeline.stores.operations.schema import METADATA

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, and the triggers that keep the log append-only."""
    METADATA.create_all(op.get_bind())
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit"
            " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )
