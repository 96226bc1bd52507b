"""Has the world moved? Of what goes in and comes out: PSI with a limit that knows the sample size. Of what happens: outcomes.

PSI = Σ (a − e) × ln(a / e) over B bins with shares e (then) and a (now). Where nothing moved, PSI is distributed like
χ²(B − 1) × (1/n + 1/m) (Yurdakul and Naranjo 2020): with 100 against 100 rows 0.25 is noise, with 150,000 a thousandth is not.
So an alarm takes both: more than chance allows, and at least LEAST_PSI, which matters.

A change of what is recorded as a problem moves no input. The outcome alarm compares the problems found with the sum
of the calibrated probabilities of the same checks: outside their 99 % interval, and off by a factor of at least 1.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.risk import shares
from models.risk.champion import Values
from models.risk.shares import Shares
from pipeline.indicators.indicator import Indicator

LEAST_PSI = 0.1
PSI_LEVEL = 0.95
OUTCOME_LEVEL = 0.99
OUTCOME_FACTOR = 1.5
_HALF = 0.5
"""Rows added to every bin, so that an empty one has a logarithm."""


@dataclass(frozen=True)
class Shift:
    """How far one distribution moved. `then` and `now`: rows; `critical`: what chance alone exceeds in 5 of 100 cases.

    `psi` and `critical` are NaN where one side has no rows: nothing can be said.
    """

    name: str
    psi: float
    critical: float
    bins: int
    then: int
    now: int

    @property
    def is_alarm(self) -> bool:
        """Above what chance allows and large enough to matter."""
        return self.psi > self.critical and self.psi >= LEAST_PSI


@dataclass(frozen=True)
class OutcomeDrift:
    """Problems found in a period beside those expected, with the interval in which chance keeps them (99 %)."""

    period: str
    checks: int
    observed: int
    expected: float
    low: int
    high: int

    @property
    def ratio(self) -> float:
        """observed / expected; NaN where nothing is expected."""
        return self.observed / self.expected if self.expected > 0 else float("nan")

    @property
    def is_alarm(self) -> bool:
        """Outside the interval, and off by OUTCOME_FACTOR or more in either direction."""
        outside = not self.low <= self.observed <= self.high
        return outside and (self.ratio >= OUTCOME_FACTOR or self.ratio <= 1 / OUTCOME_FACTOR)


def psi(name: str, then: NDArray[Any], now: NDArray[Any]) -> Shift:
    """PSI of two tables of counts over the same bins; bins that are empty on both sides do not count."""
    from scipy.stats import chi2  # noqa: PLC0415 - only those who evaluate wait for it

    used = (then + now) > 0
    then, now = then[used].astype(np.float64), now[used].astype(np.float64)
    n, m, bins = int(then.sum()), int(now.sum()), int(used.sum())
    if n == 0 or m == 0:
        return Shift(name, math.nan, math.nan, bins, n, m)
    e, a = ((x + _HALF) / (x.sum() + _HALF * bins) for x in (then, now))
    critical = float(chi2.ppf(PSI_LEVEL, bins - 1)) * (1 / n + 1 / m) if bins > 1 else 0.0
    return Shift(name, float(((a - e) * np.log(a / e)).sum()), critical, bins, n, m)


def number_shift(name: str, then: NDArray[Any], now: NDArray[Any]) -> Shift:
    """PSI of a number (a score, a numeric indicator) over the bins of `then`; what is missing has a bin of its own."""
    reference = shares.of_numbers(then)
    return shift(name, reference, shares.of_numbers(now, reference))


def feature_shifts(indicators: tuple[Indicator, ...], then: Values, now: Values) -> tuple[Shift, ...]:
    """PSI of every indicator between two sets of values."""
    references = ((i, shares.of_indicator(i, then)) for i in indicators)
    return tuple(shift(i.code, reference, shares.of_indicator(i, now, reference)) for i, reference in references)


def shift(name: str, then: Shares, now: Shares) -> Shift:
    """PSI between two populations that were counted in the same bins."""
    return psi(name, np.array(then.counts), np.array(now.counts))


def outcome_drift(
    period: str, probability: NDArray[np.float64], adverse: NDArray[np.bool_], level: float = OUTCOME_LEVEL
) -> OutcomeDrift:
    """Problems found in the checks of a period against their calibrated probabilities (one entry a check).

    The number of problems has mean Σp and variance Σp(1 − p) (Poisson-binomial); its interval is that of the binomial with
    the same mean and, to a rounded number of trials, the same variance (Ehm 1991).
    """
    from scipy.stats import binom  # noqa: PLC0415 - only those who evaluate wait for it

    mean = float(probability.sum())
    squares = float((probability**2).sum())
    if mean == 0:
        return OutcomeDrift(period, len(adverse), int(adverse.sum()), 0.0, 0, 0)
    trials = max(round(mean * mean / squares), math.ceil(mean))
    low, high = (int(q) for q in binom.ppf([(1 - level) / 2, (1 + level) / 2], trials, min(mean / trials, 1.0)))
    return OutcomeDrift(period, len(adverse), int(adverse.sum()), mean, low, high)


def quarters(
    probability: NDArray[np.float64], adverse: NDArray[np.bool_], day: NDArray[np.datetime64]
) -> tuple[OutcomeDrift, ...]:
    """The outcome alarm of every quarter that has checks, oldest first; the last one is the newest quarter."""
    month = day.astype("datetime64[M]").astype(int)
    quarter = month // 3
    found = []
    for q in np.unique(quarter):
        rows = quarter == q
        name = f"{1970 + q // 4}Q{q % 4 + 1}"
        found.append(outcome_drift(name, probability[rows], adverse[rows]))
    return tuple(found)
