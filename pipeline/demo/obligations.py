"""Yearly reports, the abnormal list and the serious-violation list."""

from __future__ import annotations

import numpy as np

from pipeline.demo.chance import happens, sigmoid
from pipeline.demo.clock import LAST, NEVER, Bools, Days, Ints, days, in_month, month_number, plus, year_number
from pipeline.demo.state import Journal, State, World

FIRST_REPORT_YEAR = 2013
_FIRST_LISTING = np.datetime64("2015-07")
UNREPORTED, UNDISCLOSED, UNTRUE, UNREACHABLE = 1, 2, 3, 4
"""Causes of the abnormal list."""


def report(world: World, state: State, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> None:
    """In the month after a deadline: who filed in time, who is listed; in every month: who makes up for it."""
    year = next((y for y, d in world.deadlines.items() if np.datetime64(d, "M") + 1 == month), None)
    if year is not None:
        _after_deadline(world, state, year, month, journal, rng)
    _make_up(world, state, month, journal, rng)


def _after_deadline(world: World, state: State, year: int, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> None:
    firms, traits = world.firms, world.traits
    n = firms.count
    due = state.alive & ~firms.is_individual & (firms.established <= np.datetime64(f"{year}-12-31"))
    odds = world.rates.report_on_time + 0.75 * traits.management + 0.45 * traits.compliance - 1.2 * state.distress
    odds = np.where(state.dormant | ~state.reachable, -2.2, odds)
    filed = due & happens(rng, sigmoid(odds), n)
    firm = np.flatnonzero(filed)
    early = np.floor(178 * rng.beta(1.1, 2.2, len(firm)))
    _file(world, state, firm, np.full(len(firm), year), plus(np.full(len(firm), np.datetime64(world.deadlines[year])), -early), journal, late=False)
    missing = due & ~filed
    state.missing[missing] |= np.int16(1 << (year - FIRST_REPORT_YEAR))
    if month >= _FIRST_LISTING:
        listed = missing & happens(rng, np.where(state.dormant | ~state.reachable, 0.85, world.rates.listed_after_missing), n)
        put_on_list(state, np.flatnonzero(listed), UNREPORTED, month, journal, rng, first_days=18)


def _file(world: World, state: State, firm: Ints, year: Ints, day: Days, journal: Journal, *, late: bool) -> None:
    inside = (day >= world.firms.established[firm]) & (day <= LAST)
    firm, year, day = firm[inside], year[inside], day[inside]
    journal.add(
        "report", firm=firm, year=year, day=day, late=np.full(len(firm), late), distress=state.distress[firm], dormant=state.dormant[firm]
    )


def _make_up(world: World, state: State, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> None:
    n = world.firms.count
    hazard = np.where(state.reachable & ~state.dormant, world.rates.cure_hazard, 0.012)
    cured = (state.missing > 0) & state.alive & happens(rng, hazard, n)
    day = in_month(month, rng, n)
    for bit in range(len(world.deadlines)):
        firm = np.flatnonzero(cured & ((state.missing >> bit) & 1 > 0))
        _file(world, state, firm, np.full(len(firm), FIRST_REPORT_YEAR + bit), day[firm], journal, late=True)
    state.missing[cured] = 0
    settled = np.select(
        [state.listed_for == UNREPORTED, state.listed_for == UNREACHABLE],
        [cured | ((state.missing == 0) & happens(rng, 0.2, n)), state.reachable & happens(rng, 0.12, n)],
        happens(rng, 0.07, n),
    )
    firm = np.flatnonzero(settled & state.listed & state.alive)
    removed = np.maximum(day[firm], plus(state.listed_since[firm], np.ones(len(firm))))
    journal.add("abnormal end", entry=state.entry[firm], day=np.minimum(removed, LAST))
    state.entry[firm], state.listed_for[firm], state.listed_since[firm] = -1, 0, NEVER


def put_on_list(
    state: State, firm: Ints, cause: int, month: np.datetime64, journal: Journal, rng: np.random.Generator, first_days: int = 27
) -> None:
    """Enter firms that are not yet there on the abnormal list."""
    firm = np.unique(firm[~state.listed[firm] & state.alive[firm]])
    entry = (year_number(month) * 12 + month_number(month)) * 1_000_000 + firm
    day = np.minimum(days(month.astype("datetime64[D]"), rng.integers(0, first_days, len(firm))), LAST)
    state.entry[firm], state.listed_for[firm], state.listed_since[firm] = entry, cause, day
    journal.add("abnormal", firm=firm, entry=entry, cause=np.full(len(firm), cause), day=day)


def blacklist(world: World, state: State, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> None:
    """Three years on the abnormal list lead to the serious-violation list (SER83)."""
    long_listed = state.listed & (state.listed_since < month.astype("datetime64[D]") - 1096) & state.alive & ~state.serious
    firm = np.flatnonzero(long_listed & happens(rng, 0.08, world.firms.count))
    put_on_blacklist(state, firm, 1, in_month(month, rng, len(firm)), journal)


def put_on_blacklist(state: State, firm: Ints, cause: int, day: Days, journal: Journal) -> None:
    """Enter firms on the serious-violation list."""
    new = ~state.serious[firm]
    firm, day = firm[new], day[new]
    state.serious[firm] = True
    journal.add("serious", firm=firm, cause=np.full(len(firm), cause), day=day)


def unreachable_found(state: State, firm: Ints, chance: float, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> None:
    """Of the firms that could not be found at their address, some are listed for it."""
    put_on_list(state, firm[happens(rng, chance, len(firm))], UNREACHABLE, month, journal, rng)


def write_to(world: World, state: State, rng: np.random.Generator) -> Bools:
    """Firms whose letters come back this month."""
    return state.alive & ~state.reachable & ~world.firms.is_individual & happens(rng, 0.06, world.firms.count)
