"""The verb `score`: score every graded enterprise as of a date, and say what made its score."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.risk.champion import Champion, Contributions
from models.risk.expert import ExpertCard, ExpertWeights
from models.risk.learned import Earlier, LearnedModel
from models.risk.registry import model_at
from pipeline.indicators.catalogue import INDICATORS
from pipeline.indicators.indicator import Indicator
from pipeline.progress import Progress, silent
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse

LOWEST, HIGHEST = 300.0, 900.0
"""The bounds of credit_score; raw_score has none."""
REASONS = 5
_KEY = "as_of DATE, uscc VARCHAR"


@dataclass(frozen=True)
class ScoreSummary:
    """What `score` did: the dates, how many scores in all, by which models, how many without a reason."""

    as_of: tuple[date, ...]
    scored: int
    model_ids: tuple[str, ...]
    without_reason: int


def score(settings: Settings, warehouse: Warehouse, as_of: list[date], *, progress: Progress = silent) -> ScoreSummary:
    """Write mart.risk_score, mart.contribution and mart.reason for each date; a repeated date is replaced.

    Reads mart.population and mart.indicator. Raises BadDeclaration if expert.toml is at fault.
    """
    _make_tables(warehouse, INDICATORS)
    scored = without_reason = 0
    models = set()
    before: tuple[Champion, Earlier] | None = None
    for done, day in enumerate(sorted(as_of)):
        progress(done, len(as_of))
        champion = champion_of(settings, day)
        if before is not None and before[0].model_id == champion.model_id:
            champion, earlier = before
        else:
            earlier = None
        values = values_at(warehouse, INDICATORS, day)
        graded = values["is_graded"].to_numpy(dtype=np.bool_)
        contributions = contributions_of(champion, values, graded, earlier)
        firms = values[graded].reset_index(drop=True)
        unexplained = _write_day(warehouse, champion, INDICATORS, day, firms, contributions)
        before = champion, Earlier(firms, contributions)
        scored += len(firms)
        without_reason += unexplained
        models.add(champion.model_id)
    progress(len(as_of), len(as_of))
    return ScoreSummary(tuple(sorted(as_of)), scored, tuple(sorted(models)), without_reason)


def champion_of(settings: Settings, as_of: date) -> Champion:
    """The model that scores as of a date: the champion's newest one that had matured by then, else the expert card.

    Raises ChecksFailed if the champion was trained on another set of indicators than the declared one.
    """
    learned = model_at(settings, as_of, INDICATORS)
    return learned or ExpertCard(INDICATORS, ExpertWeights.load(settings.policy / "expert.toml", as_of))


def values_at(warehouse: Warehouse, indicators: tuple[Indicator, ...], as_of: date) -> pd.DataFrame:
    """uscc, is_graded and the indicators of every entity of the register at `as_of`, one row each."""
    columns = ", ".join(f'i."{i.code}"' for i in indicators)
    return warehouse.frame(
        f"SELECT p.uscc, coalesce(p.is_graded, false) AS is_graded, {columns}"
        " FROM mart.population p LEFT JOIN mart.indicator i USING (as_of, uscc) WHERE p.as_of = ?",
        [as_of],
    )


def contributions_of(
    champion: Champion, values: pd.DataFrame, graded: NDArray[np.bool_], earlier: Earlier | None = None
) -> Contributions:
    """Points of the graded rows; what the same model explained `earlier` is not explained again."""
    if isinstance(champion, LearnedModel):
        return champion.contributions(values, graded, earlier)
    return champion.contributions(values, graded)


def top_reasons(points: NDArray[np.float32], count: int = REASONS) -> NDArray[np.int64]:
    """Columns of the `count` lowest points of each row, lowest first; of equal points the earlier column.

    Shape (rows, min(count, columns)). One minimum after the other: with few reasons cheaper than a sort.
    """
    left = np.array(points, order="C")
    rows = np.arange(len(left))
    columns = np.empty((len(left), min(count, left.shape[1])), dtype=np.int64)
    for rank in range(columns.shape[1]):
        columns[:, rank] = left.argmin(axis=1)
        left[rows, columns[:, rank]] = np.inf
    return columns


def _make_tables(warehouse: Warehouse, indicators: tuple[Indicator, ...]) -> None:
    wide = ", ".join(f'"{i.code}" FLOAT' for i in indicators)
    for table, columns in (
        ("risk_score", "score_kind VARCHAR, model_id VARCHAR, raw_score DOUBLE, credit_score DOUBLE"),
        ("contribution", f"base FLOAT, {wide}"),
        ("reason", "rank TINYINT, code VARCHAR, value DOUBLE, points FLOAT"),
    ):
        warehouse.execute(f"CREATE TABLE IF NOT EXISTS mart.{table} ({_KEY}, {columns})")


def _write_day(
    warehouse: Warehouse,
    champion: Champion,
    indicators: tuple[Indicator, ...],
    as_of: date,
    firms: pd.DataFrame,
    contributions: Contributions,
) -> int:
    """Write the scores of one day; gives how many enterprises have no reason."""
    reasons = _reasons(firms, contributions, indicators)
    raw_score = contributions.raw_score
    scores = {
        "score_kind": champion.score_kind,
        "model_id": champion.model_id,
        "raw_score": raw_score,
        "credit_score": raw_score.clip(LOWEST, HIGHEST),
    }
    points = pd.DataFrame(contributions.points, columns=list(contributions.codes), copy=False)
    points.insert(0, "base", np.float32(contributions.base))
    points.insert(0, "uscc", firms["uscc"])
    _replace(warehouse, "risk_score", as_of, pd.DataFrame({"uscc": firms["uscc"], **scores}))
    _replace(warehouse, "contribution", as_of, points)
    _replace(warehouse, "reason", as_of, reasons)
    return len(firms) - int((reasons["rank"] == 1).sum())


def _reasons(firms: pd.DataFrame, contributions: Contributions, indicators: tuple[Indicator, ...]) -> pd.DataFrame:
    """One row a reason: the lowest points below 0; the value is missing where it is a level."""
    points = contributions.points
    chosen = top_reasons(points)
    row, rank = np.nonzero(np.take_along_axis(points, chosen, axis=1) < 0)
    column = chosen[row, rank]
    value = np.full(len(row), np.nan)
    is_level = {i.code: bool(i.levels) for i in indicators}
    for j, code in enumerate(contributions.codes):
        at = column == j
        if not is_level[code] and at.any():
            value[at] = firms[code].to_numpy(dtype=np.float64)[row[at]]
    return pd.DataFrame(
        {
            "uscc": firms["uscc"].take(row).reset_index(drop=True),
            "rank": (rank + 1).astype(np.int8),
            "code": pd.Categorical.from_codes(column, categories=list(contributions.codes)),
            "value": value,
            "points": points[row, column],
        }
    )


def _replace(warehouse: Warehouse, table: str, as_of: date, rows: pd.DataFrame) -> None:
    rows.insert(0, "as_of", pd.Timestamp(as_of))
    warehouse.execute(f"DELETE FROM mart.{table} WHERE as_of = ?", [as_of])
    warehouse.append(f"mart.{table}", rows)
