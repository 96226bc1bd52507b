"""Which candidate makes the score: all of them on the same out-of-time rows, compared firm by firm.

A firm stands in several rows of several folds, so what is drawn again in the bootstrap is firms, not rows, and the same
draw serves every candidate and fold: the differences are paired.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.risk.metrics import Interval, auc_of_groups, interval_of, ks_of_groups
from pipeline.domain import Text

FIRST = "booster"
"""The candidate that is champion unless another one beats it."""
REPLICATES = 400
RULE = Text(
    "各候选模型在相同的时间外各折上比较各折AUC的平均值；提升树为冠军，除非另一候选与它的配对差（按企业重抽样）95%区间全部高于零"
    "（多个时取平均AUC最高者）；训练期不良结果不足200户年时不学习，由专家评分卡评分",
    "Candidates are compared by their mean AUC over the same out-of-time folds; the booster is champion unless another "
    "candidate's paired difference to it (bootstrap by firm) has a 95 % interval above zero (of several, the one with the "
    "highest mean AUC); with fewer than 200 adverse firm-years to learn from nothing is learned and the expert card scores",
)


@dataclass(frozen=True)
class FoldMargins:
    """The test rows of one fold: firm, outcome, and the margin of every candidate, one entry a row."""

    fold: str
    firm: NDArray[np.object_]
    adverse: NDArray[np.bool_]
    margins: dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Contest:
    """The table of candidates: AUC and KS by fold and candidate, mean AUC, difference to the booster, and who won.

    `ahead` holds (candidate − booster) of the mean AUC. Without a fold to test on all is empty and the booster wins.
    """

    auc: dict[str, dict[str, Interval]]
    ks: dict[str, dict[str, Interval]]
    mean_auc: dict[str, Interval]
    ahead: dict[str, Interval]
    champion: str


def contest(tested: list[FoldMargins], *, seed: int = 7, replicates: int = REPLICATES) -> Contest:
    """Compare the candidates of `tested` (the same in every fold) and apply RULE."""
    usable = [t for t in tested if t.adverse.any() and not t.adverse.all()]
    if not usable:
        return Contest({}, {}, {}, {}, FIRST)
    names = tuple(usable[0].margins)
    ranked = [[_Ranked.of(t, name) for name in names] for t in usable]
    firms, place = np.unique(np.concatenate([t.firm.astype(str) for t in usable]), return_inverse=True)
    places = np.split(place, np.cumsum([len(t.firm) for t in usable])[:-1])
    random = np.random.default_rng(seed)
    draws = np.empty((replicates + 1, 2, len(usable), len(names)))
    for replicate in range(replicates + 1):
        drawn = random.integers(len(firms), size=len(firms)) if replicate else np.arange(len(firms))
        times = np.bincount(drawn, minlength=len(firms)).astype(np.float64)
        for i, (fold, rows) in enumerate(zip(ranked, places, strict=True)):
            for j, candidate in enumerate(fold):
                draws[replicate, :, i, j] = candidate.auc_and_ks(times[rows])
    auc, ks = (
        {t.fold: {n: _interval(draws[:, kind, i, j]) for j, n in enumerate(names)} for i, t in enumerate(usable)}
        for kind in (0, 1)
    )
    mean = draws[:, 0].mean(axis=1)
    mean_auc = {n: _interval(mean[:, j]) for j, n in enumerate(names)}
    first = names.index(FIRST) if FIRST in names else 0
    ahead = {n: _interval(mean[:, j] - mean[:, first]) for j, n in enumerate(names) if j != first}
    return Contest(auc, ks, mean_auc, ahead, winner(mean_auc, ahead, names[first]))


def winner(mean_auc: dict[str, Interval], ahead: dict[str, Interval], first: str = FIRST) -> str:
    """The champion by RULE."""
    better = [name for name, difference in ahead.items() if difference.low > 0]
    return max(better, key=lambda name: mean_auc[name].value, default=first)


@dataclass(frozen=True)
class _Ranked:
    """Rows sorted into groups of equal margin, once; then every replicate is two counts, which a sort each would not be."""

    adverse: NDArray[np.intp]
    others: NDArray[np.intp]
    group: NDArray[np.intp]
    groups: int

    @staticmethod
    def of(tested: FoldMargins, name: str) -> _Ranked:
        _, group = np.unique(tested.margins[name], return_inverse=True)
        return _Ranked(
            np.flatnonzero(tested.adverse), np.flatnonzero(~tested.adverse), group, int(group.max(initial=-1)) + 1
        )

    def auc_and_ks(self, weight: NDArray[np.float64]) -> tuple[float, float]:
        """AUC and KS of the rows with these weights; NaN where one of the two outcomes has none."""
        bad, good = (
            np.bincount(self.group[of], weight[of], self.groups).astype(np.float64)[::-1]  # metrics: the highest first
            for of in (self.adverse, self.others)
        )
        if not bad.any() or not good.any():
            return np.nan, np.nan
        return float(auc_of_groups(bad, good)), float(ks_of_groups(bad, good))


def _interval(draws: NDArray[np.float64]) -> Interval:
    """The first draw is the data itself; the others give the interval."""
    found = interval_of(draws)
    return Interval(round(found.value, 6), round(found.low, 6), round(found.high, 6))
