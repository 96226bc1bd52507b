"""What to conclude from a distribution: whether an indicator moves with the grades the way its direction says.

Two groups differ if the gap of their numbers is beyond what chance gives in 5 of 100 cases; a unit stands out from all
of them at three standard errors, since eight are looked at. Standard errors: of a share after adding two cases to either side,
of a median 0.93 × interquartile range / √n (as the notches of box plots), of a mean s / √n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot, sqrt

from pages.views.fields import shown
from pages.views.indicator_spread import Group, Spread
from pages.views.indicator_words import DIRECTIONS, value_words
from pipeline.domain import Text
from pipeline.indicators.indicator import Direction, Indicator

BY_CHANCE, STANDS_OUT = 1.96, 3.0
"""Standard errors beyond which two groups differ, and a unit differs from all."""
NOBODY = Text("本范围内没有企业有此项数值。", "No enterprise of this scope has a value.")
TOO_FEW = Text("有值企业不少于 20 户的等级不足两个，不作比较。", "Fewer than two grades have 20 values: not compared.")
CONSTANT = Text(
    "范围内企业的数值相同（{x}），分不开等级。", "All enterprises have the same value ({x}): it tells no grade apart."
)
SAME = Text("各单位数值相同（{x}）。", "The value is the same everywhere ({x}).")
RISES = Text("{what}由 {a} 级 {x}升至 {e} 级 {y}", "The {what} rises from {x} in {a} to {y} in {e}")
FALLS = Text("{what}由 {a} 级 {x}降至 {e} 级 {y}", "The {what} falls from {x} in {a} to {y} in {e}")
CHANCE = Text(
    "{what} {a} 级 {x}、{e} 级 {y}，差别在抽样误差之内，看不出方向。",
    "The {what} is {x} in {a} and {y} in {e}, within sampling error: no direction to be seen.",
)
AGREES = Text("，与“{direction}”一致", ", as “{direction}” says")
STEADY = Text("。", ".")
TURNS = Text("，但 {where} 反向。", ", though {where} turns back.")
AGAINST = Text("，与“{direction}”不符，宜检视。", ", against “{direction}”: look at it.")
NEUTRAL = Text(
    "不计方向：{what} {a} 级 {x}最低，{e} 级 {y}最高。",
    "No direction: the {what} is lowest in {a} ({x}), highest in {e} ({y}).",
)
NO_GAP = Text(
    "不计方向：{what}各级相差不大（{x}至 {y}）。", "No direction: the {what} hardly differs by grade ({x} to {y})."
)
LEVELS = Text(
    "{a} 级与 {e} 级差别最大的是“{level}”：{x} 与 {y}。", "{a} and {e} differ most in “{level}”: {x} against {y}."
)
ONE_UNIT = Text(
    "只看得到{unit}的企业，没有可比的其他单位。", "Only enterprises of {unit} are visible: no other unit to compare."
)
NO_UNITS = Text("有值企业不少于 20 户的单位不足两个，不作比较。", "Fewer than two units have 20 values: not compared.")
ALIKE = Text(
    "{what}各单位 {x}至 {y}，差别在抽样误差之内", "The {what} of the units, {x} to {y}, differs within sampling error"
)
EQUAL = Text("{what}各单位都是 {x}", "The {what} is {x} in every unit")
APART = Text("{what}明显偏离合计（{z}）的：{units}", "Units whose {what} stands apart from all ({z}): {units}")
NONE_MISSING = Text("；各单位均无缺失。", "; nothing is missing anywhere.")
MOST_MISSING = Text("；缺失率最高为{unit} {x}（合计 {y}）。", "; most is missing in {unit}, {x} (all: {y}).")


@dataclass(frozen=True)
class Measure:
    """The one number by which groups are compared."""

    name: Text = field(metadata=shown("名称", "Name", "比较的数", "What is compared"))
    values: dict[str, float] = field(metadata=shown("数值", "Values", "各组的数值", "Of each group"))
    errors: dict[str, float] = field(metadata=shown("标准误", "Errors", "各组的标准误", "Standard error of each"))
    written: dict[str, Text] = field(metadata=shown("写法", "Written", "各组的写法", "Each in words"))
    sign: int = field(metadata=shown("符号", "Sign", "数值增大时它增大为 1", "1 if it grows with the value, else −1"))

    def change(self, a: str, b: str, errors: float = BY_CHANCE) -> float:
        """From one group to another, 0 where chance alone may give it."""
        gap = self.values[b] - self.values[a]
        return gap if abs(gap) > errors * hypot(self.errors[a], self.errors[b]) else 0.0

    @property
    def ends(self) -> tuple[str, str]:
        """The groups with the least and the greatest number."""
        keys = sorted(self.values, key=lambda k: self.values[k])
        return keys[0], keys[-1]


def by_grade(indicator: Indicator, spread: Spread) -> Text:
    """Whether the grades differ in it, and in the declared direction."""
    if spread.is_empty:
        return NOBODY
    if len(spread.classes) == 1:
        return _say(CONSTANT, x=spread.classes[0])
    fit = [g for g in spread.grades if not g.is_small]
    if len(fit) < 2:
        return TOO_FEW
    if indicator.levels:
        return _levels(spread, fit[0], fit[-1])
    found = measure(indicator, spread, fit)
    if indicator.direction is Direction.NEUTRAL:
        low, high = found.ends
        if not found.change(low, high):
            return _say(NO_GAP, what=found.name, x=found.written[low], y=found.written[high])
        return _say(NEUTRAL, what=found.name, a=_same(low), e=_same(high), x=found.written[low], y=found.written[high])
    return _directed(indicator, found, fit[0].key, fit[-1].key)


def by_unit(indicator: Indicator, spread: Spread) -> Text:
    """Which units stand apart from all, and where most is missing."""
    if spread.is_empty:
        return NOBODY
    if len(spread.units) == 1:
        return _say(ONE_UNIT, unit=spread.units[0].label)
    fit = [g for g in spread.units if not g.is_small]
    if len(fit) < 2:
        return NO_UNITS
    whole = spread.whole.missing or 0.0
    if len(spread.classes) == 1 and not whole:
        return _say(SAME, x=spread.classes[0])
    worst = max((g for g in spread.units if g.size), key=lambda g: g.missing or 0.0)
    tail = (
        _say(MOST_MISSING, unit=worst.label, x=_share(worst.missing or 0.0), y=_share(whole)) if whole else NONE_MISSING
    )
    return _joined(_apart(measure(indicator, spread, [*fit, spread.whole]), fit, spread.whole.key), tail)


def measure(indicator: Indicator, spread: Spread, groups: Sequence[Group]) -> Measure:
    """Median where the values are spread out, mean where all medians are the same; else the share beside the commonest value."""
    if spread.classes:
        return _beside(indicator, spread, groups)
    medians = {g.key: g.quantiles[2] for g in groups}
    if len(set(medians.values())) > 1 or indicator.unit.startswith("ln"):
        errors = {g.key: 0.93 * (g.quantiles[3] - g.quantiles[1]) / sqrt(g.held) for g in groups}
        return Measure(
            Text("中位数", "median"), medians, errors, {k: value_words(indicator, v) for k, v in medians.items()}, 1
        )
    means = {g.key: g.mean or 0.0 for g in groups}
    errors = {g.key: (g.deviation or 0.0) / sqrt(g.held) for g in groups}
    return Measure(Text("均值", "mean"), means, errors, {k: value_words(indicator, v) for k, v in means.items()}, 1)


def _beside(indicator: Indicator, spread: Spread, groups: Sequence[Group]) -> Measure:
    """The share of the commonest level; of yes; or of the values above the commonest one (below it, if it is the greatest)."""
    at, last = spread.commonest, len(spread.classes) - 1
    word = spread.classes[at]
    if indicator.levels:
        name, part, sign = Text(f"“{word.zh}”的占比", f"share of “{word.en}”"), slice(at, at + 1), 1
    elif indicator.unit == "是否" and last == 1:
        name, part, sign = Text("“是”的占比", "share of “yes”"), slice(1, 2), 1
    elif at < last:
        name, part, sign = Text(f"高于 {word.zh}的占比", f"share above {word.en}"), slice(at + 1, None), 1
    else:
        name, part, sign = Text(f"低于 {word.zh}的占比", f"share below {word.en}"), slice(0, at), -1
    hits = {g.key: sum(g.counts[part]) for g in groups}
    shares = {g.key: hits[g.key] / g.held for g in groups}
    errors = {g.key: _error(hits[g.key], g.held) for g in groups}
    return Measure(name, shares, errors, {k: _share(v) for k, v in shares.items()}, sign)


def _directed(indicator: Indicator, found: Measure, first: str, last: str) -> Text:
    """From the best grade to the worst one, against the declared direction."""
    wanted = indicator.direction.value * found.sign
    change = found.change(first, last)
    words = {
        "what": found.name,
        "a": _same(first),
        "e": _same(last),
        "x": found.written[first],
        "y": found.written[last],
    }
    if not change:
        return _say(CHANCE, **words)
    head = _say(RISES if change > 0 else FALLS, **words)
    said = DIRECTIONS[indicator.direction]
    direction = Text(said.zh[2:], said.en[2:])
    if change * wanted < 0:
        return _joined(head, _say(AGAINST, direction=direction))
    back = [f"{a}→{b}" for a, b in pairwise(found.values) if found.change(a, b) * wanted < 0]
    tail = _say(TURNS, where=Text("、".join(back), ", ".join(back))) if back else STEADY
    return _joined(head, _say(AGREES, direction=direction), tail)


def _apart(found: Measure, units: Sequence[Group], whole: str) -> Text:
    far = [u for u in units if found.change(whole, u.key, STANDS_OUT)]
    if far:
        far.sort(key=lambda u: -abs(found.values[u.key] - found.values[whole]))
        named = [_joined(u.label, _same(" "), found.written[u.key]) for u in far]
        units_said = Text("、".join(n.zh for n in named), ", ".join(n.en for n in named))
        return _say(APART, what=found.name, z=found.written[whole], units=units_said)
    low, high = found.ends
    if found.written[low] == found.written[high]:
        return _say(EQUAL, what=found.name, x=found.written[low])
    return _say(ALIKE, what=found.name, x=found.written[low], y=found.written[high])


def _levels(spread: Spread, first: Group, last: Group) -> Text:
    gaps = [abs(a / first.held - b / last.held) for a, b in zip(first.counts, last.counts, strict=True)]
    at = max(range(len(gaps)), key=gaps.__getitem__)
    x, y = _share(first.counts[at] / first.held), _share(last.counts[at] / last.held)
    return _say(LEVELS, level=spread.classes[at], a=first.label, e=last.label, x=x, y=y)


def _error(hits: int, size: int) -> float:
    """Standard error of a share, two cases added to either side so that none and all have one."""
    share = (hits + 2) / (size + 4)
    return sqrt(share * (1 - share) / (size + 4))


def _share(value: float) -> Text:
    return _same(f"{value:.1%}")


def _same(word: str) -> Text:
    return Text(word, word)


def _say(form: Text, **words: Text) -> Text:
    return Text(
        form.zh.format(**{k: t.zh for k, t in words.items()}), form.en.format(**{k: t.en for k, t in words.items()})
    )


def _joined(*parts: Text) -> Text:
    return Text("".join(p.zh for p in parts), "".join(p.en for p in parts))
