"""Licences of the key fields: terms of five years, renewed in time, late, or never."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.demo.chance import Chance, happens, sigmoid
from pipeline.demo.clock import LAST, Bools, Days, Ints, days_between, plus
from pipeline.demo.industries import FIELDS
from pipeline.demo.population import Firms
from pipeline.demo.rates import Rates
from pipeline.demo.traits import Traits

LICENSED = FIELDS[:6]
"""Fields that need a licence; special equipment has a certificate of its own."""
TERM_DAYS = 1826


@dataclass(frozen=True)
class Permits:
    """Every licence ever given: firm, field (position in FIELDS), first and last day of validity.

    `gap_firm`, `gap_from`, `gap_to`: the times in which a firm went on without a valid licence.
    """

    firm: Ints
    field: Ints
    decided: Days
    valid_to: Days
    gap_firm: Ints
    gap_from: Days
    gap_to: Days

    def expired_on(self, day: np.datetime64, count: int) -> Bools:
        """Which of `count` firms work without a valid licence on a day."""
        now = (self.gap_from <= day) & (day < self.gap_to)
        expired = np.zeros(count, dtype=bool)
        expired[self.gap_firm[now]] = True
        return expired


def make_permits(firms: Firms, traits: Traits, chance: Chance, rates: Rates) -> Permits:
    """Licences from 2009 on; who manages badly renews late, some never."""
    rng = chance.of("permits")
    firm, field = np.nonzero(firms.fields[:, : len(LICENSED)])
    late = sigmoid(rates.late_renewal - 0.9 * traits.management[firm] - 0.4 * traits.compliance[firm])
    first = np.maximum(firms.established[firm], np.datetime64("2009-03-01")) + rng.integers(10, 90, len(firm)).astype(
        "timedelta64[D]"
    )
    ends = np.where(np.isnat(firms.ended[firm]), LAST + 1, firms.ended[firm])
    licences: list[tuple[Ints, Ints, Days, Days]] = []
    gaps: list[tuple[Ints, Days, Days]] = []
    decided, living = first, first < ends
    while living.any():
        firm, field, late, ends, decided = firm[living], field[living], late[living], ends[living], decided[living]
        valid_to = plus(decided, np.full(len(firm), TERM_DAYS))
        licences.append((firm, field, decided, valid_to))
        is_late = happens(rng, late, len(firm))
        never = is_late & happens(rng, 0.2, len(firm))
        wait = np.where(is_late, np.ceil(rng.exponential(170, len(firm))) + 5, -rng.integers(5, 60, len(firm)))
        again = plus(valid_to, np.where(never, 5000, wait))
        open_gap = is_late & (valid_to < ends)
        gaps.append((firm[open_gap], plus(valid_to, np.ones(len(firm)))[open_gap], np.minimum(again, ends)[open_gap]))
        decided, living = again, (again < ends) & (days_between(again, decided) > 0)
    return Permits(
        *(np.concatenate([part[k] for part in licences]) for k in range(4)),
        *(np.concatenate([gap[k] for gap in gaps]) for k in range(3)),
    )
