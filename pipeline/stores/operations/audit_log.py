"""Reading the log: cut by what the role may see, filtered, counted and paged in the database, newest first."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal, or_, select

from pipeline.errors import NotPermitted
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations.audit_actions import ACTIONS, FAMILIES_OF, Family, codes_of
from pipeline.stores.operations.schema import ACCOUNT, AUDIT, CHECK_TASK, WARNING_CASE
from pipeline.stores.operations.store import Operations

READERS = tuple(FAMILIES_OF)
NO_SUCH_ENTRY = "没有这条记录，或不在您的权限范围内（no such entry, or not within your rights）"
CHUNK = 5_000
"""Rows that an export reads at a time."""
_A = AUDIT.c


@dataclass(frozen=True)
class LogFilter:
    """Which rows; an empty value asks for nothing.

    `text`: a part of subject or detail. `firms`: codes of firms that the text names; their warnings and tasks count
    too. `since`, `until`: days of the wall clock, both included. `last`: no row after this one.
    """

    user: str = ""
    family: Family | None = None
    text: str = ""
    firms: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None
    last: int | None = None


EVERYTHING = LogFilter()


@dataclass(frozen=True)
class Entry:
    """One row of the log."""

    seq: int
    wall_at: datetime
    business_at: datetime
    user: str
    role: str
    action: str
    subject: str
    digest: str
    detail: dict[str, Any] = field(hash=False)


def entries(
    operations: Operations, actor: Actor, wanted: LogFilter = EVERYTHING, *, limit: int, offset: int = 0
) -> list[Entry]:
    """One page of the log."""
    query = select(AUDIT).where(_wanted(actor, wanted)).order_by(_A.seq.desc()).limit(limit).offset(offset)
    return [_entry(row) for row in operations.rows(query)]


def entry_of(operations: Operations, actor: Actor, seq: int) -> Entry:
    """One row; raises NotPermitted alike for one that is not there and for one that the role does not see."""
    found = operations.rows(select(AUDIT).where(_A.seq == seq, _visible(actor)))
    if not found:
        raise NotPermitted(NO_SUCH_ENTRY)
    return _entry(found[0])


def stream(operations: Operations, actor: Actor, wanted: LogFilter, size: int = CHUNK) -> Iterator[list[Entry]]:
    """Every row that fits, `size` at a time: what is written meanwhile changes nothing of it."""
    below: int | None = None
    while True:
        test = _wanted(actor, wanted)
        query = select(AUDIT).where(test if below is None else and_(test, _A.seq < below))
        found = [_entry(row) for row in operations.rows(query.order_by(_A.seq.desc()).limit(size))]
        if not found:
            return
        yield found
        below = found[-1].seq


def counts(operations: Operations, actor: Actor, wanted: LogFilter = EVERYTHING) -> dict[str, int]:
    """Action -> how many rows fit, whatever family is asked for: the numbers beside the families."""
    query = select(_A.action, func.count()).where(_others(actor, wanted)).group_by(_A.action)
    return {action: int(n) for action, n in operations.rows(query)}


def users(operations: Operations, actor: Actor) -> dict[str, int]:
    """Who stands in the log that the actor sees -> how often, by name."""
    query = select(_A.user, func.count()).where(_visible(actor)).group_by(_A.user).order_by(_A.user)
    return {user: int(n) for user, n in operations.rows(query)}


def names(operations: Operations, actor: Actor) -> dict[str, str]:
    """User -> name of every account, so that the log can be read."""
    actor.must_be(*READERS)
    return {row.user: row.name for row in operations.rows(select(ACCOUNT.c.user, ACCOUNT.c.name))}


def firms_of(operations: Operations, actor: Actor, subjects: Collection[str]) -> dict[str, tuple[str, str]]:
    """Number of a warning or of a task -> (code, name) of its firm, for the division; an administrator has no firms."""
    actor.must_be(*READERS)
    if actor.role is not Role.SUPERVISOR or not subjects:
        return {}
    wanted = _listed(subjects)
    c, t = WARNING_CASE.c, CHECK_TASK.c
    cases = select(c.case_id, c.uscc, c.entity_name).where(c.case_id.in_(wanted), c.uscc.is_not(None))
    tasks = select(t.task_id, t.uscc, t.entity_name).where(t.task_id.in_(wanted))
    found = [*operations.rows(cases), *operations.rows(tasks)]
    return {number: (uscc, name or uscc) for number, uscc, name in found}


def last_row(operations: Operations, actor: Actor) -> int:
    """The number of the newest row, 0 for an empty log: what comes after it is not part of an export."""
    actor.must_be(*READERS)
    return int(operations.rows(select(func.coalesce(func.max(_A.seq), 0)))[0][0])


def _visible(actor: Actor) -> ColumnElement[bool]:
    """The cut by role; deny beats allow: an administrator sees the declared codes of some families, nothing else."""
    actor.must_be(*READERS)
    if actor.role is Role.SUPERVISOR:
        return _A.seq.is_not(None)
    return _A.action.in_([code for family in FAMILIES_OF[actor.role] for code in codes_of(family)])


def _wanted(actor: Actor, wanted: LogFilter) -> ColumnElement[bool]:
    test = _others(actor, wanted)
    if wanted.family is Family.OTHER:
        return and_(test, _A.action.not_in(list(ACTIONS)))
    return and_(test, _A.action.in_(codes_of(wanted.family))) if wanted.family else test


def _others(actor: Actor, wanted: LogFilter) -> ColumnElement[bool]:
    """Every condition but the family."""
    tests = [_visible(actor)]
    if wanted.user:
        tests.append(_A.user == wanted.user)
    if wanted.text:
        tests.append(_about(wanted.text, wanted.firms if actor.role is Role.SUPERVISOR else ()))
    if wanted.since:
        tests.append(_A.wall_at >= datetime.combine(wanted.since, time.min))
    if wanted.until:
        end = datetime.combine(wanted.until, time.min) + timedelta(days=1) if wanted.until < date.max else None
        tests.append(_A.wall_at < end if end else _A.seq.is_not(None))
    if wanted.last is not None:
        tests.append(_A.seq <= wanted.last)
    if wanted.since and wanted.until and wanted.since > wanted.until:
        tests.append(false())
    return and_(*tests)


def _about(text: str, firms: Collection[str]) -> ColumnElement[bool]:
    """Rows that say the text, and rows about the firms: their archives, warnings and tasks.

    The detail as a whole is looked at first, since that is cheap; then its values alone, without keys and quotes.
    """
    if "\x00" in text:  # the end of a text to SQLite: what follows would count as nothing
        return false()
    said = func.json_tree(_A.detail).table_valued("atom").alias("said")
    in_values = select(literal(1)).select_from(said).where(said.c.atom.contains(text, autoescape=True)).exists()
    as_written = json.dumps(text, ensure_ascii=False)[1:-1]
    in_detail = and_(_A.detail.contains(as_written, autoescape=True), in_values)
    tests: list[ColumnElement[bool]] = [_A.subject.contains(text, autoescape=True), in_detail]
    if firms:
        codes = _listed(firms)
        cases = select(WARNING_CASE.c.case_id).where(WARNING_CASE.c.uscc.in_(codes))
        tasks = select(CHECK_TASK.c.task_id).where(CHECK_TASK.c.uscc.in_(codes))
        tests += [_A.subject.in_(codes), _A.subject.in_(cases), _A.subject.in_(tasks)]
    return or_(*tests)


def _listed(codes: Collection[str]) -> Any:
    """A list of codes as a select: it may hold more of them than a statement has parameters."""
    return select(func.json_each(literal(json.dumps(sorted(codes)))).table_valued("value").c.value)


def _entry(row: Any) -> Entry:
    detail = json.loads(row.detail)
    return Entry(
        seq=row.seq,
        wall_at=row.wall_at,
        business_at=row.business_at,
        user=row.user,
        role=row.role,
        action=row.action,
        subject=row.subject,
        digest=row.digest,
        detail=detail if isinstance(detail, dict) else {"": detail},
    )
