"""Inspections: whom the bureaus check and why, what they find, and which cases follow.

Inspectors go where they see trouble, so checked firms are worse than the others: the selection bias is real.
"""

from __future__ import annotations

import numpy as np

from pipeline.demo.chance import choice, happens, sigmoid
from pipeline.demo.clock import LAST, Floats, Ints, activity, month_number, plus, year_number
from pipeline.demo.industries import FIELDS
from pipeline.demo.market import AUTUMN, complaint_rate
from pipeline.demo.obligations import UNDISCLOSED, UNTRUE, look_for_lost, put_on_blacklist, put_on_list
from pipeline.demo.state import State, Turn, World

RANDOM, DAILY, SPECIAL, COMPLAINT, FLYING = 1, 4, 5, 6, 7
"""Kinds of checks; random ones are later told apart as kinds 1 to 3."""
RESULTS = ("01", "06", "06;02", "09", "03", "04", "02", "05", "07", "08", "10", "11", "06;09", "03;06")
"""What a check may say; checks in the journal hold positions in it."""
CLEAN, CORRECT, CORRECT_AND_REPORT, PENDING, UNPUBLISHED, FALSE, REPORT, UNFOUND, REFUSED, INACTIVE, CLOSED = range(11)
_PENDING_TOO = RESULTS.index("06;09")
_PROBLEMS = np.array([CORRECT, PENDING, UNPUBLISHED, FALSE, REPORT, REFUSED, _PENDING_TOO, RESULTS.index("03;06")])
_PROBLEM_WEIGHTS = (55, 14, 8, 5, 6, 1.2, 5, 4)
COMPLETED = np.array([r not in ("08", "10", "11") for r in RESULTS])
ADVERSE = np.array([any(c in ("03", "04", "05", "06", "07", "09") for c in r.split(";")) for r in RESULTS])
"""The outcome problem_found: results 03–07 and 09 of a completed check."""
PENALTIES = ("01", "02", "02;03", "01;02", "04", "05", "07", "08", "99")
_PENALTY_WEIGHTS = (14, 56, 12, 8, 3, 2, 0.8, 0.2, 4)
MILD = PENALTIES.index("01")
"""The only kind of penalty with severity 1: a warning and nothing else."""
_BUSY = {2014: 0.25, 2015: 0.36, 2016: 0.6}
_OFFSET = {RANDOM: 0.0, DAILY: 0.0, SPECIAL: 0.15, COMPLAINT: 0.5, FLYING: 0.3}


def monthly_chances(world: World, state: State, month: int | None) -> dict[int, Floats]:
    """Kind -> chance of a check this month (complaint-led ones left out); month None: the mean month of a year."""
    firms, rates = world.firms, world.rates
    pull = np.exp(rates.targeting * np.minimum(state.trouble, 2.0))
    licensed, daily = firms.fields[:, :6].any(axis=1), rates.daily_checks_a_year
    yearly = np.select(
        [licensed & firms.is_individual, licensed, firms.fields[:, 6]],
        [daily, 1.55 * daily, 0.65],
        rates.daily_checks_elsewhere,
    )
    flying = np.where(firms.fields[:, FIELDS.index("food_production")], 0.006, 0.0003 * licensed)
    return {
        RANDOM: np.where(firms.is_individual, 0.6, 1.0) * rates.random_checks_a_year / 12,
        DAILY: np.minimum(yearly / 12 * pull * 0.7, 0.5),
        SPECIAL: np.minimum(_campaigns(world, state, month) * pull, 0.6),
        FLYING: flying * pull,
    }


def _campaigns(world: World, state: State, month: int | None) -> Floats:
    """Chances of special campaigns: who, in which months."""
    fields = world.firms.fields
    drugs = fields[:, FIELDS.index("drug_retail")] | fields[:, FIELDS.index("medical_device")]
    campaigns = (
        ((9, 10, 11), np.isin(world.industry_codes, AUTUMN), 0.05),
        ((5, 6), fields[:, FIELDS.index("catering")], 0.04),
        ((9, 10), fields[:, FIELDS.index("special_equipment")], 0.04),
        ((12, 1), fields[:, FIELDS.index("food_sales")], 0.02),
        ((3,), drugs, 0.07),
        ((7, 8), (state.trouble > 0.6) & ~world.firms.has_key_field, 0.06),
    )
    total = np.zeros(world.firms.count)
    for months, who, chance in campaigns:
        share = len(months) / 12 if month is None else float(month in months)
        total += who * chance * share
    return total


def problem_chance(world: World, state: State, kind: int) -> Floats:
    """The true chance that a completed check of this kind finds something today."""
    traits, rates = world.traits, world.rates
    odds = (
        rates.problem_base
        + _OFFSET[kind]
        + rates.problem_on_risk * traits.risk
        + rates.problem_on_disorder * state.disorder
        + rates.problem_on_field * traits.exposure
        + rates.problem_on_expired * state.expired
        + rates.problem_on_distress * state.distress
    )
    return np.where(state.reachable, sigmoid(odds), 0.90)


def outlook(world: World, state: State) -> Floats:
    """P(adverse in the next 365 days | some check is completed in them), with each firm as it stands today.

    With λ checks a year that each find something with chance q, and cases of other origin at rate μ:
    1 − e^−μ (e^−λq − e^−λ) / (1 − e^−λ); the number of checks is a Poisson number that is not zero.
    """
    complaints = 12 * complaint_rate(world, state)
    chances = monthly_chances(world, state, None)
    rate: dict[int, Floats] = {k: 12 * np.maximum(c, 1e-6) * np.ones(len(complaints)) for k, c in chances.items()}
    rate[COMPLAINT] = world.rates.followed_complaints * complaints + 1e-6
    total = np.sum(list(rate.values()), axis=0)
    found = np.sum([rate[k] * problem_chance(world, state, k) for k in rate], axis=0) / total
    only_unreported = _PROBLEM_WEIGHTS[4] / sum(_PROBLEM_WEIGHTS) * (state.missing > 0) * state.reachable
    found = found * (1 - only_unreported)
    clean = (np.exp(-total * found) - np.exp(-total)) / (1 - np.exp(-total))
    other = 12 * _other_cases(world, state) + world.rates.case_after_complaint * complaints
    return np.asarray(1 - clean * np.exp(-other))


def inspect(turn: Turn, complaints: Ints) -> None:
    """One month of checks of every kind, and the cases that follow."""
    state, world = turn.state, turn.world
    month = month_number(turn.month)
    staffing = _BUSY.get(year_number(turn.month), 1.0)
    busy = activity(turn.month) * staffing
    season = 1.3 if 3 <= month <= 10 else 0.4
    not_found = []
    for kind, chance in monthly_chances(world, state, month).items():
        who = state.alive & turn.some(chance * busy * (season if kind == RANDOM else 1.0))
        not_found.append(_check(turn, np.flatnonzero(who), kind))
    led = turn.some((1 - (1 - world.rates.followed_complaints) ** complaints) * staffing)
    not_found.append(_check(turn, np.flatnonzero(state.alive & led), COMPLAINT))
    look_for_lost(turn, np.concatenate(not_found))
    others = _other_cases(world, state) + world.rates.case_after_complaint * complaints
    _punish(turn, np.flatnonzero(state.alive & turn.some(others * busy)))


def _check(turn: Turn, firm: Ints, kind: int) -> Ints:
    """Check some firms; returns those that were not found at their address."""
    state, world, rng, size = turn.state, turn.world, turn.rng, len(firm)
    problem = happens(rng, problem_chance(world, state, kind)[firm], size)
    unreported = state.missing[firm] > 0
    code = np.where(problem, _PROBLEMS[choice(rng, _PROBLEM_WEIGHTS, size)], CLEAN)
    code = np.where((code == REPORT) & ~unreported, CORRECT, code)
    code = np.where((code == CORRECT) & unreported & happens(rng, 0.3, size), CORRECT_AND_REPORT, code)
    away = ~state.reachable[firm]
    code = np.where(away, np.where(problem, UNFOUND, CLEAN), code)
    asleep = state.dormant[firm] & happens(rng, np.where(away, 0.1, 0.45), size)
    code = np.where(asleep, np.where(happens(rng, 0.7, size), CLOSED, INACTIVE), code)
    turn.journal.add("check", firm=firm, day=turn.days(size), kind=np.full(size, kind), code=code)
    found = ADVERSE[code] & (code != UNFOUND)
    np.add.at(state.trouble, firm[found], 0.9)
    np.add.at(state.disorder, firm[found], -0.7)
    for cause, result in ((UNDISCLOSED, UNPUBLISHED), (UNTRUE, FALSE)):
        put_on_list(turn, firm[(code == result) & happens(rng, 0.22, size)], cause)
    grave = np.isin(code, [PENDING, REFUSED, _PENDING_TOO]) | state.expired[firm]
    case = np.where(grave, 0.5, world.rates.case_after_problem) * np.where(world.firms.has_key_field[firm], 1.0, 0.06)
    _punish(turn, firm[found & happens(rng, case, size)])
    return np.asarray(firm[code == UNFOUND])


def _other_cases(world: World, state: State) -> Floats:
    """Chance a month of a case that no check began: unlicensed trade, advertising, unfair competition."""
    base = 0.00009 * np.exp(0.8 * world.traits.risk) + 0.008 * state.expired
    return np.asarray(base * state.reachable * ~state.dormant)


def _punish(turn: Turn, firm: Ints) -> None:
    """Decide penalties, two weeks to ten weeks after the case was opened."""
    state, rng = turn.state, turn.rng
    kind = choice(rng, _PENALTY_WEIGHTS, len(firm))
    decided = plus(turn.days(len(firm)), rng.integers(15, 75, len(firm)))
    inside = decided <= LAST
    firm, kind, decided = firm[inside], kind[inside], decided[inside]
    np.add.at(state.trouble, firm, 0.5)
    turn.journal.add("penalty", firm=firm, day=decided, kind=kind, expired=state.expired[firm])
    grave = np.isin(kind, [4, 6, 7]) & happens(rng, 0.12, len(firm)) & ~turn.world.firms.is_individual[firm]
    put_on_blacklist(turn, firm[grave], 6, decided[grave])
