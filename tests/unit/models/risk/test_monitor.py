"""What a build says of its model: quiet where the population is that of the training, loud where it or the outcomes moved."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.risk.calibrate import fit_line
from models.risk.drift import PSI_LEVEL, outcome_drift
from models.risk.learned import LearnedModel
from models.risk.monitor import LEAST_NEW, write_drift, write_outcome_drift
from models.risk.registry import Champion, newest_model, origin_folder
from models.risk.score import values_at
from models.risk.shares import CREDIT_SCORE, FILE, load
from pipeline.stores.warehouse import Warehouse, load_issued_grades
from tests.learning import DATES, FEW, Learned
from tests.world import world_settings

AS_OF = date(2020, 10, 16)
THEN = DATES[-1]
FIRMS = 220
SCORE = "as_of DATE, uscc VARCHAR, score_kind VARCHAR, model_id VARCHAR, raw_score DOUBLE, credit_score DOUBLE"


@pytest.fixture
def own(learned: Learned) -> Learned:
    return learned.copy()


def scored(own: Learned, warehouse: Warehouse, day: date, candidate: str = "booster") -> LearnedModel:
    """mart.risk_score of a day by the newest model, as the verb `score` writes it."""
    model = newest_model(own.settings, Champion(str(own.summary.model_id), candidate), AS_OF, FEW)
    assert model
    values = values_at(warehouse, FEW, day)
    values = values[values["is_graded"].astype(bool)]
    score = model.contributions(values, np.ones(len(values), bool)).raw_score.clip(300, 900)
    warehouse.execute(f"CREATE OR REPLACE TABLE mart.risk_score ({SCORE})")
    frame = values[["uscc"]].assign(
        as_of=str(day), score_kind="learned", model_id=model.model_id, raw_score=score, credit_score=score
    )
    warehouse.append("mart.risk_score", frame)
    return model


def drift(own: Learned, warehouse: Warehouse, day: date) -> dict[str, Any]:
    write_drift(own.settings, warehouse, day, FEW)
    rows = warehouse.rows("SELECT * FROM mart.drift")
    assert [r[7] for r in rows] == [THEN] * len(rows)
    return {name: rest for name, *rest in rows}


@pytest.mark.parametrize("candidate", ["booster", "expert"])
def test_the_population_of_the_training_has_not_moved(own: Learned, candidate: str) -> None:
    with Warehouse.open(own.world) as world:
        scored(own, world, THEN, candidate)
        found = drift(own, world, THEN)
    assert found.keys() == {CREDIT_SCORE, *(i.code for i in FEW)}
    for name, (psi, critical, bins, then, now, is_alarm, _) in found.items():
        assert psi == pytest.approx(0, abs=0.01) and critical > 0 and bins > 1, name
        assert then == now > 100 and not is_alarm


def test_what_moves_is_named(own: Learned) -> None:
    with Warehouse.open(own.world) as world:
        scored(own, world, THEN)
        world.execute("UPDATE mart.indicator SET C2_age_years = C2_age_years + 3 WHERE as_of = ?", [THEN])
        world.execute("UPDATE mart.risk_score SET credit_score = credit_score - 60")
        found = drift(own, world, THEN)
    assert {name for name, row in found.items() if row[5]} == {"C2_age_years", CREDIT_SCORE}
    assert PSI_LEVEL == 0.95 and found["C2_age_years"][0] > found["C2_age_years"][1]


def test_without_a_reference_or_a_learned_score_nothing_is_said(own: Learned) -> None:
    with Warehouse.open(own.world) as world:
        model = scored(own, world, THEN)
        reference = origin_folder(own.settings, model.model_id) / FILE
        assert load(reference.parent)
        reference.unlink()
        assert drift(own, world, THEN) == {}
        world.execute("UPDATE mart.risk_score SET score_kind = 'expert', model_id = 'expert-2020-07'")
        assert drift(own, world, THEN) == {}


@pytest.fixture
def bare(tmp_path: Path) -> Warehouse:
    """Nothing but what the outcome alarm reads."""
    made = Warehouse.create(tmp_path / "w.duckdb")
    made.execute(
        "CREATE TABLE core.done (uscc VARCHAR, event_on DATE, check_kind VARCHAR, result VARCHAR, no INTEGER, lag INTEGER DEFAULT 0)"
    )
    made.execute("CREATE MACRO known.spot_check_result(d) AS TABLE SELECT * FROM core.done WHERE event_on + lag < d")
    made.execute(f"CREATE TABLE mart.risk_score ({SCORE})")
    load_issued_grades(world_settings(), made, "")
    return made


def checked(world: Warehouse, jump: float = 1.0, per_quarter: int = 120) -> Warehouse:
    """Five quarters of checks whose problems follow the scores, `jump` times as many in the newest; scores stand before all."""
    chance = np.random.default_rng(5)
    odds = chance.normal(-1.2, 0.8, FIRMS)
    score = 600 - 50 / np.log(2) * (odds + 1)
    names = np.array([f"F{n}" for n in range(FIRMS)], dtype=object)
    scores = pd.DataFrame({"as_of": "2019-06-01", "uscc": names, "score_kind": "learned", "model_id": "m"})
    world.append("mart.risk_score", scores.assign(raw_score=score, credit_score=score))
    rows = []
    for quarter, first in enumerate(
        (date(2019, 7, 1), date(2019, 10, 1), date(2020, 1, 1), date(2020, 4, 1), date(2020, 7, 1))
    ):
        for n in range(per_quarter):
            firm = int(chance.integers(FIRMS))
            p = (jump if quarter == 4 else 1.0) / (1 + np.exp(-odds[firm]))
            day = first + timedelta(days=int(chance.integers(90)))
            rows.append((names[firm], str(day), "1", "03" if chance.random() < p else "01", n))
    world.append("core.done", pd.DataFrame(rows, columns=["uscc", "event_on", "check_kind", "result", "no"]))
    return world


def outcome(world: Warehouse) -> dict[str, dict[str, Any]]:
    write_outcome_drift(world, AS_OF)
    frame = world.frame("SELECT * FROM mart.outcome_drift")
    return {r["kind"]: r for r in frame.to_dict("records")}


def test_outcomes_that_follow_the_scores_ring_nothing(bare: Warehouse) -> None:
    found = outcome(checked(bare))
    assert found.keys() == {"random"}
    row = found["random"]
    assert row["period"] == "2020Q3" and row["checks"] == 120 and row["low"] <= row["observed"] <= row["high"]
    assert not row["is_alarm"] and row["said"] is None


def test_a_jump_of_what_is_recorded_rings(bare: Warehouse) -> None:
    row = outcome(checked(bare, jump=2.4))["random"]
    assert row["is_alarm"] and row["observed"] > row["high"] and row["observed"] > 1.5 * row["expected"]


def test_too_few_older_checks_are_said_and_nothing_is_claimed(bare: Warehouse) -> None:
    found = outcome(checked(bare, jump=2.4, per_quarter=40))
    assert found.keys() == {"random", "all"}
    for row in found.values():
        assert np.isnan(row["expected"]) and not row["is_alarm"] and "can't say" in row["said"]["en"]
        assert "160次" in row["said"]["zh"]


def test_ways_of_checking_are_mixed_only_where_none_has_enough_and_it_says_so(bare: Warehouse) -> None:
    world = checked(bare)
    world.execute("UPDATE core.done SET check_kind = CASE WHEN no % 2 = 0 THEN '1' ELSE '4' END")
    halves = outcome(world)
    assert halves.keys() == {"random", "targeted"} and not any(np.isnan(r["expected"]) for r in halves.values())
    world.execute("UPDATE core.done SET check_kind = ['1', '4', '6'][no % 3 + 1]")
    thirds = outcome(world)
    assert thirds.keys() == {"random", "targeted", "complaint", "all"}
    assert [k for k, r in thirds.items() if not np.isnan(r["expected"])] == ["all"]
    assert "双随机抽查" in thirds["all"]["said"]["zh"] and "complaint" in thirds["all"]["said"]["en"]


def test_problems_that_are_delivered_later_than_the_rest_ring_nothing(bare: Warehouse) -> None:
    """Two months after a problem its record comes: of the newest quarter most are not there yet, in the older ones they are."""
    world = checked(bare, per_quarter=400)
    world.execute("UPDATE core.done SET lag = 60 WHERE result = '03'")
    row = outcome(world)["random"]
    assert row["low"] <= row["observed"] <= row["high"]
    missing = world.value(
        "SELECT count(*) FROM core.done WHERE result = '03' AND event_on >= '2020-07-01' AND event_on + lag >= ?",
        [AS_OF],
    )
    assert missing > row["observed"] - row["low"], "with all of the older ones the expectation would be too high"


def test_a_quarter_with_next_to_no_checks_is_not_compared(bare: Warehouse) -> None:
    world = checked(bare)
    world.execute("DELETE FROM core.done WHERE event_on >= DATE '2020-07-01' AND no % 8 <> 0")
    row = outcome(world)["random"]
    assert row["checks"] < LEAST_NEW and np.isnan(row["expected"]) and "not compared" in row["said"]["en"]


def test_only_a_score_that_stood_before_the_check_counts_and_the_issued_ones_fill_in(bare: Warehouse) -> None:
    world = checked(bare)
    whole = outcome(world)["random"]
    world.execute("UPDATE mart.risk_score SET as_of = DATE '2020-05-01'")
    late = outcome(world)["random"]
    issue = """INSERT INTO mart.grade_history BY NAME SELECT DATE '2019-06-01' AS as_of, uscc, score_kind, credit_score,
        {} AS is_backcast, TIMESTAMP '2019-06-01 00:00:00' AS issued_at FROM mart.risk_score"""
    world.execute(issue.format("true"))
    backcast = outcome(world)["random"]
    world.execute(issue.format("false"))
    filled = outcome(world)["random"]
    assert filled["expected"] == whole["expected"] and filled["checks"] == whole["checks"]
    assert np.isnan(late["expected"]), "checks before the first score do not count"
    assert np.isnan(backcast["expected"]), "what was computed back has not stood before the check"


def test_without_a_learned_score_there_is_nothing_to_hold_against(bare: Warehouse) -> None:
    world = checked(bare)
    world.execute("UPDATE mart.risk_score SET score_kind = 'expert'")
    found = outcome(world)
    assert found.keys() == {"all"} and found["all"]["checks"] == 0 and "can't say" in found["all"]["said"]["en"]


def test_a_quiet_model_rings_rarely_though_its_line_was_fitted_on_little(bare: Warehouse) -> None:
    """The fewest checks that are allowed: the line's own error must not make alarms common."""
    chance = np.random.default_rng(9)
    rung = 0
    for _ in range(300):
        odds = chance.normal(-1.4, 0.8, 200 + 50)
        adverse = chance.random(250) < 1 / (1 + np.exp(-odds))
        line = fit_line(odds[:200], adverse[:200])
        rung += outcome_drift("q", line.probability(odds[200:]), adverse[200:]).is_alarm
    assert rung <= 6
