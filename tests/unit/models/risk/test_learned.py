"""The learned model scores the graded rows, and takes over an earlier day's points to the last bit."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.risk.booster import Booster, FittedBooster
from models.risk.calibrate import Line
from models.risk.champion import Champion
from models.risk.estimator import Fitted
from models.risk.learned import Earlier, LearnedModel
from tests.cohort import INDICATORS, candidates, cohort, values_of

BOOSTER = Booster(INDICATORS, rounds=40, threads=1).fit(cohort())
FRESH = values_of(300, np.random.default_rng(99))
GRADED = np.arange(300) % 3 > 0
EVERYONE = np.ones(300, dtype=np.bool_)


def model_of(fitted: Fitted) -> LearnedModel:
    return LearnedModel(fitted, Line(0.9, -0.1), -1.2, "m-1", date(2019, 4, 1))


def test_it_is_a_champion() -> None:
    champion: Champion = model_of(BOOSTER)
    assert (champion.score_kind, champion.model_id) == ("learned", "m-1")


@pytest.mark.parametrize("as_frame", [False, True])
def test_only_graded_rows_get_points_in_their_order(as_frame: bool) -> None:
    values = pd.DataFrame(FRESH).assign(uscc="x") if as_frame else FRESH
    model = model_of(BOOSTER)
    some, everyone = model.contributions(values, GRADED), model.contributions(values, EVERYONE)
    np.testing.assert_array_equal(some.points, everyone.points[GRADED])
    p = model.probability(values)
    np.testing.assert_allclose(some.raw_score, 600 - 50 / np.log(2) * (np.log(p / (1 - p)) + 1.2)[GRADED], atol=1e-3)


def test_an_earlier_day_saves_work_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(BOOSTER)
    today = {code: column.copy() for code, column in FRESH.items()}
    today["Penalties"][:20] += 3
    today = {code: np.concatenate([column, column[:5]])[::-1] for code, column in today.items()}
    graded = np.ones(305, dtype=np.bool_)
    fresh = model.contributions(today, graded)
    earlier = Earlier(FRESH, model.contributions(FRESH, EVERYONE))
    explained = []
    real = FittedBooster._contributions

    def count(self: FittedBooster, matrix: Any) -> Any:
        explained.append(len(matrix))
        return real(self, matrix)

    monkeypatch.setattr(FittedBooster, "_contributions", count)
    again = model.contributions(today, graded, earlier)
    np.testing.assert_array_equal(again.points, fresh.points)
    assert again.base == fresh.base
    assert sum(explained) <= 20
    same = model.contributions(FRESH, EVERYONE, earlier)
    np.testing.assert_array_equal(same.points, earlier.contributions.points)


def test_candidates_without_keys_ignore_the_earlier_day() -> None:
    for estimator in candidates()[1:]:
        model = model_of(estimator.fit(cohort()))
        plain = model.contributions(FRESH, EVERYONE)
        np.testing.assert_array_equal(model.contributions(FRESH, EVERYONE, Earlier(FRESH, plain)).points, plain.points)


def test_nobody_graded() -> None:
    for estimator in candidates():
        found = model_of(estimator.fit(cohort())).contributions(FRESH, ~EVERYONE)
        assert found.points.shape == (0, len(INDICATORS))
