"""Problem rates by grade: intervals that hold, firms that are alike, grades that can or can't be told apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from models.risk.grade_rates import grade_rates, wilson


def checks(*spec: tuple[str, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(grade, checks, problems) each of a firm of its own."""
    grade = np.concatenate([np.full(n, g, dtype=object) for g, n, _ in spec])
    adverse = np.concatenate([np.arange(n) < k for _, n, k in spec])
    firm = np.array([f"F{i}" for i in range(len(grade))], dtype=object)
    return grade, adverse, firm


def test_wilson() -> None:
    """10 of 250, by scipy's own Wilson interval."""
    found, expected = wilson(0.04, 250), binomtest(10, 250).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_rates_rise_and_pairs_say_so() -> None:
    found = grade_rates(*checks(("A", 400, 8), ("B", 400, 40), ("E", 50, 25)))
    assert [(r.grade, r.checks, r.problems) for r in found.rates] == [("A", 400, 8), ("B", 400, 40), ("E", 50, 25)]
    assert [(p.better, p.worse, p.verdict) for p in found.pairs] == [("A", "B", "rising"), ("B", "E", "rising")]


def test_difference_is_newcombes() -> None:
    """Newcombe 1998, table II (a): 56/70 − 48/80 = 0.20, method 10: 0.0524 to 0.3339."""
    pair = grade_rates(*checks(("A", 80, 48), ("B", 70, 56))).pairs[0].difference
    # between firms the variance is that of independent checks but for firms / (firms − 1)
    assert (pair.value, pair.low, pair.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=2e-3)


def test_reversed_and_not_told_apart() -> None:
    found = grade_rates(*checks(("A", 300, 60), ("B", 300, 15), ("C", 30, 3)))
    assert [p.verdict for p in found.pairs] == ["reversed", "not_told_apart"]


def test_a_firms_checks_are_alike() -> None:
    grade, adverse, firm = checks(("A", 400, 40), ("B", 400, 60))
    alone = grade_rates(grade, adverse, firm)
    alike = grade_rates(grade, adverse, np.repeat(np.array([f"F{i}" for i in range(80)], dtype=object), 10))
    assert alone.rates[0].rate.value == alike.rates[0].rate.value
    width = [r.rates[0].rate.high - r.rates[0].rate.low for r in (alone, alike)]
    assert width[1] > 2 * width[0]


def test_without_a_problem_firms_count() -> None:
    grade, adverse, _ = checks(("A", 100, 0))
    one = grade_rates(grade, adverse, np.full(100, "F", dtype=object)).rates[0].rate
    many = grade_rates(grade, adverse, np.arange(100).astype(str).astype(object)).rates[0].rate
    assert one.high > 0.7 and many.high < 0.05


def test_what_has_no_grade_is_counted() -> None:
    grade = np.array(["A", None, float("nan"), "B"], dtype=object)
    found = grade_rates(grade, np.array([False, True, False, True]), np.array(list("wxyz"), dtype=object))
    assert found.ungraded == 2 and len(found.pairs) == 1
    assert grade_rates(np.array([None], dtype=object), np.array([True]), np.array(["w"], dtype=object)).rates == ()
