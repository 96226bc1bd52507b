"""Where the rows of a population lie: a number in bins, a level by its name; kept beside a model as the reference of drift.

Bins follow the mid-ranks of the distinct values: with every value once they hold equal counts, and a value that many share
(no penalty at all) has a bin of its own, so that others beside it are seen. An edge lies halfway between two values, so
that a score that was added up in another order stays in its bin.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.risk.champion import Values
from models.risk.coding import level_places, numbers
from pipeline.indicators.indicator import Indicator

FILE = "shares.json"
BINS = 10
CREDIT_SCORE = "credit_score"
"""How the score is called among the names of what may drift."""


@dataclass(frozen=True)
class Shares:
    """Rows by bin. A number: below edges[0], between the edges, from edges[-1] on; a level: by level, without edges.

    The last count is that of the rows where the value is missing.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ReferenceShares:
    """The graded population of `as_of`: shares by indicator, and of the credit score that each candidate would give."""

    as_of: date
    indicators: dict[str, Shares]
    credit_score: dict[str, Shares]

    def save(self, folder: Path) -> None:
        """Write them beside the models of an origin; equal shares give an equal file."""
        (folder / FILE).write_text(json.dumps(asdict(self), sort_keys=True, default=str) + "\n", encoding="utf-8")


def load(folder: Path) -> ReferenceShares | None:
    """What `save` wrote; None where an origin has none (only the newest one has, and no model of an older version)."""
    path = folder / FILE
    if not path.is_file():
        return None
    raw = json.loads(path.read_text(encoding="utf-8"))
    return ReferenceShares(
        date.fromisoformat(raw["as_of"]),
        {code: _shares(s) for code, s in raw["indicators"].items()},
        {candidate: _shares(s) for candidate, s in raw[CREDIT_SCORE].items()},
    )


def of_numbers(x: NDArray[Any], like: Shares | None = None, bins: int = BINS) -> Shares:
    """Shares of a number in the bins of `like`, else in bins of its own; NaN is missing."""
    values = np.asarray(x, np.float64)
    edges = _edges(values, bins) if like is None else np.array(like.edges)
    place = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
    counts = np.bincount(place, minlength=len(edges) + 2)
    return Shares(tuple(edges.tolist()), tuple(counts.tolist()))


def of_indicator(indicator: Indicator, values: Values, like: Shares | None = None) -> Shares:
    """Shares of an indicator in the bins of `like`, else in bins of its own; a level by its place among the declared ones."""
    if not indicator.levels:
        return of_numbers(numbers(values, indicator), like)
    place = level_places(values, indicator)
    counts = np.bincount(np.where(place < 0, len(indicator.levels), place), minlength=len(indicator.levels) + 1)
    return Shares((), tuple(counts.tolist()))


def _edges(x: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """Between which values the bins are cut: a value belongs to the bin of its mid-rank."""
    values, counts = np.unique(x[~np.isnan(x)], return_counts=True)
    if len(values) == 0:
        return np.empty(0)
    middle = (np.cumsum(counts) - counts / 2) / counts.sum()
    last = np.flatnonzero(np.diff(np.floor(middle * bins)))
    edges: NDArray[np.float64] = values[last] / 2 + values[last + 1] / 2
    return edges


def _shares(raw: dict[str, Any]) -> Shares:
    return Shares(tuple(raw["edges"]), tuple(raw["counts"]))
