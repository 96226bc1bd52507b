"""Cohort × as_of -> values and outcomes of the observed rows; nothing of the future by construction.

Values come from the same select as mart.indicator, over known.<feed>(as_of); outcomes from models/risk/target.py. All is
done date by date in temporary tables, so that a published build may be read for it and stays as it was, and only the
rows that count are kept, as float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.risk.estimator import Sample
from models.risk.expert_estimator import AS_OF
from pipeline.indicators.applicable import write_applicable_items
from pipeline.indicators.compute import values_sql, write_report_deadlines
from pipeline.indicators.indicator import Indicator
from pipeline.indicators.population import write_population
from pipeline.progress import Progress, silent
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse

_POPULATION = "temp.cohort"


@dataclass(frozen=True)
class Matrix:
    """Observed graded rows of all dates, ordered by date and firm; `ends[i]` is where the rows of dates[i] end.

    The values hold the column `as_of` too, for a candidate that ranks the firms of one day.
    """

    dates: tuple[date, ...]
    ends: tuple[int, ...]
    sample: Sample

    def of(self, dates: tuple[date, ...]) -> Sample:
        """The rows of `dates`, which must follow each other in the matrix; the arrays are views."""
        first, last = self.dates.index(dates[0]), self.dates.index(dates[-1])
        if dates != self.dates[first : last + 1]:
            raise ValueError(f"not dates that follow each other: {dates}")
        return self.sample.only(slice(self.ends[first - 1] if first else 0, self.ends[last]))


def matrix(
    settings: Settings,
    warehouse: Warehouse,
    indicators: tuple[Indicator, ...],
    outcome: str,
    dates: list[date],
    *,
    progress: Progress = silent,
) -> Matrix:
    """Values and outcomes of the graded enterprises that somebody looked at, at each date (sorted).

    `outcome`: the table that write_outcomes wrote for these dates. Needs core.*, the known.<feed> relations and
    mart.coverage (a warehouse after `compute`); writes temporary tables only. Shapes: one array of float32 an indicator
    (object for levels, None where missing), one entry a row.
    """
    write_report_deadlines(settings, warehouse)
    parts: list[dict[str, NDArray[Any]]] = []
    for done, day in enumerate(dates):
        progress(done, len(dates))
        parts.append(_rows_of(settings, warehouse, indicators, outcome, day))
    progress(len(dates), len(dates))
    warehouse.execute(f"DROP TABLE IF EXISTS {_POPULATION}")
    ends = tuple(int(e) for e in np.cumsum([len(p["uscc"]) for p in parts]))
    as_of = np.repeat(np.array(dates, dtype="datetime64[D]"), np.diff([0, *ends]))
    values = {i.code: _joined(parts, i.code, np.object_ if i.levels else np.float32) for i in indicators}
    values[AS_OF] = as_of
    adverse = _joined(parts, "is_adverse", np.bool_)
    return Matrix(tuple(dates), ends, Sample(values, _joined(parts, "uscc", np.object_), as_of, adverse))


def _rows_of(
    settings: Settings, warehouse: Warehouse, indicators: tuple[Indicator, ...], outcome: str, as_of: date
) -> dict[str, NDArray[Any]]:
    """The observed graded rows of one date by column."""
    day = f"DATE '{as_of.isoformat()}'"
    write_population(settings, warehouse, [as_of], _POPULATION)
    warehouse.execute(
        f"""DELETE FROM {_POPULATION} WHERE NOT is_graded
        OR uscc NOT IN (SELECT uscc FROM {outcome} WHERE as_of = {day})"""
    )
    if any("applicable_item" in getattr(i.form, "sql", "") for i in indicators):
        write_applicable_items(warehouse, as_of, _POPULATION)
    typed = ", ".join(f'v."{i.code}"' if i.levels else f'v."{i.code}"::FLOAT AS "{i.code}"' for i in indicators)
    frame = warehouse.frame(
        f"""SELECT v.uscc, o.is_adverse, {typed}
        FROM ({values_sql(indicators, as_of, population=_POPULATION)}) v
        JOIN {outcome} o ON o.as_of = v.as_of AND o.uscc = v.uscc ORDER BY v.uscc"""
    )
    levels = {i.code for i in indicators if i.levels}
    return {
        str(c): _objects(frame[c]) if c == "uscc" or c in levels else frame[c].to_numpy(copy=True)
        for c in frame.columns
    }


def _objects(column: pd.Series) -> NDArray[np.object_]:
    """Text as Python objects, equal ones shared; None where missing."""
    codes, names = pd.factorize(column)
    named = np.array([*names, None], dtype=np.object_)
    objects: NDArray[np.object_] = named[codes]
    return objects


def _joined(parts: list[dict[str, NDArray[Any]]], column: str, kind: type[np.generic]) -> NDArray[Any]:
    """One column of all dates; the parts are let go, so that it is held once."""
    arrays = [p.pop(column) for p in parts]
    if not arrays:
        return np.empty(0, dtype=kind)
    return np.concatenate([np.asarray(a, dtype=kind) for a in arrays])
