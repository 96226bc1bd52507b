"""The verb `train`: fit every candidate at every origin, calibrate, compare, keep what came out, and name the champion."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from models.risk import card, registry, shares
from models.risk.booster import Booster
from models.risk.card import firm_years
from models.risk.contest import Contest, contest
from models.risk.counting import TroubleCount
from models.risk.estimator import Estimator
from models.risk.expert import ExpertWeights
from models.risk.expert_estimator import AS_OF, ExpertEstimator
from models.risk.fitting import Clock, Trained, train_fold
from models.risk.folds import Fold, rolling, training_dates
from models.risk.learned import LearnedModel
from models.risk.matrix import Matrix, matrix
from models.risk.metrics import metric
from models.risk.parity import parity
from models.risk.score import HIGHEST, LOWEST
from models.risk.scorecard import Scorecard
from models.risk.target import LISTED, PROBLEM_FOUND_TARGET, first_record, write_outcomes, write_register
from pipeline.domain import Text
from pipeline.feeds.contract import FeedContract
from pipeline.indicators.indicator import Indicator
from pipeline.progress import Progress, silent
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse

LEAST_ADVERSE = 200
"""Adverse firm-years (a firm counts once a year) without which an origin learns nothing."""
SEED = 7
FEW_ROWS = 50_000
"""Below this a second core saves a second of the booster, and where cores are shared waiting for it costs a minute."""
_OUTCOME, _LISTED, _EVERYBODY = "temp.outcome", "temp.outcome_listed", "temp.everybody"
_TOO_FEW = Text(
    "训练期只有{n}户年不良结果（至少需要200户年），没有学习，由专家评分卡评分",
    "only {n} adverse firm-years to learn from (200 are needed): nothing was learned, the expert card scores",
)


@dataclass(frozen=True)
class TrainSummary:
    """What `train` did. `model_id` and `champion` are None where nothing was learned; `said` tells so in both languages.

    `adverse`: adverse firm-years of the newest origin; `auc`: mean AUC over the test folds by candidate; `promoted`:
    whether the model scores from now on (it does if no usable champion was there; else `promote` decides).
    """

    said: Text
    model_id: str | None = None
    champion: str | None = None
    promoted: bool = False
    adverse: int = 0
    rows: int = 0
    dates: tuple[date, ...] = ()
    origins: tuple[str, ...] = ()
    tested: tuple[str, ...] = ()
    auc: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def estimators(settings: Settings, indicators: tuple[Indicator, ...], as_of: date, rows: int) -> tuple[Estimator, ...]:
    """The four candidates; the expert card with the weights in force at `as_of`. Few `rows` are learned on one core."""
    weights = ExpertWeights.load(settings.policy / "expert.toml", as_of)
    return (
        Booster(indicators, seed=SEED, threads=1 if rows < FEW_ROWS else None),
        Scorecard(indicators, seed=SEED),
        TroubleCount(indicators),
        ExpertEstimator(indicators, weights),
    )


def train(
    settings: Settings,
    warehouse: Warehouse,
    contracts: dict[str, FeedContract],
    indicators: tuple[Indicator, ...],
    *,
    candidates: tuple[Estimator, ...] | None = None,
    by: str = "train",
    progress: Progress = silent,
) -> TrainSummary:
    """Learn from what the warehouse (one after `compute`; only read, but for temporary tables) knows up to tomorrow.

    Writes data/var/models/<model_id>/, and promotes it, in the name of `by`, if there is no champion that was trained
    on this set of indicators. The same records and code give the same model_id. Nothing is computed before it is known
    that there are enough outcomes.
    """
    clock = Clock()
    origin = settings.tomorrow()
    first = first_record(warehouse, PROBLEM_FOUND_TARGET)
    dates = training_dates(first, origin) if first else []
    with clock("outcomes"):
        write_outcomes(warehouse, PROBLEM_FOUND_TARGET, dates, _OUTCOME)
        folds = rolling(dates, origin)
        enough = _adverse_in_outcomes(warehouse, folds[-1]) if folds else 0
    if enough < LEAST_ADVERSE:
        return _nothing_learned(enough, clock)
    total = len(dates) + len(folds)
    with clock("matrix"):
        rows = matrix(settings, warehouse, indicators, _OUTCOME, dates, progress=lambda done, _: progress(done, total))
    folds = tuple(f for f in folds if _can_learn(rows, f))
    if not folds or folds[-1].origin != origin:
        return _nothing_learned(firm_years(rows.sample), clock)
    staged = registry.staging(settings)
    candidates = candidates or estimators(settings, indicators, origin, len(rows.sample.adverse))
    trained = []
    for done, fold in enumerate(folds, total - len(folds)):
        progress(done, total)
        trained.append(train_fold(staged, rows, fold, candidates, clock))
    tested = [t for t in trained if t.tested]
    with clock("contest"):
        result = contest([t.tested for t in tested if t.tested])
    with clock("listed"):
        listed = _listed(settings, warehouse, indicators, tested, result.champion)
    with clock("reference"):
        _keep_reference(settings, warehouse, indicators, staged, trained[-1])
        fair = [asdict(g) for g in parity(warehouse, rows, trained, result.champion)]
    content = card.content(settings, warehouse, contracts.values(), rows, trained, result, listed, fair)
    model_id = registry.keep(settings, staged, card.recipe(indicators, folds, SEED), content)
    promoted = registry.fitting_champion(settings, indicators) is None
    if promoted:
        registry.promote(settings, model_id, by=by, why=_why(result))
    progress(total, total)
    return _summary(rows, folds, result, model_id, promoted, clock)


def _summary(
    rows: Matrix, folds: tuple[Fold, ...], result: Contest, model_id: str, promoted: bool, clock: Clock
) -> TrainSummary:
    return TrainSummary(
        said=_said(result, promoted),
        model_id=model_id,
        champion=result.champion,
        promoted=promoted,
        adverse=firm_years(rows.of(folds[-1].train)),
        rows=len(rows.sample.adverse),
        dates=rows.dates,
        origins=tuple(f.name for f in folds),
        tested=tuple(result.auc),
        auc={name: mean.value for name, mean in result.mean_auc.items()},
        seconds=clock.seconds,
    )


def _listed(
    settings: Settings, warehouse: Warehouse, indicators: tuple[Indicator, ...], trained: list[Trained], champion: str
) -> dict[str, Any]:
    """AUC of the champion's margin for the target `listed`, over all graded firms of the first date of each test year."""
    lacking = LISTED.lacking(warehouse)
    found = {}
    for one in trained:
        day = one.fold.test[0]
        write_outcomes(warehouse, LISTED, [day], _LISTED)
        sample = matrix(settings, warehouse, indicators, _LISTED, [day]).sample
        if sample.adverse.any() and not sample.adverse.all():
            found[one.fold.name] = {
                "as_of": day,
                "rows": len(sample.adverse),
                "adverse": int(sample.adverse.sum()),
                "auc": round(metric("auc", one.fitted[champion].margin(sample.values), sample.adverse), 6),
            }
    return {"folds": found, "said": asdict(lacking) if lacking else None}


def _keep_reference(
    settings: Settings, warehouse: Warehouse, indicators: tuple[Indicator, ...], staged: Path, newest: Trained
) -> None:
    """Beside the newest origin's models: where everybody who is graded at its newest training date lies."""
    day = newest.fold.train[-1]
    write_register(warehouse, day, _EVERYBODY)
    values = matrix(settings, warehouse, indicators, _EVERYBODY, [day]).sample.values
    everybody = np.ones(len(values[AS_OF]), dtype=np.bool_)
    score = {}
    for name, fitted in newest.fitted.items():
        model = LearnedModel(fitted, newest.lines[name], newest.log_odds, name, newest.fold.matured_on)
        score[name] = shares.of_numbers(model.raw_score(values, everybody).clip(LOWEST, HIGHEST))
    of_indicators = {i.code: shares.of_indicator(i, values) for i in indicators}
    shares.ReferenceShares(day, of_indicators, score).save(staged / newest.fold.name)


def _adverse_in_outcomes(warehouse: Warehouse, fold: Fold) -> int:
    """Adverse firm-years of the training dates, before anything else is computed."""
    return int(
        warehouse.value(
            f"SELECT count(DISTINCT (uscc, year(as_of))) FROM {_OUTCOME} WHERE is_adverse AND as_of <= ?",
            [fold.train[-1]],
        )
    )


def _can_learn(rows: Matrix, fold: Fold) -> bool:
    """Enough to learn from, and both outcomes in the inner pair."""
    inner = (rows.of(fold.early).adverse, rows.of(fold.late).adverse)
    return all(a.any() and not a.all() for a in inner) and firm_years(rows.of(fold.train)) >= LEAST_ADVERSE


def _nothing_learned(adverse: int, clock: Clock) -> TrainSummary:
    said = Text(_TOO_FEW.zh.format(n=adverse), _TOO_FEW.en.format(n=adverse))
    return TrainSummary(said, adverse=adverse, seconds=clock.seconds)


def _why(result: Contest) -> str:
    means = "，".join(f"{name} {mean.value:.4f}" for name, mean in result.mean_auc.items())
    return f"没有可用的冠军；按规则（no usable champion; by the rule）：{means or '没有可比的折 no fold to compare on'}"


def _said(result: Contest, promoted: bool) -> Text:
    name = result.champion
    if promoted:
        return Text(f"冠军：{name}，自此评分", f"champion: {name}, it scores from now on")
    return Text(
        f"冠军：{name}；现任模型不变，须经 promote", f"champion: {name}; the present model stays until `promote`"
    )
