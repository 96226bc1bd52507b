"""Looking at cases: cut by the actor's scope in the store, sorted and paged there."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Boolean, ColumnElement, Date, Integer, and_, false, func, literal, or_, select, true, type_coerce
from sqlalchemy import case as sql_case

from pipeline.domain import Severity
from pipeline.errors import NotPermitted
from pipeline.reference import Reference
from pipeline.stores.access import WITHOUT_ROWS, Actor, Role
from pipeline.stores.operations.case_rules import OPEN, Case, State
from pipeline.stores.operations.schema import ACCOUNT, CASE_STEP, CASE_TRIGGER, WARNING_CASE
from pipeline.stores.operations.store import Operations

NO_SUCH_CASE = "没有这个预警，或不在您的数据范围内（no such case, or not within your scope）"
_C = WARNING_CASE.c
HANDLING_UNIT = func.coalesce(_C.assigned_unit, _C.unit)
_OPEN = tuple(s.name for s in OPEN)
_DUE = sql_case(
    (_C.state == State.WAITING.name, _C.accept_due),
    (_C.state.in_((State.ACCEPTED.name, State.VERIFYING.name)), _C.verify_due),
    (_C.state == State.DISPOSING.name, _C.dispose_due),
)
"""Until when the present stage has to be done; NULL where the unit has done its part."""
_UNASSIGNED = and_(_C.state == State.WAITING.name, _C.assigned_unit.is_(None), _C.assigned_to.is_(None))
_GROUPS = ("rule", "level", "state", "unit", "uscc", "subject", "opened_on", "closed_on", "assigned_to")


@dataclass(frozen=True)
class CaseFilter:
    """Which cases; an empty tuple means all. `states` are names of State, `text` a part of name, code or case no.

    `unassigned`: to be accepted, and the division has not given it to anybody. `among`: of these firms only.
    """

    rules: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    states: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    uscc: str | None = None
    mine: bool = False
    overdue: bool = False
    open_only: bool = True
    text: str = ""
    due_today: bool = False
    unassigned: bool = False
    escalated: bool = False
    among: frozenset[str] | None = None


EVERYTHING_OPEN = CaseFilter()


def cases(
    operations: Operations,
    actor: Actor,
    wanted: CaseFilter = EVERYTHING_OPEN,
    *,
    firms: Collection[str] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> pd.DataFrame:
    """The cases within the actor's scope: the columns of Case, with level as a number and state by its name.

    `firms`: for a section only, the credit codes of its own reader's `enterprise`; without them it sees none.
    `days_left`: working days until the present stage is due, negative when late, NA where nothing is due.
    Order: mine, overdue, escalated, level, due date.
    """
    due, overdue, escalated, mine = _computed(operations, actor)
    columns = [c for c in WARNING_CASE.c if c.name != "escalates_at_once"]
    query = (
        select(
            *columns,
            due.label("due_on"),
            overdue.label("is_overdue"),
            escalated.label("is_escalated"),
            mine.label("is_mine"),
        )
        .where(_wanted(operations, actor, wanted, firms))
        .order_by(mine.desc(), overdue.desc(), escalated.desc(), _C.level.desc(), due.is_(None), due, _C.case_id)
        .limit(limit)
        .offset(offset)
    )
    found = operations.frame(query)
    calendar, today = _calendar(str(operations.settings.reference)), operations.settings.today()
    left = [None if pd.isna(d) else calendar.working_days_between(today, d) for d in found["due_on"]]
    found.insert(found.columns.get_loc("due_on") + 1, "days_left", pd.array(left, dtype="Int64"))
    return found


def tally(
    operations: Operations,
    actor: Actor,
    wanted: CaseFilter = EVERYTHING_OPEN,
    *,
    firms: Collection[str] | None = None,
) -> pd.DataFrame:
    """How many cases stand where, for the choices of a list: level, unit (that handles), rule, state, is_overdue,
    is_due_today, is_unassigned, is_escalated and their number `cases`, within the actor's scope.
    """
    _, overdue, escalated, _ = _computed(operations, actor)
    groups = [
        _C.level,
        HANDLING_UNIT.label("unit"),
        _C.rule,
        _C.state,
        overdue.label("is_overdue"),
        type_coerce(_due_today(operations), Boolean).label("is_due_today"),
        type_coerce(_UNASSIGNED, Boolean).label("is_unassigned"),
        escalated.label("is_escalated"),
    ]
    query = select(*groups, func.count().label("cases")).where(_wanted(operations, actor, wanted, firms))
    return operations.frame(query.group_by(*groups))


def cases_revision(operations: Operations) -> str:
    """Differs after every step of every case, its opening included, and on every new business day."""
    newest = operations.rows(select(func.max(CASE_STEP.c.step_id)))[0][0]
    return f"{newest or 0}-{operations.settings.today()}"


def count_cases(
    operations: Operations,
    actor: Actor,
    wanted: CaseFilter = EVERYTHING_OPEN,
    *,
    firms: Collection[str] | None = None,
    by: tuple[str, ...] = ("level",),
) -> pd.DataFrame:
    """The columns `by` with the numbers `cases` and `overdue`, within the actor's scope."""
    if not set(by) <= set(_GROUPS):
        raise ValueError(f"by: expected some of {_GROUPS}, received {by}")
    _, overdue, _, _ = _computed(operations, actor)
    groups = [_C[name] for name in by]
    query = (
        select(*groups, func.count().label("cases"), func.sum(type_coerce(overdue, Integer)).label("overdue"))
        .where(_wanted(operations, actor, wanted, firms))
        .group_by(*groups)
        .order_by(*groups)
    )
    return operations.frame(query)


def case_of(operations: Operations, actor: Actor, case_id: str, *, firms: Collection[str] | None = None) -> Case:
    """One case; raises NotPermitted alike for a case that is not there and for one of somebody else."""
    due, overdue, escalated, _ = _computed(operations, actor)
    query = select(
        WARNING_CASE, due.label("due_on"), overdue.label("is_overdue"), escalated.label("is_escalated")
    ).where(_C.case_id == case_id, in_scope(actor, firms))
    found = operations.rows(query)
    if not found:
        raise NotPermitted(NO_SUCH_CASE)
    row = dict(found[0]._mapping)
    for hidden in ("escalates_at_once", "opened_in"):
        del row[hidden]
    return Case(**{**row, "level": Severity(row["level"]), "state": State[row["state"]]})


def steps_of(
    operations: Operations, actor: Actor, case_id: str, *, firms: Collection[str] | None = None
) -> pd.DataFrame:
    """The steps of a case in order: step, states before and after, who, when (business time), note, attachment."""
    s = CASE_STEP.c
    query = (
        select(s.step, s.state_before, s.state_after, s.user, s.business_at, s.note, s.attachment)
        .join(WARNING_CASE)
        .where(s.case_id == case_id, in_scope(actor, firms))
        .order_by(s.step_id)
    )
    return operations.frame(query)


def triggers(
    operations: Operations,
    actor: Actor,
    *,
    firms: Collection[str] | None = None,
    case_ids: Collection[str] | None = None,
) -> pd.DataFrame:
    """warning_id, case_id, seen_on, detail of every condition that opened or joined a case within the scope, or one
    of `case_ids`.

    The condition of a case still holds if one of its warning_ids is in the build's `warning`.
    """
    t = CASE_TRIGGER.c
    query = select(t.warning_id, t.case_id, t.seen_on, t.detail).join(WARNING_CASE).where(in_scope(actor, firms))
    if case_ids is not None:
        query = query.where(t.case_id.in_(case_ids))
    return operations.frame(query)


def names_of(operations: Operations) -> dict[str, str]:
    """Account -> name of everybody to whom a case can be given."""
    a = ACCOUNT.c
    roles = (Role.SUPERVISOR.name, Role.COUNTY.name)
    return {r.user: r.name for r in operations.rows(select(a.user, a.name).where(a.role.in_(roles)))}


def people_of(operations: Operations, actor: Actor, unit: str | None) -> list[tuple[str, str]]:
    """(user, name) to whom the division may give a case of `unit`: its county accounts, without a unit the division's."""
    actor.must_be(Role.SUPERVISOR)
    role = Role.COUNTY if unit else Role.SUPERVISOR
    a = ACCOUNT.c
    found = operations.rows(select(a.user, a.name, a.units).where(a.role == role.name, ~a.is_disabled).order_by(a.user))
    return [(r.user, r.name) for r in found if unit is None or unit in json.loads(r.units)]


def in_scope(actor: Actor, firms: Collection[str] | None) -> ColumnElement[bool]:
    """The condition that leaves the cases of the actor's scope; deny beats allow.

    A section sees cases of firms only, those named by its own reader; everybody else is cut by the unit that handles.
    """
    if actor.role in WITHOUT_ROWS:
        return false()
    if actor.scope.is_whole:
        return true()
    of_units = HANDLING_UNIT.in_(actor.scope.units)
    if actor.role is Role.SECTION:
        if firms is None:
            return false()
        return and_(of_units, _C.uscc.in_(_listed(firms)))
    return of_units


def _listed(codes: Collection[str]) -> Any:
    """A list of codes as a select: it may hold more of them than a statement has parameters."""
    return select(func.json_each(literal(json.dumps(sorted(codes)))).table_valued("value").c.value)


def _due_today(operations: Operations) -> ColumnElement[bool]:
    return func.coalesce(literal(operations.settings.today(), Date) == _DUE, false())


def _computed(operations: Operations, actor: Actor) -> tuple[ColumnElement[Any], ...]:
    """What is computed of a case, never stored: due day, overdue, escalated, mine."""
    today = literal(operations.settings.today(), Date)
    overdue = func.coalesce(today > _DUE, false())
    escalated = and_(_C.state.in_(_OPEN), or_(_C.escalates_at_once, overdue))
    mine = and_(_C.state.in_(_OPEN), func.coalesce(_C.assigned_to == actor.user, false()))
    return (
        type_coerce(_DUE, Date),
        type_coerce(overdue, Boolean),
        type_coerce(escalated, Boolean),
        type_coerce(mine, Boolean),
    )


def _wanted(
    operations: Operations, actor: Actor, wanted: CaseFilter, firms: Collection[str] | None
) -> ColumnElement[bool]:
    _, overdue, escalated, mine = _computed(operations, actor)
    tests: list[ColumnElement[bool]] = [in_scope(actor, firms)]
    if wanted.open_only and not wanted.states:
        tests.append(_C.state.in_(_OPEN))
    for column, values in (
        (_C.rule, wanted.rules),
        (_C.level, wanted.levels),
        (_C.state, wanted.states),
        (HANDLING_UNIT, wanted.units),
    ):
        if values:
            tests.append(column.in_(values))
    if wanted.uscc is not None:
        tests.append(_C.uscc == wanted.uscc)
    if wanted.mine:
        tests.append(mine)
    for is_wanted, test in (
        (wanted.overdue, overdue),
        (wanted.escalated, escalated),
        (wanted.due_today, _due_today(operations)),
        (wanted.unassigned, _UNASSIGNED),
    ):
        if is_wanted:
            tests.append(test)
    if wanted.among is not None:
        tests.append(_C.uscc.in_(_listed(wanted.among)))
    if wanted.text:
        said = [c.contains(wanted.text, autoescape=True) for c in (_C.entity_name, _C.uscc, _C.case_id)]
        tests.append(or_(*said))
    return and_(*tests)


@lru_cache(maxsize=4)
def _calendar(folder: str) -> Reference:
    return Reference.load(Path(folder))
