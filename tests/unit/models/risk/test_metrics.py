"""Every metric against a naive reference that orders the rows one by one, and against scikit-learn."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from models.risk.metrics import METRICS, Ranked, measure, metric

ROWS = st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 9)), min_size=2, max_size=30)


def arrays(rows: list[tuple[int, bool, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    score, adverse, day = (np.array(c) for c in zip(*rows, strict=True))
    return score.astype(float), adverse.astype(bool), np.datetime64("2024-01-01") + day


def naive_over_orders(score: np.ndarray, adverse: np.ndarray, day: np.ndarray) -> dict[str, float]:
    """Mean over all orders of tied rows (few rows only)."""
    found: dict[str, list[float]] = {"lift_top_tenth": [], "first_half": [], "days_earlier": []}
    n = len(score)
    slots = np.sort(day)
    for order in permutations(range(n)):
        if any(score[a] < score[b] for a, b in pairwise(order)):
            continue
        hits = adverse[list(order)]
        for name, share in (("lift_top_tenth", 0.1), ("first_half", 0.5)):
            whole, part = int(share * n), share * n - int(share * n)
            inside = hits[:whole].sum() + (part * hits[whole] if whole < n else 0)
            found[name].append(inside / hits.sum() / (0.1 if share == 0.1 else 1))
        earlier = [
            (day[row] - slots[place]) / np.timedelta64(1, "D") for place, row in enumerate(order) if adverse[row]
        ]
        found["days_earlier"].append(float(np.mean(earlier)))
    return {name: float(np.mean(values)) for name, values in found.items()}


@given(ROWS)
def test_equals_scikit_learn(rows: list[tuple[int, bool, int]]) -> None:
    score, adverse, day = arrays(rows)
    if adverse.all() or not adverse.any():
        assert np.isnan(metric("auc", score, adverse, day))
        return
    false, true, _ = roc_curve(adverse, score, drop_intermediate=False)
    assert metric("auc", score, adverse) == pytest.approx(roc_auc_score(adverse, score))
    assert metric("average_precision", score, adverse) == pytest.approx(average_precision_score(adverse, score))
    assert metric("ks", score, adverse) == pytest.approx(np.abs(true - false).max())


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 5)), min_size=2, max_size=6))
def test_ties_are_the_mean_over_all_orders(rows: list[tuple[int, bool, int]]) -> None:
    score, adverse, day = arrays(rows)
    if adverse.all() or not adverse.any():
        return
    for name, expected in naive_over_orders(score, adverse, day).items():
        assert metric(name, score, adverse, day) == pytest.approx(expected), name


@given(ROWS, st.integers(0, 100))
def test_a_weight_is_a_repetition(rows: list[tuple[int, bool, int]], seed: int) -> None:
    score, adverse, day = arrays(rows)
    times = np.random.default_rng(seed).integers(0, 4, size=len(score))
    again = np.repeat(np.arange(len(score)), times)
    number = (day - day.min()).astype(float)
    weighted = Ranked(score, adverse, number).all(times[None].astype(float))[0]
    if len(again) == 0:
        assert np.isnan(weighted).all()
        return
    repeated = Ranked(score[again], adverse[again], number[again]).all(np.ones((1, len(again))))[0]
    np.testing.assert_allclose(weighted, repeated, atol=1e-9)


def test_worked_example() -> None:
    """Four checks on four days, problems on the last two, ranked first: each is made two days earlier."""
    day = np.array(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"], dtype="datetime64[D]")
    adverse = np.array([False, False, True, True])
    score = np.array([1.0, 2.0, 4.0, 3.0])
    assert metric("days_earlier", score, adverse, day) == 2.0
    assert metric("first_half", score, adverse) == 1.0
    assert metric("days_earlier", np.zeros(4), adverse, day) == 1.0  # any order: the mean slot is day 2.5 of 4


def test_intervals_cluster_by_firm_and_differences_are_paired() -> None:
    random = np.random.default_rng(1)
    firm = np.repeat(np.array([f"F{k}" for k in range(80)], dtype=object), 5)
    trait = np.repeat(random.normal(size=80), 5)
    adverse = np.repeat(random.random(80), 5) < 1 / (1 + np.exp(1 - trait))
    day = np.datetime64("2024-01-01") + np.arange(400)
    scores = {"good": trait, "noisy": trait + random.normal(size=400), "same": 2 * trait}
    by_firm = measure(scores, adverse, firm, day, replicates=300)
    alone = measure(scores, adverse, np.full(400, None), day, replicates=300)
    wide, narrow = by_firm.of("good")["auc"], alone.of("good")["auc"]
    assert wide.value == narrow.value == pytest.approx(roc_auc_score(adverse, trait))
    assert wide.low < wide.value < wide.high
    assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low), "a firm's checks are alike"
    assert by_firm.firms == 80 and alone.firms == 400
    for name in METRICS:
        same = by_firm.difference("good", "same")[name]
        assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    assert by_firm.difference("good", "noisy")["auc"].low > 0
    assert measure(scores, adverse, firm, day, replicates=300).of("good") == by_firm.of("good")


def test_a_row_without_a_score_is_refused() -> None:
    with pytest.raises(ValueError, match="without a score"):
        metric("auc", np.array([1.0, np.nan]), np.array([True, False]))
