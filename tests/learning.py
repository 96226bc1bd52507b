"""A small world with enough outcomes to learn from: firms whose checks find more or less, year after year."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from models.risk.booster import Booster
from models.risk.counting import TroubleCount
from models.risk.estimator import Estimator
from models.risk.expert_estimator import ExpertEstimator
from models.risk.folds import training_dates
from models.risk.registry import models_folder
from models.risk.scorecard import Scorecard
from models.risk.train import TrainSummary, train
from pipeline.feeds.catalogue import BY_CODE
from pipeline.indicators.catalogue import INDICATORS
from pipeline.indicators.indicator import Indicator
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse
from tests.cohort import WEIGHTS
from tests.world import Rows, build_world, world_settings

TODAY = date(2020, 10, 15)
FIRST = date(2015, 4, 1)
DATES = training_dates(FIRST, TODAY + timedelta(days=1))
CODES = ("C2_age_years", "C2_industry_section", "C4_penalty_count_3y", "C6_days_since_check", "C6_problem_rate_3y")
FEW: tuple[Indicator, ...] = tuple(i for i in INDICATORS if i.code in CODES)


def learning_rows(firms: int = 150, seed: int = 7) -> Rows:
    """A register of F0, F1 …, and for each firm about one check a year, which finds a problem by the firm's own habit."""
    chance = np.random.default_rng(seed)
    habit = chance.beta(1, 2, firms)
    rows: Rows = {"ent_registration": [], "spot_check_result": [], "penalty": []}
    for n in range(firms):
        rows["ent_registration"].append(
            {
                "uscc": f"F{n}",
                "established_on": date(2010, 1, 1) - timedelta(days=int(4000 * chance.random())),
                "industry_section": "H" if habit[n] > 0.4 else "F",
                "received_on": date(2010, 2, 1),
            }
        )
        day = FIRST + timedelta(days=int(400 * chance.random()))
        while day < TODAY:
            bad = chance.random() < habit[n]
            rows["spot_check_result"].append(_check(n, day, "03" if bad else "01"))
            if bad and chance.random() < 0.4:
                rows["penalty"].append(
                    {"uscc": f"F{n}", "doc_no": f"{n}-{day}", "decided_on": day, "penalty_category": "02"}
                )
            day += timedelta(days=int(60 + 400 * chance.random()))
    return rows


def _check(n: int, day: date, result: str) -> dict[str, Any]:
    return {"uscc": f"F{n}", "check_id": f"{n}-{day}", "checked_on": day, "check_kind": "1", "result": result}


def learning_world(rows: Rows | None = None, indicators: tuple[Indicator, ...] = FEW) -> Warehouse:
    """The rows as a warehouse after `compute`, every feed delivered at every training date."""
    return build_world(
        rows if rows is not None else learning_rows(), [*DATES, date(2020, 10, 16)], indicators=indicators
    )


def learning_settings() -> Settings:
    """A synthetic deployment in a folder of its own, on the day TODAY."""
    settings = world_settings()
    settings.var.mkdir(parents=True)
    (settings.var / "today").write_text(f"{TODAY}\n")
    return replace(settings, city=replace(settings.city, synthetic=True))


def few_candidates(indicators: tuple[Indicator, ...] = FEW) -> tuple[Estimator, ...]:
    """All four on one thread."""
    return (
        Booster(indicators, threads=1),
        Scorecard(indicators),
        TroubleCount(indicators),
        ExpertEstimator(indicators, WEIGHTS),
    )


@dataclass(frozen=True)
class Learned:
    """A world, the deployment that learned from it, and what training said: look, don't write (`copy` gives your own)."""

    world: Path
    settings: Settings
    summary: TrainSummary

    def copy(self) -> Learned:
        """The same in folders of its own."""
        settings = learning_settings()
        shutil.copytree(models_folder(self.settings), models_folder(settings))
        world = settings.data / "world.duckdb"
        shutil.copyfile(self.world, world)
        return Learned(world, settings, self.summary)


def learned_world() -> Learned:
    """Build the world and learn from it, once."""
    settings = learning_settings()
    path = settings.data / "world.duckdb"
    with learning_world() as world:
        built = Path(world.value("SELECT path FROM duckdb_databases() WHERE database_name = current_database()"))
        world.close()
    shutil.copyfile(built, path)
    with Warehouse.read(path) as world:
        return Learned(path, settings, train(settings, world, BY_CODE, FEW, candidates=few_candidates()))
