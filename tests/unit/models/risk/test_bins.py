"""Bins: WOE by hand, monotone with the direction, missing apart, levels grouped, thin bins near zero."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from models.risk import bins
from models.risk.bins import SMOOTHING, fit_bins
from tests.cohort import AGE, CAPITAL, NOISE, PENALTIES, TRADE

NAN = float("nan")


def test_woe_by_hand() -> None:
    value = np.repeat([0.0, 1.0, NAN], [600, 300, 100])
    adverse = np.zeros(1000, dtype=np.bool_)
    adverse[:60] = adverse[600:720] = adverse[900:920] = True  # 10 %, 40 % and 20 %; in all 20 %
    found = fit_bins(PENALTIES, {"Penalties": value}, adverse, seed=7)
    assert found.cuts == (1.0,)
    assert [(b.rows, b.adverse) for b in (*found.bins, found.missing)] == [(600, 60), (300, 120), (100, 20)]

    def woe(rows: int, hits: int) -> float:
        return math.log((hits + 0.2 * SMOOTHING) / (rows - hits + 0.8 * SMOOTHING)) - math.log(0.2 / 0.8)

    expected = [woe(600, 60), woe(300, 120), 0.0]
    assert [b.woe for b in (*found.bins, found.missing)] == pytest.approx(expected, abs=1e-6)
    assert found.woe_of({"Penalties": np.array([NAN, 0, 0.99, 1, 50, -3])}) == pytest.approx(
        [0, expected[0], expected[0], expected[1], expected[1], expected[0]], abs=1e-6
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("declared", "sign"), [(NOISE, 1), (AGE, -1)])
def test_woe_follows_the_direction_whatever_the_outcomes(declared: object, sign: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    value = chance.normal(0, 1, 2000)
    adverse = chance.random(2000) < 0.3 + 0.2 * np.sin(3 * value)  # neither rising nor falling
    found = fit_bins(declared, {"Noise": value, "Age": value}, adverse, seed=7)  # type: ignore[arg-type]
    woe = [b.woe for b in found.bins]
    assert all(b > a for a, b in pairwise(woe)) if sign > 0 else woe == sorted(woe, reverse=True)
    assert sum(b.rows for b in found.bins) == 2000


def test_a_wrong_direction_leaves_one_bin() -> None:
    value = np.arange(1000.0)
    found = fit_bins(NOISE, {"Noise": value}, value < 300, seed=7)
    assert len(found.bins) == 1
    assert found.is_flat


def test_without_a_direction_the_middle_may_be_best() -> None:
    value = np.linspace(-3, 3, 3000)
    found = fit_bins(CAPITAL, {"Capital": value}, np.random.default_rng(7).random(3000) < 0.1 * value**2, seed=7)
    woe = [b.woe for b in found.bins]
    assert 3 <= len(woe) <= bins.BINS_AT_MOST
    assert 0 < woe.index(min(woe)) < len(woe) - 1


def test_levels_of_like_risk_share_a_bin_and_all_have_one() -> None:
    chance = np.random.default_rng(7)
    trade = chance.choice(np.array(["farm", "shop", "works"], dtype=object), 6000)
    adverse = chance.random(6000) < np.where(trade == "works", 0.5, 0.1)
    found = fit_bins(TRADE, {"Trade": trade}, adverse, seed=7)
    assert sorted(level for group in found.groups for level in group) == ["farm", "none", "shop", "works"]
    assert found.groups[-2:] == (("works",), ("none",))
    woe = found.woe_of({"Trade": np.array(["works", "farm", None, "none"], dtype=object)})
    assert woe[0] > 0 > woe[1]
    assert woe[2:].tolist() == [0, 0]  # missing and 'none' are nobody's: nothing is known of them


def test_bins_hold_their_share() -> None:
    value = np.random.default_rng(7).random(5000)
    adverse = np.random.default_rng(8).random(5000) < 0.05 + 0.9 * (value > 0.999)  # five rows stand out
    found = fit_bins(NOISE, {"Noise": value}, adverse, seed=7)
    assert min(b.rows for b in found.bins) >= bins.LEAST_SHARE * 5000


def test_a_rare_trouble_keeps_its_bin() -> None:
    value = np.repeat([0.0, 1.0], [4900, 100])
    adverse = np.zeros(5000, dtype=np.bool_)
    adverse[:400] = adverse[4900:4950] = True
    assert fit_bins(PENALTIES, {"Penalties": value}, adverse, seed=7).cuts == (1.0,)


def test_nothing_known_is_flat() -> None:
    adverse = np.arange(100) % 3 == 0
    assert fit_bins(NOISE, {"Noise": np.full(100, NAN)}, adverse, seed=7).is_flat
    nobody = fit_bins(TRADE, {"Trade": np.array([None] * 100, dtype=object)}, adverse, seed=7)
    assert nobody.is_flat
    with pytest.raises(ValueError, match="both outcomes"):
        fit_bins(NOISE, {"Noise": np.arange(100.0)}, np.zeros(100, dtype=np.bool_), seed=7)


def test_float_and_double_lie_in_the_same_bin() -> None:
    value = np.repeat([1 / 3, 2 / 3], 500)
    found = fit_bins(NOISE, {"Noise": value.astype(np.float32)}, np.arange(1000) >= 450, seed=7)
    np.testing.assert_array_equal(found.woe_of({"Noise": value}), found.woe_of({"Noise": value.astype(np.float32)}))
    assert len(found.bins) == 2
