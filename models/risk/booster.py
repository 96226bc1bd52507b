"""XGBoost as an estimator: shallow trees, monotone where an indicator declares a direction, exact parts.

Depth 3 keeps exact SHAP values affordable (about 0.06 ms a row and core for 150 trees; depth 5 costs ten times as
much) and reads no more than three indicators together. Half the columns and 70 % of the rows a tree: the same
firm returns at every date of a cohort, and without this the trees learn firms by heart.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.risk.calibrate import log_odds
from models.risk.champion import Values
from models.risk.coding import Coding
from models.risk.distinct import DistinctRows
from models.risk.estimator import Parts, Sample
from pipeline.errors import BadDeclaration
from pipeline.indicators.indicator import Indicator

FILE = "booster.ubj"
ROUNDS_AT_MOST = 800
PATIENCE = 30
"""Rounds without a better log loss on the later period, after which settling stops."""
USUAL_ROUNDS = 200
"""Rounds where nothing was settled."""
BATCH = 25_000
"""Rows explained at a time: bounds the memory (25,000 rows × 100 columns = 10 MB)."""
_MISSING = np.uint16(0xFFFF)
_SHAPE = {
    "objective": "binary:logistic",
    "eval_metric": "logloss",
    "tree_method": "hist",
    "max_depth": 3,
    "learning_rate": 0.05,
    "subsample": 0.7,
    "colsample_bytree": 0.5,
}


@dataclass(frozen=True)
class Booster:
    """Learns boosted trees over `indicators`. `threads` None: all cores; the model does not depend on it."""

    indicators: tuple[Indicator, ...]
    seed: int = 7
    rounds: int | None = None
    threads: int | None = None

    @property
    def name(self) -> str:
        """'booster'."""
        return "booster"

    def settle(self, earlier: Sample, later: Sample) -> Booster:
        """The booster with the number of rounds that is best on `later` when learning from `earlier`."""
        learned = self._data(earlier)
        booster = _xgboost().train(
            self._parameters(),
            learned,
            ROUNDS_AT_MOST,
            evals=[(self._data(later, like=learned), "later")],
            early_stopping_rounds=PATIENCE,
            verbose_eval=False,
        )
        return replace(self, rounds=booster.best_iteration + 1)

    def fit(self, sample: Sample) -> FittedBooster:
        """The booster after the settled rounds on all of `sample`; ValueError unless both outcomes are there."""
        log_odds(float(np.mean(sample.adverse)))
        model = _xgboost().train(self._parameters(), self._data(sample), self.rounds or USUAL_ROUNDS)
        return FittedBooster(model, Coding(self.indicators), self.threads)

    def _parameters(self) -> dict[str, Any]:
        signs = Coding(self.indicators).signs
        threads = {} if self.threads is None else {"nthread": self.threads}
        return _SHAPE | {"seed": self.seed, "monotone_constraints": signs} | threads

    def _data(self, sample: Sample, like: Any = None) -> Any:
        coding = Coding(self.indicators)
        return _xgboost().QuantileDMatrix(
            coding.matrix(sample.values),
            label=sample.adverse.astype(np.float32),
            feature_names=list(coding.columns),
            nthread=self.threads,
            ref=like,
        )


@dataclass(frozen=True, eq=False)
class FittedBooster:
    """Fitted trees (`model` is an xgboost.Booster over the columns of `coding`); the margin is in log odds."""

    model: Any
    coding: Coding
    threads: int | None = None

    @property
    def estimator(self) -> str:
        """'booster'."""
        return "booster"

    def margin(self, values: Values) -> NDArray[np.float64]:
        """The margin by row, in log odds; higher is riskier."""
        matrix = self.coding.matrix(values)
        if len(matrix) == 0:
            return np.empty(0)
        margin: NDArray[np.float64] = self.model.inplace_predict(matrix, predict_type="margin").astype(np.float64)
        return margin

    def parts(self, values: Values) -> Parts:
        """SHAP values by indicator (exact for trees, in log odds), each different row explained once."""
        matrix = self.coding.matrix(values)
        rows = DistinctRows.of(self._keys(matrix))
        explained = np.empty((len(rows.first), len(self.coding.indicators)), dtype=np.float32)
        for start in range(0, len(rows.first), BATCH):
            batch = rows.first[start : start + BATCH]
            explained[start : start + BATCH] = self.coding.fold(self._contributions(matrix[batch])[:, :-1])
        codes = tuple(i.code for i in self.coding.indicators)
        return Parts(self._base, codes, explained[rows.inverse])

    def keys(self, values: Values) -> NDArray[np.uint16]:
        """What the trees see of each row: for each column they split, between which two thresholds its value lies.

        Rows with the same keys take the same way through every tree, so they have the same margin and parts.
        """
        return self._keys(self.coding.matrix(values))

    def save(self, folder: Path) -> None:
        """Write booster.ubj, XGBoost's own format."""
        self.model.save_model(folder / FILE)

    def _keys(self, matrix: NDArray[np.float32]) -> NDArray[np.uint16]:
        keys = np.empty((len(matrix), len(self._thresholds)), dtype=np.uint16, order="F")
        for place, (column, thresholds) in enumerate(self._thresholds.items()):
            value = matrix[:, column]
            keys[:, place] = np.searchsorted(thresholds, value, side="right")  # a tree asks: value < threshold
            keys[np.isnan(value), place] = _MISSING
        return keys

    @cached_property
    def _thresholds(self) -> dict[int, NDArray[np.float32]]:
        """Column -> the sorted thresholds at which some tree splits it."""
        trees = json.loads(self.model.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
        found: dict[int, set[float]] = {}
        for tree in trees:
            nodes = zip(tree["left_children"], tree["split_indices"], tree["split_conditions"], strict=True)
            for left, column, threshold in nodes:
                if left >= 0:  # a leaf has no children
                    found.setdefault(column, set()).add(threshold)
        return {column: np.array(sorted(found[column]), dtype=np.float32) for column in sorted(found)}

    @cached_property
    def _base(self) -> float:
        """The mean margin of the training rows: the same for every row that is explained."""
        anyone = np.full((1, len(self.coding.columns)), np.nan, dtype=np.float32)
        return float(self._contributions(anyone)[0, -1])

    def _contributions(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        data = _xgboost().DMatrix(matrix, feature_names=list(self.coding.columns), nthread=self.threads)
        contributions: NDArray[np.float32] = self.model.predict(data, pred_contribs=True)
        return contributions


def load(folder: Path, indicators: tuple[Indicator, ...], threads: int | None = None) -> FittedBooster:
    """The booster saved in `folder`; raises BadDeclaration if it was fitted over other indicators or levels."""
    parameters = {} if threads is None else {"nthread": threads}
    model = _xgboost().Booster(parameters, model_file=folder / FILE)
    coding = Coding(indicators)
    if list(model.feature_names or ()) != list(coding.columns):
        changed = sorted(set(model.feature_names or ()) ^ set(coding.columns))
        raise BadDeclaration(str(folder / FILE), [f"fitted over other columns than declared: {changed or 'order'}"])
    return FittedBooster(model, coding, threads)


def _xgboost() -> Any:
    import xgboost  # noqa: PLC0415 - takes a second, which the commands that learn nothing need not wait

    return xgboost
