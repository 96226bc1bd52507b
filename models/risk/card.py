"""The model card: what was learned from what, how it was judged, and how well it did, as plain data for card.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.risk.calibrate import CalibrationBin, calibration_bins, calibration_error
from models.risk.contest import REPLICATES, RULE, Contest
from models.risk.estimator import Sample
from models.risk.fitting import Trained
from models.risk.folds import Fold
from models.risk.matrix import Matrix
from models.risk.metrics import LEVEL
from models.risk.target import EMBARGO, PROBLEM_FOUND_TARGET
from pipeline.feeds.contract import FeedContract
from pipeline.indicators.indicator import Indicator, set_version
from pipeline.indicators.known import assumed_share
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse


def recipe(indicators: tuple[Indicator, ...], folds: tuple[Fold, ...], seed: int) -> dict[str, Any]:
    """What was done, part of the model_id."""
    return {
        "target": {"code": PROBLEM_FOUND_TARGET.code, "definition": asdict(PROBLEM_FOUND_TARGET.definition)},
        "indicator_set": set_version(indicators),
        "indicators": [i.code for i in indicators],
        "seed": seed,
        "origins": {
            f.name: {"train": f.train, "early": f.early, "late": f.late, "test": f.test, "matured_on": f.matured_on}
            for f in folds
        },
    }


def content(
    settings: Settings,
    warehouse: Warehouse,
    contracts: Iterable[FeedContract],
    rows: Matrix,
    trained: list[Trained],
    result: Contest,
    listed: dict[str, Any],
    parity: list[dict[str, Any]],
) -> dict[str, Any]:
    """What came out: the rest of the card."""
    lacking = PROBLEM_FOUND_TARGET.lacking(warehouse)
    return {
        "synthetic": settings.city.synthetic,
        "champion": result.champion,
        "rule": asdict(RULE),
        "intervals": {"level": LEVEL, "replicates": REPLICATES, "drawn_again": "firms"},
        "target_said": asdict(lacking) if lacking else None,
        "candidates": asdict(result),
        "calibration": {t.fold.name: _calibration(t) for t in trained},
        "data": {
            "first_as_of": rows.dates[0],
            "last_as_of": rows.dates[-1],
            "last_outcome_known": rows.dates[-1] + EMBARGO,
            "origins": {t.fold.name: _data_of(warehouse, contracts, rows, t.fold) for t in trained},
        },
        "listed": listed,
        "parity": parity,
    }


def _data_of(warehouse: Warehouse, contracts: Iterable[FeedContract], rows: Matrix, fold: Fold) -> dict[str, Any]:
    learned = rows.of(fold.train)
    share = assumed_share(warehouse, contracts, fold.matured_on)
    return {
        "rows": len(learned.adverse),
        "adverse_rows": int(learned.adverse.sum()),
        "adverse_firm_years": firm_years(learned),
        "firms": len(set(learned.firm)),
        "base_rate": round(float(learned.adverse.mean()), 6),
        "assumed_share": None if share is None else round(share, 6),
        "test_rows": len(rows.of(fold.test).adverse) if fold.test else 0,
    }


def _calibration(trained: Trained) -> dict[str, Any]:
    """By candidate: the line, how far the isotonic curve lies from it on the period it was fitted on, the error in the test."""
    found: dict[str, Any] = {}
    for name, line in trained.lines.items():
        tested = trained.tested
        error: float | None = None
        means: tuple[float, float] | None = None
        bins: list[dict[str, Any]] | None = None
        if tested is not None:
            p: NDArray[np.float64] = line.probability(tested.margins[name])
            error = round(calibration_error(p, tested.adverse), 6)
            means = (round(float(p.mean()), 6), round(float(tested.adverse.mean()), 6))
            bins = [_bin(b) for b in calibration_bins(p, tested.adverse)]
        found[name] = {
            "slope": line.slope,
            "intercept": line.intercept,
            "base_log_odds": trained.log_odds,
            "isotonic_gap": round(trained.isotonic_gap[name], 6),
            "test_error": error,
            "test_mean_expected_and_observed": means,
            "test_bins": bins,
        }
    return found


def _bin(b: CalibrationBin) -> dict[str, Any]:
    return {"rows": b.rows, "expected": round(b.expected, 6), "adverse": int(b.adverse)}


def firm_years(sample: Sample) -> int:
    """Adverse firm-years: a firm that is adverse at several dates of a year counts once."""
    years = sample.as_of[sample.adverse].astype("datetime64[Y]").astype(int)
    return len(set(zip(sample.firm[sample.adverse], years, strict=True)))
