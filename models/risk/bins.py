"""Bins of one indicator for the scorecard: few, wide enough, monotone where the indicator declares a direction.

Values are gathered into cells (at most 256, of equal count; a level is a cell of its own), a small decision tree joins
cells to bins, and bins that still break the declared order are merged. What is missing has a bin of its own.

    WOE of a bin = ln((adverse + k × rate) / (others + k × (1 − rate))) − ln(rate / (1 − rate))

rate is the sample's, k = 50 rows: a thin bin stays near 0. So WOE is log odds above the base rate (Siddiqi 2006, sign
turned: higher is riskier).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.risk.calibrate import log_odds
from models.risk.champion import Values
from models.risk.coding import level_places, numbers
from pipeline.indicators.indicator import Indicator

CELLS = 256
BINS_AT_MOST = 6
LEAST_SHARE = 0.01
"""A bin holds at least this share of the rows; the bin of what is missing may hold less.

Not the customary 5 %: grave troubles are rarer than that, and would all be left out.
"""
SMOOTHING = 50.0
"""k: rows of the base rate that are added to every bin."""
_DIGITS = 6


@dataclass(frozen=True)
class Bin:
    """One bin: how many rows, how many adverse, and its weight of evidence (log odds above the base rate)."""

    rows: int
    adverse: int
    woe: float


@dataclass(frozen=True)
class Bins:
    """The bins of one indicator.

    Numeric: bin k holds cuts[k − 1] <= value < cuts[k], open at both ends. Levels: bin k holds groups[k].
    """

    indicator: Indicator
    cuts: tuple[float, ...]
    groups: tuple[tuple[str, ...], ...]
    bins: tuple[Bin, ...]
    missing: Bin

    def woe_of(self, values: Values) -> NDArray[np.float64]:
        """The weight of evidence by row."""
        woe = np.array([*(b.woe for b in self.bins), self.missing.woe])
        found: NDArray[np.float64] = woe[self._bin_of(values)]
        return found

    @property
    def is_flat(self) -> bool:
        """Whether every row gets the same, so that nothing can be learned from the indicator."""
        return len({b.woe for b in (*self.bins, self.missing) if b.rows}) <= 1

    def _bin_of(self, values: Values) -> NDArray[np.int64]:
        """The number of the bin by row; that of the last bin + 1 where missing."""
        if self.groups:
            bin_of = {level: k for k, group in enumerate(self.groups) for level in group}
            place = np.array([*(bin_of[level] for level in self.indicator.levels), len(self.bins)])
            return place[level_places(values, self.indicator)]  # −1, missing, takes the last
        value = numbers(values, self.indicator)
        cuts = np.array(self.cuts, dtype=np.float32)
        return np.where(np.isnan(value), len(self.bins), np.searchsorted(cuts, value, side="right"))


def fit_bins(indicator: Indicator, values: Values, adverse: NDArray[np.bool_], seed: int) -> Bins:
    """The bins of `indicator` that tell the outcomes apart; raises ValueError unless both outcomes are there."""
    rate = float(np.mean(adverse))
    base = log_odds(rate)
    cell, ticks = _level_cells(indicator, values) if indicator.levels else _number_cells(indicator, values)
    rows, hits = (np.bincount(cell[of] + 1, minlength=len(ticks) + 1) for of in (slice(None), adverse))
    missing, rows, hits = _bin(rows[0], hits[0], rate, base), rows[1:], hits[1:]
    if indicator.levels:
        return _level_bins(indicator, rows, hits, missing, adverse, seed)
    sign = indicator.direction.value
    starts = _merged(_starts(rows, hits, sign, len(adverse), seed), rows, hits, sign, rate)
    cuts = tuple(float(str(ticks[s])) for s in starts[1:])
    return Bins(indicator, cuts, (), _bins(starts, rows, hits, rate), missing)


def _level_bins(
    indicator: Indicator, rows: NDArray[Any], hits: NDArray[Any], missing: Bin, adverse: NDArray[np.bool_], seed: int
) -> Bins:
    """Levels in the order of their WOE, then joined like numbers; a level that nobody has gives nothing: WOE 0."""
    rate = float(np.mean(adverse))
    alone = np.array([_bin(r, h, rate, log_odds(rate)).woe for r, h in zip(rows, hits, strict=True)])
    seen = np.flatnonzero(rows)
    order = seen[np.argsort(alone[seen], kind="stable")]
    starts = _merged(_starts(rows[order], hits[order], 1, len(adverse), seed), rows[order], hits[order], 1, rate)
    members = [*np.split(order, starts[1:]), np.flatnonzero(rows == 0)]
    bins = (*_bins(starts, rows[order], hits[order], rate), Bin(0, 0, 0.0))
    filled = [(tuple(indicator.levels[k] for k in sorted(m)), b) for m, b in zip(members, bins, strict=True) if len(m)]
    return Bins(indicator, (), tuple(g for g, _ in filled), tuple(b for _, b in filled), missing)


def _level_cells(indicator: Indicator, values: Values) -> tuple[NDArray[np.int64], NDArray[Any]]:
    return level_places(values, indicator), np.array(indicator.levels)


def _number_cells(indicator: Indicator, values: Values) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The cell of each row (−1 missing) and the value with which each cell begins."""
    value = numbers(values, indicator)
    known = np.sort(value[~np.isnan(value)])
    at = np.linspace(0, len(known) - 1, CELLS).astype(np.int64) if len(known) else np.empty(0, np.int64)
    ticks = np.unique(known[at])
    return np.where(np.isnan(value), -1, np.searchsorted(ticks, value, side="right") - 1), ticks


def _starts(rows: NDArray[Any], hits: NDArray[Any], sign: int, total: int, seed: int) -> list[int]:
    """The cells with which a bin begins: splits of a decision tree over the cells' numbers."""
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415 - only those who learn wait for it

    if rows.sum() < 2 * LEAST_SHARE * total:
        return [0]
    tree = DecisionTreeClassifier(
        criterion="log_loss",
        max_leaf_nodes=BINS_AT_MOST,
        min_weight_fraction_leaf=min(0.5, LEAST_SHARE * total / rows.sum()),
        monotonic_cst=[sign],
        random_state=seed,
    )
    numbers_twice = np.tile(np.arange(len(rows), dtype=np.float64), 2)[:, None]
    outcome = np.repeat([1, 0], len(rows))
    tree.fit(numbers_twice, outcome, sample_weight=np.concatenate([hits, rows - hits]).astype(np.float64))
    is_split = tree.tree_.children_left >= 0
    return [0, *sorted(int(np.ceil(t)) for t in tree.tree_.threshold[is_split])]


def _merged(starts: list[int], rows: NDArray[Any], hits: NDArray[Any], sign: int, rate: float) -> list[int]:
    """Without the borders between bins whose WOE is equal or goes against the direction.

    The tree limits its own estimates, not the shares of its leaves, and smoothing can turn two bins round too.
    """
    kept = list(starts)
    while True:
        woe = np.array([b.woe for b in _bins(kept, rows, hits, rate)])
        step = np.diff(woe) * sign if sign else np.abs(np.diff(woe))
        if len(step) == 0 or step.min() > 0:
            return kept
        del kept[int(step.argmin()) + 1]


def _bins(starts: list[int], rows: NDArray[Any], hits: NDArray[Any], rate: float) -> tuple[Bin, ...]:
    if len(rows) == 0:
        return (Bin(0, 0, 0.0),)
    sums = zip(np.add.reduceat(rows, starts), np.add.reduceat(hits, starts), strict=True)
    return tuple(_bin(r, h, rate, log_odds(rate)) for r, h in sums)


def _bin(rows: int, hits: int, rate: float, base: float) -> Bin:
    adverse, others = hits + SMOOTHING * rate, rows - hits + SMOOTHING * (1 - rate)
    return Bin(int(rows), int(hits), round(float(np.log(adverse / others)) - base, _DIGITS) + 0.0)
