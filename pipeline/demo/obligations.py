"""Yearly reports, the abnormal list and the serious-violation list."""

from __future__ import annotations

import numpy as np

from pipeline.demo.chance import happens, sigmoid
from pipeline.demo.clock import LAST, NEVER, Days, Ints, days, plus
from pipeline.demo.state import Turn

FIRST_REPORT_YEAR = 2013
_FIRST_LISTING = np.datetime64("2015-07")
UNREPORTED, UNDISCLOSED, UNTRUE, UNREACHABLE = 1, 2, 3, 4
"""Causes of the abnormal list."""


def report(turn: Turn) -> None:
    """In the month after a deadline: who filed in time, who is listed; in every month: who makes up for it."""
    deadlines = turn.world.deadlines
    year = next((y for y, day in deadlines.items() if np.datetime64(day, "M") + 1 == turn.month), None)
    if year is not None:
        _after_deadline(turn, year)
    _make_up(turn)


def _after_deadline(turn: Turn, year: int) -> None:
    state, firms, traits, rates = turn.state, turn.world.firms, turn.world.traits, turn.world.rates
    due = state.alive & ~firms.is_individual & (firms.established <= np.datetime64(f"{year}-12-31"))
    absent = state.dormant | ~state.reachable
    odds = rates.report_on_time + 0.75 * traits.management + 0.45 * traits.compliance - 1.2 * state.distress
    filed = due & turn.some(sigmoid(np.where(absent, -2.2, odds)))
    firm = np.flatnonzero(filed)
    early = np.floor(178 * turn.rng.beta(1.1, 2.2, len(firm)))
    day = plus(np.full(len(firm), np.datetime64(turn.world.deadlines[year], "D")), -early)
    _file(turn, firm, np.full(len(firm), year), day, late=False)
    missing = due & ~filed
    state.missing[missing] |= np.int16(1 << (year - FIRST_REPORT_YEAR))
    if turn.month >= _FIRST_LISTING:
        listed = missing & turn.some(np.where(absent, 0.85, rates.listed_after_missing))
        put_on_list(turn, np.flatnonzero(listed), UNREPORTED, within=18)


def _file(turn: Turn, firm: Ints, year: Ints, day: Days, *, late: bool) -> None:
    inside = (day >= turn.world.firms.established[firm]) & (day <= LAST)
    firm, year, day = firm[inside], year[inside], day[inside]
    turn.journal.add(
        "report",
        firm=firm,
        year=year,
        day=day,
        late=np.full(len(firm), late),
        distress=turn.state.distress[firm],
        dormant=turn.state.dormant[firm],
    )


def _make_up(turn: Turn) -> None:
    """Missing reports are filed late, and entries of the abnormal list end when their cause has gone."""
    state, rates, n = turn.state, turn.world.rates, turn.world.firms.count
    cured = (state.missing > 0) & state.alive
    cured &= turn.some(np.where(state.reachable & ~state.dormant, rates.cure_hazard, 0.012))
    day = turn.days(n)
    for bit in range(len(turn.world.deadlines)):
        firm = np.flatnonzero(cured & ((state.missing >> bit) & 1 > 0))
        _file(turn, firm, np.full(len(firm), FIRST_REPORT_YEAR + bit), day[firm], late=True)
    state.missing[cured] = 0
    settled = np.select(
        [state.listed_for == UNREPORTED, state.listed_for == UNREACHABLE],
        [cured | ((state.missing == 0) & turn.some(0.2)), state.reachable & turn.some(0.12)],
        turn.some(0.07),
    )
    firm = np.flatnonzero(settled & state.listed & state.alive)
    removed = np.maximum(day[firm], plus(state.listed_since[firm], np.ones(len(firm))))
    turn.journal.add("abnormal end", entry=state.entry[firm], day=np.minimum(removed, LAST))
    state.entry[firm], state.listed_for[firm], state.listed_since[firm] = -1, 0, NEVER


def put_on_list(turn: Turn, firm: Ints, cause: int, *, within: int = 27) -> None:
    """Enter firms that are not yet there on the abnormal list, within some days of the month's beginning."""
    state = turn.state
    firm = np.unique(firm[~state.listed[firm] & state.alive[firm] & ~turn.world.firms.is_individual[firm]])
    day = np.minimum(days(turn.month, turn.rng.integers(0, within, len(firm))), LAST)
    state.entry[firm], state.listed_for[firm], state.listed_since[firm] = turn.entries(firm), cause, day
    turn.journal.add("abnormal", firm=firm, entry=state.entry[firm], cause=np.full(len(firm), cause), day=day)


def blacklist(turn: Turn) -> None:
    """Three years on the abnormal list lead to the serious-violation list (SER83)."""
    state = turn.state
    long_listed = state.listed & (state.listed_since < turn.month.astype("datetime64[D]") - 1096) & state.alive
    firm = np.flatnonzero(long_listed & turn.some(turn.world.rates.blacklisted_hazard))
    put_on_blacklist(turn, firm, 1, turn.days(len(firm)))


def put_on_blacklist(turn: Turn, firm: Ints, cause: int, day: Days) -> None:
    """Enter firms that are not yet there on the serious-violation list."""
    new = ~turn.state.serious[firm]
    firm, day = firm[new], day[new]
    turn.state.serious[firm] = True
    turn.journal.add("serious", firm=firm, cause=np.full(len(firm), cause), day=day)


def look_for_lost(turn: Turn, not_found: Ints) -> None:
    """List firms that an inspector, or a letter that came back, did not find at their address."""
    state = turn.state
    returned = np.flatnonzero(state.alive & ~state.reachable & turn.some(turn.world.rates.letter_returned))
    missed = not_found[happens(turn.rng, 0.6, len(not_found))]
    put_on_list(turn, np.concatenate([returned, missed]), UNREACHABLE)
