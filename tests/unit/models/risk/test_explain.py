"""Sentences in both languages for every indicator of the catalogue; the waterfall ends at the score."""

from __future__ import annotations

import re

import numpy as np
import pytest

from models.risk.explain import Reason, sentence, waterfall
from pipeline.indicators.catalogue import INDICATORS as CATALOGUE
from pipeline.indicators.indicator import Indicator
from tests.cohort import AGE, INDICATORS, TRADE


def say(code: str, value: float | str | None, language: str) -> str:
    return sentence(Reason(code, value, -12.5, 1), INDICATORS, language)


def test_sentences_by_hand() -> None:
    assert (say("Age", 2.25, "zh"), say("Age", 2.25, "en")) == ("为2.2", "is 2.2")
    assert (say("Age", None, "zh"), say("Age", None, "en")) == ("Age名：无数据", "Age title: no data")
    assert say("Age", float("nan"), "zh") == say("Age", None, "zh")
    assert (say("Trade", "shop", "zh"), say("Trade", "shop", "en")) == ("为shop", "is shop")
    assert (say("Trade", None, "zh"), say("Trade", None, "en")) == (
        "Trade名：按所属类别",
        "Trade title: by its category",
    )
    with pytest.raises(KeyError):
        say("Unknown", 1.0, "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("indicator", CATALOGUE, ids=lambda i: i.code)
def test_every_indicator_can_be_said(indicator: Indicator, language: str) -> None:
    given: tuple[float | str | None, ...] = (0.0, 1.0, -3.75, 1826.0, 1.5e12, np.float64(0.333), None)
    for value in (*indicator.levels, None) if indicator.levels else given:
        said = sentence(Reason(indicator.code, value, -1.0, 1), CATALOGUE, language)
        assert said.strip() == said and len(said) > 3
        assert not re.search(r"[{}]|nan|None|inf\b", said), said
        if language == "zh":
            assert re.search(r"[一-龥]", said)
        else:
            assert not re.search(r"[一-龥]", said)


def test_a_waterfall_by_hand() -> None:
    points = np.array([-20, 5, 0, -1, 30], dtype=np.float32)
    steps = waterfall(600.0, ("a", "b", "c", "d", "e"), points, count=2)
    assert [(s.code, s.points, s.before, s.after) for s in steps] == [
        ("a", -20, 600, 580),
        ("e", 30, 580, 610),
        (None, 4, 610, 614),
    ]
    whole = waterfall(600.0, ("a", "b", "c", "d", "e"), points)
    assert [s.code for s in whole] == ["a", "d", "b", "e"]
    assert whole[-1].after == 614
    assert waterfall(600.0, ("a",), np.zeros(1, dtype=np.float32)) == ()


def test_the_cohort_has_both_kinds() -> None:
    assert TRADE.levels and not AGE.levels
