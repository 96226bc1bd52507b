"""How the tasks of the pilot stand: steps that the office adds, never edits; the last step of a task counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from pathlib import PurePath, PureWindowsPath
from typing import Any

from sqlalchemy import func, insert, select

from pipeline.domain import Text
from pipeline.errors import Outdated, Refused
from pipeline.pilot import PilotPlan, Task
from pipeline.stores.access import WHOLE_CITY, Actor, Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.schema import PILOT_STEP
from pipeline.stores.operations.store import Operations

PLAN_FILE = "pilot.toml"
MOST_CHARACTERS = 500
"""Of an evidence text; a file name may have a third of it."""


class TaskState(Enum):
    """What the office says of a task; FILED: it was done, and is reported afterwards.

    Reopening is a step like the others: nothing is taken back.
    """

    OPEN = Text("未完成", "Not done")
    DONE = Text("已完成", "Done")
    FILED = Text("补报", "Filed afterwards")

    @property
    def title(self) -> Text:
        """Its name as people read it."""
        return self.value


SETTLED = (TaskState.DONE, TaskState.FILED)


@dataclass(frozen=True)
class Step:
    """One step of a task: what was said, with which evidence, by whom and when."""

    task: str
    state: TaskState
    done_on: date | None
    evidence: str
    file_name: str
    user: str
    business_at: datetime
    deadline: date | None = None


def plan_of(operations: Operations) -> PilotPlan:
    """The deployment's pilot plan, with the deadlines on which the office has settled where the plan sets none."""
    plan = _as_issued(operations)
    chosen = select(PILOT_STEP).where(PILOT_STEP.c.deadline.is_not(None)).order_by(PILOT_STEP.c.step_id)
    settled = {r.task: r for r in operations.rows(chosen)}
    tasks = tuple(_with_deadline(t, settled.get(t.id)) for t in plan.tasks)
    return replace(plan, tasks=tasks)


def set_task(
    operations: Operations,
    actor: Actor,
    task_id: str,
    state: TaskState,
    *,
    evidence: str = "",
    file_name: str = "",
    done_on: date | None = None,
    deadline: date | None = None,
    seen: int | None = None,
) -> None:
    """Add a step to a task, audited. Only the office may: the credit supervision division.

    `deadline`: settled by the office, for an open task for which the plan as issued sets none. `seen`: how many steps
    of the task the person has seen; raises Outdated if somebody has added one since.
    Raises NotPermitted for anybody else, and Refused for a task that is not in the plan or is judged by its query,
    for a settled state without evidence and date, for a date to come, and for a deadline that can't be set.
    """
    actor.must_be(Role.SUPERVISOR)
    business, wall = operations.clock()
    evidence, file_name = evidence.strip(), PureWindowsPath(PurePath(file_name.strip()).name).name
    today = business.date()
    fault = _fault(operations, task_id, state, evidence, file_name, done_on, today)
    fault = fault or _deadline_fault(operations, task_id, state, deadline, today)
    if fault:
        raise Refused(fault.zh, fault.en)
    row = {"task": task_id, "state": state.name, "done_on": done_on if state in SETTLED else None}
    row |= {"evidence": evidence, "file_name": file_name, "deadline": deadline}
    with operations.transaction() as transaction:
        steps = select(func.count()).select_from(PILOT_STEP).where(PILOT_STEP.c.task == task_id)
        if seen is not None and transaction.execute(steps).scalar_one() != seen:
            raise Outdated("该任务刚被他人标注，请刷新后再试", "somebody else has just set this task: look again")
        transaction.execute(insert(PILOT_STEP).values(**row, user=actor.user, business_at=business, wall_at=wall))
        said = {name: value for name, value in row.items() if name != "task"}
        audit.record(operations, transaction, actor, "set_task", task_id, **said)


def last_steps(operations: Operations, actor: Actor) -> dict[str, Step]:
    """Task -> its last step; tasks without one are missing. Nothing for an actor who does not see the whole city."""
    if actor.role not in WHOLE_CITY:
        return {}
    newest = select(func.max(PILOT_STEP.c.step_id)).group_by(PILOT_STEP.c.task)
    return {s.task: s for s in _steps(operations, PILOT_STEP.c.step_id.in_(newest))}


def steps_of(operations: Operations, actor: Actor, task_id: str) -> tuple[Step, ...]:
    """Every step of a task, newest first; none for an actor who does not see the whole city."""
    if actor.role not in WHOLE_CITY:
        return ()
    return _steps(operations, PILOT_STEP.c.task == task_id)


def _steps(operations: Operations, condition: object) -> tuple[Step, ...]:
    chosen = select(PILOT_STEP).where(condition).order_by(PILOT_STEP.c.step_id.desc())  # type: ignore[arg-type]
    return tuple(
        Step(r.task, TaskState[r.state], r.done_on, r.evidence, r.file_name, r.user, r.business_at, r.deadline)
        for r in operations.rows(chosen)
    )


def _fault(
    operations: Operations,
    task_id: str,
    state: TaskState,
    evidence: str,
    file_name: str,
    done_on: date | None,
    today: date,
) -> Text | None:
    """Why the step can't be taken, None if it can."""
    task = _as_issued(operations).task(task_id)
    if task is None:
        return Text("方案中没有这项任务", "The plan has no such task")
    if task.kpi:
        return Text("这项任务由指标判定，不能手工标注", "This task is judged by its query")
    if len(evidence) > MOST_CHARACTERS or len(file_name) > MOST_CHARACTERS // 3:
        return Text(f"说明不超过 {MOST_CHARACTERS} 字", f"The note may have {MOST_CHARACTERS} characters")
    if not evidence:
        return Text("请填写佐证说明", "A note on the evidence is needed")
    if state in SETTLED and done_on is None:
        return Text("请填写完成日期", "The day of completion is needed")
    if done_on is not None and done_on > today:
        return Text("完成日期不能晚于今天", "The day of completion lies in the future")
    return None


def _deadline_fault(
    operations: Operations, task_id: str, state: TaskState, deadline: date | None, today: date
) -> Text | None:
    """Why the office can't set this deadline, None if it can or sets none."""
    task = _as_issued(operations).task(task_id)
    if deadline is None or task is None:
        return None
    if task.is_deadline_confirmed:
        return Text("方案已定时限，不能另定", "The plan sets the deadline")
    if state in SETTLED:
        return Text("已完成的任务不再定时限", "A task that is done needs no deadline")
    if deadline < today:
        return Text("确定的时限不能早于今天", "The deadline lies in the past")
    return None


def _as_issued(operations: Operations) -> PilotPlan:
    return PilotPlan.load(operations.settings.policy / PLAN_FILE)


def _with_deadline(task: Task, step: Any) -> Task:
    """A task for which the plan sets no deadline, with the one of the office's newest step that sets one."""
    if step is None or task.is_deadline_confirmed:
        return task
    said = Text(
        f"原文未定时限，办公室于 {step.business_at:%Y-%m-%d} 确定为 {step.deadline}",
        f"no deadline in the plan: the office set {step.deadline} on {step.business_at:%Y-%m-%d}",
    )
    return replace(task, deadline=step.deadline, is_deadline_confirmed=True, note=said)
