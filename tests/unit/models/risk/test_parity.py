"""Parity: the ratio is that of the sums, its interval covers, it widens where rows are of the same firms."""

from __future__ import annotations

import numpy as np
import pytest

from models.risk import registry
from models.risk.parity import ratio_of
from tests.learning import Learned


def drawn(seed: int, firms: int = 300, rows: int = 4, factor: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Firms with a habit of their own, each seen several times."""
    chance = np.random.default_rng(seed)
    p = chance.uniform(0.05, 0.5, firms)
    habit = np.clip(factor * p * chance.gamma(4, 0.25, firms), 0, 1)
    firm = np.repeat(np.array([f"F{n}" for n in range(firms)], dtype=object), rows)
    return firm, np.repeat(p, rows), chance.random(firms * rows) < np.repeat(habit, rows)


def test_the_ratio_is_that_of_the_sums() -> None:
    firm, p, adverse = drawn(1)
    found = ratio_of(firm, p, adverse)
    assert found and found[0] == pytest.approx(adverse.sum() / p.sum()) and found[1] < found[0] < found[2]


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    held = sum(low <= 1 <= high for n in range(400) for _, low, high in [ratio_of(*drawn(n, firms=120))])  # type: ignore[misc]
    assert 0.91 <= held / 400 <= 0.99


def test_a_group_of_which_too_little_is_expected_lies_above_one() -> None:
    found = ratio_of(*drawn(2, factor=1.6))
    assert found and found[1] > 1


def test_rows_of_the_same_firms_are_not_independent() -> None:
    firm, p, adverse = drawn(3)
    alone = np.array([f"{n}" for n in range(len(firm))], dtype=object)
    (_, low, high), (_, narrow_low, narrow_high) = ratio_of(firm, p, adverse), ratio_of(alone, p, adverse)  # type: ignore[misc]
    assert high - low > narrow_high - narrow_low


def test_nothing_found_and_nothing_expected() -> None:
    firm = np.array(["a", "b"], dtype=object)
    none = ratio_of(firm, np.array([0.5, 0.5]), np.zeros(2, bool))
    assert none and none[:2] == (0.0, 0.0) and none[2] == pytest.approx(3.689)
    assert ratio_of(firm, np.zeros(2), np.zeros(2, bool)) is None


def test_the_card_holds_groups_that_add_up_to_the_tested_rows(learned: Learned) -> None:
    said = registry.card(learned.settings, str(learned.summary.model_id))
    rows = {}
    for group in said["parity"]:
        rows[group["by"]] = rows.get(group["by"], 0) + group["rows"]
        assert group["firms"] <= group["rows"] and (
            group["low"] is None or group["low"] <= group["ratio"] <= group["high"]
        )
    tested = sum(of["test_rows"] for of in said["data"]["origins"].values())
    assert rows == dict.fromkeys(("all", "field", "unit", "age"), tested)
