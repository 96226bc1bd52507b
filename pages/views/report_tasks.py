"""Phases, tasks and figures of the pilot as parts of the report: what the page shows, in sentences and tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pages.views.conclusions import signed
from pages.views.kpis import Kpi
from pages.views.monthly import NAMED_TARGET
from pages.views.phases import Chip, PhaseLine, Stage
from pages.views.report import (
    MIDDLE,
    RIGHT,
    SAME,
    Block,
    Column,
    Heading,
    Paragraph,
    Table,
    day_zh,
    joined,
    listed,
    plain,
)
from pipeline.domain import Text
from pipeline.pilot import Light

ORDER = (Light.LATE, Light.SOON, Light.EARLY, Light.ON_TIME, Light.DONE)
"""Tasks that need somebody come first."""
NONE_URGENT = Text("没有逾期或临期的任务。", "No task is late or due soon.")
PHASE_COLUMNS = (
    Column(Text("阶段", "Phase"), 0.17),
    Column(Text("起止", "Dates"), 0.31, MIDDLE),
    Column(Text("主要内容", "Content"), 0.42),
    Column(Text("状态", "State"), 0.1, MIDDLE),
)
TASK_COLUMNS = (
    Column(Text("编号", "No."), 0.07, MIDDLE),
    Column(Text("任务（方案条款）", "Task (clause)"), 0.22),
    Column(Text("责任单位", "Responsible"), 0.18),
    Column(Text("时限", "Deadline"), 0.14, MIDDLE),
    Column(Text("状态", "Light"), 0.12, MIDDLE),
    Column(Text("进展与说明", "Progress and notes"), 0.27),
)
KPI_COLUMNS = (
    Column(Text("指标", "Figure"), 0.17),
    Column(Text("数值", "Value"), 0.11, RIGHT),
    Column(Text("变化与附注", "Change and note"), 0.18),
    Column(Text("统计时点", "As of"), 0.14, MIDDLE),
    Column(Text("口径", "Definition"), 0.4),
)
LIVE = ("checks", "cases")
"""Figures of what people did: they are those of the business day, the others those of the build."""
UNSETTLED = Text("时限为建议，待确认", "the deadline is a proposal, to be confirmed")
STEADY = Text("持平", "unchanged")


def summary(line: PhaseLine) -> Text:
    """Where the plan stands today, in two sentences."""
    number = len(line.chips)
    counted = [(light.title, n) for light, n in line.lights if n]
    tasks = Text(
        f"方案所列 {number} 项任务：" + "，".join(f"{t.zh} {n} 项" for t, n in counted) + "。",
        f"Of the {number} tasks: " + ", ".join(f"{n} {t.en.lower()}" for t, n in counted) + ".",
    )
    return joined(where(line), tasks, late(line))


def where(line: PhaseLine) -> Text:
    """Which phase it is."""
    current = next((s for s in line.stages if s.is_current), None)
    if current is None:
        return Text(f"{line.now.zh}。", f"{line.now.en}.")
    number, title = current.label.zh.split("、")
    return Text(
        f"截至{day_zh(line.today)}，试点处于第{number}阶段“{title}”（{line.now.zh}）。",
        f"On {line.today} the pilot is in phase {current.label.en} ({line.now.en}).",
    )


def late(line: PhaseLine) -> Text:
    """The tasks that are late, by name, with whose they are; says so if there is none."""
    chips = [c for c in line.chips if c.light is Light.LATE]
    if not chips:
        return Text("没有逾期任务。", "No task is late.")
    named = [
        Text(f"{c.id} {c.title.zh}（{c.responsible.zh}）", f"{c.id} {c.title.en} ({c.responsible.en})") for c in chips
    ]
    said = listed(named)
    return Text(f"逾期任务：{said.zh}。", f"Late: {said.en}.")


def phases_and_tasks(line: PhaseLine, issued_on: date) -> list[Block]:
    """The part on phases and tasks."""
    early = [c for c in line.chips if c.light is Light.EARLY]
    blocks: list[Block] = [
        Heading(1, Text("阶段与任务", "Phases and tasks")),
        Heading(2, Text("阶段", "Phases")),
        Paragraph(joined(where(line), _sentence(line.remark))),
        Table(
            Text("试点阶段", "Phases of the pilot"), Text("", ""), PHASE_COLUMNS, tuple(_phase(s) for s in line.stages)
        ),
        Heading(2, Text("任务", "Tasks")),
        Paragraph(_urgent(line)),
    ]
    if early:
        blocks.append(Paragraph(_early(early, issued_on)))
    chips = sorted(line.chips, key=lambda c: (ORDER.index(c.light), c.deadline, c.id))
    note = Text(
        "状态按时限、佐证或指标判定（判定办法待确认）：✓ 已完成，! 临期，▲ 逾期，◇ 时限早于印发日，无符号为进行中。",
        "Lights by deadline, evidence or query (to be confirmed): ✓ done, ! due soon, ▲ late, ◇ due before the plan was issued, no sign: on time.",
    )
    caption = Text(f"{len(chips)} 项任务进展", f"Progress of the {len(chips)} tasks")
    blocks.append(Table(caption, Text("", ""), TASK_COLUMNS, tuple(map(_task, chips)), note=note))
    return blocks


def figures(kpis: Sequence[Kpi], last_day: date, today: date) -> list[Block]:
    """The part on the main figures: value, change, date and definition of each."""
    rows = tuple(
        (k.label, plain(k.value), remark_of(k), plain(today if k.key in LIVE else last_day), k.help) for k in kpis
    )
    missed = [k for k in kpis if k.is_bad]
    names = listed([Text(f"{k.label.zh}（{k.value}）", f"{k.label.en} ({k.value})") for k in missed])
    said = (
        Text(f"未达到要求或需要关注的是：{names.zh}。", f"Short of what is asked for: {names.en}.")
        if missed
        else Text("各项指标均无未达到要求的情形。", "No figure falls short of what is asked for.")
    )
    table = Table(Text("主要指标", "Main figures"), Text("", ""), KPI_COLUMNS, rows)
    return [Heading(1, Text("主要指标", "Main figures")), Paragraph(said), table]


def said_figures(kpis: Sequence[Kpi]) -> Text:
    """The main figures in one sentence."""
    parts = [_spoken(k) for k in kpis]
    return Text("；".join(p.zh for p in parts) + "。", "; ".join(p.en for p in parts) + ".")


def remark_of(kpi: Kpi) -> Text:
    """What stands beside a figure on the page: its note, or its change."""
    if kpi.note:
        return Text(f"{kpi.note.zh} {kpi.remark.zh}", f"{kpi.note.en} {kpi.remark.en}") if kpi.key in LIVE else kpi.note
    if kpi.delta is None:
        return kpi.remark
    if kpi.delta == "0":
        return Text(f"{kpi.remark.zh}{STEADY.zh}", f"{STEADY.en} {kpi.remark.en}")
    change = signed(float(kpi.delta))
    return Text(f"{kpi.remark.zh} {change} 个百分点", f"{change} points {kpi.remark.en}")


def _spoken(kpi: Kpi) -> Text:
    """A figure within a sentence: name, value with its unit, and in brackets the target and what stands beside it."""
    said = remark_of(kpi)
    if kpi.key == "named":
        target = f"{NAMED_TARGET:.0%}"
        return Text(
            f"记名率 {kpi.value}（目标不低于 {target}，{said.zh}）",
            f"named rate {kpi.value} (target {target}, {said.en})",
        )
    unit = " 件" if kpi.key == "cases" else ""
    return Text(f"{kpi.label.zh} {kpi.value}{unit}（{said.zh}）", f"{kpi.label.en} {kpi.value} ({said.en})")


def _sentence(words: Text | None) -> Text | None:
    return Text(f"{words.zh}。", f"{words.en}.") if words else None


def _phase(stage: Stage) -> tuple[Text, ...]:
    state = (
        Text("当前", "now") if stage.is_current else Text("已过", "past") if stage.is_past else Text("未到", "to come")
    )
    return (
        stage.label,
        Text(f"{stage.start} 至 {stage.end}", f"{stage.start} to {stage.end}"),
        stage.content,
        state,
    )


def _urgent(line: PhaseLine) -> Text:
    found = [(light, [c for c in line.urgent if c.light is light]) for light in (Light.LATE, Light.SOON)]
    parts = [
        Text(
            f"{light.title.zh} {len(of)} 项：" + "；".join(f"{c.id} {c.title.zh}（{c.when.zh}）" for c in of) + "。",
            f"{light.title.en}: " + "; ".join(f"{c.id} {c.title.en} ({c.when.en})" for c in of) + ".",
        )
        for light, of in found
        if of
    ]
    return joined(*parts) if parts else NONE_URGENT


def _early(chips: Sequence[Chip], issued_on: date) -> Text:
    ids = "、".join(c.id for c in chips)
    return Text(
        f"{ids} 的时限早于方案印发日（{day_zh(issued_on)}），不自动记为逾期，须有完成佐证或注明补报。",
        f"{ids.replace('、', ', ')} were due before the plan was issued ({issued_on}): not counted as late, they wait for evidence.",
    )


def _task(chip: Chip) -> tuple[Text, ...]:
    light, clause = chip.light.title, chip.clause.split(" ")[0]
    return (
        plain(chip.id),
        Text(f"{chip.title.zh}（{clause}）", f"{chip.title.en} ({clause})"),
        chip.responsible,
        plain(chip.deadline),
        Text(f"{chip.sign} {light.zh}".strip(), f"{chip.sign} {light.en}".strip()),
        _progress(chip),
    )


def _progress(chip: Chip) -> Text:
    """How far off the deadline, what the query gives, what the office said, and where this differs from the plan."""
    parts = [chip.when]
    if chip.kpi:
        value = f"{chip.value:.1%}" if chip.value is not None else SAME.zh
        parts.append(Text(f"现为 {value}，目标 {chip.target:.1%}", f"now {value}, target {chip.target:.1%}"))
    if chip.step:
        file = f"（{chip.step.file_name}）" if chip.step.file_name else ""
        state = chip.step.state.title
        parts.append(Text(f"{state.zh}：{chip.step.evidence}{file}", f"{state.en}: {chip.step.evidence}{file}"))
    if not chip.is_deadline_confirmed:
        parts.append(UNSETTLED)
    if chip.note:
        parts.append(chip.note)
    return Text("；".join(p.zh for p in parts), "; ".join(p.en for p in parts))
