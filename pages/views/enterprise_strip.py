"""The six figures above the list: how many firms, how many risky, and what people owe on them this week."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from pages.views.fields import shown
from pages.views.firm_acts import FirmActs
from pipeline.domain import Text
from pipeline.stores.reader import ScopedReader


@dataclass(frozen=True)
class Figure:
    """One figure, and the query of the list that shows its rows."""

    label: Text = field(metadata=shown("名称", "Label", "数字的名称", "Its name"))
    value: str = field(metadata=shown("数值", "Value", "写好的数值", "The value as written"))
    remark: Text = field(metadata=shown("附注", "Remark", "数值旁的短注", "A short remark beside it"))
    definition: Text = field(metadata=shown("口径", "Definition", "怎样统计", "What it counts"))
    is_bad: bool = field(metadata=shown("超限", "Beyond a limit", "有逾期或待办", "Something is due or late"))
    query: dict[str, str] = field(
        hash=False, metadata=shown("明细", "Rows", "对应的筛选条件", "The filter of its rows")
    )


@dataclass(frozen=True)
class Stock:
    """What the build says of the scope."""

    enterprises: int = field(
        metadata=shown("在册企业", "Enterprises", "在营且应分级", "In business and due for a grade")
    )
    graded: int = field(metadata=shown("已分级", "Graded", "其中已有等级", "Of these, with a grade"))
    risky: int = field(metadata=shown("D、E 级", "D and E", "其中 D、E 级", "Of these, in grades D and E"))
    city_share: float | None = field(
        metadata=shown("全市占比", "City", "全市 D、E 级占比", "Share of D and E in the city")
    )


def stock(read: ScopedReader) -> Stock:
    """Counts of the build within the scope, and the whole city's share of D and E to compare with."""
    enterprises, graded, risky = read.rows(
        "SELECT count(*), count(grade), count(*) FILTER (grade IN ('D', 'E')) FROM enterprise WHERE is_graded"
    )[0]
    share = read.rows(
        "SELECT sum(enterprises) FILTER (grade IN ('D', 'E')) / nullif(sum(enterprises), 0)"
        " FROM grade_summary WHERE as_of = ?",
        [read.stamp.as_of],
    )[0][0]
    return Stock(enterprises, graded, risky, share)


def strip(counts: Stock, acts: FirmActs, today: date) -> tuple[Figure, ...]:
    """The six figures in their order."""
    cases, work = acts.cases, acts.work
    waiting = int(cases["cases"][cases["state"] == "WAITING"].sum())
    waiting_late = int(cases["overdue"][cases["state"] == "WAITING"].sum())
    late, week, done, drawn = acts.tasks("late"), acts.tasks("week"), acts.tasks("done"), acts.tasks()
    first = work["due_on"][work["task"] == "late"].min()
    longest = (today - first.date()).days if late else 0
    due = work[work["task"] == "week"]
    written, on_site = (int(due["tasks"][due["mode"] == mode].sum()) for mode in ("written", "on_site"))
    return (
        Figure(_ENTERPRISES, f"{counts.enterprises:,}", _part("已分级", "graded", counts.graded, counts.enterprises), _HELP_E, False, {}),
        Figure(_RISKY, f"{counts.risky:,}", _compared(counts), _HELP_R, False, {"grade": "D,E"}),
        Figure(_WAITING, f"{waiting:,}", Text(f"已逾期 {waiting_late} 件", f"{waiting_late} late"), _HELP_W, waiting_late > 0, {"warning": "waiting"}),
        Figure(_LATE, f"{late:,}", Text(f"最长逾期 {longest} 天", f"up to {longest} days") if late else _NONE, _HELP_L, late > 0, {"task": "late"}),
        Figure(_WEEK, f"{week:,}", Text(f"可书面 {written}，须实地 {on_site}", f"{written} in writing, {on_site} on site"), _HELP_K, False, {"task": "week"}),
        Figure(_DONE, _percent(done, drawn), Text(f"{done:,} / {drawn:,} 项", f"{done:,} / {drawn:,}"), _HELP_D, False, {"task": "done"}),
    )  # fmt: skip


_ENTERPRISES = Text("在册企业", "Enterprises")
_RISKY = Text("D、E 级", "Grades D, E")
_WAITING = Text("待签收预警", "Warnings to accept")
_LATE = Text("逾期任务", "Overdue inspections")
_WEEK = Text("本周待查", "Due this week")
_DONE = Text("抽查完成", "Inspections done")
_NONE = Text("无逾期", "none late")
_HELP_E = Text("权限范围内在营、应划分 A–E 级的企业", "In business and due for a grade, within your scope")
_HELP_R = Text("在册企业中 D、E 级户数及占比", "Enterprises in grades D and E, and their share")
_HELP_W = Text("尚未签收的预警件数", "Warnings that nobody has accepted yet")
_HELP_L = Text("超过期限仍无结果的抽查任务", "Inspection tasks past their day without a result")
_HELP_K = Text("本周日前到期、尚无结果的抽查任务", "Inspection tasks due until Sunday without a result")
_HELP_D = Text("已录结果的抽查任务 ÷ 全部抽查任务", "Inspection tasks with a result ÷ all of them")


def _compared(counts: Stock) -> Text:
    if not counts.graded:
        return _NONE_GRADED
    here = f"{counts.risky / counts.graded:.1%}"
    city = "—" if counts.city_share is None else f"{counts.city_share:.1%}"
    return Text(f"占 {here}，全市 {city}", f"{here}, city {city}")


_NONE_GRADED = Text("尚无等级", "none graded")


def _part(zh: str, en: str, part: int, whole: int) -> Text:
    return Text(f"{zh} {_percent(part, whole, 1)}", f"{_percent(part, whole, 1)} {en}") if whole else Text("—", "—")


def _percent(part: int, whole: int, digits: int = 0) -> str:
    return f"{part / whole:.{digits}%}" if whole else "—"
