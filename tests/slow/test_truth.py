"""The city of 6,000 against the truth it was drawn from: grades, calibration, and what the choice of checks does to an AUC."""

from __future__ import annotations

import shutil
from datetime import date
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.truth import Period, judged, periods, rates_of, said, said_rates
from models.risk.evaluate import evaluate
from models.risk.evaluation import ArmResult
from models.risk.registry import card, champion, newest_model
from pipeline.domain import Grade
from pipeline.feeds.catalogue import BY_CODE
from pipeline.indicators.catalogue import ALL, INDICATORS
from pipeline.indicators.compute import compute
from pipeline.stores.warehouse import Warehouse, build_file
from tests.slow.conftest import City

pytestmark = pytest.mark.slow
AGAINST_TRUTH, AGAINST_OUTCOMES = 0.06, 0.05
"""Calibration errors of a test year of 4,000 to 5,000 observed rows, with room for their noise; 0.02 is asked of 150,000."""


@pytest.fixture(scope="module")
def rows(city: City, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Every graded enterprise at each test date, as the model of that fold would have judged it."""
    settings, summary = city
    chosen = champion(settings)
    assert chosen is not None, "the build has learned"
    origins = card(settings, chosen.model_id)["origins"].values()
    days = sorted({date.fromisoformat(day) for origin in origins for day in origin["test"]})
    copy = Path(
        shutil.copyfile(build_file(settings, summary.build_id), tmp_path_factory.mktemp("truth") / "copy.duckdb")
    )
    with Warehouse.open(copy) as warehouse:
        compute(settings, warehouse, BY_CODE, ALL, days)
        return judged(settings, warehouse, days, lambda day: newest_model(settings, chosen, day, INDICATORS))


@pytest.fixture(scope="module")
def years(rows: pd.DataFrame) -> tuple[Period, ...]:
    return periods(rows)


@pytest.fixture(scope="module")
def arms(city: City, years: tuple[Period, ...]) -> dict[str, ArmResult]:
    """What `evaluate` prints of the checks of the test years."""
    settings, summary = city
    with Warehouse.read(build_file(settings, summary.build_id)) as warehouse:
        found = evaluate(settings, warehouse, date(years[0].year, 1, 1), date(years[-1].year + 1, 1, 1), replicates=300)
    return {arm.arm: arm for arm in found.arms}


def test_no_adjacent_pair_of_grades_is_reversed(
    rows: pd.DataFrame, years: tuple[Period, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    together = rates_of(rows[rows["is_observed"]])
    with capsys.disabled():
        print("", *(line for year in years for line in said(year)), "all test years:", sep="\n")
        print(*said_rates(together, {}), sep="\n")
    for rates in (together, *(year.rates for year in years)):
        assert [r.grade for r in rates.rates] == [str(g) for g in Grade]
        assert [p for p in rates.pairs if p.verdict == "reversed"] == []
    said_of_pairs = list(said_rates(together, {}))[len(Grade) :]
    assert len(said_of_pairs) == 4
    assert all(("can't be told apart" in line) != ("rising" in line) for line in said_of_pairs), said_of_pairs


def test_the_best_and_the_worst_are_far_apart_in_truth(years: tuple[Period, ...]) -> None:
    for year in years:
        true = list(year.true_rates.values())
        assert all(better < worse for better, worse in pairwise(true)), true
        assert year.true_rates["E"] > 3 * year.true_rates["A"]


def test_probabilities_are_near_the_truth_for_whom_somebody_looked_at(years: tuple[Period, ...]) -> None:
    assert [y.year for y in years] == [2018, 2019]
    for year in years:
        assert year.error < AGAINST_TRUTH and year.error_of_outcomes < AGAINST_OUTCOMES, year


def test_no_ranking_beats_the_truth_and_the_gap_is_shown(years: tuple[Period, ...]) -> None:
    for year in years:
        for name, group in year.groups.items():
            assert 0.5 < group.auc < group.ceiling, (year.year, name)


def test_the_auc_of_targeted_checks_is_not_that_of_the_city(
    years: tuple[Period, ...], arms: dict[str, ArmResult], capsys: pytest.CaptureFixture[str]
) -> None:
    """Inspectors choose firms about which much is known: among these the model ranks better than among all.

    By the true probabilities that is a fact of each year; what `evaluate` measures on targeted checks agrees with it, and
    so says more of the model than holds for the city.
    """
    measured = {name: arms[name].metrics["booster"]["auc"] for name in ("targeted", "random")}
    with capsys.disabled():
        print()
        for name, auc in measured.items():
            print(f"AUC measured on {name} checks {auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}]")
        for year in years:
            all_graded, targeted = year.groups["graded"].auc, year.groups["targeted"].auc
            print(f"{year.year}: AUC against the truth, all graded {all_graded:.3f}, targeted {targeted:.3f}")
            print(f"  bias of the targeted: {targeted - all_graded:+.3f} by the truth alone,", end=" ")
            print(f"{measured['targeted'].value - all_graded:+.3f} as measured")
    for year in years:
        assert 0.01 < year.groups["targeted"].auc - year.groups["graded"].auc < 0.08
        assert year.groups["random"].auc < year.groups["targeted"].auc
    mean = sum(y.groups["graded"].auc for y in years) / len(years)
    assert measured["targeted"].value > mean and measured["targeted"].high > mean + 0.01
    assert measured["random"].low < mean < measured["random"].high
