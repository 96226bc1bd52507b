"""The WOE scorecard: every indicator in few bins, every bin with its points, all of it in one readable file.

    margin = base + Σ weight × WOE of the bin

Bins come from bins.py; the weights from a logistic regression on the WOE that holds them at 0 or above: a bin
that is riskier by itself never lowers the risk of the whole. `penalty` (L2) shares the weight among indicators that say the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.risk.bins import Bin, Bins, fit_bins
from models.risk.calibrate import POINTS, log_odds, logistic
from models.risk.champion import Values
from models.risk.estimator import Parts, Sample
from pipeline.errors import BadDeclaration
from pipeline.indicators.indicator import Indicator

FILE = "scorecard.json"
PENALTY = 5.0
"""L2: ½ × PENALTY × Σ weight² is added to the log loss summed over the rows."""
_NOTE = "log odds; higher is riskier. part = weight × woe, points = −50/ln 2 × part, before the calibration line"
_DIGITS = 6


@dataclass(frozen=True)
class Scorecard:
    """Learns a scorecard over `indicators`."""

    indicators: tuple[Indicator, ...]
    seed: int = 7
    penalty: float = PENALTY

    @property
    def name(self) -> str:
        """'scorecard'."""
        return "scorecard"

    def settle(self, earlier: Sample, later: Sample) -> Scorecard:
        """Itself: nothing is chosen."""
        return self

    def fit(self, sample: Sample) -> FittedScorecard:
        """Bins and weights; raises ValueError unless both outcomes are there."""
        made = (fit_bins(i, sample.values, sample.adverse, self.seed) for i in self.indicators)
        useful = [b for b in made if not b.is_flat]
        woe = np.empty((len(sample.adverse), len(useful)))
        for column, bins in enumerate(useful):
            woe[:, column] = bins.woe_of(sample.values)
        base, weights = _regression(woe, sample.adverse, self.penalty)
        rows = tuple(ScoreRow(b, w) for b, w in zip(useful, weights, strict=True) if w > 0)
        return FittedScorecard(self.indicators, base, rows)


@dataclass(frozen=True)
class ScoreRow:
    """An indicator on the scorecard: its bins and the weight (> 0) of their WOE."""

    bins: Bins
    weight: float


@dataclass(frozen=True)
class FittedScorecard:
    """A scorecard over `indicators`; those without a row give nothing. The margin is in log odds."""

    indicators: tuple[Indicator, ...]
    base: float
    rows: tuple[ScoreRow, ...]

    @property
    def estimator(self) -> str:
        """'scorecard'."""
        return "scorecard"

    def margin(self, values: Values) -> NDArray[np.float64]:
        """The margin by row, in log odds; higher is riskier."""
        return self.parts(values).margin

    def parts(self, values: Values) -> Parts:
        """weight × WOE by row and indicator; 0 for indicators that are not on the card."""
        column_of = {i.code: column for column, i in enumerate(self.indicators)}
        parts = np.zeros((len(values[self.indicators[0].code]), len(column_of)), dtype=np.float32)
        for row in self.rows:
            parts[:, column_of[row.bins.indicator.code]] = row.weight * row.bins.woe_of(values)
        return Parts(self.base, tuple(column_of), parts)

    def save(self, folder: Path) -> None:
        """Write scorecard.json: every bin with its counts, WOE and points."""
        off = sorted({i.code for i in self.indicators} - {r.bins.indicator.code for r in self.rows})
        content = {
            "estimator": self.estimator,
            "unit": _NOTE,
            "base": self.base,
            "indicators": [_written(row) for row in self.rows],
            "not_on_the_card": off,
        }
        (folder / FILE).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load(folder: Path, indicators: tuple[Indicator, ...]) -> FittedScorecard:
    """The scorecard saved in `folder`; raises BadDeclaration if it knows an indicator or level that is not declared."""
    content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    declared = {i.code: i for i in indicators}
    faults = [fault for row in content["indicators"] for fault in _faults(row, declared)]
    if faults:
        raise BadDeclaration(str(folder / FILE), faults)
    rows = tuple(_read(row, declared[row["code"]]) for row in content["indicators"])
    return FittedScorecard(indicators, float(content["base"]), rows)


def _regression(
    woe: NDArray[np.float64], adverse: NDArray[np.bool_], penalty: float
) -> tuple[float, tuple[float, ...]]:
    """Base and weights ≥ 0 of greatest penalised likelihood, rounded to what is written."""
    from scipy.optimize import minimize  # noqa: PLC0415 - only those who learn wait for it

    rows, columns = woe.shape

    def loss(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = woe @ x[1:] + x[0]
        off = (logistic(margin) - adverse) / rows
        value = np.mean(np.logaddexp(0, margin) - adverse * margin) + 0.5 * penalty / rows * x[1:] @ x[1:]
        return float(value), np.array([off.sum(), *(off @ woe + penalty / rows * x[1:])])

    start = np.array([log_odds(float(np.mean(adverse))), *[0.5] * columns])
    bounds = [(None, None), *[(0, None)] * columns]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-9, "gtol": 1e-6})
    base, *weights = (round(float(x), _DIGITS) for x in found.x)
    return base, tuple(weights)


def _written(row: ScoreRow) -> dict[str, Any]:
    indicator = row.bins.indicator
    where: list[dict[str, Any]]
    if row.bins.groups:
        where = [{"levels": list(group)} for group in row.bins.groups]
    else:
        edges = [None, *row.bins.cuts, None]
        where = [{"from": low, "below": high} for low, high in pairwise(edges)]
    return {
        "code": indicator.code,
        "title": {"zh": indicator.title.zh, "en": indicator.title.en},
        "weight": row.weight,
        "bins": [w | _written_bin(b, row.weight) for w, b in zip(where, row.bins.bins, strict=True)],
        "missing": _written_bin(row.bins.missing, row.weight),
    }


def _written_bin(one: Bin, weight: float) -> dict[str, Any]:
    part = weight * one.woe
    counts = {"rows": one.rows, "adverse": one.adverse, "woe": one.woe}
    return counts | {"part": round(part, _DIGITS), "points": round(-POINTS * part, 2) + 0.0}


def _read(row: dict[str, Any], indicator: Indicator) -> ScoreRow:
    bins = tuple(_read_bin(b) for b in row["bins"])
    groups = tuple(tuple(b["levels"]) for b in row["bins"] if "levels" in b)
    cuts = () if groups else tuple(float(b["from"]) for b in row["bins"][1:])
    return ScoreRow(Bins(indicator, cuts, groups, bins, _read_bin(row["missing"])), float(row["weight"]))


def _read_bin(raw: dict[str, Any]) -> Bin:
    return Bin(int(raw["rows"]), int(raw["adverse"]), float(raw["woe"]))


def _faults(row: dict[str, Any], declared: dict[str, Indicator]) -> list[str]:
    if row["code"] not in declared:
        return [f"{row['code']}: not among the declared indicators"]
    levels = sorted(level for b in row["bins"] for level in b.get("levels", ()))
    expected = sorted(declared[row["code"]].levels)
    return [] if levels == expected else [f"{row['code']}: levels: expected {expected}, received {levels}"]
