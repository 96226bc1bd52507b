"""Exact limits of the funnel: against the plain sum, and in their order."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.views.funnel import level, tail_at_least


@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.001, 0.999))
def test_the_tail_is_the_plain_sum(hits: int, size: int, share: float) -> None:
    plain = sum(comb(size, k) * share**k * (1 - share) ** (size - k) for k in range(hits, size + 1))
    assert tail_at_least(hits, size, share) == pytest.approx(plain, abs=1e-9)


@given(st.integers(20, 500), st.floats(0.01, 0.6))
def test_more_hits_never_lower_the_level(size: int, share: float) -> None:
    levels = [level(hits, size, share) or 0 for hits in range(size + 1)]
    assert levels == sorted(levels)


def test_small_groups_are_not_compared() -> None:
    assert level(19, 19, 0.1) is None
    assert level(20, 20, 0.1) == 2


def test_edges() -> None:
    assert tail_at_least(0, 50, 0.2) == 1.0
    assert tail_at_least(1, 50, 0.0) == 0.0
    assert tail_at_least(50, 50, 1.0) == 1.0
    assert level(0, 50, 0.0) == 0
    assert level(5_000, 100_000, 0.05) == 0
    assert level(5_400, 100_000, 0.05) == 2
