"""Problem rate by grade, with intervals that know that a firm's checks are alike, and which grades can be told apart.

Rate: Wilson's interval with the effective number of checks n / deff, where deff compares the variance of the rate between
firms with that of as many independent checks (Korn and Graubard 1998), and is never below 1. Difference of two grades:
Newcombe's interval from the two Wilson intervals (MOVER), which holds for few problems too.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.risk.metrics import Interval
from pipeline.domain import Grade

_Z = 1.959964


@dataclass(frozen=True)
class GradeRate:
    """The checks of firms that had one grade before the check."""

    grade: str
    checks: int
    problems: int
    firms: int
    rate: Interval


@dataclass(frozen=True)
class GradePair:
    """Two grades next to each other among those seen: `difference` = problem rate of the worse − of the better.

    `verdict`: 'rising' (interval above 0), 'reversed' (below 0) or 'not_told_apart'.
    """

    better: str
    worse: str
    difference: Interval

    @property
    def verdict(self) -> str:
        """What the 95 % interval allows to say."""
        if self.difference.low > 0:
            return "rising"
        return "reversed" if self.difference.high < 0 else "not_told_apart"


@dataclass(frozen=True)
class GradeRates:
    """The rate of every grade that was seen, best first, and every adjacent pair; `ungraded`: checks without a grade."""

    rates: tuple[GradeRate, ...]
    pairs: tuple[GradePair, ...]
    ungraded: int


def grade_rates(grade: NDArray[np.object_], adverse: NDArray[np.bool_], firm: NDArray[np.object_]) -> GradeRates:
    """Rates and pairs; one entry a check, `grade` None where the firm had none."""
    letters = [str(g) for g in Grade]
    frame = pd.DataFrame({"grade": grade, "adverse": adverse, "firm": firm})
    rates = tuple(_rate(g, rows) for g in letters if len(rows := frame[frame["grade"] == g]))
    pairs = tuple(GradePair(a.grade, b.grade, _difference(a.rate, b.rate)) for a, b in pairwise(rates))
    return GradeRates(rates, pairs, int((~frame["grade"].isin(letters)).sum()))


def wilson(rate: float, count: float) -> Interval:
    """Wilson's 95 % interval of a rate seen in `count` (effective) trials."""
    centre = (rate + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z / (1 + _Z**2 / count) * np.sqrt(rate * (1 - rate) / count + _Z**2 / (4 * count**2))
    return Interval(rate, max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def _rate(grade: str, rows: pd.DataFrame) -> GradeRate:
    checks, problems, firms = len(rows), int(rows["adverse"].sum()), int(rows["firm"].nunique())
    rate = problems / checks
    return GradeRate(grade, checks, problems, firms, wilson(rate, _effective(rows, rate)))


def _effective(rows: pd.DataFrame, rate: float) -> float:
    """n / deff. Without a problem, or with nothing else, likeness can't be seen: one check a firm counts."""
    checks, firms = len(rows), int(rows["firm"].nunique())
    if rate in (0.0, 1.0) or firms == 1:
        return float(firms)
    by_firm = (rows["adverse"] - rate).groupby(rows["firm"]).sum()
    variance = float((by_firm**2).sum()) / checks**2 * firms / (firms - 1)
    return checks / max(1.0, variance / (rate * (1 - rate) / checks))


def _difference(better: Interval, worse: Interval) -> Interval:
    gap = worse.value - better.value
    low = gap - float(np.hypot(worse.value - worse.low, better.high - better.value))
    high = gap + float(np.hypot(worse.high - worse.value, better.value - better.low))
    return Interval(gap, low, high)
