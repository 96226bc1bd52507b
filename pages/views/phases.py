"""The pilot's time line: phases, sixteen tasks with their lights, what to conclude."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pages.views.fields import shown
from pipeline.domain import Text
from pipeline.pilot import Light, Phase, PilotPlan, Task
from pipeline.stores.operations.tasks import SETTLED, Step

NUMERALS = "一二三四五六七八九十"
SIGNS = {Light.DONE: "✓", Light.ON_TIME: "", Light.SOON: "!", Light.LATE: "▲", Light.EARLY: "◇"}
"""A sign beside each light: colour never stands alone."""
NOT_STARTED = Text("试点尚未开始", "The pilot has not begun")
OVER = Text("试点已结束", "The pilot is over")


@dataclass(frozen=True)
class Stage:
    """One phase on the time line."""

    label: Text = field(metadata=shown("阶段", "Phase", "方案所列阶段", "A phase of the plan"))
    content: Text = field(metadata=shown("内容", "Content", "本阶段工作", "Work of the phase"))
    start: date = field(metadata=shown("开始", "Start", "首日", "First day"))
    end: date = field(metadata=shown("结束", "End", "末日", "Last day"))
    is_current: bool = field(metadata=shown("当前", "Current", "今日所在阶段", "The phase of today"))
    is_past: bool = field(metadata=shown("已过", "Past", "末日已过", "Its last day has passed"))


@dataclass(frozen=True)
class Chip:
    """One task with its light."""

    id: str = field(metadata=shown("任务", "Task", "方案任务编号", "Number of the task"))
    title: Text = field(metadata=shown("名称", "Title", "任务内容", "What is to be done"))
    light: Light = field(metadata=shown("状态", "Light", "按时限、佐证或指标判定", "By deadline, evidence or query"))
    clause: str = field(metadata=shown("条款", "Clause", "方案条款", "Clause of the plan"))
    responsible: Text = field(metadata=shown("责任单位", "Responsible", "方案所列责任单位", "As the plan names them"))
    deadline: date = field(
        metadata=shown("时限", "Deadline", "末日；只写月份的取月末", "Last day; month's end for a month")
    )
    is_deadline_confirmed: bool = field(
        metadata=shown("时限已确认", "Deadline confirmed", "原文写明时限", "The plan sets it")
    )
    days_left: int = field(metadata=shown("剩余天数", "Days left", "负数为已逾期", "Negative when late"))
    evidence: Text = field(metadata=shown("完成标志", "Evidence", "怎样算完成", "What counts as done"))
    note: Text | None = field(
        metadata=shown("说明", "Note", "原文与本系统处理的差别", "Where this differs from the plan")
    )
    kpi: str | None = field(metadata=shown("判定指标", "Query", "由指标判定的任务", "The query that judges the task"))
    value: float | None = field(metadata=shown("当前值", "Value", "判定指标的当前值", "What the query gives now"))
    target: float | None = field(metadata=shown("目标", "Target", "判定指标的目标", "What it has to reach"))
    step: Step | None = field(metadata=shown("最近标注", "Last step", "办公室最近一次标注", "The office's last step"))

    @property
    def sign(self) -> str:
        """The sign of its light."""
        return SIGNS[self.light]

    @property
    def when(self) -> Text:
        """How far off the deadline is, in words; nothing of it for a task that is done."""
        if self.light is Light.DONE:
            on = self.step.done_on if self.step else None
            return Text(f"{on:%Y-%m-%d} 完成", f"done on {on:%Y-%m-%d}") if on else Text("已达标", "target reached")
        if self.days_left < 0:
            return Text(f"已过 {-self.days_left} 天", f"{-self.days_left} days past")
        return Text(f"余 {self.days_left} 天", f"{self.days_left} days left")


@dataclass(frozen=True)
class PhaseLine:
    """The time line on a day."""

    today: date = field(metadata=shown("今日", "Today", "业务日", "The business day"))
    stages: tuple[Stage, ...] = field(metadata=shown("阶段", "Phases", "四个阶段", "The four phases"))
    chips: tuple[Chip, ...] = field(metadata=shown("任务", "Tasks", "全部任务", "All tasks"))
    now: Text = field(metadata=shown("当前阶段", "Now", "今日所在阶段与天数", "Today's phase and its days"))
    remark: Text | None = field(
        metadata=shown("附注", "Remark", "阶段日期与原文的差别", "Where dates differ from the plan")
    )

    @property
    def lights(self) -> tuple[tuple[Light, int], ...]:
        """How many tasks have each light, in the order of the legend."""
        return tuple((light, sum(c.light is light for c in self.chips)) for light in Light)

    @property
    def urgent(self) -> tuple[Chip, ...]:
        """Late tasks, then those due soon, then those whose deadline lay before the plan."""
        order = (Light.LATE, Light.SOON, Light.EARLY)
        return tuple(c for light in order for c in self.chips if c.light is light)

    def chip(self, task_id: str) -> Chip | None:
        """The task of this id, None if there is none."""
        return next((c for c in self.chips if c.id == task_id), None)


def phase_line(
    plan: PilotPlan,
    today: date,
    steps: Mapping[str, Step],
    values: Mapping[str, float | None],
    clauses: Mapping[str, str],
) -> PhaseLine:
    """The time line of `plan` on `today`; `values`: what each query gives, `clauses`: code -> clause as printed."""
    current = plan.current(today)
    return PhaseLine(
        today=today,
        stages=tuple(
            Stage(
                label=Text(f"{NUMERALS[n]}、{p.title.zh}", f"{n + 1} {p.title.en}"),
                content=p.content,
                start=p.start,
                end=p.end,
                is_current=p is current,
                is_past=p.end < today and p is not current,
            )
            for n, p in enumerate(plan.phases)
        ),
        chips=tuple(_chip(plan, t, today, steps.get(t.id), values, clauses) for t in plan.tasks),
        now=_now(plan, today),
        remark=next((p.note for p in plan.phases if p.note), None),
    )


def _chip(
    plan: PilotPlan,
    task: Task,
    today: date,
    step: Step | None,
    values: Mapping[str, float | None],
    clauses: Mapping[str, str],
) -> Chip:
    value = values.get(task.kpi) if task.kpi else None
    if task.kpi:
        is_done = value is not None and task.target is not None and value >= task.target
    else:
        is_done = step is not None and step.state in SETTLED
    return Chip(
        id=task.id,
        title=task.title,
        light=plan.light(task, today, is_done),
        clause=clauses.get(task.clause, task.clause),
        responsible=task.responsible,
        deadline=task.deadline,
        is_deadline_confirmed=task.is_deadline_confirmed,
        days_left=(task.deadline - today).days,
        evidence=task.evidence,
        note=task.note,
        kpi=task.kpi,
        value=value,
        target=task.target,
        step=step,
    )


def _now(plan: PilotPlan, today: date) -> Text:
    """Which phase it is and how many of its days have passed; both names on a day that two phases share."""
    here = plan.phases_on(today)
    if not here:
        return OVER if plan.phases and today > plan.phases[-1].end else NOT_STARTED
    if len(here) > 1:
        return Text(
            "、".join(p.title.zh for p in here) + "交接之日",
            "Both phases today: " + ", ".join(p.title.en for p in here),
        )
    passed, left = _days(here[0], today)
    return Text(f"当前阶段，已过 {passed} 天，余 {left} 天", f"current: {passed} days passed, {left} left")


def _days(phase: Phase, today: date) -> tuple[int, int]:
    return (today - phase.start).days, (phase.end - today).days
