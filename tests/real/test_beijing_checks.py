"""The model of the next check on real records, on rolling folds that end before the year it was held back for."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from benchmarks.real_checks import CHOSEN_BEFORE, HALF_YEARS, Span, deployment, drift_of, rules, scores, span
from models.risk.estimator import Sample
from models.risk.metrics import metric
from pipeline.settings import Settings

pytestmark = pytest.mark.real
CHOSEN, COUNT = "chosen: booster", "made again: count of failures"
DOCUMENTED = (0.774, 0.930, 0.759, 0.831)
"""AUC of the chosen model by half-year, as docs/explanation/real-checks.md has it."""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Span]:
    settings = deployment(Path(os.environ["REAL_CASES"]), tmp_path_factory.mktemp("beijing") / "city")
    return settings, span(settings, CHOSEN_BEFORE)


def test_the_checks_are_those_of_the_table(real: tuple[Settings, Span]) -> None:
    known = real[1]
    spans = [known.between(start, end) for start, end in HALF_YEARS]
    assert [(len(s.firm), int(s.adverse.sum())) for s in spans] == [(5701, 105), (10936, 41), (6740, 177), (3487, 180)]
    assert known.sample.as_of.max() < np.datetime64(CHOSEN_BEFORE), "the year held back is not even read"


def test_the_folds_are_as_documented_and_beat_the_count(real: tuple[Settings, Span]) -> None:
    settings, known = real
    learned, count = rules(settings, threads=1)[CHOSEN], rules(settings)[COUNT]
    found, simple = [], []
    for start, end in HALF_YEARS:
        train, test = known.before(start), known.between(start, end)
        found.append(metric("auc", scores(learned, train, test), test.adverse))
        simple.append(metric("auc", scores(count, train, test), test.adverse))
    assert found == pytest.approx(DOCUMENTED, abs=0.01)
    assert np.mean(found) > np.mean(simple) + 0.2


def test_shuffled_outcomes_teach_nothing(real: tuple[Settings, Span]) -> None:
    settings, known = real
    start, end = HALF_YEARS[3]
    train, test = known.before(start), known.between(start, end)
    shuffled = Sample(train.values, train.firm, train.as_of, np.random.default_rng(1).permutation(train.adverse))
    auc = metric("auc", scores(rules(settings, threads=1)[CHOSEN], shuffled, test), test.adverse)
    assert abs(auc - 0.5) < 0.1


def test_unattached_checks_have_the_base_rate(real: tuple[Settings, Span]) -> None:
    settings, known = real
    start, end = HALF_YEARS[3]
    train, test = known.before(start), known.between(start, end)
    unattached = np.array([f is None for f in test.firm])
    found = scores(rules(settings, threads=1)[CHOSEN], train, test)[unattached]
    rate = train.adverse.mean()
    assert unattached.any() and found == pytest.approx(np.log(rate / (1 - rate)))


def test_the_outcome_alarm_sees_that_more_is_found_from_mid_2023(real: tuple[Settings, Span]) -> None:
    quarters = {q.period: q for q in drift_of(*real, 2023)}
    assert quarters["2023Q4"].is_alarm and quarters["2023Q4"].ratio > 1.5
    assert sum(q.checks for q in quarters.values()) == 10_227
    assert date(2024, 1, 1) == CHOSEN_BEFORE
