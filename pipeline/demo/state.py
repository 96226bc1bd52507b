"""The stage on which firms live: the fixed world, the state of a month, and the journal of what happened."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.demo.chance import Chance, happens
from pipeline.demo.clock import NEVER, Bools, Days, Floats, Ints, in_month, month_number, year_number
from pipeline.demo.permits import Permits
from pipeline.demo.population import ALL_INDUSTRIES, Firms
from pipeline.demo.rates import Rates
from pipeline.demo.traits import Traits

Array = npt.NDArray[Any]


@dataclass
class Journal:
    """Everything that happened, by kind, as columns."""

    entries: dict[str, list[dict[str, Array]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kind: str, /, **columns: Array) -> None:
        """Note some events of one kind; all columns have one length."""
        if len(next(iter(columns.values()))):
            self.entries[kind].append(columns)

    def table(self, kind: str, /, **empty: str) -> dict[str, Array]:
        """All events of a kind; `empty`: columns and dtypes for the case that there are none."""
        parts = self.entries.get(kind, [])
        if not parts:
            return {name: np.array([], dtype=dtype) for name, dtype in empty.items()}
        return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


@dataclass(frozen=True)
class World:
    """What does not change from month to month."""

    firms: Firms
    traits: Traits
    permits: Permits
    rates: Rates
    chance: Chance
    deadlines: dict[int, date]
    """Report year -> last day for the annual report."""
    sections: npt.NDArray[np.str_]
    industry_codes: npt.NDArray[np.str_]

    @staticmethod
    def of(
        firms: Firms, traits: Traits, permits: Permits, rates: Rates, chance: Chance, deadlines: dict[int, date]
    ) -> World:
        """The world of a population."""
        sections = np.array([s for s, _ in ALL_INDUSTRIES])[firms.industry]
        codes = np.array([i.code for _, i in ALL_INDUSTRIES])[firms.industry]
        return World(firms, traits, permits, rates, chance, deadlines, sections, codes)


@dataclass
class State:
    """How each firm stands in the current month.

    `disorder`: hidden, comes and goes. `trouble`: what inspectors can see. `missing`: bits of the report
    years not filed (bit 0 = 2013). `listed_since`, `listed_for`, `entry`: the open entry of the abnormal
    list (NaT, 0, -1 = none).
    """

    alive: Bools
    reachable: Bools
    dormant: Bools
    distress: Bools
    distress_months: Ints
    disorder: Floats
    trouble: Floats
    complaints: Floats
    expired: Bools
    missing: Ints
    listed_since: Days
    listed_for: Ints
    entry: Ints
    serious: Bools
    arrears: Ints
    executee: Ints
    lawsuits: Floats

    @staticmethod
    def of(world: World) -> State:
        """The state before the first month."""
        n = world.firms.count
        rng = world.chance.of("first state")

        def no() -> Bools:
            return np.zeros(n, dtype=bool)

        def none() -> Ints:
            return np.full(n, -1, dtype=np.int64)

        return State(
            alive=no(), reachable=~no(), dormant=no(), distress=no(), distress_months=np.zeros(n, dtype=np.int16),
            disorder=rng.normal(0, 1, n), trouble=np.zeros(n), complaints=np.zeros(n), expired=no(),
            missing=np.zeros(n, dtype=np.int16), listed_since=np.full(n, NEVER), listed_for=np.zeros(n, dtype=np.int8),
            entry=none(), serious=no(), arrears=none(), executee=none(), lawsuits=np.zeros(n),
        )  # fmt: skip

    @property
    def listed(self) -> Bools:
        """On the abnormal list."""
        return np.asarray(self.entry >= 0)


@dataclass(frozen=True)
class Turn:
    """One month of the simulation: what its parts read, change and draw from."""

    world: World
    state: State
    journal: Journal
    month: np.datetime64
    rng: np.random.Generator

    def some(self, chance: npt.ArrayLike) -> Bools:
        """Which of all firms something happens to this month."""
        return happens(self.rng, chance, self.world.firms.count)

    def days(self, size: int) -> Days:
        """Random days of the month."""
        return in_month(self.month, self.rng, size)

    def entries(self, firm: Ints) -> Ints:
        """Numbers for entries that begin this month, one a firm."""
        return (year_number(self.month) * 12 + month_number(self.month)) * 1_000_000 + firm
