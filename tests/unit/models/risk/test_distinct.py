"""Distinct rows: exact, with no columns too, and when every hash collides."""

from __future__ import annotations

import numpy as np
import pytest

from models.risk import distinct
from models.risk.distinct import DistinctRows

KEYS = np.random.default_rng(7).integers(0, 3, (400, 5)).astype(np.uint16)


def check(keys: np.ndarray) -> None:
    found = DistinctRows.of(keys)
    np.testing.assert_array_equal(keys[found.first][found.inverse], keys)
    assert len(found.first) == len(np.unique(keys, axis=0))
    assert all((keys[:place] != keys[place]).any(axis=1).all() for place in found.first)  # the first of its kind


def test_the_first_of_each_kind_stands_for_all() -> None:
    check(KEYS)
    check(np.asfortranarray(KEYS))


def test_a_collision_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "_FNV_PRIME", np.uint64(0))
    check(KEYS)


def test_without_columns_all_rows_are_one() -> None:
    found = DistinctRows.of(np.empty((4, 0), dtype=np.uint16))
    assert found.first.tolist() == [0]
    assert found.inverse.tolist() == [0, 0, 0, 0]
    assert len(DistinctRows.of(np.empty((0, 3), dtype=np.uint16)).first) == 0
