"""The line: known lines come back, the slope stays above zero, points follow the formula; curve and error by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.risk.calibrate import (
    LEAST_SLOPE,
    Line,
    calibration_error,
    fit_line,
    isotonic,
    log_odds,
    logistic,
    points_of,
)
from models.risk.estimator import Parts

CHANCE = np.random.default_rng(7)
MARGIN = CHANCE.normal(-1, 1.5, 20_000)
ADVERSE = CHANCE.random(20_000) < logistic(0.7 * MARGIN - 0.4)


def test_a_planted_line_comes_back() -> None:
    line = fit_line(MARGIN, ADVERSE)
    assert line.slope == pytest.approx(0.7, abs=0.04)
    assert line.intercept == pytest.approx(-0.4, abs=0.06)
    assert line.probability(MARGIN).mean() == pytest.approx(ADVERSE.mean(), abs=1e-3)


def test_it_is_the_line_of_greatest_likelihood() -> None:
    other = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(MARGIN[:, None], ADVERSE)
    line = fit_line(MARGIN, ADVERSE)  # Platt's outcomes differ from 0 and 1 by 1/5,000
    assert (line.slope, line.intercept) == pytest.approx((other.coef_[0, 0], other.intercept_[0]), abs=2e-3)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_the_unit_of_the_margin_does_not_matter(scale: float) -> None:
    line = fit_line(MARGIN[:2000] * scale, ADVERSE[:2000])
    plain = fit_line(MARGIN[:2000], ADVERSE[:2000])
    if plain.slope / scale > LEAST_SLOPE:
        assert line.slope * scale == pytest.approx(plain.slope, rel=1e-4)
    else:
        assert line.slope == LEAST_SLOPE


@pytest.mark.parametrize(
    ("margin", "adverse"),
    [
        (MARGIN, ~ADVERSE),  # upside down
        (np.full(100, 3.0), np.arange(100) < 20),  # says nothing
        (np.arange(100.0), np.arange(100) > 60),  # tells all apart
        (np.array([0.0, 1.0]), np.array([False, True])),
    ],
)
def test_the_slope_is_above_zero_and_finite(margin: np.ndarray, adverse: np.ndarray) -> None:
    line = fit_line(margin, adverse)
    assert LEAST_SLOPE <= line.slope < math.inf
    assert line.probability(margin).mean() == pytest.approx(adverse.mean(), abs=0.03)


def test_one_outcome_has_no_line() -> None:
    with pytest.raises(ValueError, match="both outcomes"):
        fit_line(MARGIN, np.zeros(len(MARGIN), dtype=np.bool_))
    for slope in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="slope"):
            Line(slope, 0.0)


def test_points_by_hand() -> None:
    parts = Parts(-1.0, ("a", "b"), np.array([[1.0, -0.5], [0.0, 0.0]], dtype=np.float32))
    given = points_of(parts, Line(2.0, 0.25), log_odds(0.2))
    k = 50 / math.log(2)
    assert given.points.dtype == np.float32
    np.testing.assert_allclose(given.points, [[-2 * k, k], [0, 0]], rtol=1e-6)
    assert given.base == pytest.approx(600 - k * (2 * -1 + 0.25 - math.log(0.25)), abs=1e-4)
    p = Line(2.0, 0.25).probability(parts.margin)
    np.testing.assert_allclose(given.raw_score, 600 - k * (np.log(p / (1 - p)) - log_odds(0.2)), atol=1e-3)


def test_the_worked_example_of_the_documentation() -> None:
    parts = Parts(-0.9, ("penalties", "problems", "age"), np.array([[0.4, 0.25, -0.15]], dtype=np.float32))
    line = Line(0.9, -0.05)
    given = points_of(parts, line, log_odds(0.3))
    assert given.base == pytest.approx(600.92, abs=0.005)
    assert given.points[0].tolist() == pytest.approx([-25.97, -16.23, 9.74], abs=0.005)
    assert given.raw_score[0] == pytest.approx(568.46, abs=0.005)
    assert line.probability(parts.margin)[0] == pytest.approx(0.399, abs=0.0005)


def test_fifty_points_halve_the_odds() -> None:
    parts = Parts(0.0, ("a",), np.array([[0.0], [-math.log(2)]], dtype=np.float32))
    scores = points_of(parts, Line(1.0, 0.0), 0.0).raw_score
    np.testing.assert_allclose(scores, [600, 650], atol=1e-4)


def test_the_curve_rises_and_lies_near_a_true_line() -> None:
    curve = isotonic(MARGIN, ADVERSE)
    assert (np.diff(curve.probability) >= 0).all()
    at = np.linspace(-3, 1, 20)
    np.testing.assert_allclose(curve.at(at), logistic(0.7 * at - 0.4), atol=0.06)


def test_calibration_error_by_hand() -> None:
    p = np.repeat([0.1, 0.3], 50)
    adverse = np.concatenate([np.arange(50) < 10, np.arange(50) < 15])  # 20 % and 30 %
    assert calibration_error(p, adverse) == pytest.approx(0.5 * 0.1)
    assert calibration_error(p, p) == 0
    assert calibration_error(logistic(0.7 * MARGIN - 0.4), ADVERSE) < 0.01
    assert calibration_error(np.full(10, 0.5), np.ones(10)) == pytest.approx(0.5)


def test_logistic_does_not_overflow() -> None:
    with np.errstate(all="raise"):
        assert logistic(np.array([-800.0, 0, 800])).tolist() == [0, 0.5, 1]
