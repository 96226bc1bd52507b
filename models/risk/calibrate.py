"""From a margin to a probability, and from parts of a margin to points of the credit score: one straight line.

    m = slope × margin + intercept          (calibrated log odds; Platt 1999)
    p = 1 / (1 + exp(−m))
    credit_score = 600 − 50/ln 2 × (m − m0)   m0 = log odds of the base rate: 50 points halve the odds

A straight line keeps the parts exact: points = −50/ln 2 × slope × part, and all else is one number, `base`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.risk.champion import Contributions
from models.risk.estimator import Parts

CENTRE = 600.0
"""The credit score at the base rate."""
POINTS = 50.0 / math.log(2.0)
"""Points a unit of log odds: 50 points halve the odds."""
LEAST_SLOPE = 0.01
"""The smallest slope: a margin that says nothing moves scores by next to nothing, and never turns the order round."""


@dataclass(frozen=True)
class Line:
    """calibrated log odds = slope × margin + intercept; slope > 0."""

    slope: float
    intercept: float

    def __post_init__(self) -> None:
        if not (self.slope > 0 and math.isfinite(self.slope) and math.isfinite(self.intercept)):
            raise ValueError(f"line: expected a finite slope above 0, received {self}")

    def log_odds(self, margin: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated log odds by row."""
        return self.slope * margin + self.intercept

    def probability(self, margin: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probability of an adverse outcome by row, in (0, 1)."""
        return logistic(self.log_odds(margin))


@dataclass(frozen=True)
class Curve:
    """A rising step curve through (margin, probability), to be drawn beside the line; between points it is straight."""

    margin: NDArray[np.float64]
    probability: NDArray[np.float64]

    def at(self, margin: NDArray[np.float64]) -> NDArray[np.float64]:
        """The curve's probability at each margin, flat beyond its ends."""
        return np.interp(margin, self.margin, self.probability)


def log_odds(rate: float) -> float:
    """ln(rate / (1 − rate)); raises ValueError unless 0 < rate < 1: with one outcome only nothing can be learned."""
    if not 0.0 < rate < 1.0:
        raise ValueError(f"rate: expected between 0 and 1, both outcomes present, received {rate}")
    return math.log(rate / (1.0 - rate))


def logistic(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(−log odds)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * log_odds))


def fit_line(margin: NDArray[np.float64], adverse: NDArray[np.bool_]) -> Line:
    """The line of greatest likelihood with slope ≥ LEAST_SLOPE.

    Outcomes are Platt's: (n₁ + 1)/(n₁ + 2) and 1/(n₀ + 2) for 1 and 0, so that a margin that tells all apart has a line
    too (Platt 1999; Lin, Lin and Weng 2007). Raises ValueError unless both outcomes are there.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - only those who learn wait for it

    start = log_odds(float(np.mean(adverse)))
    hits, rest = int(adverse.sum()), int((~adverse).sum())
    target = np.where(adverse, (hits + 1) / (hits + 2), 1 / (rest + 2))
    centre, spread = float(margin.mean()), float(margin.std())
    if spread == 0:
        return Line(LEAST_SLOPE, start - LEAST_SLOPE * centre)
    unit = (margin - centre) / spread  # so that both directions are equally steep for the search

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        m = line[0] * unit + line[1]
        off = logistic(m) - target
        return float(np.mean(np.logaddexp(0, m) - target * m)), np.array([np.mean(off * unit), np.mean(off)])

    bounds = [(LEAST_SLOPE * spread, None), (None, None)]
    found = minimize(
        loss, [spread, start], jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14, "gtol": 1e-9}
    )
    slope = max(float(found.x[0]) / spread, LEAST_SLOPE)
    return Line(slope, float(found.x[1]) - slope * centre)


def isotonic(margin: NDArray[np.float64], adverse: NDArray[Any]) -> Curve:
    """The best rising curve, as a check that a straight line is enough; never used for a score."""
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 - only those who learn wait for it

    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(margin, np.asarray(adverse, np.float64))
    return Curve(np.asarray(fitted.X_thresholds_, np.float64), np.asarray(fitted.y_thresholds_, np.float64))


@dataclass(frozen=True)
class CalibrationBin:
    """Rows with probabilities next to each other: how many, the mean of their probabilities, and their adverse outcomes."""

    rows: int
    expected: float
    adverse: float


def calibration_bins(p: NDArray[np.float64], adverse: NDArray[Any], bins: int = 10) -> tuple[CalibrationBin, ...]:
    """Bins of equal count, lowest probability first; equal p share a bin, so there may be fewer.

    `adverse` may be outcomes or known probabilities.
    """
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1]))
    of = np.searchsorted(edges, p, side="left")
    rows, sums, found = (np.bincount(of, weights=w) for w in (np.ones(len(p)), p, np.asarray(adverse, np.float64)))
    return tuple(CalibrationBin(int(n), float(s / n), float(a)) for n, s, a in zip(rows, sums, found, strict=True) if n)


def calibration_error(p: NDArray[np.float64], adverse: NDArray[Any], bins: int = 10) -> float:
    """Σ share of the bin × |mean p − mean outcome| over bins of equal count (Naeini and others 2015, with equal counts)."""
    return sum(abs(b.rows * b.expected - b.adverse) for b in calibration_bins(p, adverse, bins)) / len(p)


def points_of(parts: Parts, line: Line, base_odds: float) -> Contributions:
    """Points of the credit score by row and indicator; `base_odds` is m0, the log odds of the base rate.

    points = −50/ln 2 × slope × part and base = 600 − 50/ln 2 × (slope × parts.base + intercept − m0).
    """
    base = CENTRE - POINTS * (line.slope * parts.base + line.intercept - base_odds)
    points = parts.parts * np.float32(-POINTS * line.slope)
    return Contributions(float(np.float32(base)), parts.codes, points)  # base as it is stored, so that sums agree
