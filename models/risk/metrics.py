"""How well a ranking finds problems, each number with a 95 % interval from firms drawn again.

All metrics read rows that carry a weight, so that the data themselves (weights 1) and every bootstrap replicate (how often
the row's firm was drawn) go through the same code, many replicates at a time. Rows with equal scores form one group and
stand in no order: whatever depends on one is its mean over all orders of the group.

  auc                P(score of a problem > score of another check), ties half
  ks                 greatest distance between the shares of problems and of others found so far
  average_precision  Σ (recall gained) × precision over the distinct scores, highest first
  lift_top_tenth     problem rate in the highest tenth of the scores / problem rate of all
  first_half         share of the problems in the higher half of the scores
  days_earlier       mean over the problems of (actual day − day on which the check would have been made if the same daily
                     slots were filled by rank); City of Chicago, food inspections forecasting
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

METRICS = ("auc", "ks", "average_precision", "lift_top_tenth", "first_half", "days_earlier")
REPLICATES = 1000
LEVEL = 0.95
_CELLS = 4_000_000
"""Weights held at a time (rows × replicates): 32 MB a matrix."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A number with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Ranked:
    """Rows in groups of equal score, highest first. All methods take weights (replicates, rows) and give one number a
    replicate, NaN where the weights leave only one of the two outcomes.

    `day`: the actual day of each row as a number, None where days_earlier is not asked for.
    """

    score: Floats
    adverse: NDArray[np.bool_]
    day: Floats | None = None

    def __post_init__(self) -> None:
        if np.isnan(self.score).any():
            raise ValueError("score: a row without a score can't be ranked")

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        return np.argsort(-self.score, kind="stable")

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        """Where each group starts in the order."""
        ordered = self.score[self._order]
        return np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    def all(self, weight: Floats) -> Floats:
        """Every metric of METRICS: shape (replicates, metrics)."""
        bad, total = self._groups(weight)
        with np.errstate(invalid="ignore", divide="ignore"):
            columns = (
                auc_of_groups(bad, total - bad),
                ks_of_groups(bad, total - bad),
                _average_precision(bad, total),
                _captured(bad, total, 0.1) / 0.1,
                _captured(bad, total, 0.5),
                self._days_earlier(weight, bad, total),
            )
        one_outcome = (bad.sum(axis=1) == 0) | (bad.sum(axis=1) == total.sum(axis=1))
        found = np.column_stack(columns)
        found[one_outcome] = np.nan
        return found

    def _groups(self, weight: Floats) -> tuple[Floats, Floats]:
        """Weight of the problems and of all rows by group, highest score first: (replicates, groups) each."""
        ordered = weight[:, self._order]
        total = np.add.reduceat(ordered, self._starts, axis=1)
        bad = np.add.reduceat(ordered * self.adverse[self._order], self._starts, axis=1)
        return bad, total

    def _days_earlier(self, weight: Floats, bad: Floats, total: Floats) -> Floats:
        """Σ over problems of (actual day − mean day of the slots that the row's group fills) / number of problems."""
        if self.day is None:
            return np.full(len(weight), np.nan)
        by_day = np.argsort(self.day, kind="stable")
        days = self.day[by_day]
        until = np.cumsum(total, axis=1)
        found = np.empty(len(weight))
        for r, row in enumerate(weight):
            slots = np.concatenate(
                [[0.0], np.cumsum(row[by_day])]
            )  # how many slots up to a day, and the sum of their days
            sums = np.concatenate([[0.0], np.cumsum(row[by_day] * days)])
            filled = np.interp(np.concatenate([[0.0], until[r]]), slots, sums)
            mean_day = np.divide(np.diff(filled), total[r], out=np.zeros_like(total[r]), where=total[r] > 0)
            actual = (row * self.day)[self.adverse].sum()
            found[r] = (actual - (bad[r] * mean_day).sum()) / bad[r].sum()
        return found


@dataclass(frozen=True)
class Measured:
    """All metrics of several rankings of the same checks; `draws[name]` is (1 + replicates, metrics), the data first."""

    checks: int
    problems: int
    firms: int
    draws: dict[str, Floats]

    def of(self, name: str) -> dict[str, Interval]:
        """Every metric of one ranking with its 95 % interval."""
        return _intervals(self.draws[name])

    def difference(self, name: str, other: str) -> dict[str, Interval]:
        """`name` − `other`, paired: both were measured on the same drawn firms."""
        return _intervals(self.draws[name] - self.draws[other])


def measure(
    scores: dict[str, Floats],
    adverse: NDArray[np.bool_],
    firm: NDArray[np.object_],
    day: NDArray[np.datetime64] | None = None,
    *,
    seed: int = 7,
    replicates: int = REPLICATES,
) -> Measured:
    """Measure each ranking (a score by row, higher is riskier) of the same checks, on the same drawn firms.

    `firm` clusters the rows; a row without one (None) is a cluster of its own. One entry a row everywhere.
    """
    place, clusters = _clusters(firm)
    number = None if day is None else (day - day.min()).astype("timedelta64[D]").astype(np.float64)
    ranked = {name: Ranked(np.asarray(s, np.float64), adverse, number) for name, s in scores.items()}
    parts: dict[str, list[Floats]] = {name: [r.all(np.ones((1, len(adverse))))] for name, r in ranked.items()}
    for times in _drawn(clusters, len(adverse), replicates, seed):
        weight = times[:, place]
        for name, r in ranked.items():
            parts[name].append(r.all(weight))
    draws = {name: np.concatenate(p) for name, p in parts.items()}
    return Measured(len(adverse), int(adverse.sum()), clusters, draws)


def metric(name: str, score: Floats, adverse: NDArray[np.bool_], day: NDArray[Any] | None = None) -> float:
    """One metric of METRICS on the data themselves; NaN unless both outcomes are there."""
    number = None if day is None else np.asarray(day).astype("datetime64[D]").astype(np.float64)
    ranked = Ranked(np.asarray(score, np.float64), adverse, number)
    return float(ranked.all(np.ones((1, len(adverse))))[0, METRICS.index(name)])


def _clusters(firm: NDArray[np.object_]) -> tuple[NDArray[np.intp], int]:
    """The number of the cluster of each row, and how many there are."""
    named = np.array([f is not None for f in firm], dtype=np.bool_)
    found, place_of_named = np.unique(firm[named].astype(str), return_inverse=True)
    place = np.empty(len(firm), dtype=np.intp)
    place[named] = place_of_named
    place[~named] = len(found) + np.arange(int((~named).sum()))
    return place, len(found) + int((~named).sum())


def _drawn(clusters: int, rows: int, replicates: int, seed: int) -> Iterator[Floats]:
    """How often each cluster is drawn, some replicates at a time."""
    random = np.random.default_rng(seed)
    step = max(1, _CELLS // max(rows, 1))
    for start in range(0, replicates, step):
        count = min(step, replicates - start)
        times = np.empty((count, clusters))
        for r in range(count):
            times[r] = np.bincount(random.integers(clusters, size=clusters), minlength=clusters)
        yield times


def auc_of_groups(bad: Floats, good: Floats) -> Floats:
    """AUC of rows in groups of equal score, highest first: weights of problems and of others along the last axis."""
    below = good.sum(axis=-1, keepdims=True) - np.cumsum(good, axis=-1)
    found: Floats = (bad * (below + good / 2)).sum(axis=-1) / (bad.sum(axis=-1) * good.sum(axis=-1))
    return found


def ks_of_groups(bad: Floats, good: Floats) -> Floats:
    """KS of the same."""
    one, other = (np.cumsum(x, axis=-1) / x.sum(axis=-1, keepdims=True) for x in (bad, good))
    found: Floats = np.abs(one - other).max(axis=-1)
    return found


def _average_precision(bad: Floats, total: Floats) -> Floats:
    seen, found = np.cumsum(total, axis=1), np.cumsum(bad, axis=1)
    precision = np.divide(found, seen, out=np.zeros_like(seen), where=seen > 0)
    average: Floats = (bad * precision).sum(axis=1) / bad.sum(axis=1)
    return average


def _captured(bad: Floats, total: Floats, share: float) -> Floats:
    """Share of the problems in the highest `share` of the rows; of a group cut through, the same share of its problems."""
    limit = share * total.sum(axis=1, keepdims=True)
    before = np.cumsum(total, axis=1) - total
    inside = np.clip(np.divide(limit - before, total, out=np.zeros_like(total), where=total > 0), 0.0, 1.0)
    found: Floats = (bad * inside).sum(axis=1) / bad.sum(axis=1)
    return found


def _intervals(draws: Floats) -> dict[str, Interval]:
    return {m: interval_of(draws[:, j]) for j, m in enumerate(METRICS)}


def interval_of(draws: Floats) -> Interval:
    """The first draw is the data; the percentiles of the others give the 95 % interval (NaN without any)."""
    usable = draws[1:][~np.isnan(draws[1:])]
    if len(usable) == 0 or np.isnan(draws[0]):
        return Interval(float(draws[0]), float("nan"), float("nan"))
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(usable, [tail, 100 - tail])
    return Interval(float(draws[0]), float(low), float(high))
