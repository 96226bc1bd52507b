"""A made-up cohort for the candidates: few indicators of every kind, outcomes that depend on them, values missing."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.risk.booster import Booster
from models.risk.counting import TroubleCount
from models.risk.estimator import Estimator, Sample
from models.risk.expert import ExpertWeights
from models.risk.expert_estimator import AS_OF, ExpertEstimator
from models.risk.scorecard import Scorecard
from pipeline.domain import Dimension, Text
from pipeline.indicators.indicator import Direction, Indicator, Query
from pipeline.settings import DEFAULT_DATA


def indicator(code: str, direction: Direction = Direction.NEUTRAL, levels: tuple[str, ...] = ()) -> Indicator:
    return Indicator(
        code=code, title=Text(f"{code}名", f"{code} title"), dimension=Dimension.SUPERVISION, category=4,
        legal_basis=("x",), form=Query("SELECT 1", ()), when_none=None, unit="", direction=direction,
        reason=Text("为{value}" if levels else "为{value:.1f}", "is {value}" if levels else "is {value:.1f}"),
        definition=Text("义", "meaning"), levels=levels,
    )  # fmt: skip


PENALTIES = indicator("Penalties", Direction.HIGHER_IS_RISKIER)
AGE = indicator("Age", Direction.LOWER_IS_RISKIER)
CAPITAL = indicator("Capital")
TRADE = indicator("Trade", levels=("farm", "shop", "works", "none"))
NOISE = indicator("Noise", Direction.HIGHER_IS_RISKIER)
DEBT = indicator("Debt", Direction.HIGHER_IS_RISKIER)
INDICATORS = (PENALTIES, AGE, TRADE, CAPITAL, NOISE, DEBT)
CODES = tuple(i.code for i in INDICATORS)
WEIGHTS = ExpertWeights.load(DEFAULT_DATA / "policy" / "expert.toml", date(2026, 1, 1))


def values_of(rows: int, chance: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Age, Capital, Debt and Trade are missing for some; nobody has the trade 'none'."""
    trade = chance.choice(np.array(["farm", "shop", "works", None], dtype=object), rows, p=[0.4, 0.4, 0.15, 0.05])
    values: dict[str, NDArray[Any]] = {
        "Penalties": chance.poisson(0.4, rows).astype(np.float64),
        "Age": np.where(chance.random(rows) < 0.1, np.nan, chance.gamma(2, 4, rows)),
        "Trade": trade,
        "Capital": np.where(chance.random(rows) < 0.3, np.nan, chance.normal(5, 2, rows)),
        "Noise": chance.normal(0, 1, rows),
        "Debt": np.where(chance.random(rows) < 0.2, np.nan, chance.random(rows)),
    }
    return values


def cohort(rows: int = 1500, seed: int = 7) -> Sample:
    """A sample whose firms appear at two dates, in half of the rows each."""
    chance = np.random.default_rng(seed)
    values = values_of(rows, chance)
    odds = (
        -1.5
        + 0.8 * values["Penalties"]
        - 0.08 * np.nan_to_num(values["Age"], nan=4.0)
        + 0.9 * (values["Trade"] == "works")
        + 0.2 * np.abs(np.nan_to_num(values["Capital"], nan=8.0) - 5)
        + 1.0 * np.nan_to_num(values["Debt"], nan=0.9)
    )
    adverse = chance.random(rows) < 1 / (1 + np.exp(-odds))
    as_of = np.where(np.arange(rows) % 2 == 0, np.datetime64("2018-01-01"), np.datetime64("2018-04-01"))
    firm = np.array([f"F{n // 2:05d}" for n in range(rows)], dtype=object)
    return Sample(values | {AS_OF: as_of}, firm, as_of.astype("datetime64[D]"), adverse)


def candidates(indicators: tuple[Indicator, ...] = INDICATORS) -> tuple[Estimator, ...]:
    """All four, small and on one thread."""
    return (
        Booster(indicators, rounds=60, threads=1),
        Scorecard(indicators),
        TroubleCount(indicators, troubles=("Penalties", "Debt")),
        ExpertEstimator(indicators, WEIGHTS),
    )
