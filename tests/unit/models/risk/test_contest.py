"""The contest: AUC and KS as defined, differences paired by firm, and the rule that names the champion."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.risk.contest import Contest, FoldMargins, contest, winner
from models.risk.metrics import Interval, metric


def naive_auc(margin: NDArray[np.float64], adverse: NDArray[np.bool_]) -> float:
    """P(an adverse row lies above another one), ties half, pair by pair."""
    above = margin[adverse][:, None] - margin[~adverse][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def seen(noise: dict[str, float], fold: str = "2018-01-01", seed: int = 1, rows: int = 400) -> FoldMargins:
    """Rows of 2 for each firm; each candidate sees the truth through its own noise."""
    chance = np.random.default_rng(seed)
    truth = np.repeat(chance.normal(size=rows // 2), 2)
    adverse = chance.random(rows) < 1 / (1 + np.exp(1 - 2 * truth))
    firm = np.array([f"F{n // 2}" for n in range(rows)], dtype=object)
    margins = {name: truth + scale * chance.normal(size=rows) for name, scale in noise.items()}
    return FoldMargins(fold, firm, adverse, margins)


def test_auc_and_ks_are_what_they_say() -> None:
    chance = np.random.default_rng(3)
    margin, adverse = chance.integers(0, 6, 200).astype(float), chance.random(200) < 0.3
    assert metric("auc", margin, adverse) == pytest.approx(naive_auc(margin, adverse))
    one = contest([FoldMargins("f", np.arange(200).astype(object), adverse, {"booster": margin})], replicates=20)
    gaps = [abs((margin[adverse] <= x).mean() - (margin[~adverse] <= x).mean()) for x in range(6)]
    assert one.ks["f"]["booster"].value == pytest.approx(max(gaps), abs=1e-6)
    assert one.auc["f"]["booster"].value == pytest.approx(naive_auc(margin, adverse), abs=1e-6)


def test_the_mean_is_over_folds_and_the_difference_is_paired() -> None:
    noise = {"booster": 1.0, "scorecard": 1.05, "count": 4.0, "expert": 2.0}
    result = contest([seen(noise), seen(noise, "2019-01-01", 2)], replicates=100)
    for name, mean in result.mean_auc.items():
        assert mean.value == pytest.approx(np.mean([f[name].value for f in result.auc.values()]), abs=1e-6)
        assert mean.low < mean.value < mean.high
    assert set(result.ahead) == {"scorecard", "count", "expert"}
    assert result.ahead["count"].high < 0
    width = result.ahead["scorecard"].high - result.ahead["scorecard"].low
    assert width < result.mean_auc["scorecard"].high - result.mean_auc["scorecard"].low
    assert result.champion == "booster"


def test_a_candidate_that_is_clearly_better_wins() -> None:
    noise = {"booster": 2.0, "scorecard": 0.1, "count": 1.5, "expert": 2.0}
    assert contest([seen(noise)], replicates=100).champion == "scorecard"


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        ({"scorecard": (0.02, -0.001), "count": (-0.1, -0.2)}, "booster"),
        ({"scorecard": (0.02, 0.001), "count": (-0.1, -0.2)}, "scorecard"),
        ({"scorecard": (0.02, 0.001), "count": (0.03, 0.01)}, "count"),
        ({}, "booster"),
    ],
)
def test_the_booster_stays_unless_beaten_beyond_doubt(ahead: dict[str, tuple[float, float]], expected: str) -> None:
    means = {name: Interval(0.7 + value, 0, 1) for name, (value, _) in ahead.items()}
    differences = {name: Interval(value, low, 1) for name, (value, low) in ahead.items()}
    assert winner(means, differences) == expected


def test_the_same_rows_give_the_same_intervals_and_firms_are_drawn_not_rows() -> None:
    rows = seen({"booster": 1.0, "scorecard": 1.2})
    assert contest([rows], replicates=50) == contest([rows], replicates=50)
    alone = FoldMargins(rows.fold, np.arange(len(rows.firm)).astype(object), rows.adverse, rows.margins)
    widths = [
        (r := contest([t], replicates=300).mean_auc["booster"]).high - r.low
        for t in (FoldMargins(rows.fold, np.repeat(rows.firm[::8], 8), rows.adverse, rows.margins), alone)
    ]
    assert widths[0] != widths[1]


def test_a_fold_with_one_outcome_only_is_left_out() -> None:
    good = seen({"booster": 1.0})
    bad = FoldMargins("2019-01-01", good.firm, np.zeros(len(good.firm), dtype=bool), good.margins)
    assert list(contest([good, bad], replicates=10).auc) == ["2018-01-01"]
    assert contest([bad]) == Contest({}, {}, {}, {}, "booster")
