"""What an official reads: reasons as sentences, the steps from the base to a score, and a check of the parts.

Reasons are stored as code, value, points and rank (mart.reason); the sentence is made when it is shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.risk.champion import Values
from models.risk.coding import Coding
from models.risk.estimator import Parts
from pipeline.domain import Text
from pipeline.indicators.indicator import Indicator

NO_VALUE = Text("{title}：无数据", "{title}: no data")
SOME_LEVEL = Text("{title}：按所属类别", "{title}: by its category")


@dataclass(frozen=True)
class Reason:
    """Why a score is low: an indicator, its value, its points (below 0) and its place (1 = lowest points).

    `value` is None where it is missing or, in mart.reason, a level; a page may give the level as text.
    """

    code: str
    value: float | str | None
    points: float
    rank: int


def sentence(reason: Reason, indicators: tuple[Indicator, ...], language: str) -> str:
    """The reason in `language` ("zh" or "en"), by the indicator's own sentence; KeyError for an unknown code."""
    indicator = {i.code: i for i in indicators}[reason.code]
    value = reason.value
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        without = SOME_LEVEL if indicator.levels else NO_VALUE
        return without.of(language).format(title=indicator.title.of(language))
    return indicator.reason.of(language).format(value=value)


@dataclass(frozen=True)
class Step:
    """One step of a waterfall: the points of an indicator (code None: all others), and where they lead from and to."""

    code: str | None
    points: float
    before: float
    after: float


def waterfall(base: float, codes: tuple[str, ...], points: NDArray[np.float32], count: int = 10) -> tuple[Step, ...]:
    """From the base to the unclipped score of one enterprise: the `count` largest points, lowest first, then the rest."""
    exact = points.astype(np.float64)
    largest = np.argsort(-np.abs(exact), kind="stable")[:count]
    shown = [(codes[k], float(exact[k])) for k in largest[np.argsort(exact[largest], kind="stable")] if exact[k]]
    rest = float(np.delete(exact, largest).sum())
    steps: list[Step] = []
    at = base
    for code, step in [*shown, *([(None, rest)] if rest else [])]:
        steps.append(Step(code, step, at, at + step))
        at += step
    return tuple(steps)


class Trees(Protocol):
    """A fitted model of trees, as shap reads it."""

    @property
    def model(self) -> Any:
        """The trees over the columns of `coding`."""
        ...

    @property
    def coding(self) -> Coding:
        """How values become columns."""
        ...

    def parts(self, values: Values) -> Parts:
        """The margin by indicator."""
        ...


def shap_gap(trees: Trees, values: Values) -> float:
    """The greatest difference between the parts and the values of shap's own tree algorithm (log odds).

    For a small sample: shap takes seconds to import. Its own C code reads the trees; it is kept from asking the booster,
    whose answer it would otherwise repeat.
    """
    import shap  # noqa: PLC0415 - takes seconds, and only this check needs it

    explainer = shap.TreeExplainer(trees.model, feature_perturbation="tree_path_dependent")
    explainer.model.model_type = "internal"
    found = explainer.shap_values(trees.coding.matrix(values), check_additivity=False)
    expected = trees.coding.fold(np.asarray(found, dtype=np.float32))
    return float(np.abs(expected - trees.parts(values).parts).max())
