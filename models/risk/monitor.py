"""Is what was learned still true? Written at every build: how far inputs and score have moved, and whether outcomes came as expected.

mart.drift          the newest date's graded population against the shares that training kept beside the model that scores
mart.outcome_drift  the problems found in the newest complete quarter against those that the scores before the checks let
                    expect, by the way in which firms came to be checked; `said` tells why a row has no expectation
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from models.risk import shares
from models.risk.calibrate import CENTRE, POINTS, fit_line
from models.risk.drift import OutcomeDrift, Shift, outcome_drift, shift
from models.risk.registry import origin_folder
from models.risk.score import values_at
from pipeline.domain import Text
from pipeline.indicators.arms import ARM_OF_CHECK, ARMS, EVERY_KIND, TITLES, UNSTATED
from pipeline.indicators.catalogue import INDICATORS
from pipeline.indicators.indicator import Indicator
from pipeline.indicators.readings import COMPLETED_CHECK, PROBLEM_FOUND
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, union_all

QUARTERS = 4
"""Older quarters that say how often a check of a score finds a problem."""
LEAST_CHECKS, LEAST_PROBLEMS = 200, 30
"""Checks and problems of the older quarters without which nothing is expected of the newest."""
LEAST_NEW = 20
"""Checks of the newest quarter without which nothing is compared."""
_DRIFT = (
    "name VARCHAR, psi DOUBLE, critical DOUBLE, bins INTEGER, then_rows BIGINT, now_rows BIGINT, is_alarm BOOLEAN,"
    " then_on DATE"
)
_OUTCOME_DRIFT = (
    "period VARCHAR, kind VARCHAR, checks BIGINT, observed BIGINT, expected DOUBLE, low BIGINT, high BIGINT, is_alarm BOOLEAN,"
    " said STRUCT(zh VARCHAR, en VARCHAR)"
)


def write_drift(
    settings: Settings, warehouse: Warehouse, newest: date, indicators: tuple[Indicator, ...] = INDICATORS
) -> None:
    """mart.drift: a row an indicator and one of the credit score; none where the expert card scored or no reference is kept.

    Reads mart.risk_score, mart.population and mart.indicator at `newest`. Where one side has no rows psi is missing.
    """
    warehouse.execute(f"CREATE OR REPLACE TABLE mart.drift ({_DRIFT})")
    model_id = warehouse.value(
        "SELECT max(model_id) FROM mart.risk_score WHERE as_of = ? AND score_kind = 'learned'", [newest]
    )
    reference = shares.load(origin_folder(settings, model_id)) if model_id else None
    if reference is None:
        return
    values = values_at(warehouse, indicators, newest)
    values = values[values["is_graded"].to_numpy(dtype=np.bool_)]
    score = warehouse.frame("SELECT credit_score FROM mart.risk_score WHERE as_of = ?", [newest])["credit_score"]
    then = reference.credit_score[str(model_id).rpartition("/")[2]]
    found = [shift(shares.CREDIT_SCORE, then, shares.of_numbers(score.to_numpy(), then))]
    for i in indicators:
        then = reference.indicators[i.code]
        found.append(shift(i.code, then, shares.of_indicator(i, values, then)))
    _insert(warehouse, "drift", (_drift_row(s, reference.as_of) for s in found))


def write_outcome_drift(warehouse: Warehouse, newest: date) -> None:
    """mart.outcome_drift: a row each way of checking that had a check in the last five quarters, one of all where no way says anything.

    Reads known.spot_check_result, the learned scores of this build and, for checks before its first date, those of
    mart.grade_history: always the newest score whose date lies on or before the day of the check.
    """
    warehouse.execute(f"CREATE OR REPLACE TABLE mart.outcome_drift ({_OUTCOME_DRIFT})")
    checks = _checks(warehouse, newest)
    found = [
        _watched(arm.code, of, newest) for arm in (*ARMS, UNSTATED) if len(of := checks[checks["arm"] == arm.code])
    ]
    if all(w.drift is None for w in found):
        mixed = _watched(EVERY_KIND.code, checks, newest)
        found.append(mixed.mixing(checks["arm"].unique()))
    _insert(warehouse, "outcome_drift", (w.row for w in found))


@dataclass(frozen=True)
class Watched:
    """The newest quarter of one way of checking. `drift` None: nothing can be expected of it, and `said` tells why."""

    period: str
    kind: str
    checks: int
    observed: int
    drift: OutcomeDrift | None
    said: Text | None

    def mixing(self, arms: Iterable[str]) -> Watched:
        """The same, saying which ways of checking it mixes."""
        titles = [t for code, t in TITLES.items() if code in set(arms)]
        zh, en = "、".join(t.zh for t in titles), ", ".join(t.en for t in titles)
        mixed = Text(f"合并了{zh}", f"mixes {en}") if self.drift and titles else Text("", "")
        said = self.said or mixed
        return Watched(self.period, self.kind, self.checks, self.observed, self.drift, said if said.zh else None)

    @property
    def row(self) -> tuple[Any, ...]:
        """As mart.outcome_drift holds it."""
        said = {"zh": self.said.zh, "en": self.said.en} if self.said else None
        if self.drift is None:
            return (self.period, self.kind, self.checks, self.observed, None, None, None, False, said)
        d = self.drift
        return (d.period, self.kind, d.checks, d.observed, round(d.expected, 6), d.low, d.high, d.is_alarm, said)


def _watched(kind: str, checks: pd.DataFrame, newest: date) -> Watched:
    """Fit one line on the older quarters, and hold the newest one against it."""
    start = _quarters_before(newest, 1)
    period = f"{start.year}Q{(start.month + 2) // 3}"
    is_new = (pd.to_datetime(checks["day"]) >= pd.Timestamp(start)).to_numpy()
    adverse = checks["is_adverse"].to_numpy(dtype=np.bool_)
    margin = (CENTRE - checks["credit_score"].to_numpy(dtype=np.float64)) / POINTS
    older, problems = int((~is_new).sum()), int(adverse[~is_new].sum())
    count, observed = int(is_new.sum()), int(adverse[is_new].sum())
    if older < LEAST_CHECKS or problems < LEAST_PROBLEMS or problems == older:
        said = Text(
            f"此前{QUARTERS}个季度检查前有模型得分的检查{older:,}次、发现问题{problems:,}次，至少需要{LEAST_CHECKS}次和{LEAST_PROBLEMS}次，不能下结论",
            f"{older:,} checks with a learned score before them and {problems:,} problems in the {QUARTERS} quarters before,"
            f" {LEAST_CHECKS} and {LEAST_PROBLEMS} are needed: can't say",
        )
        return Watched(period, kind, count, observed, None, said)
    if count < LEAST_NEW:
        said = Text(f"本季度只有{count}次检查，不作比较", f"only {count} checks in the quarter: not compared")
        return Watched(period, kind, count, observed, None, said)
    line = fit_line(margin[~is_new], adverse[~is_new])
    return Watched(
        period, kind, count, observed, outcome_drift(period, line.probability(margin[is_new]), adverse[is_new]), None
    )


def _checks(warehouse: Warehouse, newest: date) -> pd.DataFrame:
    """day, arm, is_adverse, credit_score of every finished check of the five quarters before which a learned score stood."""
    return warehouse.frame(f"""
        WITH own AS (SELECT as_of, uscc, credit_score FROM mart.risk_score WHERE score_kind = 'learned'),
        issued AS (
          SELECT as_of, uscc, arg_max(credit_score, issued_at) AS credit_score FROM mart.grade_history
          WHERE score_kind = 'learned' AND NOT is_backcast AND credit_score IS NOT NULL GROUP BY ALL),
        done AS ({union_all(_finished(newest))}),
        scored AS (
          SELECT d.*, coalesce(o.credit_score, i.credit_score) AS credit_score FROM done d
          ASOF LEFT JOIN own o ON o.uscc = d.uscc AND o.as_of <= d.day
          ASOF LEFT JOIN issued i ON i.uscc = d.uscc AND i.as_of <= d.day)
        SELECT day, arm, is_adverse, credit_score FROM scored WHERE credit_score IS NOT NULL ORDER BY ALL""")


def _finished(newest: date) -> Iterator[str]:
    """The finished checks of each quarter as they were known so many days after its end as the newest one is now.

    A check that found a problem is delivered later than others: with what came since the older quarters would find more.
    """
    since = newest - _quarters_before(newest, 0)
    for count in range(QUARTERS + 1, 0, -1):
        first, end = _quarters_before(newest, count), _quarters_before(newest, count - 1)
        yield f"""
          SELECT uscc, event_on AS day, {ARM_OF_CHECK} AS arm, {PROBLEM_FOUND} AS is_adverse
          FROM known.spot_check_result(DATE '{(end + since).isoformat()}')
          WHERE uscc IS NOT NULL AND event_on >= DATE '{first.isoformat()}' AND event_on < DATE '{end.isoformat()}'
            AND {COMPLETED_CHECK}"""


def _quarters_before(day: date, count: int) -> date:
    """The first day of the quarter that lies `count` before the one of `day`; with 0 the end of the newest complete one."""
    quarter = day.year * 4 + (day.month - 1) // 3 - count
    return date(quarter // 4, quarter % 4 * 3 + 1, 1)


def _drift_row(s: Shift, then_on: date) -> tuple[Any, ...]:
    psi, critical = (None if math.isnan(x) else round(x, 9) for x in (s.psi, s.critical))
    return (s.name, psi, critical, s.bins, s.then, s.now, s.is_alarm, then_on)


def _insert(warehouse: Warehouse, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
    for row in rows:
        warehouse.execute(f"INSERT INTO mart.{table} VALUES ({', '.join('?' for _ in row)})", list(row))
