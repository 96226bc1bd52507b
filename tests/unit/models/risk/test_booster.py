"""The booster: parts are Shapley values, the same row is explained once, rounds are settled on a later period."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.risk import booster
from models.risk.booster import Booster, FittedBooster
from models.risk.estimator import Sample
from models.risk.explain import shap_gap
from pipeline.errors import BadDeclaration
from tests.cohort import CODES, INDICATORS, TRADE, cohort, values_of

SAMPLE = cohort()
FITTED = Booster(INDICATORS, rounds=40, threads=1).fit(SAMPLE)
FRESH = values_of(300, np.random.default_rng(99))


def test_learns_what_was_planted() -> None:
    margin = FITTED.margin(FRESH)
    assert margin[FRESH["Penalties"] >= 2].mean() > margin[FRESH["Penalties"] == 0].mean() + 0.5
    assert margin[FRESH["Trade"] == "works"].mean() > margin[FRESH["Trade"] == "farm"].mean()


def test_rounds_are_settled_on_the_later_period() -> None:
    earlier, later = cohort(seed=1), cohort(seed=2)
    settled = Booster(INDICATORS, threads=1).settle(earlier, later)
    assert settled.rounds is not None and 1 <= settled.rounds < booster.ROUNDS_AT_MOST
    shuffled = replace(later, adverse=np.random.default_rng(0).permutation(later.adverse))
    assert (Booster(INDICATORS, threads=1).settle(earlier, shuffled).rounds or 0) < settled.rounds
    assert settled.fit(earlier).model.num_boosted_rounds() == settled.rounds


def test_threads_do_not_change_the_model() -> None:
    two = Booster(INDICATORS, rounds=40, threads=2).fit(SAMPLE)
    assert two.model.save_raw("ubj") == FITTED.model.save_raw("ubj")


def test_another_seed_is_another_model() -> None:
    assert Booster(INDICATORS, seed=8, rounds=40, threads=1).fit(SAMPLE).model.save_raw("ubj") != FITTED.model.save_raw(
        "ubj"
    )


def test_the_same_row_is_explained_once(monkeypatch: pytest.MonkeyPatch) -> None:
    explained = []
    real = FittedBooster._contributions

    def count(self: FittedBooster, matrix: Any) -> Any:
        explained.append(len(matrix))
        return real(self, matrix)

    monkeypatch.setattr(FittedBooster, "_contributions", count)
    monkeypatch.setattr(booster, "BATCH", 100)
    thrice = {code: np.tile(column, 3) for code, column in FRESH.items()}
    once = FITTED.parts(FRESH).parts
    explained.clear()
    np.testing.assert_array_equal(FITTED.parts(thrice).parts, np.tile(once, (3, 1)))
    assert sum(explained) <= 300
    assert max(explained) <= 100


def test_rows_between_the_same_thresholds_share_keys_and_parts() -> None:
    ages = np.sort(np.array([t for name, t in _splits(FITTED) if name == "Age"], dtype=np.float32))
    low, high = ages[0], ages[1]
    base = {code: column[:4].copy() for code, column in FRESH.items()}
    for code in CODES:
        base[code][:] = FRESH[code][0]
    base["Age"] = np.array([low, (low + high) / 2, np.nextafter(high, np.float32(0)), high], dtype=np.float64)
    keys, parts = FITTED.keys(base), FITTED.parts(base).parts
    assert (keys[:3] == keys[0]).all() and (keys[3] != keys[0]).any()
    one_by_one = [FITTED.parts({code: column[k : k + 1] for code, column in base.items()}).parts[0] for k in range(4)]
    np.testing.assert_array_equal(parts, np.array(one_by_one))


def test_parts_are_shapley_values() -> None:
    """Against the definition: every coalition of columns, expectations along the trees weighted by their cover."""
    small = (INDICATORS[0], INDICATORS[1], INDICATORS[3], INDICATORS[5])
    fitted = Booster(small, rounds=5, threads=1).fit(SAMPLE)
    matrix = fitted.coding.matrix(FRESH)[:12]
    parts = fitted.parts({code: column[:12] for code, column in FRESH.items()})
    trees = json.loads(fitted.model.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
    for row, found in zip(matrix, parts.parts, strict=True):
        expected = [_shapley(trees, row, column) for column in range(4)]
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_shap_agrees() -> None:
    pytest.importorskip("shap")
    assert shap_gap(FITTED, {code: column[:50] for code, column in FRESH.items()}) < 1e-4


def test_no_rows_no_parts() -> None:
    nobody = {code: column[:0] for code, column in FRESH.items()}
    assert FITTED.margin(nobody).shape == (0,)
    parts = FITTED.parts(nobody)
    assert parts.parts.shape == (0, len(CODES))
    assert parts.base == FITTED.parts(FRESH).base


def test_a_changed_declaration_is_noticed(tmp_path: Path) -> None:
    FITTED.save(tmp_path)
    more = tuple(replace(i, levels=(*i.levels, "mine")) if i is TRADE else i for i in INDICATORS)
    with pytest.raises(BadDeclaration, match="Trade=mine"):
        booster.load(tmp_path, more)
    with pytest.raises(BadDeclaration, match="order"):
        booster.load(tmp_path, INDICATORS[::-1])


def test_one_outcome_is_not_enough() -> None:
    nothing = replace(SAMPLE, adverse=np.zeros_like(SAMPLE.adverse))
    with pytest.raises(ValueError, match="both outcomes"):
        Booster(INDICATORS, threads=1).fit(nothing)


def _splits(fitted: FittedBooster) -> list[tuple[str, float]]:
    frame = fitted.model.trees_to_dataframe()
    frame = frame[frame["Feature"] != "Leaf"]
    return list(zip(frame["Feature"], frame["Split"], strict=True))


def _expected(tree: dict[str, Any], row: Any, known: frozenset[int], node: int = 0) -> float:
    """Mean of the leaves that `row` can reach when only the columns in `known` are looked at."""
    left, right = tree["left_children"][node], tree["right_children"][node]
    if left < 0:
        return float(tree["split_conditions"][node])
    value = row[tree["split_indices"][node]]
    if tree["split_indices"][node] in known:
        goes_left = (
            tree["default_left"][node] if np.isnan(value) else value < np.float32(tree["split_conditions"][node])
        )
        return _expected(tree, row, known, left if goes_left else right)
    cover = tree["sum_hessian"]
    both = cover[left] * _expected(tree, row, known, left) + cover[right] * _expected(tree, row, known, right)
    return float(both / (cover[left] + cover[right]))


def _shapley(trees: list[dict[str, Any]], row: Any, column: int) -> float:
    others = [c for c in range(len(row)) if c != column]
    total = 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(row) - size - 1) / factorial(len(row))
        for group in combinations(others, size):
            known = frozenset(group)
            total += weight * sum(_expected(t, row, known | {column}) - _expected(t, row, known) for t in trees)
    return total


def test_the_sample_itself_is_left_alone() -> None:
    before = {code: column.copy() for code, column in SAMPLE.values.items()}
    Booster(INDICATORS, rounds=2, threads=1).fit(Sample(SAMPLE.values, SAMPLE.firm, SAMPLE.as_of, SAMPLE.adverse))
    for code, column in before.items():
        assert (column == SAMPLE.values[code])[column == column].all()
