"""Does the model expect as much of a group as is found there? By kind, key field, unit, age and size, on the test periods.

ratio = problems found / Σ of the calibrated probabilities. A firm stands in several rows, so the variance is that of
the sums by firm (linearisation), on the scale of the logarithm: ln ratio ± 1.96 × √Σ_firm (Σ y − ratio × p)² / Σ y.
Where nothing was found only the upper end is given, Poisson's 3.69 / Σ p.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.risk.champion import Values
from models.risk.fitting import Trained
from models.risk.matrix import Matrix
from pipeline.indicators.roster import key_fields
from pipeline.stores.warehouse import Warehouse

LEAST_FIRMS = 20
"""Firms without which a group is shown and never compared."""
_Z = 1.959963984540054
_UPPER_OF_NONE = 3.689
"""The greatest Poisson mean of which nothing is seen in 2.5 of 100 cases."""
_AGES = ((3.0, "to_3"), (10.0, "3_to_10"), (math.inf, "from_10"))
_SIZES = ((math.log1p(100), "to_100"), (math.log1p(1000), "100_to_1000"), (math.inf, "from_1000"))
"""Years in business, and registered capital in 万元 as its indicator has it, up to which a group reaches."""


@dataclass(frozen=True)
class GroupParity:
    """One group: rows and firms of the test periods, expected and observed rate, and their ratio with its interval (95 %).

    `ratio` and `high` are None where nothing was expected; `low` is 0 where nothing was found.
    """

    by: str
    group: str
    rows: int
    firms: int
    expected: float
    observed: float
    ratio: float | None
    low: float | None
    high: float | None


def parity(warehouse: Warehouse, rows: Matrix, trained: list[Trained], name: str) -> list[GroupParity]:
    """Every group with rows in the test periods of the candidate `name`, all of them together first.

    Units and key fields are those that the warehouse knows at its newest date, age and size those of the day of the row.
    """
    tested = [t for t in trained if t.tested is not None]
    if not tested:
        return []
    whole = pd.concat([_rows(rows, t, name) for t in tested], ignore_index=True)
    found = [_group(whole, "all", "all")]
    known = whole.merge(_register(warehouse), on="firm", how="left")
    for by in ("kind", "field", "unit", "age", "size"):
        if by in known:
            found += [_group(of, by, str(group)) for group, of in known.dropna(subset=[by]).groupby(by, sort=True)]
    return found


def ratio_of(
    firm: NDArray[np.object_], expected: NDArray[np.float64], adverse: NDArray[np.bool_]
) -> tuple[float, ...] | None:
    """(ratio, low, high) of observed to expected over rows that are clustered by firm; None where nothing is expected."""
    total, seen = float(expected.sum()), int(adverse.sum())
    if total <= 0:
        return None
    ratio = seen / total
    if not seen:
        return 0.0, 0.0, _UPPER_OF_NONE / total
    of_firm = np.unique(firm.astype(str), return_inverse=True)[1]
    off = np.bincount(of_firm, weights=adverse - ratio * expected)
    half = _Z * math.sqrt(float((off**2).sum())) / seen
    return ratio, ratio * math.exp(-half), ratio * math.exp(half)


def _rows(rows: Matrix, trained: Trained, name: str) -> pd.DataFrame:
    """firm, expected, adverse, and by what the values of the row say it is grouped."""
    sample, tested = rows.of(trained.fold.test), trained.tested
    assert tested is not None
    frame = pd.DataFrame(
        {
            "firm": sample.firm,
            "expected": trained.lines[name].probability(tested.margins[name]),
            "adverse": sample.adverse,
        }
    )
    return frame.assign(**_described(sample.values))


def _described(values: Values) -> Mapping[str, NDArray[np.object_]]:
    found: dict[str, NDArray[np.object_]] = {}
    if "C2_entity_type" in values:
        found["kind"] = np.asarray(values["C2_entity_type"], dtype=object)
    for by, code, steps in (("age", "C2_age_years", _AGES), ("size", "C2_reg_capital_log", _SIZES)):
        if code in values:
            number = np.asarray(values[code], dtype=np.float64)
            names = np.array([step for _, step in steps], dtype=object)[
                np.searchsorted([limit for limit, _ in steps[:-1]], number, side="right")
            ]
            names[np.isnan(number)] = None
            found[by] = names
    return found


def _register(warehouse: Warehouse) -> pd.DataFrame:
    """firm, unit and whether it is of a key field, as known at the newest date of the warehouse."""
    newest = warehouse.value("SELECT max(as_of) FROM mart.population")
    return warehouse.frame(
        f"""SELECT p.uscc AS firm, p.unit, CASE WHEN f.uscc IS NULL THEN 'other' ELSE 'key' END AS field
        FROM mart.population p LEFT JOIN ({key_fields(newest)}) f USING (uscc) WHERE p.as_of = ?""",
        [newest],
    )


def _group(of: pd.DataFrame, by: str, group: str) -> GroupParity:
    firm, adverse = of["firm"].to_numpy(dtype=object), of["adverse"].to_numpy(dtype=np.bool_)
    expected = of["expected"].to_numpy(dtype=np.float64)
    found = ratio_of(firm, expected, adverse)
    ratio, low, high = (round(x, 6) for x in found) if found else (None, None, None)
    return GroupParity(
        by=by, group=group, rows=len(of), firms=int(of["firm"].nunique()),
        expected=round(float(expected.mean()), 6), observed=round(float(adverse.mean()), 6),
        ratio=ratio, low=low, high=high,
    )  # fmt: skip
