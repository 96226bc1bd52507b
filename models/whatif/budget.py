"""How many checks a year the ratios bring, and ratios that keep the number of checks (rules of 四(四)1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal

from models.policy.draw_policy import DrawPolicy, drawn

Strata = Mapping[tuple[str, str], int]
"""(unit, grade) -> firms."""
YEAR = Decimal(1)
_FINE = Decimal("0.000001")


def checks_a_year(strata: Strata, policy: DrawPolicy) -> dict[str, int]:
    """Grade -> checks, each stratum rounded up as a draw of the whole year does."""
    found: Counter[str] = Counter()
    for (_, grade), size in strata.items():
        found[grade] += policy.number(grade, size, YEAR)
    return dict(found)


def regular_checks(strata: Strata, regular: Decimal) -> int:
    """Checks a year with the regular ratio for everybody: the budget that equal-budget ratios keep."""
    return sum(drawn(size, YEAR, regular) for size in strata.values())


def equal_budget(strata: Strata, policy: DrawPolicy) -> DrawPolicy:
    """All ratios scaled by one factor, r among them, so that they bring as many checks as r for everybody.

    The order and the proportions stay; the number of checks is kept up to the rounding of the strata. A factor may
    drive E above 1, which the policy's own check then refuses.
    """
    wanted = sum((Decimal(size) * policy.regular for size in strata.values()), Decimal(0))
    brought = sum((Decimal(size) * policy.mixed(grade) for (_, grade), size in strata.items()), Decimal(0))
    if not brought:
        return policy
    factor = wanted / brought
    scaled = {g: _fine(ratio * factor) for g, ratio in policy.ratios.items()}
    return replace(policy, regular=scaled["C"], ratios=scaled)


def _fine(ratio: Decimal) -> Decimal:
    return ratio.quantize(_FINE, ROUND_HALF_EVEN).normalize()
