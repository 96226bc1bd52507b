"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, and the triggers that keep the log append-only."""
    _account()
    _audit()
    _audit_head()
    _build_run()
    _draw()
    _pilot_step()
    _warning_case()
    _case_step()
    _case_trigger()
    _check_task()
    _draw_firm()
    _saved_filter()
    _session()
    _check_result()
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit"
            " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(), nullable=True),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user", name="pk_account"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("wall_at", sa.DateTime(), nullable=False),
        sa.Column("business_at", sa.DateTime(), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sa.UniqueConstraint("digest", name="uq_audit_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_action_subject", "audit", ["action", "subject"], unique=False)
    op.create_index("ix_audit_user", "audit", ["user"], unique=False)


def _audit_head() -> None:
    op.create_table(
        "audit_head",
        sa.Column("one", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_audit_head"),
    )


def _build_run() -> None:
    op.create_table(
        "build_run",
        sa.Column("run_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("wall_at", sa.DateTime(), nullable=False),
        sa.Column("business_at", sa.DateTime(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("progress_file", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_build_run"),
    )


def _draw() -> None:
    op.create_table(
        "draw",
        sa.Column("draw_id", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.String(length=20), nullable=False),
        sa.Column("build_id", sa.String(length=16), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("frame_hash", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("inspectors", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("business_at", sa.DateTime(), nullable=False),
        sa.Column("wall_at", sa.DateTime(), nullable=False),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("voided_by", sa.String(length=40), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("draw_id", name="pk_draw"),
    )


def _pilot_step() -> None:
    op.create_table(
        "pilot_step",
        sa.Column("step_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("task", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("business_at", sa.DateTime(), nullable=False),
        sa.Column("wall_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("step_id", name="pk_pilot_step"),
    )
    op.create_index("ix_pilot_step_task", "pilot_step", ["task"], unique=False)


def _warning_case() -> None:
    op.create_table(
        "warning_case",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=8), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("uscc", sa.String(length=40), nullable=True),
        sa.Column("entity_name", sa.String(length=200), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_in", sa.String(length=16), nullable=False),
        sa.Column("accept_due", sa.Date(), nullable=False),
        sa.Column("verify_due", sa.Date(), nullable=False),
        sa.Column("dispose_due", sa.Date(), nullable=False),
        sa.Column("is_extended", sa.Boolean(), nullable=False),
        sa.Column("escalates_at_once", sa.Boolean(), nullable=False),
        sa.Column("assigned_unit", sa.String(length=20), nullable=True),
        sa.Column("assigned_to", sa.String(length=40), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_warning_case"),
    )
    op.create_index("ix_warning_case_state", "warning_case", ["state"], unique=False)
    op.create_index("ix_warning_case_unit", "warning_case", ["unit"], unique=False)
    op.create_index("ix_warning_case_uscc", "warning_case", ["uscc"], unique=False)


def _case_step() -> None:
    op.create_table(
        "case_step",
        sa.Column("step_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("state_before", sa.String(length=20), nullable=False),
        sa.Column("state_after", sa.String(length=20), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("business_at", sa.DateTime(), nullable=False),
        sa.Column("wall_at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("attachment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["warning_case.case_id"], name="fk_case_step_case_id"),
        sa.PrimaryKeyConstraint("step_id", name="pk_case_step"),
    )
    op.create_index("ix_case_step_case_id", "case_step", ["case_id"], unique=False)


def _case_trigger() -> None:
    op.create_table(
        "case_trigger",
        sa.Column("warning_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["warning_case.case_id"], name="fk_case_trigger_case_id"),
        sa.PrimaryKeyConstraint("warning_id", name="pk_case_trigger"),
    )
    op.create_index("ix_case_trigger_case_id", "case_trigger", ["case_id"], unique=False)


def _check_task() -> None:
    op.create_table(
        "check_task",
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("draw_id", sa.String(length=20), nullable=False),
        sa.Column("uscc", sa.String(length=40), nullable=False),
        sa.Column("entity_name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("field", sa.String(length=20), nullable=True),
        sa.Column("required_mode", sa.String(length=1), nullable=False),
        sa.Column("modes", sa.String(length=20), nullable=False),
        sa.Column("lead", sa.String(length=20), nullable=True),
        sa.Column("assist", sa.String(length=20), nullable=True),
        sa.Column("not_made", sa.String(length=80), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.draw_id"], name="fk_check_task_draw_id"),
        sa.PrimaryKeyConstraint("task_id", name="pk_check_task"),
    )
    op.create_index("ix_check_task_draw_id", "check_task", ["draw_id"], unique=False)
    op.create_index("ix_check_task_unit", "check_task", ["unit"], unique=False)
    op.create_index("ix_check_task_uscc", "check_task", ["uscc"], unique=False)


def _draw_firm() -> None:
    op.create_table(
        "draw_firm",
        sa.Column("draw_id", sa.String(length=20), nullable=False),
        sa.Column("uscc", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("excluded", sa.String(length=40), nullable=True),
        sa.Column("is_drawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.draw_id"], name="fk_draw_firm_draw_id"),
        sa.PrimaryKeyConstraint("draw_id", "uscc", name="pk_draw_firm"),
    )


def _saved_filter() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["account.user"], name="fk_saved_filter_user"),
        sa.PrimaryKeyConstraint("user", "page", "name", name="pk_saved_filter"),
    )


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["account.user"], name="fk_session_user"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_session"),
    )
    op.create_index("ix_session_user", "session", ["user"], unique=False)


def _check_result() -> None:
    op.create_table(
        "check_result",
        sa.Column("result_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("check_mode", sa.String(length=1), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("problem_count", sa.Integer(), nullable=True),
        sa.Column("rectify_due", sa.Date(), nullable=True),
        sa.Column("rectified_on", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("business_at", sa.DateTime(), nullable=False),
        sa.Column("wall_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["check_task.task_id"], name="fk_check_result_task_id"),
        sa.PrimaryKeyConstraint("result_id", name="pk_check_result"),
        sa.UniqueConstraint("task_id", "version", name="uq_check_result_task_id"),
    )
    op.create_index("ix_check_result_task_id", "check_result", ["task_id"], unique=False)
