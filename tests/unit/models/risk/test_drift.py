"""Drift alarms: quiet where nothing moved, whatever the sample size; loud where something did."""

from __future__ import annotations

import numpy as np
import pytest

from models.risk.drift import number_shift, outcome_drift, psi, quarters


@pytest.mark.parametrize(("rows", "critical"), [(100, 0.338), (3_000, 0.0113), (150_000, 0.000226)])
def test_critical_value_knows_the_sample_size(rows: int, critical: float) -> None:
    even = np.full(10, rows // 10)
    shift = psi("x", even, even)
    assert shift.psi == 0.0 and not shift.is_alarm
    assert shift.critical == pytest.approx(critical, rel=0.01)


def test_chance_exceeds_the_critical_value_in_five_of_a_hundred_cases() -> None:
    random = np.random.default_rng(3)
    above = [
        (s := number_shift("x", random.normal(size=500), random.normal(size=700))).psi > s.critical for _ in range(1000)
    ]
    assert 0.03 < np.mean(above) < 0.08


def test_small_samples_need_more_than_a_tenth_and_large_ones_more_than_significance() -> None:
    random = np.random.default_rng(4)
    large = number_shift("x", random.normal(size=100_000), random.normal(0.05, size=100_000))
    assert large.psi > large.critical and not large.is_alarm, "significant, but it does not matter"
    moved = number_shift("x", random.normal(size=2_000), random.normal(0.8, size=2_000))
    assert moved.is_alarm


def test_missing_values_are_a_bin() -> None:
    then = np.arange(1000.0)
    now = np.where(np.arange(1000) % 2, np.nan, then)
    assert number_shift("x", then, now).is_alarm
    assert not number_shift("x", now, now[::-1]).is_alarm
    assert np.isnan(number_shift("x", np.empty(0), now).psi)


def test_interval_is_that_of_the_poisson_binomial() -> None:
    """Against the exact distribution, by convolution."""
    p = np.random.default_rng(5).beta(0.5, 10, size=800)
    exact = np.array([1.0])
    for one in p:
        exact = np.convolve(exact, [1 - one, one])
    until = np.cumsum(exact)
    found = outcome_drift("q", p, np.zeros(800, bool))
    assert abs(found.low - np.searchsorted(until, 0.005)) <= 1
    assert abs(found.high - np.searchsorted(until, 0.995)) <= 1
    assert found.expected == pytest.approx(p.sum())


def test_alarm_takes_both_significance_and_a_factor() -> None:
    p = np.full(10_000, 0.04)

    def seen(count: int) -> bool:
        return outcome_drift("q", p, np.arange(10_000) < count).is_alarm

    assert not seen(400) and not seen(520), "520 is significant, but a factor of 1.3"
    assert seen(620) and seen(250)
    assert not outcome_drift("q", p[:100], np.arange(100) < 7).is_alarm, "7 instead of 4 is chance"


def test_a_jump_of_the_outcome_alone_is_seen_quarter_by_quarter() -> None:
    """What is recorded as a problem changes on 1 January 2025; no input moves, so PSI is silent."""
    random = np.random.default_rng(6)
    day = np.datetime64("2024-01-01") + np.sort(random.integers(0, 731, size=8_000))
    x = random.normal(-3.3, 0.5, size=8_000)
    p = 1 / (1 + np.exp(-x))
    adverse = random.random(8_000) < np.where(day >= np.datetime64("2025-01-01"), np.minimum(2.6 * p, 1), p)
    found = quarters(p, adverse, day)
    assert [q.period for q in found] == [f"{y}Q{k}" for y in (2024, 2025) for k in (1, 2, 3, 4)]
    assert [q.is_alarm for q in found] == [False] * 4 + [True] * 4
    before = day < np.datetime64("2025-01-01")
    assert not number_shift("score", x[before], x[~before]).is_alarm


def test_a_quiet_model_gives_alarms_rarely() -> None:
    random = np.random.default_rng(8)
    alarms = 0
    for _ in range(500):
        p = random.beta(1, 24, size=900)
        alarms += outcome_drift("q", p, random.random(900) < p).is_alarm
    assert alarms <= 5
