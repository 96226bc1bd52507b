"""The expert card as a candidate: its own points come back, and ranks are made within a day."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from models.risk import expert_estimator
from models.risk.calibrate import Line, points_of
from models.risk.expert import ExpertCard
from models.risk.expert_estimator import AS_OF, ExpertEstimator
from pipeline.errors import BadDeclaration
from tests.cohort import INDICATORS, WEIGHTS, cohort, values_of

FITTED = ExpertEstimator(INDICATORS, WEIGHTS).fit(cohort(20))
VALUES = values_of(200, np.random.default_rng(7))


def test_a_line_of_slope_one_gives_the_cards_points() -> None:
    card = ExpertCard(INDICATORS, WEIGHTS).contributions(VALUES, np.ones(200, dtype=np.bool_))
    points = points_of(FITTED.parts(VALUES), Line(1.0, 0.0), 0.0)
    assert points.base == card.base == 600
    np.testing.assert_allclose(points.points, card.points, atol=1e-4)
    np.testing.assert_allclose(FITTED.margin(VALUES), (600 - card.raw_score) * math.log(2) / 50, atol=1e-6)


def test_ranks_are_made_within_a_day() -> None:
    first, second = values_of(30, np.random.default_rng(1)), values_of(50, np.random.default_rng(2))
    order = np.random.default_rng(3).permutation(80)
    days = np.repeat(np.array(["2018-01-01", "2018-04-01"], dtype="datetime64[D]"), [30, 50])
    both = {code: np.concatenate([first[code], second[code]])[order] for code in first} | {AS_OF: days[order]}
    apart = np.concatenate([FITTED.parts(first).parts, FITTED.parts(second).parts])
    np.testing.assert_array_equal(FITTED.parts(both).parts, apart[order])


def test_a_changed_declaration_is_noticed(tmp_path: Path) -> None:
    FITTED.save(tmp_path)
    np.testing.assert_array_equal(expert_estimator.load(tmp_path, INDICATORS).margin(VALUES), FITTED.margin(VALUES))
    with pytest.raises(BadDeclaration, match="Penalties"):
        expert_estimator.load(tmp_path, INDICATORS[1:])
