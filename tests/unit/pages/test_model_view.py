"""The model's page as a view: what the card holds is shown, what it lacks is said, and no number is made up."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models.risk import registry
from models.risk.registry import Champion
from pages.views import model as views
from pages.views import model_card, model_drift, model_validation
from pages.views.model_drift import Drift, Expected, Moved
from pipeline.domain import Text
from pipeline.indicators.catalogue import INDICATORS
from pipeline.indicators.indicator import set_version
from tests.learning import Learned

CHOSEN = "booster"


@pytest.fixture
def card(learned: Learned) -> dict[str, Any]:
    return deepcopy(registry.card(learned.settings, str(learned.summary.model_id)))


@pytest.fixture
def chosen(learned: Learned) -> Champion:
    return Champion(str(learned.summary.model_id), CHOSEN)


def test_every_candidate_stands_with_each_period_and_its_paired_difference(
    card: dict[str, Any], chosen: Champion
) -> None:
    rows = model_validation.contest(card, chosen)
    means = [r for r in rows if r.is_mean]
    assert [r.label.zh for r in means] == ["提升树", "评分卡", "问题计数", "专家评分卡"]
    assert len(rows) == 4 * (1 + len(card["candidates"]["auc"])) and all(r.low <= r.value <= r.high for r in rows)
    assert [bool(r.ahead) for r in means] == [False, True, True, True] and means[0].in_office
    assert model_validation.contest(card, replace(chosen, candidate="count"))[0].label.zh == "问题计数"
    assert "提升树" in model_validation.on_contest(card, rows).finding.zh


def test_dots_add_up_to_the_tested_rows_and_lie_in_their_intervals(card: dict[str, Any]) -> None:
    (period,) = model_validation.periods(card)
    found = model_validation.calibration(card, period, CHOSEN)
    assert sum(d.rows for d in found.dots) == card["data"]["origins"][period]["test_rows"]
    assert all(d.low <= d.observed <= d.high for d in found.dots)
    assert [d.expected for d in found.dots] == sorted(d.expected for d in found.dots)
    assert f"{card['calibration'][period][CHOSEN]['test_error']:.1%}" in found.words.finding.zh


def test_a_card_of_an_older_version_says_so(card: dict[str, Any]) -> None:
    (period,) = model_validation.periods(card)
    del card["calibration"][period][CHOSEN]["test_bins"], card["parity"]
    found = model_validation.calibration(card, period, CHOSEN)
    table, words = model_validation.parity(card, {})
    assert not found.dots and "旧版程序" in found.words.finding.zh and "校准误差" in found.words.finding.zh
    assert not table.rows and "older version" in words.finding.en


def test_a_period_that_has_not_matured_has_no_dots(card: dict[str, Any]) -> None:
    for period in ("2020-10-16", "", "1999-01-01"):
        found = model_validation.calibration(card, period, CHOSEN)
        assert not found.dots and found.words.finding == model_validation.NO_TEST


def group(**more: Any) -> dict[str, Any]:
    plain = {"by": "unit", "group": "U1", "rows": 90, "firms": 40, "expected": 0.3, "observed": 0.3}
    return {**plain, "ratio": 1.0, "low": 0.8, "high": 1.3, **more}


def test_only_groups_whose_interval_excludes_one_are_flagged_and_small_ones_never(card: dict[str, Any]) -> None:
    card["parity"] = [
        group(by="all", group="all", ratio=1.2, low=1.1, high=1.4),
        group(),
        group(group="U2", ratio=1.5, low=1.1, high=1.9),
        group(group="U3", ratio=0.5, low=0.3, high=0.9),
        group(group="U4", ratio=3.0, low=2.0, high=4.5, firms=19),
    ]
    table, words = model_validation.parity(card, {"U2": Text("东县局", "East County")})
    assert [str(row[2])[0] for row in table.rows] == ["1", "1", "▲", "▼", "n"]
    assert "3 组可比，2 组偏离：东县局 1.50、U3 0.50" in words.finding.zh


def test_models_of_another_set_of_indicators_can_not_be_put_in_office(learned: Learned) -> None:
    (one,) = model_card.trained_models(learned.settings)
    assert one.obstacle and "重新训练" in one.obstacle.zh and one.in_office == CHOSEN
    assert views.to_open((one,), one.model_id) is None
    own = learned.copy()
    path = registry.models_folder(own.settings) / one.model_id / registry.CARD
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(said | {"indicator_set": set_version(INDICATORS)}), encoding="utf-8")
    (fits,) = model_card.trained_models(own.settings)
    assert fits.obstacle is None and views.to_open((fits,), one.model_id) == fits
    assert fits.candidates == ("scorecard", "count", "expert"), "the one in office is not offered again"


def test_promotions_are_told_newest_first(learned: Learned) -> None:
    own = learned.copy()
    registry.promote(own.settings, str(own.summary.model_id), "count", by="甲", why="试")
    rows = model_card.promotions(own.settings).rows
    assert [r[2] for r in rows] == ["甲", "train"]
    assert [r[1].zh.split()[0] for r in rows] == ["问题计数", "提升树"] and rows[0][3] == "试"


def moved(name: str, psi: float | None, *, alarm: bool = False) -> Moved:
    return Moved(Text(name, name), psi, 0.004, alarm, 5000, 6000)


def expected(observed: int, *, alarm: bool = False, kind: str = "random") -> Expected:
    return Expected(Text(kind, kind), "2020Q3", 300, observed, 40.0, 25, 58, alarm, None)


def test_what_moved_is_counted_and_the_answer_says_it() -> None:
    quiet = Drift((moved("s", 0.01), moved("a", 0.05)), date(2019, 4, 1), (expected(41),), is_known=True)
    assert "都未漂移" in model_drift.on_drift(quiet).finding.zh
    came = model_drift.came(quiet)
    assert came and "相符" in came.zh and "相符" in model_drift.on_outcomes(quiet).finding.zh
    loud = replace(
        quiet,
        moved=(moved("s", 0.3, alarm=True), moved("a", 0.3, alarm=True), moved("b", 0.12, alarm=True)),
        outcomes=(expected(90, alarm=True),),
    )
    assert "2 项指标中 2 项漂移，其中 1 项不小于 0.25" in model_drift.on_drift(loud).finding.zh
    assert "W19" in model_drift.on_outcomes(loud).finding.zh
    outside = replace(quiet, outcomes=(expected(59),))
    assert "不到 1.5 倍" in model_drift.on_outcomes(outside).finding.zh


def test_nothing_is_claimed_where_nothing_is_known() -> None:
    old, expert = Drift((), None, (), is_known=False), Drift((), None, (), is_known=True)
    assert "旧版程序" in model_drift.on_drift(old).finding.zh and "旧版程序" in model_drift.on_outcomes(old).finding.zh
    assert "专家评分卡" in model_drift.on_drift(expert).finding.zh
    why = Text("太少", "too few")
    few = replace(expert, outcomes=(replace(expected(3), expected=None, low=None, high=None, said=why),))
    assert model_drift.on_outcomes(few).finding == why and model_drift.came(few) is None
