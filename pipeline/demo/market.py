"""What customers and laboratories notice: complaints, reports in the media, sampling failures, accidents."""

from __future__ import annotations

import numpy as np

from pipeline.demo.chance import happens, sigmoid
from pipeline.demo.clock import Floats, Ints, activity, month_number, year_number
from pipeline.demo.population import ALL_INDUSTRIES
from pipeline.demo.state import State, Turn, World

AUTUMN = ("0179", "5117", "1515")
"""Ginseng and wine, busy from September to November."""
_COMPLAINTS = {"H": 1.1, "F": 0.6, "O": 1.6, "P": 1.6, "K": 2.2, "R": 1.6, "L": 1.1, "G": 1.0, "I": 1.2}
_SAMPLED = np.array([0.12, 0.007, 0.008, 0.015, 0.02, 0.015, 0.0])
"""Samples a month in each key field."""


def complaint_rate(world: World, state: State) -> Floats:
    """Expected complaints a month for each firm, before season and epidemic."""
    firms, traits = world.firms, world.traits
    scale = np.array([_COMPLAINTS.get(section, 0.6) for section, _ in ALL_INDUSTRIES])[firms.industry]
    scale = scale * np.where(firms.is_individual, 0.22, 1.0) * np.exp(0.35 * firms.size)
    temper = -0.75 * traits.compliance - 0.5 * traits.management + 0.35 * state.disorder
    rate = world.rates.complaints_a_month * 0.65 * scale * np.exp(temper)
    return np.asarray(np.where(state.dormant, 0.2, 1.0) * np.minimum(rate, 0.6))


def trade(turn: Turn) -> Ints:
    """One month of the market; returns the number of complaints of each firm."""
    state, world, rng = turn.state, turn.world, turn.rng
    n = world.firms.count
    state.disorder = 0.9 * state.disorder + 0.436 * rng.normal(0, 1, n)
    in_season = np.isin(world.industry_codes, AUTUMN) & (month_number(turn.month) in (9, 10, 11))
    season = np.where(in_season, 2.2, 0.97) * activity(turn.month) * (0.75 + 0.07 * (year_number(turn.month) - 2014))
    count = rng.poisson(complaint_rate(world, state) * state.alive * season)
    firm = np.repeat(np.arange(n), count)
    turn.journal.add("complaint", firm=firm, day=turn.days(len(firm)), disorder=state.disorder[firm])
    state.complaints = 0.84 * state.complaints + count
    state.trouble = 0.95 * state.trouble
    loud = np.flatnonzero(state.alive & turn.some(0.0007 + 0.02 * (count > 1) + 0.0012 * state.distress))
    bad = happens(rng, sigmoid(-0.7 + 0.8 * world.traits.risk[loud]), len(loud))
    turn.journal.add("opinion", firm=loud, day=turn.days(len(loud)), bad=bad)
    _sample(turn)
    _accidents(turn)
    return count


def _sample(turn: Turn) -> None:
    state, world, firms = turn.state, turn.world, turn.world.firms
    often = np.where(firms.is_individual, 0.5, 1.2) * (firms.fields * _SAMPLED).max(axis=1) * activity(turn.month)
    firm = np.flatnonzero(state.alive & ~state.dormant & turn.some(often))
    odds = world.rates.sampling_fail + 1.0 * world.traits.risk[firm] + 0.6 * state.disorder[firm]
    fails = happens(turn.rng, sigmoid(odds), len(firm))
    field = (firms.fields[firm] * _SAMPLED).argmax(axis=1)
    turn.journal.add("sample", firm=firm, day=turn.days(len(firm)), fails=fails, field=field)
    state.trouble[firm[fails]] += 0.8


def _accidents(turn: Turn) -> None:
    state, firms = turn.state, turn.world.firms
    hazard = 0.00012 * firms.has_key_field * np.exp(0.7 * turn.world.traits.risk + 0.5 * state.disorder)
    firm = np.flatnonzero(state.alive & turn.some(hazard))
    turn.journal.add("accident", firm=firm, day=turn.days(len(firm)), field=firms.fields[firm].argmax(axis=1))
    state.trouble[firm] += 1.0
