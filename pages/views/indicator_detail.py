"""One indicator in full: its figures, its distribution with what to conclude, and the sets it stood in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pages.views.fields import shown
from pages.views.indicator_findings import by_grade, by_unit
from pages.views.indicator_list import Row
from pages.views.indicator_scale import Box, Scale, boxes, scale
from pages.views.indicator_spread import Spread
from pages.views.indicator_versions import Change, ChangeLog
from pages.views.indicator_weights import MOVED, NEAR_ZERO, Weight, Weights
from pages.views.said import BY_CODE
from pipeline.domain import Text

MISSING = "—"
NOT_BUILT = Text(
    "本批次生成时还没有这个指标，重新构建后才有分布。", "This build is older than the indicator: build again."
)
NO_REFERENCE = Text("没有训练时的参照", "no reference from training")
NO_DRIFT = Text("本批次没有漂移数据", "not measured")


@dataclass(frozen=True)
class Figure:
    """One figure as written."""

    label: Text = field(metadata=shown("名称", "Label", "名称", "Its name"))
    value: str = field(metadata=shown("数值", "Value", "写好的数值", "As written"))
    remark: Text = field(metadata=shown("附注", "Remark", "补充说明", "A short remark"))
    definition: Text = field(metadata=shown("口径", "Definition", "怎样统计", "What it counts"))
    is_bad: bool = field(metadata=shown("超限", "Beyond", "超过界限", "Beyond its limit"))


@dataclass(frozen=True)
class Pane:
    """A distribution as it is shown: boxes on a scale, or shares of classes; and what to conclude."""

    groups: tuple[Box, ...] = field(metadata=shown("分组", "Groups", "各组与合计", "The groups, all of them last"))
    finding: Text = field(metadata=shown("结论", "Finding", "可以得出什么", "What to conclude"))


@dataclass(frozen=True)
class Detail:
    """Everything that stands beside the list."""

    row: Row = field(metadata=shown("指标", "Indicator", "声明与数字", "Declaration and numbers"))
    figures: tuple[Figure, ...] = field(metadata=shown("数字", "Figures", "主要数字", "The figures"))
    classes: tuple[Text, ...] = field(metadata=shown("取值", "Classes", "取值或区间", "Values, or ranges of them"))
    scale: Scale | None = field(metadata=shown("刻度", "Scale", "各组共用的刻度", "The scale that all groups share"))
    grades: Pane = field(metadata=shown("按等级", "By grade", "A 至 E", "A to E"))
    units: Pane = field(metadata=shown("按单位", "By unit", "范围内的单位", "The units of the scope"))
    changes: tuple[Change, ...] = field(metadata=shown("变更", "Changes", "登记的变更", "Recorded changes"))


def detail(row: Row, weights: Weights, log: ChangeLog, make: Callable[[], Spread | None]) -> Detail:
    """The detail of the row that is open; `make` gives its distribution."""
    code = row.entry.code
    indicator, found = BY_CODE[code], make()
    if found is None:
        nothing = Pane((), NOT_BUILT)
        return Detail(row, figures(row, weights), (), None, nothing, nothing, log.of(code))
    drawn = None if found.classes or found.is_empty else scale(indicator, found)
    units = (*found.units, found.whole) if len(found.units) > 1 else found.units
    return Detail(
        row,
        figures(row, weights),
        found.classes,
        drawn,
        Pane(boxes(indicator, (*found.grades, found.whole)), by_grade(indicator, found)),
        Pane(boxes(indicator, units), by_unit(indicator, found)),
        log.of(code),
    )


def figures(row: Row, weights: Weights) -> tuple[Figure, ...]:
    """Missing share, part in the grades, drift; for a rule fact the rules that it fires."""
    weight = row.weight
    first = Figure(
        Text("缺失率", "Missing"),
        _share(weight.missing),
        Text(f"共 {weights.firms:,} 户", f"of {weights.firms:,}"),
        Text(
            "参与分级的企业中没有此项数值的占比：信息未送达，或企业没有可算的记录。",
            "Graded enterprises without a value: the feed was not delivered, or nothing can be computed.",
        ),
        False,
    )
    if not row.entry.is_scored:
        return (first, *(_rule(r.id, r.title, weights.rules.get(r.id, 0)) for r in row.entry.rules))
    return (first, *_part(weight, weights), _drift(weight, weights))


def _part(weight: Weight, weights: Weights) -> tuple[Figure, ...]:
    points = MISSING if weight.points is None else f"{weight.points:.1f}"
    return (
        Figure(
            Text("平均影响（分）", "Mean effect (points)"),
            points,
            Text(f"占全部影响 {_share(weight.portion)}", f"{_share(weight.portion)} of all effects"),
            Text(
                "此项使信用分上升或下降的分数，不计正负，按已评分企业平均。",
                "By how many points it lifts or lowers a score, signs aside, averaged over the scored enterprises.",
            ),
            False,
        ),
        Figure(
            Text("位次", "Rank"),
            MISSING if weight.rank is None else str(weight.rank),
            Text(f"共 {weights.ranked} 项计分指标", f"of {weights.ranked} scored indicators"),
            Text("按平均影响由大到小。", "By mean effect, the largest first."),
            False,
        ),
        Figure(
            Text("列入五大成因", "Top-five reason"),
            _share(weight.reason),
            Text("的企业", "of the enterprises"),
            Text(
                "此项属于扣分最多的五项之一的企业占比。",
                "Enterprises for which it is one of the five that lower the score most.",
            ),
            False,
        ),
    )


def _drift(weight: Weight, weights: Weights) -> Figure:
    shift = weight.shift
    definition = Text(
        f"取值分布与模型训练时的差别（全市）。平均影响不足 {NEAR_ZERO} 分而 PSI 超过 {MOVED} 的列为待评审（界限待确认）。",
        f"How far the values moved since training (whole city). Below {NEAR_ZERO} points with PSI above {MOVED}: to be reviewed"
        " (limits to be confirmed).",
    )
    if shift is None:
        return Figure(Text("PSI", "PSI"), MISSING, NO_REFERENCE if weights.has_drift else NO_DRIFT, definition, False)
    remark = Text(f"偶然界限 {shift.critical:.3f}", f"chance reaches {shift.critical:.3f}")
    return Figure(Text("PSI", "PSI"), f"{shift.psi:.3f}", remark, definition, shift.is_alarm)


def _rule(rule: str, title: Text, fired: int) -> Figure:
    return Figure(
        Text(f"触发 {rule}", f"{rule} fires for"),
        f"{fired:,}",
        title,
        Text("范围内触发此规则的企业（含不参加占比统计的）。", "Enterprises of the scope for which the rule fires."),
        False,
    )


def _share(value: float | None) -> str:
    return MISSING if value is None else f"{value:.1%}"
