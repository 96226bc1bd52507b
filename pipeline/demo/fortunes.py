"""Money and presence: firms fall into distress, go dormant, can no longer be found; taxes, courts, staff follow."""

from __future__ import annotations

import numpy as np

from pipeline.demo.chance import happens
from pipeline.demo.clock import Floats, Ints, activity, in_month, month_number, year_number
from pipeline.demo.state import Journal, State, World


def live_on(world: World, state: State, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> None:
    """One month of distress, dormancy and reachability; related firms share it."""
    firms, traits, rates = world.firms, world.traits, world.rates
    n = firms.count
    bad = state.alive & (state.distress | ~state.reachable | state.listed)
    of_owner = np.bincount(firms.owner, weights=bad, minlength=int(firms.owner.max()) + 1)[firms.owner] - bad
    fate = np.where(of_owner > 0, 2.6, 1.0)
    hardship = 1 + 1.8 * (1 - activity(month))
    falls = happens(rng, rates.distress_hazard * np.exp(-0.85 * traits.solvency) * fate * hardship, n)
    recovers = happens(rng, rates.recovery_hazard, n)
    state.distress = np.where(state.distress, ~recovers, falls & state.alive)
    state.distress_months = np.where(state.distress, state.distress_months + 1, 0).astype(np.int16)
    sleeps = rates.dormant_hazard * np.exp(-0.5 * traits.solvency) + 0.02 * (state.distress_months > 9)
    leaving = ~np.isnat(firms.ended) & (month.astype("datetime64[D]") > firms.ended - 240)
    wakes = happens(rng, rates.waking_hazard, n) & ~leaving
    falls_asleep = happens(rng, sleeps, n) | (leaving & happens(rng, 0.18, n))
    state.dormant = np.where(state.dormant, ~wakes, falls_asleep & state.alive)
    hazard = rates.unreachable_hazard * np.exp(-0.95 * traits.contactability) * fate
    hazard = hazard * np.select([state.dormant, state.distress], [7.0, 2.5], 1.0) * np.where(firms.is_individual, 0.25, 1.0)
    lost = happens(rng, hazard, n)
    found = happens(rng, rates.found_again_hazard, n)
    state.reachable = np.where(state.reachable, ~(lost & state.alive), found)
    _court_and_tax(world, state, month, journal, rng)


def _court_and_tax(world: World, state: State, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> None:
    firms = world.firms
    n = firms.count
    company = state.alive & ~firms.is_individual
    builder = np.isin(world.sections, ["E", "K", "J"])
    sued = np.where(state.distress & (state.distress_months > 4), 0.05, 0.0011) * np.where(builder, 2.5, 1.0) * activity(month)
    defendant = np.flatnonzero(company & happens(rng, sued, n))
    plaintiff = np.flatnonzero(company & happens(rng, 0.0006, n))
    for role, who in ((1, defendant), (0, plaintiff)):
        journal.add("lawsuit", firm=who, day=in_month(month, rng, len(who)), role=np.full(len(who), role))
    state.lawsuits = state.lawsuits * 0.95
    state.lawsuits[defendant] += 1
    owing = np.where(state.distress & (state.distress_months > 2), 0.06, 0.0004 * np.exp(-0.6 * world.traits.compliance))
    _open(world, state.arrears, company & (state.arrears < 0) & happens(rng, owing, n), "arrears", month, journal, rng)
    _close(world, state.arrears, happens(rng, np.where(state.distress | state.dormant, 0.01, 0.11), n), "arrears", month, journal, rng)
    debtor = company & (state.executee < 0) & (state.lawsuits > 0.6) & (state.distress_months > 9)
    _open(world, state.executee, debtor & happens(rng, 0.07, n), "executee", month, journal, rng)
    _close(world, state.executee, happens(rng, np.where(state.distress, 0.003, 0.03), n), "executee", month, journal, rng)
    found = company & (((state.arrears >= 0) & happens(rng, 0.006, n)) | ((state.executee >= 0) & happens(rng, 0.012, n)))
    praised = company & (world.traits.compliance + world.traits.solvency > 2.6) & happens(rng, 0.0012, n)
    for kind, who in ((0, np.flatnonzero(found)), (2, np.flatnonzero(praised))):
        journal.add("finding", firm=who, day=in_month(month, rng, len(who)), kind=np.full(len(who), kind))


def _open(world: World, entry: Ints, who: np.ndarray, kind: str, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> None:
    firm = np.flatnonzero(who)
    number = (int(str(month)[:4]) * 12 + month_number(month)) * 1_000_000 + firm
    entry[firm] = number
    journal.add(kind, firm=firm, entry=number, day=in_month(month, rng, len(firm)))


def _close(world: World, entry: Ints, how: np.ndarray, kind: str, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> None:
    firm = np.flatnonzero((entry >= 0) & how)
    journal.add(kind + " end", entry=entry[firm], day=in_month(month, rng, len(firm)))
    entry[firm] = -1


def insure(world: World, state: State, staff: Floats, staffed: Ints, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> Floats:
    """The month's social insurance of the firms with staff; returns their staff, which falls in distress."""
    distress, dormant = state.distress[staffed], state.dormant[staffed]
    drift = np.select([dormant, distress], [-0.25, -0.05], 0.003) - 0.03 * (1 - activity(month))
    staff = np.maximum(staff * np.exp(drift + rng.normal(0, 0.03, len(staffed))), 0.4)
    if year_number(month) >= 2016 and month < np.datetime64("2020-10"):
        here = state.alive[staffed] & ~(dormant & (staff < 1))
        firm = staffed[here]
        unpaid = happens(rng, np.where(distress, 0.4, 0.012), len(staffed))[here]
        journal.add(
            "insurance", firm=firm, period=np.full(len(firm), month), insured=np.maximum(np.round(staff[here]), 1).astype(np.int32),
            unpaid=unpaid, delay=rng.integers(5, 26, len(firm)) + 45 * happens(rng, np.where(distress[here], 0.3, 0.02), len(firm)),
        )  # fmt: skip
    return staff
