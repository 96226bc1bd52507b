"""A model can't know what nobody could know: shuffled outcomes, or records that came too late, teach it nothing.

That training itself reads no record of the future stands in test_no_future_in_training.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.risk.estimator import Sample
from models.risk.fitting import Clock, train_fold
from models.risk.folds import Fold, rolling
from models.risk.matrix import Matrix, matrix
from models.risk.metrics import metric
from models.risk.registry import champion, newest_model
from models.risk.target import EMBARGO, PROBLEM_FOUND_TARGET, write_outcomes
from pipeline.indicators.indicator import Indicator
from pipeline.stores.warehouse import Warehouse
from tests.learning import DATES, FEW, TODAY, Learned, few_candidates
from tests.property.test_no_future_in_training import add
from tests.property.worlds import later_rows

SEEDS = range(5)
DAY = date(2018, 7, 1)
OF_RECORDS = tuple(i for i in FEW if i.code.startswith(("C4_", "C6_")))
"""Indicators that know nothing of the register."""
NAMES = tuple(c.name for c in few_candidates())


def matrix_of(learned: Learned, world: Warehouse, days: list[date], indicators: tuple[Indicator, ...] = FEW) -> Matrix:
    write_outcomes(world, PROBLEM_FOUND_TARGET, days, "temp.honest")
    return matrix(learned.settings, world, indicators, "temp.honest", days)


def error_of(adverse: NDArray[np.bool_]) -> float:
    """Standard error of the AUC of a ranking that has nothing to do with these outcomes (Mann and Whitney 1947)."""
    bad, good = int(adverse.sum()), int((~adverse).sum())
    return float(np.sqrt((bad + good + 1) / (12 * bad * good)))


@pytest.fixture(scope="module")
def rows(learned: Learned) -> Matrix:
    with Warehouse.read(learned.world) as world:
        return matrix_of(learned, world, DATES)


@pytest.fixture(scope="module")
def fold() -> Fold:
    return rolling(DATES, TODAY + timedelta(days=1))[0]


@pytest.fixture(scope="module")
def shuffled(
    rows: Matrix, fold: Fold, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple[float, float]]]:
    """Candidate -> AUC in the test year and its standard error, the outcomes of each date dealt anew among its firms."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in NAMES}
    for seed in SEEDS:
        chance = np.random.default_rng(seed)
        dealt = np.concatenate([chance.permutation(rows.of((d,)).adverse) for d in rows.dates])
        other = replace(rows, sample=replace(rows.sample, adverse=dealt))
        tested = train_fold(tmp_path_factory.mktemp("fold"), other, fold, few_candidates(), Clock()).tested
        assert tested is not None
        for name, margin in tested.margins.items():
            found[name].append((metric("auc", margin, tested.adverse), error_of(tested.adverse)))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_shuffled_outcomes_give_a_half(shuffled: dict[str, list[tuple[float, float]]], name: str) -> None:
    aucs, errors = np.array(shuffled[name]).T
    assert (np.abs(aucs - 0.5) < 4 * errors).all(), aucs
    assert abs(aucs.mean() - 0.5) < 3.5 * np.sqrt((errors**2).sum()) / len(aucs), aucs


def test_the_outcomes_themselves_give_more(learned: Learned, fold: Fold, rows: Matrix) -> None:
    """The same fold with the outcomes as they were: what the shuffled ones are compared with."""
    error = error_of(rows.of(fold.test).adverse)
    assert all(learned.summary.auc[name] > 0.5 + 4 * error for name in NAMES), learned.summary.auc


@pytest.fixture
def own_world(learned: Learned, tmp_path: Path) -> Iterator[Warehouse]:
    """A copy of the world that a test may change."""
    path = shutil.copyfile(learned.world, tmp_path / "world.duckdb")
    with Warehouse.open(Path(path)) as world:
        yield world


def receive_past(world: Warehouse, on: date) -> None:
    """All that happened before DAY was received on that day, the register excepted."""
    for feed in ("spot_check_result", "penalty"):
        world.execute(f"UPDATE core.{feed} SET known_from = ?, known_to = NULL WHERE event_on < ?", [on, DAY])


def half(sample: Sample, odd: bool) -> Sample:
    """Every other firm of one date."""
    taken = slice(int(odd), None, 2)
    values = {str(code): np.asarray(sample.values[code])[taken] for code in sample.values}
    return Sample(values, sample.firm[taken], sample.as_of[taken], sample.adverse[taken])


@pytest.mark.parametrize("days_late", [0, 1, 400])
def test_records_received_too_late_give_a_half(learned: Learned, own_world: Warehouse, days_late: int) -> None:
    """Half of the firms teach, the others test: with all records in time that works, without any it can't."""
    auc = {}
    for received in (DAY - timedelta(days=1), DAY + timedelta(days=days_late)):
        receive_past(own_world, received)
        sample = matrix_of(learned, own_world, [DAY], OF_RECORDS).sample
        one, other = half(sample, odd=False), half(sample, odd=True)
        assert len(other.adverse) > 50
        for candidate in few_candidates(OF_RECORDS):
            auc[candidate.name, received < DAY] = metric("auc", candidate.fit(one).margin(other.values), other.adverse)
    assert all(auc[name, True] > 0.6 for name in NAMES), auc
    assert all(auc[name, False] == 0.5 for name in NAMES), auc


@pytest.mark.parametrize("seed", [4, 5])
def test_records_of_the_future_change_no_score_and_no_outcome_of_the_past(
    learned: Learned, own_world: Warehouse, seed: int
) -> None:
    chosen = champion(learned.settings)
    assert chosen is not None
    day = date(2019, 4, 1)
    model = newest_model(learned.settings, chosen, day, FEW)
    assert model is not None
    found = []
    for later in (None, day + EMBARGO, day):
        if later is not None:
            assert add(own_world, later_rows(seed, later)) > 100
        sample = matrix_of(learned, own_world, [day]).sample
        score = model.contributions(sample.values, np.ones(len(sample.firm), dtype=np.bool_)).raw_score
        found.append((dict(zip(sample.firm, score, strict=True)), dict(zip(sample.firm, sample.adverse, strict=True))))
    before, matured, after = found
    assert len(before[0]) > 80 and matured == before, "what came after maturity changes neither score nor outcome"
    firms = before[0].keys()
    assert {f: after[0][f] for f in firms} == before[0], "what came after the date changes no score"
