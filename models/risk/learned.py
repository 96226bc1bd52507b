"""A candidate that has learned, with its line: what grades once there are outcomes to learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from models.risk import booster, counting, expert_estimator, scorecard
from models.risk.calibrate import CENTRE, POINTS, Line, points_of
from models.risk.champion import Contributions, Values
from models.risk.distinct import DistinctRows
from models.risk.estimator import Fitted
from pipeline.indicators.indicator import Indicator

_LOADERS: dict[str, Callable[[Path, tuple[Indicator, ...]], Fitted]] = {
    "booster": booster.load,
    "scorecard": scorecard.load,
    "count": counting.load,
    "expert": expert_estimator.load,
}


def load_fitted(estimator: str, folder: Path, indicators: tuple[Indicator, ...]) -> Fitted:
    """The candidate of that name (booster, scorecard, count or expert) as saved in `folder`.

    Raises BadDeclaration if it was fitted over other indicators than these, KeyError for another name.
    """
    return _LOADERS[estimator](folder, indicators)


@runtime_checkable
class Keyed(Protocol):
    """A fitted candidate that can say which rows it cannot tell apart."""

    def keys(self, values: Values) -> NDArray[np.uint16]:
        """A row of keys for each row of `values`: rows with equal keys have equal parts."""
        ...


@dataclass(frozen=True)
class Earlier:
    """What the same model gave at an earlier date: the values it saw, and their contributions row by row."""

    values: Values
    contributions: Contributions


@dataclass(frozen=True)
class LearnedModel:
    """A fitted candidate, its calibration line and m0, the log odds of the base rate of its training outcomes.

    It satisfies Champion. `matured_on` is the first day on which all outcomes it learned from were known.
    """

    fitted: Fitted
    line: Line
    m0: float
    model_id: str
    matured_on: date

    @property
    def score_kind(self) -> str:
        """'learned'."""
        return "learned"

    def probability(self, values: Values) -> NDArray[np.float64]:
        """Calibrated probability of an adverse outcome by row."""
        return self.line.probability(self.fitted.margin(values))

    def raw_score(self, values: Values, graded: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The unclipped credit score of the same rows as `contributions`, without taking it apart."""
        margin = self.fitted.margin(_rows(values, np.flatnonzero(graded)))
        score: NDArray[np.float64] = CENTRE - POINTS * (self.line.log_odds(margin) - self.m0)
        return score

    def contributions(self, values: Values, graded: NDArray[np.bool_], earlier: Earlier | None = None) -> Contributions:
        """Points of the rows of `values` where `graded` is true, in their order.

        With what the same model gave `earlier`, rows that it cannot tell from an earlier one take over its points
        instead of being explained again: the result is the same to the last bit.
        """
        rows = _rows(values, np.flatnonzero(graded))
        if earlier is None or not isinstance(self.fitted, Keyed):
            return points_of(self.fitted.parts(rows), self.line, self.m0)
        before = self.fitted.keys(earlier.values)
        distinct = DistinctRows.of(np.vstack([before, self.fitted.keys(rows)]))
        is_new = distinct.first >= len(before)
        explained = points_of(self.fitted.parts(_rows(rows, distinct.first[is_new] - len(before))), self.line, self.m0)
        points = np.empty((len(is_new), explained.points.shape[1]), dtype=np.float32)
        points[is_new] = explained.points
        points[~is_new] = earlier.contributions.points[distinct.first[~is_new]]
        return Contributions(explained.base, explained.codes, points[distinct.inverse[len(before) :]])


def _rows(values: Values, places: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The rows at `places`, column by column."""
    return {str(code): np.asarray(values[code])[places] for code in values}
