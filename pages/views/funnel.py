"""Whether a share of a group differs from the whole by more than chance would give."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, lgamma, log

TAIL_3_SIGMA = 0.00135
TAIL_2_SIGMA = 0.02275
"""One-sided normal tails beyond 3 σ and 2 σ: the limits of a funnel plot."""
SMALL_GROUP = 20
"""Below this many enterprises a share is not compared (rule of the screens: n is printed instead)."""


def tail_at_least(hits: int, size: int, share: float) -> float:
    """P(X ≥ hits) of a binomial variable; exact, so it holds where shares are small and groups too."""
    if hits <= 0:
        return 1.0
    if hits > size or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    odds = share / (1 - share)
    if hits > size * share:
        return _sum(_chance(hits, size, share), ((size - k) / (k + 1) * odds for k in range(hits, size)))
    below = hits - 1
    return 1.0 - _sum(_chance(below, size, share), (k / (size - k + 1) / odds for k in range(below, 0, -1)))


def _chance(hits: int, size: int, share: float) -> float:
    ways = lgamma(size + 1) - lgamma(hits + 1) - lgamma(size - hits + 1)
    return exp(ways + hits * log(share) + (size - hits) * log(1 - share))


def _sum(term: float, ratios: Iterable[float]) -> float:
    """term + term·r₁ + term·r₁·r₂ + …, away from the mean, so that terms fall."""
    total = term
    for ratio in ratios:
        term *= ratio
        total += term
        if term < total * 1e-12:
            break
    return min(total, 1.0)


def level(hits: int, size: int, share: float) -> int | None:
    """−2…2: beyond the 3 σ or 2 σ limit below or above `share`, 0 within, None for a small group."""
    if size < SMALL_GROUP:
        return None
    above = tail_at_least(hits, size, share)
    below = 1 - tail_at_least(hits + 1, size, share)
    for tail, sign in ((above, 1), (below, -1)):
        if tail < TAIL_3_SIGMA:
            return 2 * sign
        if tail < TAIL_2_SIGMA:
            return sign
    return 0
