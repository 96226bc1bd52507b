"""The bureau's papers behind a published build, read once: grade policy and its scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from models.policy.grade import grade_policies
from models.policy.grade_policy import GradePolicy
from pipeline.settings import Settings


@dataclass(frozen=True)
class Band:
    """A grade on the scale of scores: from `low` (its least score) to `high` (the least of the next better one)."""

    grade: str
    low: float
    high: float


@lru_cache(maxsize=16)
def policy_at(settings: Settings, build_id: str, as_of: date) -> GradePolicy:
    """The grade policy in force at `as_of`; `build_id` only says when to read the file again."""
    return grade_policies(settings).of(as_of)


def cuts(policy: GradePolicy, kind: str) -> dict[str, float]:
    """Grade -> the least score that earns it, E left out, for scores of this kind."""
    return {str(b.grade): b.at_least for b in policy.bands[kind] if b.at_least is not None}


def bands(policy: GradePolicy, kind: str, scores: Sequence[float]) -> tuple[Band, ...]:
    """The scale from E to A, open ends cut a little beyond the outermost limits and `scores`."""
    limits = cuts(policy, kind)
    edges = [limits[g] for g in "DCBA"]
    spare = 0.3 * (edges[-1] - edges[0])
    low = min([edges[0] - spare, *(s - 8 for s in scores)])
    high = max([edges[-1] + spare, *(s + 8 for s in scores)])
    ends = [low, *edges, high]
    return tuple(Band(g, a, b) for g, a, b in zip("EDCBA", ends, ends[1:], strict=False))
