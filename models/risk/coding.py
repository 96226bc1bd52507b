"""The one declared coding of indicators into numbers, the same for every model that learns.

A numeric indicator is one column. A level indicator is one 0/1 column for each declared level, so that no order is
made up among levels, and a model's parts fold back to the one indicator. What is missing is NaN and stays NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.risk.champion import Values
from pipeline.errors import BadDeclaration
from pipeline.indicators.indicator import Indicator

LARGEST = 1e30
"""Numbers are limited to ±this: order is kept, and no infinity reaches a library that refuses one."""


@dataclass(frozen=True)
class Coding:
    """The columns that stand for `indicators`, in their order; a level indicator's columns lie side by side."""

    indicators: tuple[Indicator, ...]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns: the indicator's code, for a level `code=level`."""
        return tuple(name for i in self.indicators for name in _names(i))

    @cached_property
    def signs(self) -> tuple[int, ...]:
        """Monotone constraint of each column: +1 higher is riskier, −1 lower is riskier, 0 none."""
        return tuple(i.direction.value for i in self.indicators for _ in _names(i))

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        """The first column of each indicator."""
        widths = [len(_names(i)) for i in self.indicators]
        return np.cumsum([0, *widths[:-1]])

    def matrix(self, values: Values) -> NDArray[np.float32]:
        """float32 (rows, columns); NaN where missing, in all columns of a level indicator.

        Raises BadDeclaration if a level is not among the declared ones.
        """
        rows = len(values[self.indicators[0].code])
        coded = np.empty((rows, len(self.columns)), dtype=np.float32)
        for start, indicator in zip(self._starts, self.indicators, strict=True):
            if indicator.levels:
                place = level_places(values, indicator)
                width = len(indicator.levels)
                coded[:, start : start + width] = place[:, None] == np.arange(width)
                coded[place < 0, start : start + width] = np.nan
            else:
                coded[:, start] = numbers(values, indicator)
        return coded

    def fold(self, column_parts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Parts by indicator (rows, indicators) from parts by column (rows, columns): levels are summed."""
        if len(column_parts) == 0:
            return np.empty((0, len(self.indicators)), dtype=np.float32)
        folded = np.add.reduceat(column_parts, self._starts, axis=1, dtype=np.float64)
        return folded.astype(np.float32)


def numbers(values: Values, indicator: Indicator) -> NDArray[np.float32]:
    """The values of a numeric indicator as float32, limited to ±LARGEST; NaN where missing.

    float32 for every model: a value lies in the same bin whether it was kept as FLOAT or as DOUBLE.
    """
    with np.errstate(over="ignore"):
        given = np.asarray(values[indicator.code], dtype=np.float32)
    return np.clip(given, np.float32(-LARGEST), np.float32(LARGEST))


def level_places(values: Values, indicator: Indicator) -> NDArray[np.int64]:
    """For each row the place of its level among indicator.levels; −1 where missing.

    Raises BadDeclaration if a level is not among the declared ones: a model would take it for something else.
    """
    given = pd.Series(values[indicator.code], dtype=object)
    places: NDArray[np.int64] = (
        pd.Index(list(indicator.levels), dtype=object).get_indexer(pd.Index(given, dtype=object)).astype(np.int64)
    )
    strangers = given[(places < 0) & given.notna().to_numpy()]
    if len(strangers):
        received = sorted({str(level) for level in strangers})
        fault = f"levels: expected one of {list(indicator.levels)}, received {received}"
        raise BadDeclaration(f"indicator {indicator.code!r}", [fault])
    return places


def _names(indicator: Indicator) -> list[str]:
    return [f"{indicator.code}={level}" for level in indicator.levels] or [indicator.code]
