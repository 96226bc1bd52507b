"""The verb `evaluate`: finished checks, ranked by what was known before each, for all candidates side by side.

A check on a day is ranked by the values of the newest first-of-a-quarter on or before it, with the newest model that had
matured by then: nothing of the check, of what was known later, or of a model that had seen its outcome. Checks are
grouped by how their firms were chosen (ARMS) and never mixed: only `random` says something of all enterprises. Where the
choice follows the risk, an AUC is that of the chosen: lower if the ranking itself sent the inspectors, higher if they
went where much is known (as in the synthetic city: tests/slow/test_truth.py) (METHODS: selection bias).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.risk.contest import FIRST
from models.risk.estimator import Sample
from models.risk.evaluation import ArmResult, Evaluation
from models.risk.expert import ExpertWeights
from models.risk.expert_estimator import ExpertEstimator
from models.risk.grade_rates import grade_rates
from models.risk.matrix import matrix
from models.risk.metrics import REPLICATES, measure
from models.risk.registry import CANDIDATES, Champion, fitting_champion, newest_model
from pipeline.domain import Text
from pipeline.errors import ChecksFailed
from pipeline.feeds.catalogue import FEEDS
from pipeline.feeds.catalogue.spot_check_result import SPOT_CHECK_RESULT
from pipeline.indicators.arms import ARM_OF_CHECK, ARMS, UNSTATED, Arm
from pipeline.indicators.catalogue import INDICATORS
from pipeline.indicators.indicator import Indicator
from pipeline.indicators.known import assumed_share
from pipeline.indicators.readings import COMPLETED_CHECK, PROBLEM_FOUND
from pipeline.progress import Progress, silent
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse

LEAST_OUTCOMES = 10
"""Problems, and checks without one, below which no metric is given."""
_MONTHS = 3
_SEEN = "temp.checked_firm"


def evaluate(
    settings: Settings,
    warehouse: Warehouse,
    start: date | None = None,
    end: date | None = None,
    *,
    indicators: tuple[Indicator, ...] = INDICATORS,
    replicates: int = REPLICATES,
    progress: Progress = silent,
) -> Evaluation:
    """Evaluate the checks with a day in [start, end) (default: all) as the warehouse, only read, knows them now.

    Raises ChecksFailed if the range is empty or turned round.
    """
    start, end = _range(warehouse, start, end)
    rows = _checks(warehouse, start, end)
    scored, model_id = _scored(settings, warehouse, indicators, rows, progress)
    arms = []
    for arm in (*ARMS, UNSTATED):
        found = scored[scored["arm"] == arm.code]
        if len(found) or arm is not UNSTATED:
            arms.append(_arm_result(arm, found, replicates))
    share = assumed_share(warehouse, FEEDS, end)
    return Evaluation(start, end, model_id, len(rows) - len(scored), share, tuple(arms))


def _range(warehouse: Warehouse, start: date | None, end: date | None) -> tuple[date, date]:
    first, past = warehouse.rows(
        f"SELECT min(event_on), max(event_on) + 1 FROM core.{SPOT_CHECK_RESULT.code} WHERE row_outcome <> 'duplicate'"
    )[0]
    start, end = start or first, end or past
    if start is None or end is None or start >= end:
        raise ChecksFailed(f"这段时间没有检查（no checks in this range）：{start} … {end}")
    return start, end


def _checks(warehouse: Warehouse, start: date, end: date) -> pd.DataFrame:
    """One row a finished check: uscc, day, as_of (the first of its quarter), arm, is_adverse, the grade known before it."""
    none = "(SELECT NULL::DATE AS as_of, NULL::VARCHAR AS uscc, NULL::VARCHAR AS grade)"
    grades = "mart.grade" if warehouse.has("mart.grade") else none
    return warehouse.frame(
        f"""SELECT c.uscc, c.event_on AS day, CAST(date_trunc('quarter', c.event_on) AS DATE) AS as_of,
          {ARM_OF_CHECK} AS arm, {PROBLEM_FOUND} AS is_adverse, g.grade
        FROM (SELECT * FROM core.{SPOT_CHECK_RESULT.code} WHERE row_outcome <> 'duplicate' AND known_to IS NULL
              AND event_on >= ? AND event_on < ? AND {COMPLETED_CHECK}) c
        ASOF LEFT JOIN {grades} g ON g.uscc = c.uscc AND g.as_of <= c.event_on
        ORDER BY c.event_on, c.check_id, c.delivery_no, c.row_no""",
        [start, end],
    )


def _scored(
    settings: Settings, warehouse: Warehouse, indicators: tuple[Indicator, ...], rows: pd.DataFrame, progress: Progress
) -> tuple[pd.DataFrame, str | None]:
    """The checks that can be ranked, with one column of calibrated log odds a candidate; and the model they are from."""
    pairs = rows.loc[rows["uscc"].notna(), ["as_of", "uscc"]].drop_duplicates()
    warehouse.load(_SEEN, pairs.assign(is_adverse=False))
    warehouse.execute(f"ALTER TABLE {_SEEN} ALTER as_of TYPE DATE")
    chosen = fitting_champion(settings, indicators)
    dates = [d.date() for d in sorted(pd.to_datetime(pairs["as_of"]).unique())]
    if chosen is not None:
        dates = [d for d in dates if newest_model(settings, chosen, d, indicators) is not None]
    parts = []
    for done, day in enumerate(dates):
        progress(done, len(dates))
        sample = matrix(settings, warehouse, indicators, _SEEN, [day]).sample
        margins = _margins(settings, indicators, chosen, day, sample)
        parts.append(pd.DataFrame({"as_of": pd.Timestamp(day), "uscc": sample.firm} | margins))
    progress(len(dates), len(dates))
    warehouse.execute(f"DROP TABLE IF EXISTS {_SEEN}")
    if not parts:
        return rows.iloc[:0], chosen.model_id if chosen else None
    scores = pd.concat(parts, ignore_index=True)
    joined = rows.assign(as_of=pd.to_datetime(rows["as_of"])).merge(scores, on=["as_of", "uscc"], how="inner")
    return joined, chosen.model_id if chosen else None


def _margins(
    settings: Settings, indicators: tuple[Indicator, ...], chosen: Champion | None, day: date, sample: Sample
) -> dict[str, NDArray[np.float64]]:
    """Log odds by candidate: of the newest model of each that had matured by `day`; of the expert card if there is none."""
    if chosen is None:
        card = ExpertEstimator(indicators, ExpertWeights.load(settings.policy / "expert.toml", day))
        return {card.name: card.fit(sample).margin(sample.values)}
    found = {}
    for name in CANDIDATES:
        model = newest_model(settings, Champion(chosen.model_id, name), day, indicators)
        if model is not None:
            found[name] = model.line.log_odds(model.fitted.margin(sample.values))
    return found


def _arm_result(arm: Arm, rows: pd.DataFrame, replicates: int) -> ArmResult:
    adverse = rows["is_adverse"].to_numpy(dtype=np.bool_)
    firm = rows["uscc"].to_numpy(dtype=object)
    problems, firms = int(adverse.sum()), int(rows["uscc"].nunique())
    names = [c for c in CANDIDATES if c in rows and rows[c].notna().all()]
    graded = grade_rates(rows["grade"].to_numpy(dtype=object), adverse, firm)
    said = _too_few(len(rows), problems)
    if said is not None or not names:
        return ArmResult(arm.code, arm.title, len(rows), problems, firms, said or _NO_MODEL, {}, {}, graded)
    scores = {name: rows[name].to_numpy(dtype=np.float64) for name in names}
    day = rows["day"].to_numpy("datetime64[D]")
    measured = measure(scores, adverse, firm, day, replicates=replicates)
    first = FIRST if FIRST in names else names[0]
    ahead = {n: measured.difference(n, first) for n in names if n != first}
    metrics = {n: measured.of(n) for n in names}
    return ArmResult(arm.code, arm.title, len(rows), problems, firms, None, metrics, ahead, graded)


_NO_MODEL = Text("没有可用的模型，无法评价", "no model to rank by: can't say")


def _too_few(checks: int, problems: int) -> Text | None:
    if min(problems, checks - problems) >= LEAST_OUTCOMES:
        return None
    return Text(
        f"只有{checks}次检查、{problems}次发现问题，太少，不能下结论",
        f"{checks} checks and {problems} problems: too few, can't say",
    )
