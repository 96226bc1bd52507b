"""The bureau's papers behind a published build, read once: grade policy and its scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from models.policy.grade import grade_policies
from models.policy.grade_policy import GradePolicy
from pipeline.settings import Settings


@dataclass(frozen=True)
class Band:
    """A grade on the scale of scores: from `low` (its least score) to `high` (the least of the next better one)."""

    grade: str
    low: float
    high: float


Stamp = tuple[tuple[str, int, int], ...]
"""What tells one state of the policy files from another: name, time of change, size."""


def stamp(folder: Path) -> Stamp:
    """The state of the policy files, part of the key of whatever is kept of them."""
    found = ((path.name, path.stat()) for path in sorted(folder.glob("*.toml")))
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)


def policy_at(settings: Settings, build_id: str, as_of: date) -> GradePolicy:
    """The grade policy in force at `as_of`, read again for another build and after a change of the files."""
    return _policy_at(settings, build_id, as_of, stamp(settings.policy))


@lru_cache(maxsize=16)
def _policy_at(settings: Settings, build_id: str, as_of: date, at: Stamp) -> GradePolicy:
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
