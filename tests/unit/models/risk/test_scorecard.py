"""The scorecard: weights are never negative, and the file says by itself what every enterprise gets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.risk import scorecard
from models.risk.scorecard import Scorecard
from pipeline.errors import BadDeclaration
from tests.cohort import CODES, INDICATORS, TRADE, cohort, indicator, values_of

SAMPLE = cohort()
FITTED = Scorecard(INDICATORS).fit(SAMPLE)
FRESH = values_of(200, np.random.default_rng(99))


def test_learns_what_was_planted() -> None:
    on_the_card = {row.bins.indicator.code for row in FITTED.rows}
    assert {"Penalties", "Age", "Trade", "Debt"} <= on_the_card
    assert all(row.weight > 0 for row in FITTED.rows)
    base_rate = SAMPLE.adverse.mean()
    assert (1 / (1 + np.exp(-FITTED.margin(SAMPLE.values)))).mean() == pytest.approx(base_rate, abs=1e-3)


def test_a_shadow_of_another_indicator_gets_no_negative_weight() -> None:
    shadow = indicator("Shadow", INDICATORS[0].direction)
    values = dict(SAMPLE.values) | {"Shadow": SAMPLE.values["Penalties"] + np.random.default_rng(1).normal(0, 1, 1500)}
    fitted = Scorecard((*INDICATORS, shadow)).fit(replace(SAMPLE, values=values))
    assert all(row.weight > 0 for row in fitted.rows)


def test_the_file_alone_gives_the_margin(tmp_path: Path) -> None:
    FITTED.save(tmp_path)
    card = json.loads((tmp_path / scorecard.FILE).read_text(encoding="utf-8"))
    expected = [_by_hand(card, {code: FRESH[code][row] for code in CODES}) for row in range(200)]
    np.testing.assert_allclose(FITTED.margin(FRESH), expected, atol=1e-5)
    assert set(card["not_on_the_card"]) | {row["code"] for row in card["indicators"]} == set(CODES)
    one = card["indicators"][0]["bins"][0]
    assert one["points"] == pytest.approx(-50 / np.log(2) * one["part"], abs=0.01)


def test_a_changed_declaration_is_noticed(tmp_path: Path) -> None:
    FITTED.save(tmp_path)
    more = tuple(replace(i, levels=(*i.levels, "mine")) if i is TRADE else i for i in INDICATORS)
    with pytest.raises(BadDeclaration, match="mine"):
        scorecard.load(tmp_path, more)
    with pytest.raises(BadDeclaration, match="Penalties"):
        scorecard.load(tmp_path, INDICATORS[1:])


def _by_hand(card: dict[str, Any], firm: dict[str, Any]) -> float:
    margin = card["base"]
    for row in card["indicators"]:
        value = firm[row["code"]]
        if value is None or value != value:
            margin += row["weight"] * row["missing"]["woe"]
            continue
        for one in row["bins"]:
            if "levels" in one:
                holds = value in one["levels"]
            else:
                holds = (one["from"] is None or value >= one["from"]) and (one["below"] is None or value < one["below"])
            margin += row["weight"] * one["woe"] if holds else 0.0
    return float(margin)
