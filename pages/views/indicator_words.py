"""A declared indicator in words: how it is computed, over which days, what higher values mean, what no record means."""

from __future__ import annotations

import math
import re

from pages.views.grades import SECTORS
from pages.views.said import amount
from pipeline.domain import Dimension, Text
from pipeline.indicators.indicator import Count, Direction, Indicator, Query, Role, State

ARROWS = {Direction.HIGHER_IS_RISKIER: "↑", Direction.LOWER_IS_RISKIER: "↓", Direction.NEUTRAL: "—"}
DIRECTIONS: dict[Direction, Text] = {
    Direction.HIGHER_IS_RISKIER: Text("↑ 越高风险越大", "↑ higher is riskier"),
    Direction.LOWER_IS_RISKIER: Text("↓ 越低风险越大", "↓ lower is riskier"),
    Direction.NEUTRAL: Text("— 不计方向", "— no direction"),
}
RULE_FACTS = "rule_facts"
"""The group of the facts that only the rules of the grade policy read."""
GROUPS: dict[str, Text] = {
    **{d.name.lower(): d.value for d in Dimension},
    RULE_FACTS: Text("红线事实", "Rule facts"),
}
"""What the list is divided into: the five dimensions of the score, and the rule facts."""
SHORT: dict[str, Text] = {
    **GROUPS,
    "basic": Text(Dimension.BASIC.value.zh, "Basic"),
    "behaviour": Text(Dimension.BEHAVIOUR.value.zh, "Behaviour"),
    "growth": Text(Dimension.GROWTH.value.zh, "Growth"),
    "performance": Text(Dimension.PERFORMANCE.value.zh, "Performance"),
}
"""The same in words that fit a narrow column."""
ENTITY_TYPES: dict[str, Text] = {
    "llc": Text("有限责任公司", "Limited company"),
    "one_person_llc": Text("一人有限公司", "One-person company"),
    "jsc": Text("股份公司", "Joint-stock company"),
    "partnership": Text("合伙企业", "Partnership"),
    "sole": Text("个人独资", "Sole proprietorship"),
    "branch": Text("分支机构", "Branch"),
    "state": Text("国有、集体", "State-owned, collective"),
    "foreign": Text("外资企业", "Foreign-invested"),
    "other": Text("其他", "Other"),
}
UNKNOWN = Text("未知", "Unknown")
UNITS = {
    "是否": "yes / no", "比例": "ratio", "次": "times", "项": "items", "件": "cases", "级": "level", "天": "days", "年": "years",
    "ln(万元)": "ln(10,000 yuan)", "类别": "category", "ln比": "log ratio", "户": "firms", "ln(户)": "ln(firms)", "ln(台)": "ln(units)",
    "台": "units", "件/√人": "cases / √staff", "条": "items", "ln(人)": "ln(staff)", "月": "months", "ln(件)": "ln(cases)", "倍": "times",
    "分": "points",
}  # fmt: skip
PLAIN = ("是否", "比例")
"""Units of values that are written without one."""
CURRENCY = "CNY "
LEAST = 0.005
"""Below this a plain number would be written as 0."""
_YEARS = {365: "一年", 730: "两年", 1095: "三年", 1826: "五年"}
_VALUE = re.compile(r"\{value[^}]*\}")


def group_of(indicator: Indicator) -> str:
    """The group of the list that an indicator stands in."""
    return RULE_FACTS if indicator.role is Role.RULE_FACT else indicator.dimension.name.lower()


def form_words(indicator: Indicator) -> Text:
    """How the value is made."""
    form = indicator.form
    if isinstance(form, Count):
        return Text("计数：汇总一类信息在窗口内的记录", "Count: records of one feed within the window")
    if isinstance(form, State):
        return Text("状态：一类信息最新一条记录的值", "State: a value of the newest record of one feed")
    return Text("查询：由一类或多类信息推算", "Query: worked out from one or more feeds")


def window_words(indicator: Indicator) -> Text:
    """The days that count."""
    form = indicator.form
    if isinstance(form, State):
        return Text("时点前最新一条", "The newest before the date")
    if isinstance(form, Query):
        return Text("见定义", "As defined")
    if form.window is None:
        return Text("时点前全部", "All before the date")
    days = form.window.count
    years = f"（{_YEARS[days]}）" if days in _YEARS else ""
    return Text(f"时点前 {days:,} 日{years}", f"{days:,} days before the date")


def none_words(indicator: Indicator) -> Text:
    """What stands where a delivered feed says nothing of the firm, and where the feed was not delivered."""
    if indicator.when_none is None:
        return Text("缺失，不视为零", "Missing, never zero")
    value = value_words(indicator, indicator.when_none)
    return Text(f"取 {value.zh}；信息未送达则缺失", f"{value.en}; missing if the feed was not delivered")


def unit_words(indicator: Indicator) -> Text:
    """The unit of the stored value."""
    return Text(indicator.unit, UNITS.get(indicator.unit, indicator.unit))


def value_words(indicator: Indicator, value: float | str | None) -> Text:
    """A value as people read it: levels in words, amounts of three digits, a true minus."""
    if value is None or isinstance(value, str):
        return level_words(indicator, value) if value else amount(indicator, None)
    if 0 < abs(value) < LEAST and indicator.unit not in PLAIN and not indicator.unit.startswith("ln"):
        return Text(f"{value:.1g} {indicator.unit}", f"{value:.1g}")
    said = amount(indicator, _tidy(indicator.unit, value))
    return Text(_signed(said.zh), _signed(said.en))


def range_words(indicator: Indicator, low: float, high: float) -> Text:
    """From one value to another, their common unit said once."""
    first, last = value_words(indicator, low), value_words(indicator, high)
    if first == last:
        return first
    return Text(
        f"{_bare(first.zh, last.zh)} – {last.zh}", f"{_bare(first.en, last.en)} – {last.en.removeprefix(CURRENCY)}"
    )


def level_words(indicator: Indicator, level: str) -> Text:
    """A level of a categorical indicator."""
    labels = SECTORS if indicator.code == "C2_industry_section" else ENTITY_TYPES
    return UNKNOWN if level == "unknown" else labels.get(level, Text(level, level))


def reason_words(indicator: Indicator) -> Text:
    """The sentence of a reason with … for the value."""
    return Text(_VALUE.sub("…", indicator.reason.zh), _VALUE.sub("…", indicator.reason.en))


def _tidy(unit: str, value: float) -> float:
    """A logarithm moved a little, so that what it stands for has three digits."""
    if not unit.startswith("ln(") or value <= 0:
        return value
    return math.log1p(float(f"{math.expm1(value):.3g}"))


def _signed(words: str) -> str:
    words = words.replace("-", "−", 1) if words.startswith("-") else words
    return "0%" if words in ("+0%", "−0%") else words


def _bare(first: str, last: str) -> str:
    """The first of two amounts without the unit, where both have the same."""
    number, _, unit = first.rpartition(" ")
    return number if number and unit and last.endswith(f" {unit}") else first
