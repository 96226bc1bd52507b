"""Tasks of draws with their newest results, within the actor's scope, and what they add up to."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
from sqlalchemy import ColumnElement, Integer, Subquery, and_, cast, exists, func, select

from pipeline.stores.access import Actor
from pipeline.stores.operations.draws import in_scope
from pipeline.stores.operations.schema import CHECK_RESULT, CHECK_TASK, DRAW, DRAW_FIRM
from pipeline.stores.operations.store import Operations

GONE = ("08", "10", "11")
"""Results that say that there was nothing to check: alone, they leave a check without an outcome."""
PROBLEMS = ("03", "04", "05", "06", "07", "09")
"""Results that count as a problem found."""


def tasks(
    operations: Operations,
    actor: Actor,
    draw_id: str | None = None,
    *,
    uscc: str | None = None,
    firms: Collection[str] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> pd.DataFrame:
    """The tasks of draws that stand within the scope, each with its newest result (columns empty without one).

    `draw_id`, `uscc`: of one draw, of one firm. `limit`, `offset`: a page of them.

    Columns: task_id, draw_id, uscc, entity_name, unit, grade, item_code, items, field, required_mode, modes, lead,
    assist, not_made, due_on; version (0: none), checked_on, check_mode, result (codes by ';'), problem_count,
    rectify_due, rectified_on, published_on, note, entered_at; is_done, is_completed, has_problem, is_overdue.
    """
    today = operations.settings.today()
    t, newest = CHECK_TASK.c, newest_results()
    r = newest.c
    query = (
        select(
            t.task_id, t.draw_id, t.uscc, t.entity_name, t.unit, t.grade, t.item_code, t["items"], t.field, t.required_mode,
            t.modes, t.lead, t.assist, t.not_made, t.due_on, func.coalesce(r.version, 0).label("version"), r.checked_on,
            r.check_mode, r.result, r.problem_count, r.rectify_due, r.rectified_on, r.published_on, r.note,
            r.business_at.label("entered_at"),
        )
        .join(DRAW, DRAW.c.draw_id == t.draw_id)
        .outerjoin(newest, r.task_id == t.task_id)
        .where(*_wanted(actor, draw_id, uscc, firms))
        .order_by(t.unit, t.lead, t.task_id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    found = operations.frame(query)
    codes = [_codes(result) for result in found["result"]]
    found["is_done"] = [bool(c) for c in codes]
    found["is_completed"] = [_is_completed(c) for c in codes]
    found["has_problem"] = [_has_problem(c) for c in codes]
    late = [day < today for day in found["due_on"]]
    found["is_overdue"] = ~found["is_done"].astype(bool) & found["not_made"].isna() & pd.Series(late, dtype=bool)
    return found


def task_count(
    operations: Operations, actor: Actor, draw_id: str | None = None, *, firms: Collection[str] | None = None
) -> int:
    """How many rows `tasks` has."""
    counted = select(func.count()).select_from(CHECK_TASK).join(DRAW, DRAW.c.draw_id == CHECK_TASK.c.draw_id)
    return int(operations.rows(counted.where(*_wanted(actor, draw_id, None, firms)))[0][0])


def completion(
    operations: Operations, actor: Actor, draw_id: str | None = None, *, firms: Collection[str] | None = None
) -> pd.DataFrame:
    """By draw_id, unit and grade: tasks (made), not_made, done, completed, problems, overdue, published."""
    t, newest = CHECK_TASK.c, newest_results()
    r = newest.c
    is_late = and_(t.not_made.is_(None), func.coalesce(r.result, "") == "", t.due_on < operations.settings.today())
    counts = (func.count().label("firms"), func.count(t.not_made).label("not_made"))
    query = (
        select(t.draw_id, t.unit, t.grade, func.coalesce(r.result, "").label("result"), *counts)
        .add_columns(func.count(r.published_on).label("published"), func.sum(cast(is_late, Integer)).label("overdue"))
        .join(DRAW, DRAW.c.draw_id == t.draw_id)
        .outerjoin(newest, r.task_id == t.task_id)
        .where(*_wanted(actor, draw_id, None, firms))
        .group_by(t.draw_id, t.unit, t.grade, func.coalesce(r.result, ""))
    )
    found = operations.frame(query)
    codes = [_codes(result) for result in found["result"]]
    counted = found.assign(
        tasks=found["firms"] - found["not_made"],
        done=found["firms"].where([bool(c) for c in codes], 0),
        completed=found["firms"].where([_is_completed(c) for c in codes], 0),
        problems=found["firms"].where([_has_problem(c) for c in codes], 0),
    )
    sums = ["tasks", "not_made", "done", "completed", "problems", "overdue", "published"]
    grouped = counted.groupby(["draw_id", "unit", "grade"], as_index=False)[sums].sum()
    return grouped.astype(dict.fromkeys(sums, "int64"))


def outcomes(
    operations: Operations, actor: Actor, draw_id: str | None = None, *, firms: Collection[str] | None = None
) -> pd.DataFrame:
    """The strata of draws that stand, for the estimates: draw_id, grade, unit, part, size, drawn, completed, problems.

    `size`: firms of the frame that took part; `completed`: drawn firms with an outcome. Cut to the scope, where a
    stratum that is cut stays a random sample of what is left of it.
    """
    f, newest = DRAW_FIRM.c, newest_results()
    keys = ["draw_id", "grade", "unit", "part"]
    stratum = [f[k] for k in keys]
    wanted = [DRAW.c.voided_at.is_(None), f.excluded.is_(None), in_scope(actor, f.unit, f.uscc, firms)]
    if draw_id is not None:
        wanted.append(f.draw_id == draw_id)
    strata = operations.frame(
        select(*stratum, func.count().label("size"), func.sum(cast(f.is_drawn, Integer)).label("drawn"))
        .join(DRAW, DRAW.c.draw_id == f.draw_id)
        .where(*wanted)
        .group_by(*stratum)
        .order_by(*stratum)
    )
    of_firm = and_(CHECK_TASK.c.draw_id == f.draw_id, CHECK_TASK.c.uscc == f.uscc)
    found = operations.frame(
        select(*stratum, newest.c.result, func.count().label("firms"))
        .select_from(DRAW_FIRM)
        .join(DRAW, DRAW.c.draw_id == f.draw_id)
        .join(CHECK_TASK, of_firm)
        .join(newest, newest.c.task_id == CHECK_TASK.c.task_id)
        .where(*wanted)
        .group_by(*stratum, newest.c.result)
    )
    codes = [_codes(result) for result in found["result"]]
    found["completed"] = found["firms"].where([_is_completed(c) for c in codes], 0)
    found["problems"] = found["completed"].where([_has_problem(c) for c in codes], 0)
    counted = found.groupby(keys, as_index=False)[["completed", "problems"]].sum()
    joined = strata.merge(counted, how="left", on=keys).fillna({"completed": 0, "problems": 0})
    return joined.astype(dict.fromkeys(["size", "drawn", "completed", "problems"], "int64"))


def newest_results() -> Subquery:
    """The newest version of each task's result.

    Said as "there is no newer one", which the database answers from the index for each task that is asked for;
    joined with the highest versions, it scans all results for each task.
    """
    newer = CHECK_RESULT.alias("newer")
    is_beaten = exists().where(newer.c.task_id == CHECK_RESULT.c.task_id, newer.c.version > CHECK_RESULT.c.version)
    return select(CHECK_RESULT).where(~is_beaten).subquery()


def every_version(operations: Operations) -> pd.DataFrame:
    """Every version of every result with its task and draw, by order of entry: for the delivery, which takes all.

    Columns: task_id, version, draw_id, kind (code of check_kind), uscc, entity_name, unit, item_code, field, lead,
    assist, checked_on, check_mode, result, problem_count, rectify_due, rectified_on, published_on, business_at.
    """
    t, r = CHECK_TASK.c, CHECK_RESULT.c
    query = (
        select(
            t.task_id, r.version, t.draw_id, func.json_extract(DRAW.c.plan, "$.request.kind").label("kind"), t.uscc, t.entity_name,
            t.unit, t.item_code, t.field, t.lead, t.assist, r.checked_on, r.check_mode, r.result, r.problem_count,
            r.rectify_due, r.rectified_on, r.published_on, r.business_at,
        )
        .join(CHECK_TASK, t.task_id == r.task_id)
        .join(DRAW, DRAW.c.draw_id == t.draw_id)
        .order_by(r.result_id)
    )  # fmt: skip
    return operations.frame(query)


def _wanted(
    actor: Actor, draw_id: str | None, uscc: str | None, firms: Collection[str] | None
) -> list[ColumnElement[bool]]:
    """The tasks of draws that stand within the scope, of one draw or of one firm."""
    t = CHECK_TASK.c
    wanted: list[ColumnElement[bool]] = [DRAW.c.voided_at.is_(None), in_scope(actor, t.unit, t.uscc, firms)]
    if draw_id is not None:
        wanted.append(t.draw_id == draw_id)
    if uscc is not None:
        wanted.append(t.uscc == uscc)
    return wanted


def _codes(result: object) -> frozenset[str]:
    """The codes of a result; none where there is no result."""
    return frozenset(result.split(";")) if isinstance(result, str) and result else frozenset()


def _is_completed(codes: frozenset[str]) -> bool:
    return bool(codes) and not codes <= set(GONE)


def _has_problem(codes: frozenset[str]) -> bool:
    return not codes.isdisjoint(PROBLEMS)
