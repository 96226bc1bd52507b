"""The expert card as a candidate: its points turned into a margin, so that it can be compared with what has learned.

    part = −points × ln 2 / 50 = w × direction × u × ln 2 / 50, the margin's base is 0

so a line with slope 1 gives the card's own points back. u is a rank among the enterprises of one day (expert.py).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.risk.champion import Values
from models.risk.estimator import Parts, Sample
from models.risk.expert import ExpertWeights, mid_rank
from pipeline.errors import BadDeclaration
from pipeline.indicators.indicator import Direction, Indicator

FILE = "expert.json"
AS_OF = "as_of"
"""The column of `values` that says to which day a row belongs; without it all rows are of one day."""
_LOG_ODDS_A_POINT = math.log(2.0) / 50.0


@dataclass(frozen=True)
class ExpertEstimator:
    """The expert card with one version of the weights; nothing is learned."""

    indicators: tuple[Indicator, ...]
    weights: ExpertWeights

    @property
    def name(self) -> str:
        """'expert'."""
        return "expert"

    def settle(self, earlier: Sample, later: Sample) -> ExpertEstimator:
        """Itself: nothing is chosen."""
        return self

    def fit(self, sample: Sample) -> FittedExpert:
        """The card: it learns nothing from `sample`."""
        weighed = {i.code: self.weights.of(i) for i in self.indicators if i.direction is not Direction.NEUTRAL}
        return FittedExpert(self.indicators, weighed)


@dataclass(frozen=True)
class FittedExpert:
    """The expert card over `indicators`; `weighed` gives the points at u = ±1 of those that have a direction."""

    indicators: tuple[Indicator, ...]
    weighed: dict[str, float]

    @property
    def estimator(self) -> str:
        """'expert'."""
        return "expert"

    def margin(self, values: Values) -> NDArray[np.float64]:
        """−points × ln 2 / 50 by row: 0 for the mean enterprise, higher is riskier."""
        return self.parts(values).margin

    def parts(self, values: Values) -> Parts:
        """The margin by indicator; ranks are made within each day of the column `as_of`, if there is one."""
        days = _days(values, len(values[self.indicators[0].code]))
        parts = np.zeros((sum(map(len, days)), len(self.indicators)), dtype=np.float32)
        for column, indicator in enumerate(self.indicators):
            weight = self.weighed.get(indicator.code, 0.0) * indicator.direction.value * _LOG_ODDS_A_POINT
            if weight:
                known = np.asarray(values[indicator.code], dtype=np.float64)
                for day in days:
                    parts[day, column] = weight * mid_rank(known[day])
        return Parts(0.0, tuple(i.code for i in self.indicators), parts)

    def save(self, folder: Path) -> None:
        """Write expert.json: the points of each indicator."""
        content = {"estimator": self.estimator, "weighed": self.weighed}
        (folder / FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load(folder: Path, indicators: tuple[Indicator, ...]) -> FittedExpert:
    """The card saved in `folder`; raises BadDeclaration if it weighs an indicator that is not declared."""
    weighed = json.loads((folder / FILE).read_text(encoding="utf-8"))["weighed"]
    unknown = sorted(set(weighed) - {i.code for i in indicators})
    if unknown:
        raise BadDeclaration(str(folder / FILE), [f"weighed: not declared: {unknown}"])
    return FittedExpert(indicators, {code: float(weight) for code, weight in weighed.items()})


def _days(values: Values, rows: int) -> list[NDArray[np.int64]]:
    """The rows of each day."""
    if AS_OF not in values:
        return [np.arange(rows)]
    place, _ = pd.factorize(np.asarray(values[AS_OF]), sort=True)
    order = np.argsort(place, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(place[order])) + 1)
