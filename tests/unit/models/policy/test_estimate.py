"""Problem rates: right on average, with intervals that cover what they promise."""

from __future__ import annotations

import random
from statistics import mean

import pandas as pd
import pytest
from scipy.stats import beta

from models.policy.estimate import (
    DESIGN,
    PLAIN,
    StratumOutcome,
    clopper_pearson,
    plain_rates,
    problem_rates,
    rate_of,
    wilson,
)

CITIES = {
    "few, rare": [(80, 2, 0.05)] * 7,
    "many": [(120, 12, 0.3)] * 8,
    "one a stratum": [(30, 1, 0.2)] * 8,
    "unequal": [(500, 20, 0.02), (100, 10, 0.2), (50, 12, 0.4)],
}
"""Strata as (firms, checks, share with problems)."""


@pytest.mark.parametrize("strata", CITIES.values(), ids=CITIES)
def test_the_interval_covers_the_truth_at_least_as_often_as_it_says(strata: list[tuple[int, int, float]]) -> None:
    rnd = random.Random(7)
    firms = [[1] * round(n * p) + [0] * (n - round(n * p)) for n, _, p in strata]
    truth = sum(map(sum, firms)) / sum(map(len, firms))
    found = [
        rate_of(
            "A", [StratumOutcome(len(f), n, sum(rnd.sample(f, n))) for f, (_, n, _) in zip(firms, strata, strict=True)]
        )
        for _ in range(600)
    ]
    assert mean((e.low or 0) <= truth <= (e.high or 0) for e in found) >= 0.95
    assert mean(e.rate or 0 for e in found) == pytest.approx(truth, abs=0.012), "unbiased"


def test_everybody_checked_leaves_no_doubt_and_nobody_checked_leaves_nothing() -> None:
    whole = rate_of("E", [StratumOutcome(10, 10, 4)])
    assert (whole.rate, whole.low, whole.high) == (0.4, 0.4, 0.4)
    nobody = rate_of("A", [StratumOutcome(10, 0, 0)])
    assert not nobody.is_estimable and nobody.frame == 10 and nobody.covered == 0
    partly = rate_of("A", [StratumOutcome(10, 0, 0), StratumOutcome(30, 5, 0)])
    assert (partly.rate, partly.frame, partly.covered) == (0.0, 40, 30) and (partly.high or 0) > 0.3


def test_weights_undo_the_unequal_probabilities() -> None:
    outcomes = pd.DataFrame(
        {
            "grade": ["A", "A"],
            "size": [900, 100],
            "completed": [9, 50],
            "problems": [0, 50],
            "draw_id": "D",
            "unit": "U",
            "part": "",
        }
    )
    (found,) = problem_rates(outcomes)
    assert found.rate == pytest.approx(0.1) and found.problems / found.checked > 0.8 and found.method is DESIGN


def test_wilson_and_the_exact_interval_are_the_textbooks() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(5, 20) == pytest.approx((0.1119, 0.4687), abs=1e-4)
    assert clopper_pearson(0.25, 20) == pytest.approx((beta.ppf(0.025, 5, 16), beta.ppf(0.975, 6, 15)), abs=1e-9)
    assert clopper_pearson(0.0, 10)[0] == 0.0 and clopper_pearson(1.0, 10)[1] == 1.0


def test_past_checks_are_labelled_as_what_they_are() -> None:
    (found,) = plain_rates(pd.DataFrame({"grade": ["D", "D", "E"], "checks": [10, 10, 0], "problems": [2, 3, 0]}))
    assert (found.grade, found.rate, found.method) == ("D", 0.25, PLAIN)
