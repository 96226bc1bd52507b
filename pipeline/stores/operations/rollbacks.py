"""Rolling a build back is an act: somebody does it for a reason, and what people did on the build speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, func, select

from pipeline.domain import Text
from pipeline.errors import Refused
from pipeline.stores.access import Actor
from pipeline.stores.lock import build_lock
from pipeline.stores.operations import audit
from pipeline.stores.operations.builds import BUILDERS
from pipeline.stores.operations.case_opening import SYSTEM
from pipeline.stores.operations.schema import CASE_STEP, CHECK_RESULT, CHECK_TASK, DRAW, WARNING_CASE
from pipeline.stores.operations.store import Operations
from pipeline.stores.rollback import Target, find_target, move_back


@dataclass(frozen=True)
class Offer:
    """What a roll-back would do: from build `before` to build `after`, each with the date of its newest grades.

    `against`: what people did on the build that would go; each needs `force`.
    """

    before: str
    after: str
    before_as_of: date
    after_as_of: date
    against: tuple[Text, ...]


@dataclass(frozen=True)
class RolledBack:
    """What a roll-back did, and the same in one line."""

    before: str
    after: str
    line: str


def rollback_offer(operations: Operations, actor: Actor) -> Offer | None:
    """What `roll_back_build` would do now; None where there is no build to go back to, or none that can be read."""
    actor.must_be(*BUILDERS)
    try:
        target = find_target(operations.settings)
    except Refused:
        return None
    with operations.engine.connect() as connection:
        return _offer(connection, target)


def roll_back_build(
    operations: Operations, actor: Actor, *, why: str = "", force: bool = False, to: str | None = None
) -> RolledBack:
    """Publish the build before again, or the one that `to` names; grades stay issued, cases and draws stay as they are.

    Raises Refused without a reason, where there is nothing to go back to, and, unless `force`, where people acted on
    the build already: says what. Raises Busy while a build runs.
    """
    actor.must_be(*BUILDERS)
    why = why.strip()
    if not why:
        raise Refused("请写明回退原因", "say why the build is rolled back")
    with build_lock(operations.settings), operations.transaction() as transaction:
        target = find_target(operations.settings, to)
        against = _offer(transaction, target).against
        if against and not force:
            raise _acted(target, against)
        said = {"before": target.before, "after": target.after, "why": why, "against": [t.zh for t in against]}
        audit.record(operations, transaction, actor, "build.rollback", target.after, **said)
        move_back(operations.settings, target)
    line = (
        f"已由批次 {target.before}（{target.before_as_of}）回退到 {target.after}（{target.after_as_of}）；"
        "已发出的等级不变"
    )
    return RolledBack(target.before, target.after, line)


def _offer(connection: Connection, target: Target) -> Offer:
    return Offer(
        target.before, target.after, target.before_as_of, target.after_as_of, tuple(_against(connection, target.before))
    )


def _against(connection: Connection, build_id: str) -> Iterator[Text]:
    """What was done on a build and would stand without it."""
    held = select(DRAW.c.draw_id).where(DRAW.c.build_id == build_id, DRAW.c.voided_at.is_(None))
    draws = _count(connection, held)
    if draws:
        yield Text(f"按此批次举行了 {draws:,} 次抽查", f"{draws:,} draws were held on this build")
    tasks = select(CHECK_TASK.c.task_id).where(CHECK_TASK.c.draw_id.in_(held))
    results = _count(connection, select(CHECK_RESULT.c.result_id).where(CHECK_RESULT.c.task_id.in_(tasks)))
    if results:
        yield Text(f"这些抽查已录入 {results:,} 条结果", f"{results:,} results of these draws were entered")
    opened = select(WARNING_CASE.c.case_id).where(WARNING_CASE.c.opened_in == build_id)
    cases = _count(connection, opened)
    if cases:
        steps = (
            select(CASE_STEP.c.case_id).distinct().where(CASE_STEP.c.case_id.in_(opened), CASE_STEP.c.user != SYSTEM)
        )
        worked_on = _count(connection, steps)
        yield Text(
            f"此批次开立了 {cases:,} 件预警，其中 {worked_on:,} 件已有人处置",
            f"{cases:,} warnings were opened by this build, {worked_on:,} of them worked on",
        )


def _count(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(select(func.count()).select_from(query.subquery())).scalar() or 0)


def _acted(target: Target, against: tuple[Text, ...]) -> Refused:
    return Refused(
        f"批次 {target.before} 已有人据以办理：{'；'.join(t.zh for t in against)}。这些不会随回退撤销；确需回退须另行确认（命令行加 --force）",
        f"people acted on build {target.before}: {'; '.join(t.en for t in against)}. None of it is undone: confirm that it has to be (--force at the command line)",
    )
