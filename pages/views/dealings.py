"""What people do about one firm: its warnings and the inspections it was drawn for. Never kept: acts count at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from models.policy.draw_policy import ON_SITE, WRITTEN, DrawPolicy, draw_policies
from models.policy.measures import Measure, MeasurePolicy, measures
from models.policy.warning_rules import RULES, sentence
from pages.views.fields import shown
from pages.views.identity import Identity
from pages.views.policies import Stamp, stamp
from pipeline.domain import Severity, Text
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations.case_reads import CaseFilter, cases
from pipeline.stores.operations.case_rules import OPEN, State
from pipeline.stores.operations.check_results import tasks
from pipeline.stores.operations.store import Operations

LEVELS = {
    Severity.MINOR: ("○", Text("一般", "Minor")),
    Severity.MAJOR: ("◐", Text("较大", "Major")),
    Severity.CRITICAL: ("●", Text("重大", "Critical")),
}
ASIDE_RATIO = Text("年抽查比例", "Ratio a year")
ASIDE_MODE = Text("检查方式", "Mode of check")
ASIDE_CASES = Text("未结预警", "Open warnings")
ASIDE_TASK = Text("待查任务", "To be checked")
MODES = {
    ON_SITE: Text("必须实地", "on site only"),
    WRITTEN: Text("可书面", "written allowed"),
    "": Text("常规", "as usual"),
}
DUE = Text("{} 前", "by {}")
PLAN = "SEED"
"""Clauses of the plan itself stand beside a measure; what else it rests on stands behind it."""
NONE = Text("无", "none")
TIMES = Text("{ratio}（{times} 倍）", "{ratio} (× {times})")


@dataclass(frozen=True)
class Warned:
    """One warning case of the firm."""

    level: int = field(metadata=shown("级别", "Level", "1 一般、2 较大、3 重大", "1 minor, 2 major, 3 critical"))
    sign: str = field(metadata=shown("符号", "Sign", "级别的符号", "Sign of the level"))
    word: Text = field(metadata=shown("级别", "Level", "级别名称", "Name of the level"))
    rule: str = field(metadata=shown("规则", "Rule", "预警规则", "Rule of the warning"))
    said: Text = field(metadata=shown("触发", "Trigger", "触发的情形", "What triggered it"))
    state: Text = field(metadata=shown("状态", "State", "处置状态", "Where it stands"))
    is_open: bool = field(metadata=shown("未结", "Open", "尚未销号", "Not closed"))
    opened_on: date = field(metadata=shown("开立", "Opened", "开立日期", "When it was opened"))
    due_on: date | None = field(metadata=shown("时限", "Due", "本环节时限", "Until when the stage is due"))
    is_overdue: bool = field(metadata=shown("逾期", "Overdue", "已过时限", "Whether it is late"))


@dataclass(frozen=True)
class Task:
    """One inspection that the firm was drawn for."""

    task_id: str = field(metadata=shown("任务", "Task", "任务编号", "Number of the task"))
    item: str = field(metadata=shown("事项", "Item", "抽查事项", "The item"))
    due_on: date = field(metadata=shown("期限", "Due", "检查期限", "Until when"))
    checked_on: date | None = field(metadata=shown("检查日期", "Checked", "检查日期", "Day of the check"))
    said: Text = field(metadata=shown("结果", "Result", "检查结果或状态", "Result, or where it stands"))
    has_problem: bool = field(metadata=shown("有问题", "Problem", "发现问题", "Whether a problem was found"))
    is_overdue: bool = field(metadata=shown("逾期", "Overdue", "已过期限", "Whether it is late"))


@dataclass(frozen=True)
class Brought:
    """One measure that the grade brings."""

    id: str = field(metadata=shown("编号", "Id", "措施编号", "Id of the measure"))
    title: Text = field(metadata=shown("措施", "Measure", "措施名称", "What it is"))
    does: Text = field(metadata=shown("系统", "System", "系统怎样提示", "What the system does about it"))
    clause: str = field(metadata=shown("条款", "Clause", "方案的条款", "Clause of the plan"))
    confirmed: bool = field(metadata=shown("已确认", "Confirmed", "否则标为待确认", "Else shown as 待确认"))


@dataclass(frozen=True)
class Dealings:
    """Warnings and tasks of the firm, open ones first."""

    warned: tuple[Warned, ...] = field(metadata=shown("预警", "Warnings", "全部预警", "Every warning"))
    tasks: tuple[Task, ...] = field(metadata=shown("抽查任务", "Tasks", "双随机任务", "Tasks of the draws"))
    measures: tuple[Brought, ...] = field(metadata=shown("措施", "Measures", "本等级的措施", "What the grade brings"))
    aside: tuple[tuple[Text, Text, bool], ...] = field(
        metadata=shown("监管方式", "Supervision", "比例、方式、预警、任务", "Ratio, mode, warnings, tasks")
    )


def dealings(
    operations: Operations, actor: Actor, settings: Settings, reference: Reference, firm: Identity, as_of: date
) -> Dealings:
    """Everything of the firm that this actor may see, as of now; the firm is within the actor's scope."""
    firms = [firm.uscc] if actor.role is Role.SECTION else None
    found = cases(operations, actor, CaseFilter(uscc=firm.uscc, open_only=False), firms=firms)
    warned = tuple(_warned(r, reference, settings) for r in found.to_dict("records"))
    drawn = tasks(operations, actor, uscc=firm.uscc, firms=firms)
    made = tuple(_task(r, reference) for r in drawn[drawn["not_made"].isna()].to_dict("records"))
    drawing, bringing = _policies(settings, as_of - timedelta(days=1), stamp(settings.policy))
    ordered = tuple(sorted(warned, key=lambda w: (not w.is_open, -w.opened_on.toordinal())))
    brought = tuple(_brought(m, reference) for m in bringing.for_grade(firm.grade))
    return Dealings(ordered, made, brought, tuple(_aside(firm, drawing, ordered, made)))


@lru_cache(maxsize=8)
def _policies(settings: Settings, day: date, at: Stamp) -> tuple[DrawPolicy, MeasurePolicy]:
    """The two papers in force on a day; `at` says when to read the files again."""
    return draw_policies(settings).of(day), measures(settings).of(day)


def _brought(measure: Measure, reference: Reference) -> Brought:
    bases = [reference.legal_bases[code] for code in measure.legal_basis if code in reference.legal_bases]
    plan = [b.clause.partition(" ")[0] for b in bases if b.code.startswith(PLAN)]
    more = "；".join(f"{b.title.zh} {b.clause}" for b in bases if not b.code.startswith(PLAN))
    does = Text(f"{measure.does.zh}{'；' + more if more else ''}", measure.does.en)
    return Brought(measure.id, measure.title, does, "、".join(plan), measure.confirmed)


def _warned(row: dict[str, Any], reference: Reference, settings: Settings) -> Warned:
    level = Severity(int(row["level"]))
    state = State[row["state"]]
    known = row["rule"] in RULES
    return Warned(
        level=int(level),
        sign=LEVELS[level][0],
        word=LEVELS[level][1],
        rule=row["rule"],
        said=sentence(row["rule"], row["detail"], reference, settings.city)
        if known
        else Text(row["rule"], row["rule"]),
        state=state.title,
        is_open=state in OPEN,
        opened_on=row["opened_on"],
        due_on=_day(row["due_on"]),
        is_overdue=bool(row["is_overdue"]),
    )


def _task(row: dict[str, Any], reference: Reference) -> Task:
    labels = reference.codes("check_result")
    codes = str(row["result"]).split(";") if row["is_done"] else []
    said = [labels.get(c, Text(c, c)) for c in codes] or [Text("待检查", "to be checked")]
    return Task(
        task_id=row["task_id"],
        item=str(row["item_code"]),
        due_on=row["due_on"],
        checked_on=_day(row["checked_on"]),
        said=Text("、".join(t.zh for t in said), "; ".join(t.en for t in said)),
        has_problem=bool(row["has_problem"]),
        is_overdue=bool(row["is_overdue"]),
    )


def _aside(
    firm: Identity, policy: DrawPolicy, warned: tuple[Warned, ...], made: tuple[Task, ...]
) -> list[tuple[Text, Text, bool]]:
    """Label, value and whether it is bad."""
    found: list[tuple[Text, Text, bool]] = []
    if firm.grade:
        ratio, times = policy.nominal(firm.grade), policy.nominal(firm.grade) / policy.regular
        written = f"{float(ratio):.1%}".replace(".0%", "%")
        said = Text(
            TIMES.zh.format(ratio=written, times=f"{times:.1f}"), TIMES.en.format(ratio=written, times=f"{times:.1f}")
        )
        found.append((ASIDE_RATIO, said, False))
        modes = policy.modes(firm.grade)
        mode = ON_SITE if modes == (ON_SITE,) else WRITTEN if WRITTEN in modes else ""
        found.append((ASIDE_MODE, MODES[mode], False))
    still = [w for w in warned if w.is_open]
    count = Text(f"{len(still)} 件", str(len(still)))
    found.append((ASIDE_CASES, count if still else NONE, bool(still)))
    waiting = [t for t in made if t.checked_on is None]
    if waiting:
        first = min(t.due_on for t in waiting)
        found.append(
            (
                ASIDE_TASK,
                Text(DUE.zh.format(f"{first:%m-%d}"), DUE.en.format(f"{first:%m-%d}")),
                any(t.is_overdue for t in waiting),
            )
        )
    return found


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else value
