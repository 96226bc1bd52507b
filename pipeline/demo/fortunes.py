"""Money and presence: firms fall into distress, go dormant, can no longer be found; taxes, courts, staff follow."""

from __future__ import annotations

import numpy as np

from pipeline.demo.chance import happens
from pipeline.demo.clock import Bools, Floats, Ints, activity, year_number
from pipeline.demo.state import Turn

_FIRST_INSURED_YEAR = 2016
_LAST_INSURED = np.datetime64("2020-09")


def live_on(turn: Turn) -> None:
    """One month of distress, dormancy and reachability; related firms share it."""
    state, firms, traits, rates = turn.state, turn.world.firms, turn.world.traits, turn.world.rates
    fate = np.where(_bad_relatives(turn) > 0, rates.relatives_factor, 1.0)
    hardship = 1 + 1.8 * (1 - activity(turn.month))
    falls = turn.some(rates.distress_hazard * np.exp(-0.85 * traits.solvency) * fate * hardship)
    state.distress = np.where(state.distress, ~turn.some(rates.recovery_hazard), falls & state.alive)
    state.distress_months = np.where(state.distress, state.distress_months + 1, 0).astype(np.int16)
    leaving = ~np.isnat(firms.ended) & (turn.month.astype("datetime64[D]") > firms.ended - 240)
    sleeps = rates.dormant_hazard * np.exp(-0.5 * traits.solvency) + 0.02 * (state.distress_months > 9)
    falls_asleep = turn.some(sleeps) | (leaving & turn.some(0.18))
    wakes = turn.some(rates.waking_hazard) & ~leaving
    state.dormant = np.where(state.dormant, ~wakes, falls_asleep & state.alive)
    hazard = rates.unreachable_hazard * np.exp(-0.95 * traits.contactability) * fate
    hazard = (
        hazard * np.select([state.dormant, state.distress], [7.0, 2.5], 1.0) * np.where(firms.is_individual, 0.25, 1)
    )
    lost, found = turn.some(hazard), turn.some(rates.found_again_hazard)
    state.reachable = np.where(state.reachable, ~(lost & state.alive), found)
    company = state.alive & ~firms.is_individual
    _sue(turn, company)
    _owe(turn, company)
    _find(turn, company)


def _bad_relatives(turn: Turn) -> Ints:
    """How many other firms of the same owner are in trouble."""
    state, owner = turn.state, turn.world.firms.owner
    bad = state.alive & (state.distress | ~state.reachable | state.listed)
    return np.asarray(np.bincount(owner, weights=bad)[owner] - bad, dtype=np.int64)


def _sue(turn: Turn, company: Bools) -> None:
    """Law suits: builders, property firms and lenders more often, firms in distress much more often."""
    state = turn.state
    trade = np.where(np.isin(turn.world.sections, ["E", "K", "J"]), 2.5, 1.0)
    hazard = np.where(state.distress & (state.distress_months > 4), 0.05, 0.0011)
    defendant = np.flatnonzero(company & turn.some(hazard * trade * activity(turn.month)))
    plaintiff = np.flatnonzero(company & turn.some(0.0006))
    for role, firm in ((1, defendant), (0, plaintiff)):
        turn.journal.add("lawsuit", firm=firm, day=turn.days(len(firm)), role=np.full(len(firm), role))
    state.lawsuits = state.lawsuits * 0.95
    state.lawsuits[defendant] += 1


def _owe(turn: Turn, company: Bools) -> None:
    """Tax arrears after three months of distress, the list of judgment debtors after ten and a suit."""
    state = turn.state
    careless = 0.0004 * np.exp(-0.6 * turn.world.traits.compliance)
    owing = np.where(state.distress & (state.distress_months > 2), 0.06, careless)
    _open(turn, state.arrears, company & turn.some(owing), "arrears")
    _close(turn, state.arrears, turn.some(np.where(state.distress | state.dormant, 0.01, 0.11)), "arrears")
    debtor = company & (state.lawsuits > 0.6) & (state.distress_months > 9)
    _open(turn, state.executee, debtor & turn.some(0.07), "executee")
    _close(turn, state.executee, turn.some(np.where(state.distress, 0.003, 0.03)), "executee")


def _find(turn: Turn, company: Bools) -> None:
    """Findings of other departments: bad ones after arrears and debts, good ones for the best."""
    state, traits = turn.state, turn.world.traits
    found = ((state.arrears >= 0) & turn.some(0.006)) | ((state.executee >= 0) & turn.some(0.012))
    praised = (traits.compliance + traits.solvency > 2.6) & turn.some(0.0012)
    for kind, who in ((0, found), (2, praised)):
        firm = np.flatnonzero(company & who)
        turn.journal.add("finding", firm=firm, day=turn.days(len(firm)), kind=np.full(len(firm), kind))


def _open(turn: Turn, entry: Ints, who: Bools, kind: str) -> None:
    firm = np.flatnonzero((entry < 0) & who)
    entry[firm] = turn.entries(firm)
    turn.journal.add(kind, firm=firm, entry=entry[firm], day=turn.days(len(firm)))


def _close(turn: Turn, entry: Ints, who: Bools, kind: str) -> None:
    firm = np.flatnonzero((entry >= 0) & who)
    turn.journal.add(f"{kind} end", entry=entry[firm], day=turn.days(len(firm)))
    entry[firm] = -1


def insure(turn: Turn, staffed: Ints, staff: Floats) -> Floats:
    """The month's social insurance of the firms with staff; returns their staff, which falls in distress."""
    rng, size = turn.rng, len(staffed)
    distress, dormant = turn.state.distress[staffed], turn.state.dormant[staffed]
    drift = np.select([dormant, distress], [-0.25, -0.05], 0.003) - 0.03 * (1 - activity(turn.month))
    staff = np.maximum(staff * np.exp(drift + rng.normal(0, 0.03, size)), 0.4)
    if year_number(turn.month) < _FIRST_INSURED_YEAR or turn.month > _LAST_INSURED:
        return staff
    here = turn.state.alive[staffed] & ~(dormant & (staff < 1))
    overdue = happens(rng, np.where(distress, 0.3, 0.02), size)
    turn.journal.add(
        "insurance",
        firm=staffed[here],
        period=np.full(int(here.sum()), turn.month),
        insured=np.maximum(np.round(staff[here]), 1).astype(np.int32),
        unpaid=happens(rng, np.where(distress, 0.4, 0.012), size)[here],
        delay=(rng.integers(5, 26, size) + 45 * overdue)[here],
    )
    return staff
