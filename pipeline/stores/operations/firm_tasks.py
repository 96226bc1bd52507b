"""Inspection tasks as a unit works through them: the most urgent first, counted, cut and paged in the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import ColumnElement, Select, String, Subquery, case, func, literal, select, type_coerce

from pipeline.stores.access import Actor
from pipeline.stores.operations.check_results import newest_results
from pipeline.stores.operations.draws import in_scope
from pipeline.stores.operations.schema import CHECK_TASK, DRAW
from pipeline.stores.operations.store import Operations

LATE, WEEK, OPEN, DONE = "late", "week", "open", "done"
STATES = (LATE, WEEK, OPEN, DONE)
"""Past its day, due until Sunday, due later, with a result: the most urgent first."""
ON_SITE, WRITTEN, OTHER = "on_site", "written", "other"
"""How a task may be done: on site only, in writing too, or any way but in writing."""
_ON_SITE, _WRITTEN = "1", "2"
_SUNDAY = 6


def work(operations: Operations, actor: Actor, *, firms: Collection[str] | None = None) -> pd.DataFrame:
    """Tasks of draws that stand, by firm, state and way: uscc, task (state), mode, due_on (the first), tasks.

    Tasks that could not be given to two inspectors are left out. `firms`: for a section, as elsewhere.
    """
    t = _tasks(operations, actor, firms)
    grouped = select(
        t.c.uscc,
        t.c.task,
        t.c.mode,
        func.min(type_coerce(t.c.due_on, String)).label("due_on"),
        func.count().label("tasks"),
    ).group_by(t.c.uscc, t.c.task, t.c.mode)
    found = operations.frame(grouped)
    return found.assign(due_on=pd.to_datetime(found["due_on"]))


def task_rows(
    operations: Operations,
    actor: Actor,
    *,
    firms: Collection[str] | None = None,
    states: Sequence[str] = (),
    words: Sequence[str] = (),
    limit: int,
    offset: int = 0,
) -> pd.DataFrame:
    """One page of tasks in these states (none: all) whose firm or number holds every word, the most urgent first."""
    t = _tasks(operations, actor, firms)
    wanted = select(t).where(*_held(t, words))
    if states:
        wanted = wanted.where(t.c.task.in_(list(states)))
    rank = case(*((t.c.task == state, n) for n, state in enumerate(STATES)))
    return operations.frame(wanted.order_by(rank, t.c.due_on, t.c.task_id).limit(limit).offset(offset))


def task_counts(
    operations: Operations, actor: Actor, *, firms: Collection[str] | None = None, words: Sequence[str] = ()
) -> dict[str, int]:
    """State -> tasks whose firm or number holds every word."""
    t = _tasks(operations, actor, firms)
    counted = select(t.c.task, func.count().label("tasks")).where(*_held(t, words)).group_by(t.c.task)
    return {r.task: r.tasks for r in operations.rows(counted)}


def _tasks(operations: Operations, actor: Actor, firms: Collection[str] | None) -> Subquery:
    today = operations.settings.today()
    t, newest = CHECK_TASK.c, newest_results()
    found: Select[tuple[object, ...]] = (
        select(
            t.task_id, t.draw_id, t.uscc, t.entity_name, t.unit, t.grade, t.item_code, t.lead, t.assist, t.due_on,
            newest.c.result, _state(newest.c.result, today).label("task"), _mode().label("mode"),
        )
        .join(DRAW, DRAW.c.draw_id == t.draw_id)
        .outerjoin(newest, newest.c.task_id == t.task_id)
        .where(DRAW.c.voided_at.is_(None), t.not_made.is_(None), in_scope(actor, t.unit, t.uscc, firms))
    )  # fmt: skip
    return found.subquery()


def _state(result: ColumnElement[str], today: date) -> ColumnElement[str]:
    sunday = today + timedelta(days=_SUNDAY - today.weekday())
    due = CHECK_TASK.c.due_on
    return case((func.coalesce(result, "") != "", DONE), (due < today, LATE), (due <= sunday, WEEK), else_=OPEN)


def _mode() -> ColumnElement[str]:
    t = CHECK_TASK.c
    in_writing = literal(";") + func.coalesce(t.modes, "") + literal(";")
    return case(
        (t.required_mode == _ON_SITE, ON_SITE),
        (in_writing.contains(f";{_WRITTEN};", autoescape=True), WRITTEN),
        else_=OTHER,
    )


def _held(tasks: Subquery, words: Sequence[str]) -> list[ColumnElement[bool]]:
    text = func.upper(tasks.c.entity_name + "|" + tasks.c.uscc + "|" + tasks.c.task_id)
    return [text.contains(word, autoescape=True) for word in words]
