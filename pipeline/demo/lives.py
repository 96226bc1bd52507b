"""The simulation: month after month, every firm at once; gives the journal and the true outlook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.demo.chance import happens
from pipeline.demo.checks import inspect, outlook
from pipeline.demo.clock import MONTHS, QUARTERS, Floats, Ints
from pipeline.demo.fortunes import insure, live_on
from pipeline.demo.market import trade
from pipeline.demo.obligations import blacklist, report
from pipeline.demo.population import ALL_INDUSTRIES
from pipeline.demo.state import Journal, State, Turn, World


@dataclass(frozen=True)
class Outlook:
    """The truth at the quarters: one row a firm alive at `as_of`."""

    firm: Ints
    as_of: np.ndarray
    probability: Floats


def live(world: World, progress: Callable[[str, float], None]) -> tuple[Journal, Outlook]:
    """Let the city live from the first to the last month."""
    state, journal, firms = State.of(world), Journal(), world.firms
    rng = world.chance.of("lives")
    staffed, staff = _staffed(world)
    truth: list[tuple[Ints, np.datetime64, Floats]] = []
    for at, month in enumerate(MONTHS):
        progress("lives", at / len(MONTHS))
        day = month.astype("datetime64[D]")
        state.alive = (firms.established < day) & (np.isnat(firms.ended) | (firms.ended >= day))
        state.expired = world.permits.expired_on(day, firms.count) & state.alive
        state.trouble = np.maximum(state.trouble, 0.6 * state.listed + 0.7 * state.expired + 0.25 * state.complaints)
        if day in QUARTERS:
            here = np.flatnonzero(state.alive)
            truth.append((here, day, outlook(world, state)[here]))
        turn = Turn(world, state, journal, month, rng)
        report(turn)
        blacklist(turn)
        live_on(turn)
        staff = insure(turn, staffed, staff)
        inspect(turn, trade(turn))
    return journal, Outlook(
        np.concatenate([t[0] for t in truth]),
        np.concatenate([np.full(len(t[0]), t[1]) for t in truth]),
        np.concatenate([t[2] for t in truth]),
    )


def _staffed(world: World) -> tuple[Ints, Floats]:
    """Which firms insure staff, and how many people they begin with."""
    rng = world.chance.of("staff")
    firms = world.firms
    eager = np.array([{"C": 2.5, "E": 1.5, "Q": 2.5, "D": 3.0, "P": 2.0}.get(s, 0.8) for s, _ in ALL_INDUSTRIES])[
        firms.industry
    ]
    share = np.minimum(world.rates.staffed_share * eager * np.exp(0.55 * firms.size), 1.0)
    staffed = np.flatnonzero(~firms.is_individual & happens(rng, share, firms.count))
    return staffed, np.exp(1.6 + 0.8 * firms.size[staffed] + rng.normal(0, 0.5, len(staffed)))
