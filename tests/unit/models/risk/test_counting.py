"""The count of past troubles: a sum; what is missing counts nothing; all that is counted is declared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.risk import counting
from models.risk.counting import TROUBLES, TroubleCount
from pipeline.errors import BadDeclaration
from pipeline.indicators.catalogue import INDICATORS as CATALOGUE
from pipeline.indicators.indicator import Direction
from tests.cohort import CODES, INDICATORS, cohort


def test_it_adds_up_troubles() -> None:
    fitted = TroubleCount(INDICATORS, troubles=("Penalties", "Debt", "NotHere")).fit(cohort(20))
    values = dict(cohort(3).values) | {"Penalties": np.array([2.0, np.nan, 0]), "Debt": np.array([0.5, 0.25, np.nan])}
    parts = fitted.parts(values)
    assert parts.codes == CODES
    assert fitted.margin(values).tolist() == [2.5, 0.25, 0]
    assert parts.parts[:, CODES.index("Age")].tolist() == [0, 0, 0]


def test_what_is_counted_is_declared_and_risky() -> None:
    declared = {i.code: i for i in CATALOGUE}
    assert set(TROUBLES) <= set(declared)
    assert {declared[code].direction for code in TROUBLES} == {Direction.HIGHER_IS_RISKIER}


def test_a_changed_declaration_is_noticed(tmp_path: Path) -> None:
    TroubleCount(INDICATORS, troubles=("Penalties",)).fit(cohort(20)).save(tmp_path)
    assert counting.load(tmp_path, INDICATORS).counted == ("Penalties",)
    with pytest.raises(BadDeclaration, match="Penalties"):
        counting.load(tmp_path, INDICATORS[1:])
