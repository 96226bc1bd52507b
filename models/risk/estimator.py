"""What a candidate must offer so that it can be compared, calibrated, kept and used: one interface for all four."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.risk.champion import Values


@dataclass(frozen=True)
class Sample:
    """Observed rows of a cohort: `values` by indicator, and for each row the firm, the date and what came out.

    All arrays have one entry a row; `as_of` is datetime64[D]; `adverse` is the outcome.
    """

    values: Values
    firm: NDArray[np.object_]
    as_of: NDArray[np.datetime64]
    adverse: NDArray[np.bool_]

    def only(self, rows: slice | NDArray[Any]) -> Sample:
        """Some of the rows: of a slice the arrays are views, of a mask or places copies."""
        return Sample(
            values={code: np.asarray(self.values[code])[rows] for code in self.values},
            firm=self.firm[rows],
            as_of=self.as_of[rows],
            adverse=self.adverse[rows],
        )


@dataclass(frozen=True)
class Parts:
    """A margin taken apart: base + Σ parts[i, j] over the indicators `codes` is the margin of row i (log odds)."""

    base: float
    codes: tuple[str, ...]
    parts: NDArray[np.float32]

    @property
    def margin(self) -> NDArray[np.float64]:
        """base + Σ parts by row."""
        total: NDArray[np.float64] = self.parts.sum(axis=1, dtype=np.float64)
        return self.base + total


class Fitted(Protocol):
    """A fitted candidate: a margin for every row, additive in the indicators. Higher is riskier."""

    @property
    def estimator(self) -> str:
        """The candidate's name: booster, scorecard, count or expert."""
        ...

    def margin(self, values: Values) -> NDArray[np.float64]:
        """The margin by row, in log odds or in a unit that one straight line turns into log odds."""
        ...

    def parts(self, values: Values) -> Parts:
        """The same margin by indicator; the sum equals `margin` to within 1e-4."""
        ...

    def save(self, folder: Path) -> None:
        """Write the model into `folder` (JSON or the booster's own format, never a pickle)."""
        ...


class Estimator(Protocol):
    """A way to learn. The same sample and seed give the same model."""

    @property
    def name(self) -> str:
        """booster, scorecard, count or expert."""
        ...

    def settle(self, earlier: Sample, later: Sample) -> Estimator:
        """This estimator with what is chosen on a later period (the booster's rounds); itself if nothing is."""
        ...

    def fit(self, sample: Sample) -> Fitted:
        """Fit on all of `sample` with what was settled."""
        ...
