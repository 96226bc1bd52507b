"""What a learned model says of a synthetic city, beside the truth that the city was drawn from.

truth/probability.parquet holds for every firm and quarter P(adverse within 365 days | some check is completed then), which
is what the calibrated probability estimates. It knows what no record shows (traits, disorder, distress), so ranking by it
is the ceiling of any ranking, not a goal.

A model learns from the firms that somebody looked at, and can be held to its word for those; for all graded enterprises
the same numbers show what the choice of the inspectors does to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.policy.grade import grade_policies, judgement
from models.risk.calibrate import CENTRE, POINTS, calibration_error, logistic
from models.risk.grade_rates import GradeRates, grade_rates
from models.risk.learned import LearnedModel
from models.risk.score import HIGHEST, LOWEST, values_at
from models.risk.target import EMBARGO, HORIZON_DAYS, PROBLEM_FOUND_TARGET, outcomes
from pipeline.indicators.arms import ARMS
from pipeline.indicators.catalogue import INDICATORS
from pipeline.indicators.readings import COMPLETED_CHECK
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse

Floats = NDArray[np.float64]
ModelOf = Callable[[date], LearnedModel | None]
"""Gives the model that may score as of a date."""
GROUPS = ("graded", "observed", "targeted", "random")
"""All graded enterprises; those with an outcome; those of them with a finished check of that arm within the horizon."""
_SCORE, _OUTCOME = "temp.truth_score", "temp.truth_outcome"


def judged(settings: Settings, warehouse: Warehouse, days: list[date], model_of: ModelOf) -> pd.DataFrame:
    """Every graded enterprise at each date, as it would have been judged then, beside what is true and what came out.

    Columns: as_of, uscc, p (calibrated), grade, probability (true), is_adverse (False where nobody looked), and is_<group>
    of GROUPS. `warehouse` holds the indicators of these dates; only temporary tables are written.
    """
    return pd.concat([_judged_day(settings, warehouse, day, model_of) for day in days], ignore_index=True)


def _judged_day(settings: Settings, warehouse: Warehouse, day: date, model_of: ModelOf) -> pd.DataFrame:
    model = model_of(day)
    assert model is not None, f"no model had matured by {day}"
    values = values_at(warehouse, INDICATORS, day)
    firms = values[values["is_graded"].to_numpy(dtype=np.bool_)].reset_index(drop=True)
    m = model.line.log_odds(model.fitted.margin(firms))
    score = (CENTRE - POINTS * (m - model.m0)).clip(LOWEST, HIGHEST)
    scores = pd.DataFrame({"uscc": firms["uscc"], "score_kind": model.score_kind, "credit_score": score})
    warehouse.load(_SCORE, scores.assign(as_of=pd.Timestamp(day), p=logistic(m)))
    warehouse.execute(f"ALTER TABLE {_SCORE} ALTER as_of TYPE DATE")
    warehouse.load(_OUTCOME, outcomes(warehouse, PROBLEM_FOUND_TARGET, day))
    return warehouse.frame(
        f"""SELECT s.as_of, s.uscc, s.p, j.grade, t.probability::DOUBLE AS probability,
            coalesce(o.is_adverse, false) AS is_adverse, true AS is_graded, o.is_observed,
            o.is_observed AND coalesce(c.is_targeted, false) AS is_targeted,
            o.is_observed AND coalesce(c.is_random, false) AS is_random
        FROM {_SCORE} s
        JOIN ({judgement(grade_policies(settings).of(day), day, _SCORE)}) j USING (uscc)
        JOIN read_parquet(?) t ON t.uscc = s.uscc AND t.as_of = s.as_of
        JOIN {_OUTCOME} o ON o.uscc = s.uscc
        LEFT JOIN ({_checked(day)}) c ON c.uscc = s.uscc
        ORDER BY s.uscc""",
        [str(settings.data / "truth" / "probability.parquet")],
    )


def _checked(day: date) -> str:
    """Firm -> whether a check of the arm was finished within the horizon, as known at maturity."""
    arms = ", ".join(f"bool_or(check_kind IN {a.kinds}) AS is_{a.code}" for a in ARMS)
    return f"""SELECT uscc, {arms} FROM known.spot_check_result(DATE '{day + EMBARGO}')
        WHERE event_on >= DATE '{day}' AND event_on < DATE '{day + timedelta(days=HORIZON_DAYS)}' AND {COMPLETED_CHECK}
        GROUP BY uscc"""


def expected_auc(score: Floats, probability: Floats) -> float:
    """The AUC that outcomes drawn with these probabilities have on average (as a ratio of means), ties half.

    Σ pᵢ (1 − pⱼ) [sᵢ > sⱼ] / Σ pᵢ (1 − pⱼ): each row counts as adverse with weight p and as not adverse with 1 − p.
    """
    _, group = np.unique(score, return_inverse=True)
    bad, good = np.bincount(group, probability), np.bincount(group, 1 - probability)
    until = np.cumsum(good)
    return float((bad * (until - good / 2)).sum() / (bad.sum() * good.sum()))


@dataclass(frozen=True)
class Group:
    """Firms of a period by how they were seen: n, mean p, mean true probability, and the AUC of p and of the truth
    itself, expected by the true probabilities."""

    rows: int
    p: float
    probability: float
    auc: float
    ceiling: float


@dataclass(frozen=True)
class Period:
    """One test year. Calibration errors: of the observed firms against the truth and against what came out, and of all
    graded ones against the truth. `rates`: what checks found, by grade; `true_rates`: mean true probability by grade of
    all graded enterprises.
    """

    year: int
    groups: dict[str, Group]
    error: float
    error_of_outcomes: float
    error_of_all: float
    rates: GradeRates
    true_rates: dict[str, float]

    @property
    def is_rising(self) -> bool:
        """Whether the rate of problems rises strictly from A to E, among what was found and in truth."""
        found = [r.rate.value for r in self.rates.rates]
        true = list(self.true_rates.values())
        return len(found) == len(true) == 5 and all(a < b for rates in (found, true) for a, b in pairwise(rates))


def periods(rows: pd.DataFrame) -> tuple[Period, ...]:
    """What `judged` gave, by calendar year."""
    years = pd.to_datetime(rows["as_of"]).dt.year
    return tuple(_period(int(year), found) for year, found in rows.groupby(years))


def _period(year: int, rows: pd.DataFrame) -> Period:
    seen = rows[rows["is_observed"]]
    return Period(
        year=year,
        groups={name: _group(rows[rows[f"is_{name}"]]) for name in GROUPS},
        error=_error(seen, "probability"),
        error_of_outcomes=_error(seen, "is_adverse"),
        error_of_all=_error(rows, "probability"),
        rates=rates_of(seen),
        true_rates={str(g): float(p) for g, p in rows.groupby("grade")["probability"].mean().items()},
    )


def rates_of(seen: pd.DataFrame) -> GradeRates:
    """Rate of problems by grade and the pairs that can be told apart, of observed rows."""
    columns = (seen[c].to_numpy() for c in ("grade", "is_adverse", "uscc"))
    grade, adverse, firm = columns
    return grade_rates(grade.astype(object), adverse.astype(np.bool_), firm.astype(object))


def _group(rows: pd.DataFrame) -> Group:
    p, true = (rows[c].to_numpy(dtype=np.float64) for c in ("p", "probability"))
    return Group(len(rows), float(p.mean()), float(true.mean()), expected_auc(p, true), expected_auc(true, true))


def _error(rows: pd.DataFrame, against: str) -> float:
    return calibration_error(*(rows[c].to_numpy(dtype=np.float64) for c in ("p", against)))


def said(period: Period) -> Iterator[str]:
    """The lines of a period, for people."""
    yield (
        f"{period.year}: calibration error against the truth {period.error:.4f} (observed firms), {period.error_of_all:.4f}"
        f" (all graded); against what came out {period.error_of_outcomes:.4f}"
    )
    for name, g in period.groups.items():
        yield (
            f"  {name:<9} {g.rows:>8,} rows  mean p {g.p:.3f}, true {g.probability:.3f}"
            f"  AUC against the truth {g.auc:.4f}, ceiling {g.ceiling:.4f} (gap {g.ceiling - g.auc:.4f})"
        )
    yield from said_rates(period.rates, period.true_rates)


def said_rates(rates: GradeRates, true_rates: dict[str, float]) -> Iterator[str]:
    """A line a grade, and a line for each pair: rising, not told apart, or reversed."""
    for r in rates.rates:
        true = f"  true mean of all graded {true_rates[r.grade]:6.1%}" if r.grade in true_rates else ""
        yield f"  {r.grade} {r.checks:>7,} observed  {r.rate.value:6.1%} [{r.rate.low:.1%}, {r.rate.high:.1%}]{true}"
    for pair in rates.pairs:
        d = pair.difference
        verdict = "can't be told apart" if pair.verdict == "not_told_apart" else pair.verdict
        yield f"  {pair.worse} − {pair.better}  {d.value:+.1%} [{d.low:+.1%}, {d.high:+.1%}]  {verdict}"
