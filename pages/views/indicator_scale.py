"""The one scale on which the boxes of an indicator stand: from where to where, with round numbers in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pages.views.fields import shown
from pages.views.indicator_spread import Group, Spread
from pages.views.indicator_words import value_words
from pipeline.domain import Text
from pipeline.indicators.indicator import Indicator

MOST_TICKS = 6
ROOM = 0.03
"""Share of the scale that is left free at either end."""
_RATIOS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """Ends and ticks in stored values; the words are those of the values as people read them."""

    low: float = field(metadata=shown("起", "From", "左端", "The left end"))
    high: float = field(metadata=shown("止", "To", "右端", "The right end"))
    ticks: tuple[tuple[float, Text], ...] = field(metadata=shown("刻度", "Ticks", "刻度", "Places and words"))


@dataclass(frozen=True)
class Box:
    """A group as it is drawn: five quantiles, none for a small group, and what it says when pointed at."""

    group: Group = field(metadata=shown("分组", "Group", "等级或单位", "Grade or unit"))
    told: Text = field(metadata=shown("说明", "Told", "分位数的写法", "Its numbers in words"))

    @property
    def quantiles(self) -> tuple[float, ...]:
        """At 5, 25, 50, 75 and 95 %."""
        return () if self.group.is_small else self.group.quantiles


def scale(indicator: Indicator, spread: Spread) -> Scale:
    """From the lowest 5 % to the highest 95 % of all groups that are drawn; without ticks where none is."""
    drawn = [g.quantiles for g in (*spread.grades, *spread.units, spread.whole) if not g.is_small]
    low, high = min((q[0] for q in drawn), default=0.0), max((q[-1] for q in drawn), default=1.0)
    high = high if high > low else low + 1.0
    room = ROOM * (high - low)
    places = ticks(indicator.unit, low, high) if drawn else []
    return Scale(low - room, high + room, tuple((at, _tick(indicator, at)) for at in places))


def boxes(indicator: Indicator, groups: Sequence[Group]) -> tuple[Box, ...]:
    """The groups with their numbers in words."""
    return tuple(Box(g, _told(indicator, g)) for g in groups)


def ticks(unit: str, low: float, high: float) -> list[float]:
    """At most six places within [low, high] that are round numbers once written out."""
    if unit == "ln比":
        places: Iterable[float] = (math.log(r) for r in _RATIOS)
    elif unit.startswith("ln("):
        places = (math.log1p(m * 10.0**k) if k >= 0 else 0.0 for k in range(-1, 12) for m in (1, 3))
    else:
        return _even(low, high)
    within = sorted({p for p in places if low - 1e-9 <= p <= high + 1e-9})
    step = math.ceil(len(within) / MOST_TICKS) or 1
    return within[::step] if len(within) > 1 else [low, high]


def _even(low: float, high: float) -> list[float]:
    rough = (high - low) / (MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in _STEPS if s * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 12) for n in range(first, first + MOST_TICKS + 1) if n * step <= high + 1e-9 * step]


def _tick(indicator: Indicator, at: float) -> Text:
    """A place in words; in English an amount of money is cut to thousands and millions."""
    said = value_words(indicator, at)
    if indicator.unit != "ln(万元)":
        return said
    yuan = round(math.expm1(at) * 10_000)
    for limit, word in ((1_000_000, "m"), (1_000, "k")):
        if yuan >= limit:
            return Text(said.zh, f"CNY {yuan / limit:.3g}{word}")
    return said


def _told(indicator: Indicator, group: Group) -> Text:
    if not group.quantiles:
        return Text("n=0", "n=0")
    low, lower, median, upper, high = (value_words(indicator, q) for q in group.quantiles)
    return Text(
        f"中位数 {median.zh}<br>中间半数 {lower.zh} – {upper.zh}<br>九成 {low.zh} – {high.zh}<br>有值 {group.held:,} / {group.size:,} 户",
        f"median {median.en}<br>middle half {lower.en} – {upper.en}<br>90 % {low.en} – {high.en}<br>with a value {group.held:,} / {group.size:,}",
    )
