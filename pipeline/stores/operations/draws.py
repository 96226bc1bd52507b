"""Draws as they were held: seed, frame, probabilities, exclusions, tasks. Written once, voided at most, never edited."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import (
    Column,
    ColumnElement,
    and_,
    case,
    exists,
    extract,
    false,
    func,
    insert,
    literal,
    select,
    true,
    union_all,
    update,
)

from pipeline.errors import NotPermitted, Refused
from pipeline.stores.access import WITHOUT_ROWS, Actor, Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.schema import CHECK_RESULT, CHECK_TASK, DRAW, DRAW_FIRM
from pipeline.stores.operations.store import Operations

NO_SUCH_DRAW = "没有这个抽查任务，或不在您的数据范围内（no such draw, or not within your scope）"


@dataclass(frozen=True)
class DrawRows:
    """Everything that is stored of a draw; `firms` and `tasks` are rows without the draw's id."""

    title: str
    plan: dict[str, Any]
    policy_id: str
    build_id: str
    as_of: date
    frame_hash: str
    seed: str
    inspectors: dict[str, Any]
    due_on: date
    firms: list[dict[str, Any]]
    tasks: list[dict[str, Any]]


@dataclass(frozen=True)
class Draw:
    """A draw that was held. `plan`: what was asked and by which rules, the head that the frame hash covers."""

    draw_id: str
    title: str
    plan: dict[str, Any]
    policy_id: str
    build_id: str
    as_of: date
    frame_hash: str
    seed: str
    due_on: date
    user: str
    business_at: datetime
    voided_at: datetime | None
    void_reason: str | None


def store_draw(operations: Operations, actor: Actor, make: Callable[[str], DrawRows]) -> tuple[str, DrawRows]:
    """Give the next id to `make` and store what it gives, with the audit row, in one transaction."""
    business, wall = operations.clock()
    with operations.transaction() as transaction:
        prefix = f"SC{business:%Y%m%d}-"
        last = transaction.execute(select(func.max(DRAW.c.draw_id)).where(DRAW.c.draw_id.startswith(prefix))).scalar()
        draw_id = f"{prefix}{int(str(last).rsplit('-', 1)[1]) + 1 if last else 1:02d}"
        rows = make(draw_id)
        transaction.execute(
            insert(DRAW).values(
                draw_id=draw_id,
                title=rows.title[:120],
                plan=json.dumps(rows.plan, ensure_ascii=False, sort_keys=True),
                policy_id=rows.policy_id,
                build_id=rows.build_id,
                as_of=rows.as_of,
                frame_hash=rows.frame_hash,
                seed=rows.seed,
                inspectors=json.dumps(rows.inspectors, ensure_ascii=False, default=str, sort_keys=True),
                due_on=rows.due_on,
                user=actor.user,
                business_at=business,
                wall_at=wall,
            )
        )
        transaction.execute(insert(DRAW_FIRM), [{**f, "draw_id": draw_id} for f in rows.firms])
        transaction.execute(insert(CHECK_TASK), [{**t, "draw_id": draw_id} for t in rows.tasks])
        audit.record(
            operations, transaction, actor, "draw.hold", draw_id,
            seed=rows.seed, frame_hash=rows.frame_hash, build=rows.build_id, policy=rows.policy_id, tasks=len(rows.tasks),
        )  # fmt: skip
    return draw_id, rows


def void(operations: Operations, actor: Actor, draw_id: str, reason: str) -> None:
    """Void a draw with a reason: it stays in the list, its tasks take no more results.

    For the division, and for a county whose draw it is. Raises Refused once results were recorded.
    """
    actor.must_be(Role.SUPERVISOR, Role.COUNTY, Role.SECTION)
    if not reason.strip():
        raise Refused("请填写作废原因", "a reason is needed")
    business, _ = operations.clock()
    with operations.transaction() as transaction:
        row = transaction.execute(select(DRAW.c.user, DRAW.c.voided_at).where(DRAW.c.draw_id == draw_id)).first()
        if row is None or (actor.role is not Role.SUPERVISOR and row.user != actor.user):
            raise NotPermitted(NO_SUCH_DRAW)
        if row.voided_at is not None:
            raise Refused("该抽查已作废", "the draw is void already")
        of_draw = select(CHECK_RESULT.c.result_id).join(CHECK_TASK).where(CHECK_TASK.c.draw_id == draw_id)
        if transaction.execute(of_draw.limit(1)).first():
            raise Refused("该抽查已录入结果，不能作废", "results were recorded: the draw can't be voided")
        transaction.execute(
            update(DRAW)
            .where(DRAW.c.draw_id == draw_id)
            .values(voided_at=business, voided_by=actor.user, void_reason=reason.strip())
        )
        audit.record(operations, transaction, actor, "draw.void", draw_id, reason=reason.strip())


def draws(operations: Operations, actor: Actor, *, firms: Collection[str] | None = None) -> pd.DataFrame:
    """Draws in which the actor has firms, newest first; firms, drawn and excluded are counted within the scope."""
    f = DRAW_FIRM.c
    counted = (
        select(
            f.draw_id,
            func.count().label("firms"),
            func.sum(case((f.is_drawn, 1), else_=0)).label("drawn"),
            func.count(f.excluded).label("excluded"),
        )
        .where(in_scope(actor, f.unit, f.uscc, firms))
        .group_by(f.draw_id)
        .subquery()
    )
    d = DRAW.c
    query = (
        select(
            d.draw_id, d.title, d.as_of, d.build_id, d.policy_id, d.frame_hash, d.seed, d.due_on, d.user, d.business_at,
            d.voided_at, d.void_reason, d.plan, counted.c.firms, counted.c.drawn, counted.c.excluded,
        )
        .join(counted, counted.c.draw_id == d.draw_id)
        .order_by(d.business_at.desc(), d.draw_id.desc())
    )  # fmt: skip
    return operations.frame(query)


def draw_of(operations: Operations, actor: Actor, draw_id: str, *, firms: Collection[str] | None = None) -> Draw:
    """One draw; raises NotPermitted alike for a draw that is not there and for one without a firm of the actor."""
    own = exists().where(DRAW_FIRM.c.draw_id == draw_id, in_scope(actor, DRAW_FIRM.c.unit, DRAW_FIRM.c.uscc, firms))
    found = operations.rows(select(DRAW).where(DRAW.c.draw_id == draw_id, own))
    if not found:
        raise NotPermitted(NO_SUCH_DRAW)
    row = dict(found[0]._mapping)
    kept = {name: row[name] for name in Draw.__dataclass_fields__}
    return Draw(**{**kept, "plan": json.loads(row["plan"])})


def firms_of(
    operations: Operations, actor: Actor, draw_id: str, *, firms: Collection[str] | None = None
) -> pd.DataFrame:
    """Every firm of the frame within the scope: uscc, unit, grade, part, probability or excluded, is_drawn."""
    f = DRAW_FIRM.c
    query = (
        select(f.uscc, f.unit, f.grade, f.part, f.probability, f.excluded, f.is_drawn)
        .where(f.draw_id == draw_id, in_scope(actor, f.unit, f.uscc, firms))
        .order_by(f.uscc)
    )
    return operations.frame(query)


def replayed(operations: Operations, draw_id: str) -> tuple[Draw, dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """A draw, the inspectors that it knew, its whole frame and its tasks: for the proof, which sees everything."""
    found = operations.rows(select(DRAW).where(DRAW.c.draw_id == draw_id))
    if not found:
        raise NotPermitted(NO_SUCH_DRAW)
    row = dict(found[0]._mapping)
    draw = Draw(**{**{n: row[n] for n in Draw.__dataclass_fields__}, "plan": json.loads(row["plan"])})
    firms = operations.frame(select(DRAW_FIRM).where(DRAW_FIRM.c.draw_id == draw_id).order_by(DRAW_FIRM.c.uscc))
    tasks = operations.frame(select(CHECK_TASK).where(CHECK_TASK.c.draw_id == draw_id).order_by(CHECK_TASK.c.task_id))
    return draw, json.loads(row["inspectors"]), firms, tasks


def standing_items(operations: Operations, as_of: date) -> pd.DataFrame:
    """(uscc, item, is_waiting) of the tasks of draws that stand: without a result, or with one that a build as of
    `as_of` can't know. For planning, which cuts it to its own frame."""
    newest = (
        select(CHECK_RESULT.c.task_id, func.max(CHECK_RESULT.c.business_at).label("at"))
        .group_by(CHECK_RESULT.c.task_id)
        .subquery()
    )
    t = CHECK_TASK.c
    found = operations.rows(
        select(t.uscc, t["items"], newest.c.at)
        .join(DRAW, DRAW.c.draw_id == t.draw_id)
        .outerjoin(newest, newest.c.task_id == t.task_id)
        .where(DRAW.c.voided_at.is_(None), t.not_made.is_(None))
    )
    rows = [
        (r.uscc, item, r.at is None)
        for r in found
        if r.at is None or r.at.date() >= as_of
        for item in r._mapping["items"].split(";")
    ]
    frame = pd.DataFrame(rows, columns=["uscc", "item", "is_waiting"])
    return frame.astype({"uscc": "str", "item": "str", "is_waiting": "bool"})


def loads(operations: Operations, year: int) -> dict[str, int]:
    """Inspector -> tasks due in `year` in draws that stand."""
    t = CHECK_TASK.c
    of_year = [
        select(person.label("person"))
        .join(DRAW, DRAW.c.draw_id == t.draw_id)
        .where(person.is_not(None), DRAW.c.voided_at.is_(None), extract("year", t.due_on) == year)
        for person in (t.lead, t.assist)
    ]
    people = union_all(*of_year).subquery()
    return {
        r.person: r.n
        for r in operations.rows(select(people.c.person, func.count().label("n")).group_by(people.c.person))
    }


def in_scope(actor: Actor, unit: Column[Any], uscc: Column[Any], firms: Collection[str] | None) -> ColumnElement[bool]:
    """The condition that leaves the rows of the actor's scope; a section needs the codes of its own reader."""
    if actor.role in WITHOUT_ROWS:
        return false()
    if actor.scope.is_whole:
        return true()
    if actor.role is Role.SECTION:
        if firms is None:
            return false()
        listed = func.json_each(literal(json.dumps(sorted(firms)))).table_valued("value")
        return and_(unit.in_(actor.scope.units), uscc.in_(select(listed.c.value)))
    return unit.in_(actor.scope.units)
