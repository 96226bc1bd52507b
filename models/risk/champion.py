"""What a model must give so that `score` can use it: points that add up to the score, for every enterprise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values: TypeAlias = pd.DataFrame | Mapping[str, NDArray[Any]]
"""One column an indicator, by its code; one row an entity. A missing value is NaN, a level is text."""


@dataclass(frozen=True)
class Contributions:
    """Points by enterprise and indicator: `points[i, j]` belongs to the i-th graded enterprise and to codes[j].

    Points are stored as float32, and the score is made of the stored ones, so that it can be added up again.
    """

    base: float
    codes: tuple[str, ...]
    points: NDArray[np.float32]

    @property
    def raw_score(self) -> NDArray[np.float64]:
        """base + Σ points by enterprise, unclipped."""
        total: NDArray[np.float64] = self.points.sum(axis=1, dtype=np.float64)
        return self.base + total


class Champion(Protocol):
    """The model that makes the score: the expert card, or one that has learned."""

    @property
    def score_kind(self) -> str:
        """'expert' or 'learned': scores are compared only with scores of the same kind."""
        ...

    @property
    def model_id(self) -> str:
        """Names the model and its content: another content has another id."""
        ...

    def contributions(self, values: Values, graded: NDArray[np.bool_]) -> Contributions:
        """Points of the rows of `values` where `graded` is true, in their order."""
        ...
