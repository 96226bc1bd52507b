"""The declared coding: one column a number, one a level; missing stays missing; levels fold back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.risk.coding import LARGEST, Coding, numbers
from pipeline.errors import BadDeclaration
from pipeline.indicators.catalogue import INDICATORS as CATALOGUE
from tests.cohort import AGE, CAPITAL, PENALTIES, TRADE

CODING = Coding((AGE, TRADE, PENALTIES))
VALUES = {
    "Age": np.array([2.5, np.nan, 0.0]),
    "Trade": np.array(["shop", None, "farm"], dtype=object),
    "Penalties": np.array([0.0, 3.0, np.nan]),
}
NAN = float("nan")


def test_columns_and_signs() -> None:
    assert CODING.columns == ("Age", "Trade=farm", "Trade=shop", "Trade=works", "Trade=none", "Penalties")
    assert CODING.signs == (-1, 0, 0, 0, 0, 1)


@pytest.mark.parametrize("as_frame", [False, True])
def test_the_matrix_by_hand(as_frame: bool) -> None:
    matrix = CODING.matrix(pd.DataFrame(VALUES) if as_frame else VALUES)
    expected = [[2.5, 0, 1, 0, 0, 0], [NAN, NAN, NAN, NAN, NAN, 3], [0, 1, 0, 0, 0, NAN]]
    assert matrix.dtype == np.float32
    np.testing.assert_array_equal(matrix, np.array(expected, dtype=np.float32))


def test_levels_fold_back_to_their_indicator() -> None:
    parts = np.array([[1, 2, 3, 4, 5, 6], [0, -1, 1, 0, 0, 9]], dtype=np.float32)
    folded = CODING.fold(parts)
    assert folded.dtype == np.float32
    assert folded.tolist() == [[1, 14, 6], [0, 0, 9]]
    assert CODING.fold(parts[:0]).shape == (0, 3)


def test_an_undeclared_level_is_refused() -> None:
    with pytest.raises(BadDeclaration, match=r"'Trade'[\s\S]*received \['mine'\]"):
        CODING.matrix(VALUES | {"Trade": np.array(["shop", "mine", None], dtype=object)})


def test_no_infinity_and_one_precision() -> None:
    given = {"Capital": np.array([np.inf, -np.inf, 1e300, 1 / 3, np.nan])}
    found = numbers(given, CAPITAL)
    np.testing.assert_array_equal(found, np.array([LARGEST, -LARGEST, LARGEST, 1 / 3, NAN], dtype=np.float32))
    np.testing.assert_array_equal(numbers({"Capital": found}, CAPITAL), found)


def test_the_whole_catalogue_is_coded_and_all_names_differ() -> None:
    coding = Coding(CATALOGUE)
    assert len(set(coding.columns)) == len(coding.columns) == len(coding.signs)
    nothing = {i.code: np.array([None] if i.levels else [NAN], dtype=object if i.levels else float) for i in CATALOGUE}
    assert np.isnan(coding.matrix(nothing)).all()
