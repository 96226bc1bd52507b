"""How many of each grade have problems: estimated from the draws' own probabilities, never from who was looked at.

Within a stratum the checked firms are a simple random sample, so the rate of a grade is Σ N_h p_h / Σ N_h (Hájek with
unfinished checks adjusted for inside their stratum), its variance Σ N_h² (1 − m_h/N_h) s_h²/m_h / (Σ N_h)². Strata with
one check have no variance of their own: they are taken together. The interval is that of Korn and Graubard: Clopper and
Pearson on the effective number of checks, which stays inside 0..1 and holds where problems are few.
Checks of the past have no known probability: their shares are shown with Wilson intervals and say so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.domain import Text

LEVEL = 0.95
_Z = 1.959963984540054
DESIGN = Text(
    "按入样概率加权的估计，Korn–Graubard 95% 区间", "Weighted by the draw's probabilities, Korn–Graubard 95 % interval"
)
PLAIN = Text(
    "历史检查的简单比例，Wilson 95% 区间；非随机抽取，不能推断全体",
    "Plain share of past checks, Wilson 95 % interval; not drawn at random, says nothing of the others",
)
"""What an interval rests on."""


@dataclass(frozen=True)
class RateEstimate:
    """The problem rate of a grade. `frame`: firms of which it speaks; `covered`: of these, in strata with a check.

    Rate and limits are None where nothing was checked.
    """

    grade: str
    rate: float | None
    low: float | None
    high: float | None
    checked: int
    problems: int
    frame: int
    covered: int
    method: Text

    @property
    def is_estimable(self) -> bool:
        """Whether anything was checked of which the rate could speak."""
        return self.rate is not None


@dataclass(frozen=True)
class StratumOutcome:
    """Firms of a stratum, how many of the drawn were checked to an outcome, and how many had a problem."""

    size: int
    checked: int
    problems: int


def problem_rates(outcomes: pd.DataFrame) -> list[RateEstimate]:
    """An estimate for each grade of `outcomes` (stores/operations/check_results.py), a stratum for each draw: several draws are pooled
    in proportion to the firms of their frames."""
    found = []
    for grade, of_grade in outcomes.groupby("grade", sort=True):
        strata = [
            StratumOutcome(int(s), int(c), int(p))
            for s, c, p in zip(of_grade["size"], of_grade["completed"], of_grade["problems"], strict=True)
        ]
        found.append(rate_of(str(grade), strata))
    return found


def rate_of(grade: str, strata: Sequence[StratumOutcome]) -> RateEstimate:
    """The rate over strata, with its interval."""
    frame = sum(s.size for s in strata)
    seen = [s for s in strata if s.checked]
    covered, checked, problems = (sum(getattr(s, name) for s in seen) for name in ("size", "checked", "problems"))
    if not seen:
        return RateEstimate(grade, None, None, None, 0, 0, frame, 0, DESIGN)
    rate = sum(s.size * s.problems / s.checked for s in seen) / covered
    if all(s.checked == s.size for s in seen):
        return RateEstimate(grade, rate, rate, rate, checked, problems, frame, covered, DESIGN)
    low, high = clopper_pearson(rate, effective_checks(rate, seen))
    return RateEstimate(grade, rate, low, high, checked, problems, frame, covered, DESIGN)


def effective_checks(rate: float, strata: Sequence[StratumOutcome]) -> float:
    """The number of independent checks that would be as precise: rate(1 − rate)/variance, at most the checks made.

    Where there is no variance to see, the checks made. That a stratified or exhaustive sample may earn more is not
    claimed: the interval is on the safe side (Korn and Graubard 1998).
    """
    covered, checked = sum(s.size for s in strata), sum(s.checked for s in strata)
    variance = _variance(strata) / covered**2
    if not 0 < rate < 1 or variance <= 0:
        return float(checked)
    return min(float(checked), rate * (1 - rate) / variance)


def wilson(problems: int, checked: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a plain share; (0, 1) without checks."""
    if not checked:
        return 0.0, 1.0
    share, z2 = problems / checked, _Z**2
    centre = (share + z2 / (2 * checked)) / (1 + z2 / checked)
    half = _Z / (1 + z2 / checked) * math.sqrt(share * (1 - share) / checked + z2 / (4 * checked**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def plain_rates(counts: pd.DataFrame) -> list[RateEstimate]:
    """Shares of past checks by grade, labelled as such; none for a grade without. `counts`: grade, checks, problems."""
    found = []
    for grade, of_grade in counts.groupby("grade", sort=True):
        checked, problems = int(of_grade["checks"].sum()), int(of_grade["problems"].sum())
        low, high = wilson(problems, checked)
        if checked:
            found.append(
                RateEstimate(str(grade), problems / checked, low, high, checked, problems, checked, checked, PLAIN)
            )
    return found


def clopper_pearson(rate: float, checks: float) -> tuple[float, float]:
    """The exact binomial 95 % interval of a rate found in `checks` checks, which need not be whole numbers."""
    hits, tail = rate * checks, (1 - LEVEL) / 2
    low = 0.0 if hits <= 0 else _beta_quantile(tail, hits, checks - hits + 1)
    high = 1.0 if hits >= checks else _beta_quantile(1 - tail, hits + 1, checks - hits)
    return low, high


def _variance(strata: Sequence[StratumOutcome]) -> float:
    """Variance of the estimated number of firms with problems; strata with one check are one stratum together."""
    alone = [s for s in strata if s.checked == 1 < s.size]
    others = [s for s in strata if s.checked > 1]
    if len(alone) == 1 and others:  # one alone joins its neighbour
        joined = others.pop()
        alone.append(joined)
    if alone:
        others.append(
            StratumOutcome(sum(s.size for s in alone), sum(s.checked for s in alone), sum(s.problems for s in alone))
        )
    total = 0.0
    for s in others:
        if s.checked > 1:
            share = s.problems / s.checked
            spread = share * (1 - share) * s.checked / (s.checked - 1)
            total += s.size**2 * (1 - s.checked / s.size) * spread / s.checked
    return total


def _beta_quantile(p: float, a: float, b: float) -> float:
    from scipy.special import betaincinv  # noqa: PLC0415 - only those who estimate wait for it

    return float(betaincinv(a, b, p))
