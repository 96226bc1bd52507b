"""The six figures of the pilot, each with its change, its past and the way to its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from pages.views.composition import Composition, month_end
from pages.views.conclusions import portion
from pages.views.counties import County
from pages.views.fields import shown
from pages.views.monthly import NAMED_TARGET, SHOWN, WHOLE, Gathered, Monthly, month_of, months_before
from pages.views.ways import Way
from pipeline.domain import Text

SINCE_MONTH = Text("较上月末", "vs last month")
NO_CHANGE = Text("无可比时点", "nothing to compare")
MISSING = "—"
STEADY = 0.05
"""A change below this many points rounds to nothing."""


@dataclass(frozen=True)
class Kpi:
    """One figure. `better`: 1 if more is good, −1 if less is, 0 if neither."""

    key: str = field(metadata=shown("代号", "Key", "指标代号", "Name of the figure"))
    label: Text = field(metadata=shown("名称", "Label", "指标名称", "Its name"))
    help: Text = field(metadata=shown("口径", "Definition", "怎样统计", "What it counts"))
    value: str = field(metadata=shown("数值", "Value", "写好的数值", "As written"))
    delta: str | None = field(metadata=shown("变化", "Change", "百分点", "Points"))
    remark: Text = field(metadata=shown("附注", "Remark", "变化的比较对象", "What the change is against"))
    better: int = field(metadata=shown("方向", "Direction", "升为好还是降为好", "Whether more is good"))
    is_bad: bool = field(metadata=shown("未达标", "Missed", "未达到目标", "A set target is missed"))
    series: tuple[float, ...] = field(metadata=shown("走势", "Past", "近几个月末", "The last month ends"))
    way: Way = field(metadata=shown("去处", "Rows", "背后的记录", "The rows behind it"))
    note: Text | None = field(
        default=None, metadata=shown("注", "Note", "代替变化的文字", "Words in place of a change")
    )


def kpis(
    as_of: date,
    register: dict[date, tuple[int, int]],
    grades: Composition,
    found: Gathered,
    city: County,
    checks_done: Sequence[int],
    cases_open: Sequence[int],
) -> tuple[Kpi, ...]:
    """The figures in their order. `register`: date -> active enterprises and those graded; the two last
    arguments: numbers at the last month ends and today."""
    return (
        _graded(as_of, register),
        _gathered(
            as_of,
            found.named.get(WHOLE),
            "named",
            Text("记名率 ≥80%", "Named rate ≥80%"),
            Text(
                "近 12 个月归集的涉企记录中归于唯一企业名下的占比；目标 2020 年底 80%",
                "Records of the last 12 months attached to one enterprise; target 80% by the end of 2020",
            ),
        ),
        _gathered(
            as_of,
            found.timely.get(WHOLE),
            "timely",
            Text("7 日内归集", "In 7 work days"),
            Text(
                "近 12 个月收到的记录中，产生后 7 个工作日内（契约另有时限的从其时限）归集的占比；历史补录与本系统录入的检查结果除外",
                "Records of the last 12 months received within 7 working days of being produced (or the contract's own"
                " limit); history loads and results entered here left out",
            ),
        ),
        _checks(city, checks_done),
        _risky(as_of, grades),
        _cases(city, cases_open),
    )


def change(now: float | None, before: float | None) -> str | None:
    """A change of shares in points with an ASCII sign, as st.metric wants it; None without a share to compare."""
    if now is None or before is None:
        return None
    points = 100 * (now - before)
    return "0" if abs(points) < STEADY else f"{points:+.1f}"


def _graded(as_of: date, register: dict[date, tuple[int, int]]) -> Kpi:
    shares = {day: graded / due if due else None for day, (due, graded) in sorted(register.items())}
    due, graded = register.get(as_of, (0, 0))
    before = month_end(as_of, [d for d in register if d < as_of])
    delta = change(shares.get(as_of), shares.get(before) if before else None)
    return Kpi(
        key="graded",
        label=Text("已分级企业", "Graded"),
        help=Text(
            "有等级的企业 ÷ 登记在册的在营企业（个体工商户除外），未分级的也在分母",
            "Graded ÷ active enterprises of the register (individual businesses left out), the ungraded included",
        ),
        value=portion(graded, due),
        delta=delta,
        remark=SINCE_MONTH if delta else NO_CHANGE,
        better=1,
        is_bad=graded < due,
        series=_percents(list(shares.values())),
        way=Way(Text(f"在营 {due:,}", f"Active {due:,}"), "enterprises"),
        note=Text(f"未分级 {due - graded:,}", f"not graded {due - graded:,}") if graded < due else None,
    )


def _gathered(as_of: date, found: Monthly | None, key: str, label: Text, help_: Text) -> Kpi:
    month = month_of(as_of)
    months = [months_before(month, n) for n in range(SHOWN - 1, -1, -1)]
    parts = [found.until(m) for m in months] if found else []
    now = parts[-1] if parts else None
    delta = change(parts[-1].share, parts[-2].share) if parts else None
    late = now.whole - now.part if now else 0
    is_bad = key == "named" and now is not None and now.share is not None and now.share < NAMED_TARGET
    more = Text("分来源", "By source") if key == "named" else Text(f"迟报 {late:,}", f"Late {late:,}")
    return Kpi(
        key=key,
        label=label,
        help=help_,
        value=portion(now.part, now.whole) if now else MISSING,
        delta=delta,
        remark=SINCE_MONTH if delta else NO_CHANGE,
        better=1,
        is_bad=is_bad,
        series=_percents([p.share for p in parts]),
        way=Way(more, drawer=key),
    )


def _checks(city: County, done: Sequence[int]) -> Kpi:
    tally = city.tally
    left = tally.planned - tally.done
    return Kpi(
        key="checks",
        label=Text("双随机完成", "Random checks"),
        help=Text("已录入结果的任务 ÷ 已举行抽取的任务", "Tasks with a result ÷ tasks of the draws held"),
        value=portion(tally.done, tally.planned),
        delta=None,
        note=Text(f"{tally.done:,} / {tally.planned:,}", f"{tally.done:,} / {tally.planned:,}")
        if tally.planned
        else None,
        remark=Text("户", "tasks") if tally.planned else Text("尚未举行抽取", "no draw held yet"),
        better=0,
        is_bad=False,
        series=tuple(map(float, done)) if tally.planned else (),
        way=Way(Text(f"未完成 {left:,}", f"Open {left:,}"), "enterprises", {"task": "open"}),
    )


def _risky(as_of: date, grades: Composition) -> Kpi:
    shares = {day: grades.runs[day][WHOLE].risky_share for day in grades.comparable if day in grades.runs}
    city = grades.runs.get(as_of, {}).get(WHOLE)
    before = month_end(as_of, [d for d in shares if d < as_of])
    delta = change(shares.get(as_of), shares.get(before) if before else None)
    risky = city.risky if city else 0
    return Kpi(
        key="risky",
        label=Text("D、E 级占比", "Share of D and E"),
        help=Text(
            "D、E 级企业 ÷ 已分级企业；只与同类得分的时点比较",
            "D and E ÷ graded; compared with scores of the same kind",
        ),
        value=portion(risky, city.size) if city else MISSING,
        delta=delta,
        remark=SINCE_MONTH if delta else NO_CHANGE,
        better=-1,
        is_bad=False,
        series=_percents(list(shares.values())),
        way=Way(Text(f"名单 {risky:,}", f"List {risky:,}"), "enterprises", {"grade": "D,E"}),
    )


def _cases(city: County, open_: Sequence[int]) -> Kpi:
    tally = city.tally
    return Kpi(
        key="cases",
        label=Text("未结预警", "Open warnings"),
        help=Text("尚未销号、移送或判为误报的预警", "Warnings not closed, transferred or called false"),
        value=f"{tally.cases:,}",
        delta=None,
        note=Text(f"逾期 {tally.overdue:,}", f"late {tally.overdue:,}") if tally.overdue else None,
        remark=Text("件", "cases") if tally.overdue else Text("无逾期", "none late"),
        better=-1,
        is_bad=tally.overdue > 0,
        series=tuple(map(float, open_)) if any(open_) else (),
        way=Way(Text(f"重大 {tally.critical:,}", f"Critical {tally.critical:,}"), "warnings", {"level": "3"}),
    )


def _percents(shares: Sequence[float | None]) -> tuple[float, ...]:
    return tuple(round(100 * s, 2) for s in shares[-SHOWN:] if s is not None)
