"""A build that learns: it trains where there is no champion, each date is scored by the newest model that had matured."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import cli
from models import build as builder
from models.build import STAGES, BuildSummary, build
from models.learn import described, learn
from models.risk import registry
from pipeline.errors import ChecksFailed, Exit
from pipeline.indicators.catalogue import INDICATORS
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, build_file, current_build, work_file
from tests.deployment import Deployment
from tests.firms import uscc
from tests.learning import TODAY, learning_rows
from tests.small_city import SYNTHETIC_UNIT

pytestmark = pytest.mark.slow

DAYS = [date(2016, 6, 1), date(2020, 3, 1), TODAY + timedelta(days=1)]
FIRMS = 120


class LearningCity(Deployment):
    """Firms with a check a year, each record received the day after it happened."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        city = folder / "city.toml"
        text = city.read_text(encoding="utf-8").replace("synthetic = false", "synthetic = true")
        city.write_text(text, encoding="utf-8")
        (folder / "var").mkdir()
        (folder / "var" / "today").write_text(f"{TODAY}\n")

    def deliver_all(self) -> None:
        rows = learning_rows(FIRMS)
        firms = (
            (
                uscc(n),
                f"通化第{n}号有限公司",
                "1",
                "1130",
                r["established_on"],
                "220502",
                r["industry_section"],
                r["received_on"],
            )
            for n, r in enumerate(rows["ent_registration"])
        )
        header = ("uscc", "entity_name", "status", "entity_type", "established_on", "division", "industry_section")
        self._deliver("registry/2020-10-01/ent_registration.csv", header, firms)
        checks = (
            (_code(r), r["check_id"], "1", r["checked_on"], r["result"], r["checked_on"] + timedelta(days=1))
            for r in rows["spot_check_result"]
        )
        header = ("uscc", "check_id", "check_kind", "checked_on", "result")
        self._deliver("legal/2020-10-02/spot_check_result.csv", header, checks)

    def _deliver(self, path: str, header: tuple[str, ...], rows: Any) -> None:
        self.deliver(path, (*header, "received_at", "supplier_org"), [(*row, SYNTHETIC_UNIT) for row in rows])


def _code(row: dict[str, Any]) -> str:
    return uscc(int(row["uscc"].removeprefix("F")))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, BuildSummary]:
    """The first build of a deployment that has something to learn from: look, don't write."""
    city = LearningCity(tmp_path_factory.mktemp("learning") / "city")
    city.deliver_all()
    return city.settings, build(city.settings, DAYS)


@pytest.fixture
def own(first: tuple[Settings, BuildSummary], tmp_path: Path) -> Settings:
    """A copy that a test may change."""
    shutil.copytree(first[0].data, tmp_path / "city")
    return Settings.load(tmp_path / "city")


@pytest.fixture
def published(first: tuple[Settings, BuildSummary]) -> Iterator[Warehouse]:
    with Warehouse.read(build_file(first[0], str(current_build(first[0])))) as warehouse:
        yield warehouse


def models_of(settings: Settings) -> dict[date, str]:
    with Warehouse.read(build_file(settings, str(current_build(settings)))) as warehouse:
        return dict(warehouse.rows("SELECT DISTINCT as_of, model_id FROM mart.risk_score ORDER BY 1"))


def test_the_first_build_learns_and_publishes_what_it_learned(first: tuple[Settings, BuildSummary]) -> None:
    settings, summary = first
    assert summary.published and set(summary.seconds) == set(STAGES)
    assert summary.learned and summary.learned.train.promoted
    chosen = registry.champion(settings)
    assert chosen == registry.Champion(str(summary.learned.train.model_id), "booster")
    assert summary.model_id == f"{chosen.model_id}/2020-10-16/booster"
    (promotion,) = registry.promotions(settings)
    assert promotion.by == "build"


def test_a_date_is_scored_by_what_had_matured_by_then(
    published: Warehouse, first: tuple[Settings, BuildSummary]
) -> None:
    rows = published.rows("SELECT DISTINCT as_of, score_kind, model_id FROM mart.risk_score ORDER BY 1")
    assert [(day, kind) for day, kind, _ in rows] == list(zip(DAYS, ("expert", "learned", "learned"), strict=True))
    assert [m.split("/")[1] for _, _, m in rows[1:]] == ["2020-01-01", "2020-10-16"]


def test_the_build_says_how_far_the_world_has_moved(published: Warehouse) -> None:
    rows = published.rows("SELECT name, psi, critical, now_rows, is_alarm FROM mart.drift")
    assert [r[0] for r in rows] == ["credit_score", *(i.code for i in INDICATORS)]
    assert all(psi >= 0 and critical >= 0 and now > 0 for _, psi, critical, now, _ in rows)
    graded = published.value("SELECT count(*) FROM mart.risk_score WHERE as_of = ?", [DAYS[-1]])
    assert {r[3] for r in rows} == {graded}
    outcomes = published.frame("SELECT * FROM mart.outcome_drift")
    assert set(outcomes["period"]) == {"2020Q3"} and (outcomes["expected"].notna() | outcomes["said"].notna()).all()
    assert published.value("SELECT count(*) FROM mart.training") == 0, "a model has learned: nothing to explain"


def test_the_build_proposes_bands_and_cuts_nothing(first: tuple[Settings, BuildSummary]) -> None:
    bands = first[1].learned.bands if first[1].learned else None
    assert bands and bands.as_of == DAYS[-1] and list(bands.at_least) == ["A", "B", "C", "D"]
    cuts = list(bands.at_least.values())
    assert cuts == sorted(cuts, reverse=True) and sum(bands.shares.values()) == pytest.approx(1, abs=0.001)


def test_the_same_build_again_is_already_there(own: Settings) -> None:
    again = build(own, DAYS)
    assert again.already and again.learned is None and again.build_id == current_build(own)
    assert again.model_id and again.model_id.endswith("/booster")


def test_another_champion_is_another_build(own: Settings) -> None:
    before, chosen = current_build(own), registry.champion(own)
    assert chosen
    registry.promote(own, chosen.model_id, "scorecard", by="甲", why="试")
    summary = build(own, DAYS)
    assert not summary.already and summary.build_id != before and summary.learned is None
    assert [m.rpartition("/")[2] for m in models_of(own).values()][1:] == ["scorecard"] * 2
    registry.promote(own, chosen.model_id, by="甲", why="回到规则")
    assert build(own, DAYS).build_id == before


def test_models_that_are_lost_are_learned_again_alike(own: Settings) -> None:
    before = current_build(own)
    shutil.rmtree(registry.models_folder(own))
    summary = build(own, DAYS)
    assert summary.learned and summary.build_id == before and not summary.already


def test_a_champion_of_other_indicators_is_replaced_by_the_build(
    own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = registry.champion(own)
    assert chosen
    path = registry.models_folder(own) / chosen.model_id / registry.CARD
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(said | {"indicator_set": "another"}), encoding="utf-8")
    asked: list[str] = []
    monkeypatch.setattr(builder, "learn", lambda *_, **__: asked.append("learn"))
    with Warehouse.read(build_file(own, str(current_build(own)))) as warehouse:
        builder._train(own, warehouse, lambda *_: None)
    assert asked == ["learn"]


def test_a_model_that_can_not_be_read_stops_the_build(own: Settings) -> None:
    before, chosen = current_build(own), registry.champion(own)
    assert chosen
    for path in (registry.models_folder(own) / chosen.model_id).rglob("booster.ubj"):
        path.write_bytes(b"no model")
    with pytest.raises(ChecksFailed, match="not readable"):
        build(own, DAYS)
    assert current_build(own) == before


def test_a_work_file_scored_by_another_model_is_not_published(own: Settings) -> None:
    shutil.copyfile(build_file(own, str(current_build(own))), work_file(own))
    chosen = registry.champion(own)
    assert chosen
    registry.promote(own, chosen.model_id, "count", by="甲", why="试")
    with pytest.raises(ChecksFailed, match="another model scores now"):
        builder.publish(own)


def test_training_reads_the_published_build(own: Settings) -> None:
    with described(own) as warehouse:
        summary = learn(own, warehouse)
    chosen = registry.champion(own)
    assert chosen and summary.train.model_id == chosen.model_id and not summary.train.promoted and summary.bands
    build_file(own, str(current_build(own))).unlink()
    with pytest.raises(ChecksFailed, match="run `build`"), described(own):
        pass


def test_the_commands_train_and_promote(
    own: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["cli.py", *words, "--data", str(own.data), "--json"])
        try:
            code = cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, capsys.readouterr().out

    code, out = run("train")
    said = json.loads(out)
    assert (
        code == Exit.DONE and said["train"]["champion"] == "booster" and said["bands"]["at_least"].keys() == set("ABCD")
    )
    model_id = said["train"]["model_id"]
    code, out = run("promote", model_id, "--by", "王某", "--why", "便于说明", "--candidate", "scorecard")
    assert code == Exit.DONE and json.loads(out)["after"] == {"model_id": model_id, "candidate": "scorecard"}
    assert registry.champion(own) == registry.Champion(model_id, "scorecard")
    assert run("promote", "learned-0", "--by", "a", "--why", "b")[0] == Exit.CHECKS_FAILED
    assert run("promote", model_id, "--by", "a")[0] == Exit.USAGE
    code, out = run("check")
    assert code == Exit.DONE and json.loads(out)["models"] == 1


def test_the_catalogue_is_what_the_model_was_trained_on(first: tuple[Settings, BuildSummary]) -> None:
    assert registry.fitting_champion(first[0], INDICATORS) == registry.champion(first[0])
