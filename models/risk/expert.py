"""The expert card: a score where nothing can be learned, from where an enterprise stands among the others.

points = −w × direction × u, and credit_score = base + Σ points, clipped to [300, 900]

u is the mid-rank of the value among the enterprises graded that day that have one, mapped to [−1, 1]: the
share of the others that lie below it minus the share that lie above it; 0 where the value is missing or the
indicator has no direction. w is the weight of the indicator's dimension unless the indicator gives its own.

Worked: five enterprises have 0, 0, 0, 1 and 3 penalties (supervision, w = 18, higher is riskier). For 3 all four
others lie below: u = (4 − 0) / 4 = 1, points = −18. For 1: u = (3 − 1) / 4 = 0.5, points = −9. For 0: u =
(0 − 2) / 4 = −0.5, points = +9. The points of an indicator always sum to 0: the mean enterprise has `base`.

The weights are the bureau's (data/policy/expert.toml), a proposal until confirmed (待确认).
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.risk.champion import Contributions, Values
from pipeline.domain import Dimension
from pipeline.errors import BadDeclaration
from pipeline.indicators.indicator import Direction, Indicator

_HEAD = ("id", "effective_from", "legal_basis", "approved_by", "confirmed", "base", "weights")


@dataclass(frozen=True)
class ExpertWeights:
    """One version of expert.toml: the score of the mean enterprise and the points of each dimension."""

    id: str
    effective_from: date
    legal_basis: tuple[str, ...]
    approved_by: str
    confirmed: bool
    base: float
    by_dimension: dict[Dimension, float] = field(hash=False)

    @staticmethod
    def load(path: Path, as_of: date) -> ExpertWeights:
        """The version in force at `as_of`, the first one for days before it; reports all faults of the file."""
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadDeclaration(str(path), [f"not readable as TOML: {error}"]) from error
        faults = list(_faults(raw))
        if faults:
            raise BadDeclaration(str(path), faults)
        versions = sorted((_version(v) for v in raw["version"]), key=lambda v: v.effective_from)
        return next((v for v in reversed(versions) if v.effective_from <= as_of), versions[0])

    def of(self, indicator: Indicator) -> float:
        """Points of `indicator` at u = ±1: its own, or those of its dimension."""
        own = indicator.expert_weight
        return self.by_dimension[indicator.dimension] if own is None else own


@dataclass(frozen=True)
class ExpertCard:
    """The expert card over `indicators` (features), with the interface of a champion."""

    indicators: tuple[Indicator, ...]
    weights: ExpertWeights

    @property
    def score_kind(self) -> str:
        """'expert'."""
        return "expert"

    @property
    def model_id(self) -> str:
        """The version of the weights and a hash of what every indicator weighs."""
        content = [(i.code, i.direction.name, self.weights.of(i)) for i in self.indicators]
        digest = hashlib.sha256(repr((self.weights.base, content)).encode()).hexdigest()
        return f"expert-{self.weights.id}-{digest[:8]}"

    def contributions(self, values: Values, graded: NDArray[np.bool_]) -> Contributions:
        """Points of the graded enterprises; those that are not graded get none and count in no rank."""
        points = np.zeros((int(graded.sum()), len(self.indicators)), dtype=np.float32, order="F")
        for column, indicator in enumerate(self.indicators):
            if indicator.direction is not Direction.NEUTRAL:
                known = np.asarray(values[indicator.code], dtype=np.float64)[graded]
                points[:, column] = -self.weights.of(indicator) * indicator.direction.value * mid_rank(known)
        return Contributions(self.weights.base, tuple(i.code for i in self.indicators), points)


def mid_rank(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """u in [−1, 1]: (number below − number above) / (number of the others); 0 where the value is NaN.

    Equal values share one u. A value that stands alone, or equals all the others, has u = 0.
    """
    u = np.zeros(len(values))
    known = ~np.isnan(values)
    _, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    below = np.cumsum(counts) - counts
    above = counts.sum() - below - counts
    u[known] = ((below - above) / max(counts.sum() - 1, 1))[place]
    return u


def _version(raw: dict[str, Any]) -> ExpertWeights:
    return ExpertWeights(
        id=raw["id"],
        effective_from=raw["effective_from"],
        legal_basis=tuple(raw["legal_basis"]),
        approved_by=raw["approved_by"],
        confirmed=raw["confirmed"],
        base=float(raw["base"]),
        by_dimension={d: float(raw["weights"][d.name.lower()]) for d in Dimension},
    )


def _faults(raw: dict[str, Any]) -> Iterator[str]:
    versions = raw.get("version")
    if not isinstance(versions, list) or not versions:
        yield f"version: expected at least one [[version]], received {versions!r}"
        return
    for key in ("id", "effective_from"):
        received = [str(v.get(key)) for v in versions]
        for twice in sorted({r for r in received if received.count(r) > 1}):
            yield f"version.{key}: expected each once, received {twice!r} twice"
    for number, version in enumerate(versions, 1):
        yield from (f"version {number}, {fault}" for fault in _version_faults(version))


def _version_faults(version: dict[str, Any]) -> Iterator[str]:
    for key in sorted(version.keys() - set(_HEAD)):
        yield f"{key}: expected one of {list(_HEAD)}, received this key"
    for key, kind in (("id", str), ("effective_from", date), ("approved_by", str), ("confirmed", bool)):
        if type(version.get(key)) is not kind or version[key] == "":
            yield f"{key}: expected {kind.__name__}, received {version.get(key)!r}"
    basis = version.get("legal_basis")
    if not isinstance(basis, list) or not basis or not all(isinstance(b, str) and b for b in basis):
        yield f"legal_basis: expected at least one clause, received {basis!r}"
    if not _is_number(version.get("base")):
        yield f"base: expected a number, received {version.get('base')!r}"
    weights = version.get("weights")
    expected = {d.name.lower() for d in Dimension}
    if not isinstance(weights, dict) or set(weights) != expected:
        yield f"weights: expected {sorted(expected)}, received {weights!r}"
        return
    for name, weight in weights.items():
        if not _is_number(weight) or weight < 0:
            yield f"weights.{name}: expected a number of at least 0, received {weight!r}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
