"""Opening cases: after a publish, every condition that nobody has seen yet becomes a case, or joins an open one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection, func, insert, select, update

from pipeline.reference import Reference
from pipeline.stores.operations import audit
from pipeline.stores.operations.case_rules import OPEN, State
from pipeline.stores.operations.schema import CASE_STEP, CASE_TRIGGER, WARNING_CASE
from pipeline.stores.operations.store import Operations

SYSTEM = "system"
"""Who opens cases: the build."""
_C = WARNING_CASE.c
_OPEN = tuple(s.name for s in OPEN)


@dataclass(frozen=True)
class Terms:
    """Deadlines of a level in working days from the opening; 0 is the same day. `at_once`: it escalates at once."""

    accept_days: int
    verify_days: int
    dispose_days: int
    at_once: bool


@dataclass(frozen=True)
class Opened:
    """What became of the conditions of a build: new cases, joined to an open one, raised in level, moved with a firm."""

    opened: int
    merged: int
    raised: int
    moved: int


@dataclass
class _Opening:
    """One run: the transaction, today's deadlines and the open cases by rule and subject."""

    operations: Operations
    transaction: Connection
    reference: Reference
    terms: Mapping[int, Terms]
    build_id: str
    merge_days: int
    today: date
    clock: tuple[datetime, datetime]
    last_number: int
    open_cases: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    new_cases: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    triggers: list[dict[str, Any]] = field(default_factory=list)
    opened: int = 0
    merged: int = 0
    raised: int = 0


def open_cases(
    operations: Operations,
    conditions: pd.DataFrame,
    terms: Mapping[int, Terms],
    *,
    build_id: str,
    merge_days: int,
    homes: Mapping[str, str | None],
) -> Opened:
    """Open the conditions of mart.warning that are new; a condition seen before does nothing but raise its open case.

    `homes`: uscc -> the unit of the firm now; open cases follow their firm. Repeating a build changes nothing.
    """
    reference = Reference.load(operations.settings.reference)
    with operations.transaction() as transaction:
        today = operations.settings.today()
        run = _Opening(
            operations, transaction, reference, terms, build_id, merge_days, today, operations.clock(),
            _last_number(transaction, today),
        )  # fmt: skip
        moved = _follow_firms(run, homes)
        run.open_cases = {
            (r["rule"], r["subject"]): dict(r)
            for r in transaction.execute(
                select(WARNING_CASE).where(_C.state.in_(_OPEN)).order_by(_C.case_id)
            ).mappings()
        }
        pairs = transaction.execute(select(CASE_TRIGGER.c.warning_id, CASE_TRIGGER.c.case_id))
        seen = {row.warning_id: row.case_id for row in pairs}
        for condition in conditions.sort_values(["level", "warning_id"], ascending=[False, True]).to_dict("records"):
            _take(run, condition, seen.get(condition["warning_id"]))
        for table, rows in ((WARNING_CASE, run.new_cases), (CASE_STEP, run.steps), (CASE_TRIGGER, run.triggers)):
            if rows:
                transaction.execute(insert(table), rows)
        if run.opened or run.merged or run.raised or moved:
            audit.record(
                operations, transaction, SYSTEM, "cases.open", build_id,
                opened=run.opened, merged=run.merged, raised=run.raised, moved=moved,
            )  # fmt: skip
    return Opened(run.opened, run.merged, run.raised, moved)


def _take(run: _Opening, condition: dict[Any, Any], seen_in: str | None) -> None:
    standing = run.open_cases.get((condition["rule"], condition["subject"]))
    if seen_in is not None:
        if standing is not None and standing["case_id"] == seen_in:
            _raise_level(run, standing, condition)
        return
    if standing is not None and run.today - standing["opened_on"] <= timedelta(days=run.merge_days):
        case_id = standing["case_id"]
        run.merged += 1
        _note(run, case_id, "merge", standing["state"], condition["warning_id"])
        _raise_level(run, standing, condition)
    else:
        case_id = _open(run, condition)
        run.opened += 1
    run.triggers.append(
        {
            "warning_id": condition["warning_id"],
            "case_id": case_id,
            "seen_on": run.today,
            "detail": condition["detail"],
        }
    )


def _open(run: _Opening, condition: dict[Any, Any]) -> str:
    terms = run.terms[int(condition["level"])]
    case_id = _next_id(run)
    row: dict[str, Any] = {
        "case_id": case_id,
        **{name: _plain(condition[name]) for name in ("rule", "subject", "uscc", "entity_name", "unit", "detail")},
        "level": int(condition["level"]),
        "happened_on": _day(condition["happened_on"]),
        "state": State.WAITING.name,
        "opened_on": run.today,
        "opened_in": run.build_id,
        **_deadlines(run, terms),
        "is_extended": False,
        "escalates_at_once": terms.at_once,
        "version": 1,
    }
    run.new_cases.append(row)
    run.open_cases[row["rule"], row["subject"]] = row
    _note(run, case_id, "open", "", "")
    return case_id


def _next_id(run: _Opening) -> str:
    run.last_number += 1
    return f"{_prefix(run.today)}{run.last_number:05d}"


def _last_number(transaction: Connection, today: date) -> int:
    last = transaction.execute(select(func.max(_C.case_id)).where(_C.case_id.startswith(_prefix(today)))).scalar()
    return int(str(last).rsplit("-", 1)[1]) if last else 0


def _prefix(today: date) -> str:
    return f"YJ{today:%Y%m%d}-"


def _deadlines(run: _Opening, terms: Terms) -> dict[str, date]:
    days = {"accept_due": terms.accept_days, "verify_due": terms.verify_days, "dispose_due": terms.dispose_days}
    return {name: run.reference.add_working_days(run.today, count) for name, count in days.items()}


def _raise_level(run: _Opening, standing: dict[str, Any], condition: dict[Any, Any]) -> None:
    """A worse condition makes the open case worse: its level, and deadlines that are never later than before."""
    level = int(condition["level"])
    if level <= standing["level"]:
        return
    terms = run.terms[level]
    changes = {name: min(day, standing[name]) for name, day in _deadlines(run, terms).items()}
    changes |= {"level": level, "escalates_at_once": terms.at_once, "detail": condition["detail"]}
    run.transaction.execute(
        update(WARNING_CASE)
        .where(_C.case_id == standing["case_id"])
        .values(**changes, version=WARNING_CASE.c.version + 1)
    )
    standing |= changes
    run.raised += 1
    _note(run, standing["case_id"], "raise", standing["state"], condition["warning_id"])


def _follow_firms(run: _Opening, homes: Mapping[str, str | None]) -> int:
    """Open cases of a firm that moved go with it to its new unit."""
    standing = run.transaction.execute(
        select(_C.case_id, _C.uscc, _C.unit, _C.state).where(_C.state.in_(_OPEN), _C.uscc.is_not(None))
    ).all()
    moved = [(r, homes[r.uscc]) for r in standing if r.uscc in homes and homes[r.uscc] != r.unit]
    for row, unit in moved:
        run.transaction.execute(
            update(WARNING_CASE)
            .where(_C.case_id == row.case_id)
            .values(unit=unit, assigned_unit=None, assigned_to=None, version=WARNING_CASE.c.version + 1)
        )
        _note(run, row.case_id, "move", row.state, f"{row.unit} → {unit}")
    return len(moved)


def _note(run: _Opening, case_id: str, step: str, state: str, note: str) -> None:
    business, wall = run.clock
    run.steps.append(
        {
            "case_id": case_id,
            "step": step.upper(),
            "state_before": state,
            "state_after": state or State.WAITING.name,
            "user": SYSTEM,
            "business_at": business,
            "wall_at": wall,
            "note": note,
            "attachment": "",
        }
    )


def _plain(value: Any) -> str | None:
    return None if value is None or pd.isna(value) else str(value)


def _day(value: Any) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
