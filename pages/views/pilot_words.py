"""Titles, remarks and computed sentences of the pilot's cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from pages.views import check_rates
from pages.views.check_rates import CheckRates
from pages.views.composition import Composition, Movement
from pages.views.conclusions import portion, signed
from pages.views.counties import County, finding
from pages.views.fields import shown
from pages.views.funnel import SMALL_GROUP
from pages.views.grades import Mix
from pages.views.kpis import STEADY
from pages.views.monthly import NAMED_TARGET, WHOLE, Gathered, month_of
from pipeline.domain import Text

NOTHING = Text("", "")
BY = {"unit": Text("单位", "Unit"), "sector": Text("行业", "Sector"), "kind": Text("类型", "Kind")}
"""By what the grades are broken down."""
TRENDS = {
    "named": Text("记名率", "Named rate"),
    "timely": Text("7 日内", "In time"),
    "risky": Text("D、E 占比", "D and E"),
}
"""What is followed over time."""


@dataclass(frozen=True)
class Card:
    """Words of a card."""

    title: Text = field(metadata=shown("标题", "Title", "对象", "Its subject"))
    remark: Text = field(metadata=shown("附注", "Remark", "单位与读法", "Unit and how to read it"))
    finding: Text = field(metadata=shown("结论", "Finding", "可以得出什么", "What to conclude"))


@dataclass(frozen=True)
class Trend:
    """A share over time: (first day of the month or date of the run, share, records)."""

    points: tuple[tuple[date, float, int], ...] = field(
        metadata=shown("各期", "Points", "时点与占比", "Dates and shares")
    )
    target: float | None = field(metadata=shown("目标", "Target", "规定目标", "The set target"))
    words: Card = field(metadata=shown("文字", "Words", "标题与结论", "Title and finding"))


def ways_to_break_down(unit: str) -> dict[str, Text]:
    """By what the grades of a scope can be broken down: one unit has no units."""
    return {by: name for by, name in BY.items() if by != "unit" or not unit}


def on_map() -> Card:
    """The map's title."""
    return Card(
        Text("D、E 级占比", "Share of D and E"), Text("% 企业，点选看单位", "% of enterprises, click a unit"), NOTHING
    )


def on_counties(rows: Sequence[County]) -> Card:
    """The table of units."""
    return Card(
        Text("县（市、区）对比", "Units side by side"),
        Text("点任一数字看对应名单", "click a number to see its list"),
        finding(rows),
    )


def on_rates(rates: CheckRates, pair: tuple[int, int]) -> Card:
    """The problem rate by grade."""
    agrees = check_rates.agreement(pair)
    said = rates.finding
    if agrees:
        said = Text(said.zh + agrees.zh, f"{said.en} {agrees.en}")
    return Card(Text("问题发现率", "Problem rate"), rates.method, said)


def on_composition(groups: Sequence[Mix], whole: Mix, by: str) -> Card:
    """Grades by unit, sector or kind: which group has most D and E."""
    fit = [g for g in groups if g.size >= SMALL_GROUP and g.risky_share is not None]
    title = Card(
        Text("等级构成", "Grades"), Text("% 企业，右为户数，▲▼ 超出界限", "% of enterprises, n at the right"), NOTHING
    )
    if not fit:
        return Card(title.title, title.remark, Text("没有 20 户以上的分组可比。", "No group of 20 or more to compare."))
    most = max(fit, key=lambda g: g.risky_share or 0)
    return Card(
        title.title,
        title.remark,
        Text(
            f"D、E 占比最高的{BY[by].zh}是{most.label.zh}，{portion(most.risky, most.size)}（{whole.label.zh} {portion(whole.risky, whole.size)}）。",
            f"Highest share of D and E: {most.label.en}, {portion(most.risky, most.size)} ({whole.label.en} {portion(whole.risky, whole.size)}).",
        ),
    )


def on_migration(moved: Movement | None, grades: Composition) -> Card:
    """How many enterprises moved since the run before."""
    title = Text("等级迁移", "Migration of grades")
    if grades.before is None or moved is None or not moved.size:
        why = Text("没有同类得分的上一时点可比。", "No earlier date with the same kind of score to compare.")
        return Card(title, NOTHING, why)
    then = grades.before - timedelta(days=1)
    return Card(
        title,
        Text(f"上期 {then} → 本期，户；右上为变差", f"{then} → now, enterprises; upper right is worse"),
        Text(
            f"{moved.size:,} 户两期都有等级：变差 {moved.worse:,}（{portion(moved.worse, moved.size)}），变好 {moved.better:,}（{portion(moved.better, moved.size)}）。",
            f"{moved.size:,} graded at both dates: {moved.worse:,} worse ({portion(moved.worse, moved.size)}), {moved.better:,} better ({portion(moved.better, moved.size)}).",
        ),
    )


def trend(what: str, unit: str, grades: Composition, found: Gathered, as_of: date) -> Trend:
    """The named rate, timeliness or share of D and E of a unit ("" for the city) over time."""
    target = None
    if what == "risky":
        mixes = [(day, grades.runs[day].get(unit)) for day in grades.comparable if day in grades.runs]
        points = tuple(
            (day - timedelta(days=1), m.risky_share, m.size) for day, m in mixes if m and m.risky_share is not None
        )
        remark = Text("各时点，只列同类得分", "by date, scores of the same kind only")
    else:
        series = (found.named if what == "named" else found.timely).get(unit)
        recent = series.recent(month_of(as_of)) if series else ()
        points = tuple((m, p.share, p.whole) for m, p in recent if p.share is not None)
        target = NAMED_TARGET if what == "named" else None
        remark = (
            Text("当月收到的记录，全部来源", "records received in the month, all sources")
            if unit == WHOLE
            else Text("当月收到的、本单位报送的记录", "records of the month that the unit reports")
        )
    title = TRENDS[what]
    words = Card(Text(f"{title.zh}走势", f"{title.en} over time"), remark, _moved(points, title))
    return Trend(points, target, words)


def _moved(points: Sequence[tuple[date, float, int]], title: Text) -> Text:
    if len(points) < 2:
        return Text("时点不足两个，尚无变化可比。", "Fewer than two dates: no change to compare.")
    (first_day, first, _), (_, last, _) = points[0], points[-1]
    change = 100 * (last - first)
    if abs(change) < STEADY:
        return Text(
            f"{title.zh}自 {first_day:%Y-%m} 以来基本持平，为 {last:.1%}。",
            f"Steady since {first_day:%Y-%m} at {last:.1%}.",
        )
    way, way_en = ("升", "up") if change > 0 else ("降", "down")
    return Text(
        f"自 {first_day:%Y-%m} 的 {first:.1%} {way}至 {last:.1%}（{signed(change)} 点）。",
        f"From {first:.1%} in {first_day:%Y-%m} {way_en} to {last:.1%} ({signed(change)} points).",
    )
