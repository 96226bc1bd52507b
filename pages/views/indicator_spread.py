"""How one indicator is distributed by grade and by unit: five quantiles where it is spread out, shares by value where not.

Grades and units share one scale. Where half the enterprises have the same value a box says nothing: then the values
beside that one are put into classes, whose limits come from the data.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pages.views.fields import shown
from pages.views.funnel import SMALL_GROUP
from pages.views.grades import CITY, LETTERS, NO_UNIT
from pages.views.indicator_weights import known_columns
from pages.views.indicator_words import level_words, range_words
from pipeline.domain import Text
from pipeline.indicators.indicator import Indicator
from pipeline.settings import City
from pipeline.stores.reader import ScopedReader

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_VALUES = 4
"""Up to so many different values each is a class of its own."""
PARTS = (1 / 3, 2 / 3)
"""Where the values beside the commonest one are divided."""
OWN = Text("合计", "All")
_HELD = """
WITH held AS (
    SELECT coalesce(e.unit, '') AS unit, e.grade, {value} AS value
    FROM enterprise e LEFT JOIN (SELECT uscc, "{code}" AS value FROM indicator WHERE as_of = $as_of) i USING (uscc)
    WHERE e.is_counted AND e.grade IS NOT NULL
)"""
Numbers = tuple[int, int, int, float | None, float | None, Any]
"""Firms, values, different values, mean, deviation, quantiles."""
NOBODY: Numbers = (0, 0, 0, None, None, None)
Parts = tuple[str, str]
"""Which group a row of the result is of: ("grade", "A"), ("unit", code), ("", "") for all."""


@dataclass(frozen=True)
class Group:
    """The enterprises of a grade or a unit: their values in a few numbers."""

    key: str = field(metadata=shown("代码", "Key", "等级或单位", "Grade or code of the unit"))
    label: Text = field(metadata=shown("名称", "Label", "等级或单位", "Grade or unit"))
    size: int = field(metadata=shown("户数", "Firms", "参与分级的企业", "Enterprises that the grades count"))
    held: int = field(metadata=shown("有值", "With a value", "其中有值的", "Of these, with a value"))
    quantiles: tuple[float, ...] = field(
        metadata=shown("分位数", "Quantiles", "5%、25%、50%、75%、95%", "At 5, 25, 50, 75 and 95 %")
    )
    mean: float | None = field(metadata=shown("均值", "Mean", "有值企业的均值", "Mean of those with a value"))
    deviation: float | None = field(
        metadata=shown("标准差", "Deviation", "有值企业的标准差", "Standard deviation of those with a value")
    )
    counts: tuple[int, ...] = field(metadata=shown("各类", "Classes", "各类取值的户数", "Enterprises of each class"))

    @property
    def missing(self) -> float | None:
        """Share without a value."""
        return 1 - self.held / self.size if self.size else None

    @property
    def is_small(self) -> bool:
        """Too few values to compare."""
        return self.held < SMALL_GROUP

    @property
    def shares(self) -> tuple[float | None, ...]:
        """Share of each class among those with a value."""
        return tuple(n / self.held if self.held else None for n in self.counts)


@dataclass(frozen=True)
class Spread:
    """One indicator by grade and by unit. Without `classes` it is drawn as boxes."""

    code: str = field(metadata=shown("代码", "Code", "指标代码", "Code of the indicator"))
    whole: Group = field(metadata=shown("合计", "All", "范围内全部企业", "All enterprises of the scope"))
    grades: tuple[Group, ...] = field(metadata=shown("按等级", "By grade", "A 至 E", "A to E"))
    units: tuple[Group, ...] = field(metadata=shown("按单位", "By unit", "范围内的单位", "The units of the scope"))
    classes: tuple[Text, ...] = field(metadata=shown("取值", "Classes", "取值或取值区间", "Values, or ranges of them"))

    @property
    def is_empty(self) -> bool:
        """Nobody has a value."""
        return self.whole.held == 0

    @property
    def commonest(self) -> int:
        """The class that most enterprises are in."""
        return max(range(len(self.classes)), key=lambda n: self.whole.counts[n])


def spread(read: ScopedReader, city: City, indicator: Indicator) -> Spread | None:
    """The distribution within the scope; None where the build does not have the indicator."""
    if indicator.code not in known_columns(read, "indicator"):
        return None
    boxes = _boxes(read, indicator)
    edges = None if indicator.levels else _edges(read, indicator, boxes["", ""])
    classes, counts = ((), {}) if edges == [] else _classes(read, indicator, edges)
    units = {u.code: u.name for u in city.units if read.actor.covers(u.code)}

    def group(kind: str, key: str, label: Text) -> Group:
        size, held, _, mean, deviation, quantiles = boxes.get((kind, key), NOBODY)
        found = tuple(counts.get((kind, key), {}).get(n, 0) for n in range(len(classes)))
        return Group(key, label, size, held, tuple(map(float, quantiles or ())), mean, deviation, found)

    stray = [("", NO_UNIT)] if ("unit", "") in boxes else []
    return Spread(
        indicator.code,
        group("", "", CITY if read.actor.scope.is_whole else OWN),
        tuple(group("grade", g, Text(g, g)) for g in LETTERS),
        tuple(group("unit", code, name) for code, name in (*units.items(), *stray)),
        classes,
    )


def _held(indicator: Indicator) -> str:
    value = "i.value" if indicator.levels else "CASE WHEN isfinite(i.value) THEN i.value END"
    return _HELD.format(value=value, code=indicator.code)


def _boxes(read: ScopedReader, indicator: Indicator) -> dict[Parts, Numbers]:
    """Group -> its numbers, all of them under ("", "")."""
    numbers = (
        "NULL, NULL, NULL"
        if indicator.levels
        else f"avg(value), stddev(value), quantile_cont(value, {list(QUANTILES)})"
    )
    rows = read.rows(
        f"{_held(indicator)} SELECT grouping(grade), grouping(unit), grade, unit, count(*), count(value), count(DISTINCT value),"
        f" {numbers} FROM held GROUP BY GROUPING SETS ((), (grade), (unit))",
        {"as_of": read.stamp.as_of},
    )
    return {("", ""): NOBODY, **{_parts(*r[:4]): tuple(r[4:]) for r in rows}}


def _edges(read: ScopedReader, indicator: Indicator, whole: Numbers) -> list[float]:
    """The greatest value of each class but the last; empty where boxes say more."""
    different, quantiles = whole[2], whole[-1]
    if not different:
        return []
    if different <= MOST_VALUES:
        rows = read.rows(
            f"{_held(indicator)} SELECT DISTINCT value FROM held WHERE value IS NOT NULL ORDER BY 1",
            {"as_of": read.stamp.as_of},
        )
        return [float(r[0]) for r in rows[:-1]] or [float(rows[0][0])]
    if quantiles[1] != quantiles[3]:
        return []
    return _around(read, indicator, float(quantiles[2]))


def _around(read: ScopedReader, indicator: Indicator, common: float) -> list[float]:
    """Limits of the classes below, at and above the commonest value; the fuller side is divided in three."""
    low, high, below, above, last, top = read.rows(
        f"{_held(indicator)} SELECT count_if(value < $common), count_if(value > $common),"
        f" quantile_disc(value, {list(PARTS)}) FILTER (value < $common), quantile_disc(value, {list(PARTS)}) FILTER (value > $common),"
        " max(value) FILTER (value < $common), max(value) FROM held",
        {"as_of": read.stamp.as_of, "common": common},
    )[0]
    edges = {common, *(above if high >= low and above else ()), *(below if low > high else ())}
    edges |= {last} if low else set()
    return sorted(float(e) for e in edges if e < top)


def _classes(
    read: ScopedReader, indicator: Indicator, edges: Sequence[float] | None
) -> tuple[tuple[Text, ...], dict[Parts, dict[int, int]]]:
    """Words of the classes, and for each group how many enterprises are in each. `edges` None: by level."""
    place = "value" if edges is None else " + ".join(f"(value > {e!r})::INTEGER" for e in edges)
    rows = read.rows(
        f"{_held(indicator)}, placed AS (SELECT *, {place} AS class FROM held WHERE value IS NOT NULL)"
        " SELECT grouping(grade), grouping(unit), grade, unit, class, count(*), min(value), max(value)"
        " FROM placed GROUP BY GROUPING SETS ((class), (grade, class), (unit, class))",
        {"as_of": read.stamp.as_of},
    )
    ends = {r[4]: (r[6], r[7]) for r in rows if _parts(*r[:4]) == ("", "")}
    if edges is None:
        order = sorted(ends, key=lambda level: indicator.levels.index(level) if level in indicator.levels else math.inf)
        words = [level_words(indicator, level) for level in order]
    else:
        order = sorted(ends)
        words = [range_words(indicator, *ends[n]) for n in order]
    place_of = {key: n for n, key in enumerate(order)}
    counts: dict[Parts, dict[int, int]] = defaultdict(dict)
    for row in rows:
        counts[_parts(*row[:4])][place_of[row[4]]] = int(row[5])
    return tuple(words), counts


def _parts(no_grade: int, no_unit: int, grade: str | None, unit: str | None) -> Parts:
    if not no_grade:
        return "grade", str(grade)
    return ("unit", str(unit)) if not no_unit else ("", "")


def scope_words(read: ScopedReader, city: City, fields: Mapping[str, Text], firms: int) -> Text:
    """Whose enterprises the numbers are about."""
    scope = read.actor.scope
    if scope.is_whole:
        return Text(f"全市参与分级的企业 {firms:,} 户", f"{firms:,} graded enterprises of the city")
    names = [u.name for u in city.units if u.code in scope.units]
    units = Text("、".join(n.zh for n in names), ", ".join(n.en for n in names))
    if scope.fields:
        of = [fields.get(f, Text(f, f)) for f in scope.fields]
        where = Text(f"仅{'、'.join(f.zh for f in of)}领域", f"only the field {', '.join(f.en for f in of)}")
    else:
        where = Text(f"仅{units.zh}辖区", f"only {units.en}")
    return Text(f"{where.zh}参与分级的企业 {firms:,} 户", f"{where.en}: {firms:,} graded enterprises")
