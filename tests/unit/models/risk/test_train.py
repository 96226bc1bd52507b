"""The verb `train`: what it keeps, what it says, and when it learns nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.risk import registry
from models.risk import train as training
from models.risk.champion import Values
from models.risk.estimator import Sample
from models.risk.fitting import PARTS, parts_of_firms, unseen
from models.risk.train import LEAST_ADVERSE, SEED, estimators, train
from pipeline.feeds.catalogue import BY_CODE
from pipeline.indicators.indicator import set_version
from pipeline.stores.warehouse import Warehouse
from tests.learning import DATES, FEW, Learned, few_candidates, learning_settings


def test_the_summary_says_what_was_learned_from_what(learned: Learned) -> None:
    summary = learned.summary
    assert summary.model_id and summary.champion == "booster" and summary.promoted
    assert summary.dates == tuple(DATES[-len(summary.dates) :]) and summary.adverse >= LEAST_ADVERSE
    assert summary.origins == ("2019-01-01", "2020-01-01", "2020-10-16") and summary.tested == ("2019-01-01",)
    assert set(summary.auc) == {"booster", "scorecard", "count", "expert"} and summary.auc["booster"] > 0.6
    assert {"outcomes", "matrix", "booster", "scorecard", "count", "expert", "contest"} <= summary.seconds.keys()


def test_the_card_holds_what_a_reader_must_know(learned: Learned) -> None:
    said = registry.card(learned.settings, str(learned.summary.model_id))
    assert said["target"]["code"] == "problem_found" and {"zh", "en"} == said["rule"].keys()
    assert said["indicator_set"] == set_version(FEW) and said["seed"] == SEED and said["synthetic"] is True
    assert said["champion"] == "booster" and said["data"]["last_outcome_known"] == "2020-09-28"
    contest = said["candidates"]
    for table in (*contest["auc"].values(), *contest["ks"].values(), contest["mean_auc"]):
        assert table.keys() == {"booster", "scorecard", "count", "expert"}
        assert all(i["low"] <= i["value"] <= i["high"] for i in table.values())
    assert contest["ahead"].keys() == {"scorecard", "count", "expert"}
    for origin in learned.summary.origins:
        assert said["origins"][origin]["matured_on"] <= origin
        data = said["data"]["origins"][origin]
        assert data["adverse_firm_years"] <= data["adverse_rows"] <= data["rows"] and data["assumed_share"] == 0.0
        for name, line in said["calibration"][origin].items():
            assert line["slope"] > 0 and line["isotonic_gap"] < 0.2, name
    tested = said["calibration"]["2019-01-01"]["booster"]
    assert 0 <= tested["test_error"] < 0.3 and len(tested["test_mean_expected_and_observed"]) == 2
    for name, of in said["calibration"]["2019-01-01"].items():
        bins, (expected, observed) = of["test_bins"], of["test_mean_expected_and_observed"]
        rows = sum(b["rows"] for b in bins)
        assert rows == said["data"]["origins"]["2019-01-01"]["test_rows"] and len(bins) <= 10, name
        assert sum(b["adverse"] for b in bins) / rows == pytest.approx(observed, abs=1e-6)
        assert sum(b["rows"] * b["expected"] for b in bins) / rows == pytest.approx(expected, abs=1e-5)
        gap = sum(abs(b["rows"] * b["expected"] - b["adverse"]) for b in bins) / rows
        assert gap == pytest.approx(of["test_error"], abs=1e-5)
    assert said["calibration"]["2020-10-16"]["booster"]["test_bins"] is None
    assert said["listed"]["said"]["en"].startswith("without")


def test_training_again_gives_the_same_model_and_leaves_the_champion(learned: Learned) -> None:
    own = learned.copy()
    registry.promote(own.settings, str(own.summary.model_id), "scorecard", by="甲", why="试")
    before = registry.card(own.settings, str(own.summary.model_id))
    with Warehouse.read(own.world) as world:
        again = train(own.settings, world, BY_CODE, FEW, candidates=few_candidates())
    assert again.model_id == own.summary.model_id and not again.promoted and "promote" in again.said.en
    assert registry.champion(own.settings) == registry.Champion(str(again.model_id), "scorecard")
    assert registry.card(own.settings, str(again.model_id)) == before
    assert not (registry.models_folder(own.settings) / ".staging").exists()


def test_a_champion_of_another_set_of_indicators_is_replaced(learned: Learned) -> None:
    own = learned.copy()
    with Warehouse.read(own.world) as world:
        summary = train(own.settings, world, BY_CODE, FEW[1:], candidates=few_candidates(FEW[1:]))
    assert summary.promoted and summary.model_id != own.summary.model_id
    assert [p.before for p in registry.promotions(own.settings)][1] == registry.Champion(
        str(own.summary.model_id), "booster"
    )


def test_too_few_outcomes_are_counted_before_anything_is_computed(
    learned: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = learning_settings()
    monkeypatch.setattr(training, "LEAST_ADVERSE", 100_000)
    monkeypatch.setattr(training, "matrix", lambda *_, **__: pytest.fail("a matrix was computed"))
    with Warehouse.read(learned.world) as world:
        summary = train(settings, world, BY_CODE, FEW)
    assert summary.model_id is None and summary.champion is None and summary.adverse > 0
    assert "由专家评分卡评分" in summary.said.zh and "nothing was learned" in summary.said.en
    assert not registry.models_folder(settings).exists()


def test_before_any_record_has_matured_nothing_is_learned(learned: Learned) -> None:
    settings = learning_settings()
    (settings.var / "today").write_text("2015-08-01\n")
    with Warehouse.read(learned.world) as world:
        summary = train(settings, world, BY_CODE, FEW)
    assert summary.model_id is None and summary.adverse == 0


def test_progress_reaches_its_end(learned: Learned) -> None:
    seen: list[tuple[int, int]] = []
    with Warehouse.read(learned.world) as world:
        train(
            learning_settings(), world, BY_CODE, FEW,
            candidates=few_candidates(), progress=lambda done, total: seen.append((done, total)),
        )  # fmt: skip
    assert seen == sorted(seen) and len({total for _, total in seen}) == 1 and seen[-1][0] == seen[-1][1]


class Witness:
    """An estimator whose margin says whether its model has seen the firm of the row."""

    name = "witness"

    def __init__(self, firms: frozenset[str] = frozenset()) -> None:
        self.firms = firms

    def settle(self, earlier: Sample, later: Sample) -> Witness:
        return self

    def fit(self, sample: Sample) -> Witness:
        assert sample.adverse.any() and not sample.adverse.all()
        return Witness(frozenset(sample.firm))

    def margin(self, values: Values) -> Any:
        return np.array([float(firm in self.firms) for firm in values["firm"]])


def cohort(seed: int, rows: int = 400, firms: int = 90) -> Sample:
    chance = np.random.default_rng(seed)
    firm = np.array([f"F{n}" for n in chance.integers(firms, size=rows)], dtype=object)
    return Sample({"firm": firm}, firm, np.full(rows, np.datetime64("2016-01-01")), chance.random(rows) < 0.05)


@pytest.mark.parametrize("seed", range(5))
def test_the_line_is_fitted_on_margins_of_firms_that_the_model_has_not_seen(seed: int) -> None:
    learned = cohort(seed)
    late = learned.only(slice(200, None))
    assert unseen(Witness(), learned, late).tolist() == [0.0] * 200
    part = parts_of_firms(learned)
    shuffled = learned.only(np.random.default_rng(seed).permutation(400))
    assert part == parts_of_firms(shuffled), "the order of the rows does not matter"
    bad = set(learned.firm[learned.adverse])
    for among in (set(part), bad):
        sizes = np.bincount([part[f] for f in among], minlength=PARTS)
        assert sizes.max() - sizes.min() <= 1, "every part has its share of firms, and of firms with a problem"


def test_few_rows_are_learned_on_one_core(learned: Learned) -> None:
    few, many = (estimators(learned.settings, FEW, DATES[-1], rows)[0] for rows in (100, 100_000))
    assert (few.threads, many.threads) == (1, None)  # type: ignore[attr-defined]
    assert replace(few, threads=None) == many  # type: ignore[type-var]


def test_the_card_is_plain_json(learned: Learned) -> None:
    path = registry.models_folder(learned.settings) / str(learned.summary.model_id) / registry.CARD
    assert json.loads(path.read_text(encoding="utf-8"))["model_id"] == learned.summary.model_id
