"""What customers and laboratories notice: complaints, reports in the media, sampling failures, accidents."""

from __future__ import annotations

import numpy as np

from pipeline.demo.chance import happens, sigmoid
from pipeline.demo.clock import Floats, activity, in_month, month_number
from pipeline.demo.population import ALL_INDUSTRIES
from pipeline.demo.state import Journal, State, World

_AUTUMN = ("0179", "5117", "1515")
"""Ginseng and wine, busy from September to November."""


def complaint_rate(world: World, state: State) -> Floats:
    """Expected complaints a month for each firm, before season and epidemic."""
    firms, traits = world.firms, world.traits
    by_section = {"H": 1.1, "F": 0.6, "O": 1.6, "P": 1.6, "K": 2.2, "R": 1.6, "L": 1.1, "G": 1.0, "I": 1.2}
    scale = np.array([by_section.get(section, 0.6) for section, _ in ALL_INDUSTRIES])[firms.industry]
    scale = scale * np.where(firms.is_individual, 0.22, 1.0) * np.exp(0.35 * firms.size)
    temper = -0.75 * traits.compliance - 0.5 * traits.management + 0.35 * state.disorder
    rate = world.rates.complaints_a_month * 0.65 * scale * np.exp(temper)
    return np.asarray(np.where(state.dormant, 0.2, 1.0) * np.minimum(rate, 0.6))


def trade(world: World, state: State, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> np.ndarray:
    """One month of the market; returns the number of complaints of each firm."""
    n = world.firms.count
    state.disorder = 0.9 * state.disorder + 0.436 * rng.normal(0, 1, n)
    autumn = np.isin(world.industry_codes, _AUTUMN) & (month_number(month) in (9, 10, 11))
    growth = 0.75 + 0.07 * (int(str(month)[:4]) - 2014)
    count = rng.poisson(complaint_rate(world, state) * state.alive * np.where(autumn, 2.2, 0.97) * activity(month) * growth)
    firm = np.repeat(np.arange(n), count)
    journal.add("complaint", firm=firm, day=in_month(month, rng, len(firm)), disorder=state.disorder[firm])
    state.complaints = 0.84 * state.complaints + count
    state.trouble = 0.95 * state.trouble
    loud = np.flatnonzero(state.alive & happens(rng, 0.0007 + 0.02 * (count > 1) + 0.0012 * state.distress, n))
    journal.add("opinion", firm=loud, day=in_month(month, rng, len(loud)), bad=happens(rng, sigmoid(-0.7 + 0.8 * world.traits.risk[loud]), len(loud)))
    _sample(world, state, month, journal, rng)
    _accidents(world, state, month, journal, rng)
    return count


def _sample(world: World, state: State, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> None:
    firms = world.firms
    often = np.array([0.12, 0.007, 0.008, 0.015, 0.02, 0.015, 0.0])
    rate = np.where(firms.is_individual, 0.5, 1.2) * (firms.fields * often).max(axis=1) * activity(month)
    firm = np.flatnonzero(state.alive & ~state.dormant & happens(rng, rate, firms.count))
    odds = world.rates.sampling_fail + 1.0 * world.traits.risk[firm] + 0.6 * state.disorder[firm]
    fails = happens(rng, sigmoid(odds), len(firm))
    field = (firms.fields[firm] * often).argmax(axis=1)
    journal.add("sample", firm=firm, day=in_month(month, rng, len(firm)), fails=fails, field=field)
    state.trouble[firm[fails]] += 0.8


def _accidents(world: World, state: State, month: np.datetime64, journal: Journal, rng: np.random.Generator) -> None:
    firms = world.firms
    hazard = 0.00012 * firms.has_key_field * np.exp(0.7 * world.traits.risk + 0.5 * state.disorder)
    firm = np.flatnonzero(state.alive & happens(rng, hazard, firms.count))
    journal.add("accident", firm=firm, day=in_month(month, rng, len(firm)), field=firms.fields[firm].argmax(axis=1) if len(firm) else firm)
    state.trouble[firm] += 1.0

