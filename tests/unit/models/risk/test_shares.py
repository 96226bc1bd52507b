"""Shares: every row in one bin, the bins of the reference kept, heavy values alone, and back from the file as they were."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.risk import shares
from models.risk.drift import number_shift, shift
from models.risk.shares import ReferenceShares, Shares, of_indicator, of_numbers
from pipeline.indicators.catalogue import INDICATORS

NUMBERS = st.lists(st.one_of(st.integers(-3, 12).map(float), st.just(float("nan"))), max_size=80)
BY_CODE = {i.code: i for i in INDICATORS}


def naive(x: list[float], edges: tuple[float, ...]) -> list[int]:
    """Row by row: how many edges lie at or below the value; the missing ones last."""
    counts = [0] * (len(edges) + 2)
    for value in x:
        counts[-1 if value != value else sum(edge <= value for edge in edges)] += 1
    return counts


@settings(deadline=None)
@given(NUMBERS, NUMBERS)
def test_the_counts_are_those_of_a_look_at_each_row(then: list[float], now: list[float]) -> None:
    reference = of_numbers(np.array(then))
    assert list(reference.counts) == naive(then, reference.edges)
    later = of_numbers(np.array(now), reference)
    assert later.edges == reference.edges and list(later.counts) == naive(now, reference.edges)
    assert sum(later.counts) == len(now)


@settings(deadline=None)
@given(NUMBERS)
def test_a_sample_against_itself_has_not_moved(x: list[float]) -> None:
    found = number_shift("x", np.array(x), np.array(x))
    assert not found.is_alarm and (not x or found.psi == 0)


def test_distinct_values_lie_in_ten_equal_bins() -> None:
    found = of_numbers(np.random.default_rng(3).normal(size=1000))
    assert found.counts == (*[100] * 10, 0)


def test_a_value_that_most_share_hides_nothing() -> None:
    """95 of 100 firms have no penalty; when 20 have one, bins of quantiles alone would see nothing."""
    then = np.repeat([0.0, 1.0, 3.0], [950, 40, 10])
    now = np.repeat([0.0, 1.0, 3.0], [800, 160, 40])
    assert of_numbers(then).counts == (950, 50, 0)
    assert number_shift("penalties", then, now).is_alarm


def test_scores_added_up_in_another_order_stay_in_their_bins() -> None:
    score = np.random.default_rng(4).choice([512.3, 540.1, 580.7, 601.2, 633.3], size=4000)
    reference = of_numbers(score)
    noise = np.random.default_rng(5).normal(scale=1e-4, size=4000)
    assert of_numbers(score + noise, reference) == reference


def test_levels_are_bins_in_their_declared_order_and_the_missing_come_last() -> None:
    kind = BY_CODE["C2_entity_type"]
    found = of_indicator(kind, {kind.code: np.array(["llc", None, "unknown", "llc"], dtype=object)})
    assert found.edges == () and sum(found.counts) == 4 and found.counts[0] == 2 and found.counts[-2:] == (1, 1)


def test_a_level_that_swells_is_an_alarm() -> None:
    kind = BY_CODE["C2_entity_type"]
    then, now = (
        of_indicator(kind, {kind.code: np.repeat(np.array(["llc", "branch"], dtype=object), counts)})
        for counts in ([900, 100], [600, 400])
    )
    assert shift(kind.code, then, now).is_alarm and not shift(kind.code, then, then).is_alarm


def test_they_come_back_from_the_file(tmp_path: Path) -> None:
    one = ReferenceShares(date(2019, 7, 1), {"a": Shares((0.5, 1 / 3), (1, 2, 3, 4))}, {"booster": Shares((), (7, 1))})
    one.save(tmp_path)
    assert shares.load(tmp_path) == one
    assert shares.load(tmp_path / "nowhere") is None


@pytest.mark.parametrize("rows", [0, 1])
def test_next_to_nothing_has_one_bin(rows: int) -> None:
    assert of_numbers(np.full(rows, 2.0)) == Shares((), (rows, 0))
