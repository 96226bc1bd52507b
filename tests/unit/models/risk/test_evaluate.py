"""The verb `evaluate`: out of time, by arm, with intervals, and honest where there is too little."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta

import numpy as np
import pytest

from models.risk.evaluate import evaluate
from models.risk.evaluation import Evaluation
from models.risk.metrics import METRICS
from models.risk.registry import Champion, newest_model
from pipeline.errors import ChecksFailed
from pipeline.indicators.arms import ARMS
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.learning import FEW, Learned


@pytest.fixture(scope="module")
def evaluation(learned: Learned) -> Evaluation:
    with Warehouse.read(learned.world) as warehouse:
        return evaluate(learned.settings, warehouse, indicators=FEW, replicates=100)


def test_every_code_of_check_kind_stands_in_one_arm() -> None:
    declared = Reference.load(DEFAULT_DATA / "reference").code_lists["check_kind"].labels
    assert Counter(k for arm in ARMS for k in arm.kinds) == Counter(list(declared))


def test_all_candidates_side_by_side_with_intervals(evaluation: Evaluation) -> None:
    arm = evaluation.arms[0]
    assert arm.arm == "random" and arm.said is None
    assert list(arm.metrics) == ["booster", "scorecard", "count", "expert"]
    assert set(arm.ahead) == {"scorecard", "count", "expert"}
    for metrics in (*arm.metrics.values(), *arm.ahead.values()):
        assert tuple(metrics) == METRICS
        assert all(i.low <= i.value <= i.high for i in metrics.values())
    assert arm.metrics["booster"]["auc"].value > 0.6
    assert arm.metrics["booster"]["days_earlier"].value > 0


def test_checks_before_a_model_could_know_them_are_not_ranked(learned: Learned, evaluation: Evaluation) -> None:
    with Warehouse.read(learned.world) as warehouse:
        all_checks = warehouse.value("SELECT count(*) FROM core.spot_check_result")
        quarters = warehouse.rows(
            "SELECT date_trunc('quarter', event_on)::DATE, count(*) FROM core.spot_check_result GROUP BY 1"
        )
    chosen = Champion(str(learned.summary.model_id), "booster")
    ranked = sum(n for q, n in quarters if newest_model(learned.settings, chosen, q, FEW) is not None)
    assert 0 < ranked < all_checks
    assert sum(a.checks for a in evaluation.arms) == ranked and evaluation.unranked == all_checks - ranked


def test_other_arms_are_empty_and_say_so(evaluation: Evaluation) -> None:
    others = evaluation.arms[1:]
    assert [a.arm for a in others] == ["targeted", "complaint", "special"]
    assert all(a.checks == 0 and a.said is not None and not a.metrics for a in others)
    assert "can't say" in evaluation.line


def test_it_can_be_written_as_json_and_read_by_people(evaluation: Evaluation) -> None:
    assert json.loads(json.dumps(asdict(evaluation), default=str))["arms"][0]["problems"] == evaluation.arms[0].problems
    for part in (f"n = {evaluation.arms[0].checks:,}", "assumed knowledge", "AUC", "days earlier"):
        assert part in evaluation.line


def test_what_happens_after_a_check_does_not_move_its_rank(learned: Learned) -> None:
    """Ranks of the checks of a quarter are the same before and after the world goes on."""
    own = learned.copy()
    start, end = date(2020, 1, 1), date(2020, 4, 1)
    found = []
    for _ in range(2):
        with Warehouse.open(own.world) as warehouse:
            found.append(evaluate(own.settings, warehouse, start, end, indicators=FEW, replicates=20).arms[0].metrics)
            warehouse.execute("UPDATE core.penalty SET penalty_category = '09' WHERE known_from >= DATE '2020-01-01'")
            warehouse.execute("DELETE FROM core.spot_check_result WHERE event_on >= DATE '2020-04-01'")
    assert found[0] == found[1]


def test_shuffled_outcomes_give_a_half(learned: Learned) -> None:
    own = learned.copy()
    with Warehouse.open(own.world) as warehouse:
        results = [
            r[0]
            for r in warehouse.rows(
                "SELECT result FROM core.spot_check_result WHERE event_on >= DATE '2019-07-01' ORDER BY row_no"
            )
        ]
        keys = [
            r[0]
            for r in warehouse.rows(
                "SELECT row_no FROM core.spot_check_result WHERE event_on >= DATE '2019-07-01' ORDER BY row_no"
            )
        ]
        for key, result in zip(keys, np.random.default_rng(1).permutation(results), strict=True):
            warehouse.execute("UPDATE core.spot_check_result SET result = ? WHERE row_no = ?", [str(result), key])
        arm = evaluate(own.settings, warehouse, date(2019, 7, 1), indicators=FEW, replicates=200).arms[0]
    for metrics in arm.metrics.values():
        assert metrics["auc"].low - 0.02 < 0.5 < metrics["auc"].high + 0.02


def test_grades_are_those_before_the_check(learned: Learned) -> None:
    own = learned.copy()
    with Warehouse.open(own.world) as warehouse:
        warehouse.execute("""CREATE TABLE mart.grade AS
            SELECT DATE '2019-06-01' AS as_of, uscc, CASE WHEN industry_section = 'H' THEN 'E' ELSE 'A' END AS grade
            FROM core.ent_registration UNION ALL
            SELECT DATE '2020-06-01', uscc, 'C' FROM core.ent_registration""")
        before = evaluate(own.settings, warehouse, date(2019, 7, 1), date(2020, 6, 1), indicators=FEW, replicates=10)
    graded = before.arms[0].graded
    assert [r.grade for r in graded.rates] == ["A", "E"] and graded.ungraded == 0
    assert graded.pairs[0].verdict == "rising"
    assert "told apart" in before.line


def test_without_a_model_only_the_expert_card_is_ranked_and_too_few_is_said(tiny: Settings) -> None:
    with Warehouse.read(build_file(tiny, str(current_build(tiny)))) as warehouse:
        found = evaluate(tiny, warehouse, replicates=10)
    assert found.model_id is None and "nothing learned" in found.line
    assert all(list(a.metrics) in ([], ["expert"]) for a in found.arms)


def test_an_empty_range_is_refused(learned: Learned) -> None:
    with Warehouse.read(learned.world) as warehouse, pytest.raises(ChecksFailed, match="no checks"):
        evaluate(learned.settings, warehouse, date(2020, 2, 1), date(2020, 2, 1) - timedelta(days=1), indicators=FEW)
