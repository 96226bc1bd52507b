"""Trained models as files: read back as they were, addressed by content and date, promoted with a name and a reason."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from models.risk import registry, shares
from models.risk.registry import Champion, card, champion, faults, model_at, newest_model, promote, promotions
from pipeline.errors import ChecksFailed
from pipeline.settings import Settings
from tests.learning import CODES, FEW, Learned

CANDIDATES = registry.CANDIDATES


@pytest.fixture
def own(learned: Learned) -> Learned:
    return learned.copy()


def folder_of(settings: Settings, model_id: str) -> Path:
    return registry.models_folder(settings) / model_id


def test_the_first_model_scores_and_says_who_made_it_so(learned: Learned) -> None:
    model_id = learned.summary.model_id
    assert champion(learned.settings) == Champion(str(model_id), "booster")
    (first,) = promotions(learned.settings)
    assert (first.by, first.before, first.after) == ("train", None, champion(learned.settings))
    assert "no usable champion" in first.why and "booster 0." in first.why
    assert card(learned.settings, str(model_id))["promotions"] == [
        {
            "at": first.at,
            "by": "train",
            "why": first.why,
            "before": None,
            "after": {"model_id": model_id, "candidate": "booster"},
        }
    ]


def test_every_origin_holds_every_candidate_and_no_pickle(learned: Learned) -> None:
    folder = folder_of(learned.settings, str(learned.summary.model_id))
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    reference = f"{learned.summary.origins[-1]}/{shares.FILE}"
    assert {f.rpartition("/")[0] for f in files if "/" in f and f != reference} == {
        f"{origin}/{name}" for origin in learned.summary.origins for name in CANDIDATES
    }
    assert reference in files
    assert {Path(f).suffix for f in files} == {".json", ".ubj"}


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_a_date_is_scored_by_the_newest_model_that_had_matured(learned: Learned, candidate: str) -> None:
    chosen = Champion(str(learned.summary.model_id), candidate)
    matured = {
        o: date.fromisoformat(m["matured_on"]) for o, m in card(learned.settings, chosen.model_id)["origins"].items()
    }
    assert len(set(matured.values())) == len(matured) == 3
    for origin, day in matured.items():
        for as_of in (day, day + timedelta(days=1)):
            model = newest_model(learned.settings, chosen, as_of, FEW)
            assert model is not None and model.matured_on == day <= as_of
            assert model.model_id == f"{chosen.model_id}/{origin}/{candidate}" and model.score_kind == "learned"
    assert newest_model(learned.settings, chosen, min(matured.values()) - timedelta(days=1), FEW) is None


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_points_of_every_candidate_add_up_to_the_calibrated_margin(learned: Learned, candidate: str) -> None:
    model = newest_model(learned.settings, Champion(str(learned.summary.model_id), candidate), date(2020, 10, 16), FEW)
    assert model is not None
    values = {c: np.array([np.nan, 1.0, 3.0]) for c in CODES if c != "C2_industry_section"}
    values["C2_industry_section"] = np.array(["F", "H", None], dtype=object)
    points = model.contributions(values, np.array([True, True, True]))
    m = model.line.slope * model.fitted.margin(values) + model.line.intercept
    np.testing.assert_allclose(points.raw_score, 600 - 50 / np.log(2) * (m - model.m0), atol=1e-3)


def test_a_champion_of_another_set_of_indicators_is_refused(learned: Learned) -> None:
    assert model_at(learned.settings, date(2020, 10, 16), FEW) is not None
    assert model_at(learned.settings, date(2015, 1, 1), FEW) is None
    assert registry.fitting_champion(learned.settings, FEW[:2]) is None
    with pytest.raises(ChecksFailed, match="another set of indicators"):
        model_at(learned.settings, date(2020, 10, 16), FEW[:2])


def test_a_promotion_is_kept_with_who_when_why_before_and_after(own: Learned) -> None:
    model_id = str(own.summary.model_id)
    before = champion(own.settings)
    done = promote(own.settings, model_id, "scorecard", by="王某", why="便于逐项说明")
    assert (done.before, done.after) == (before, Champion(model_id, "scorecard")) and done.after == champion(
        own.settings
    )
    assert [p.by for p in promotions(own.settings)] == ["train", "王某"]
    assert card(own.settings, model_id)["promotions"][-1]["why"] == "便于逐项说明"
    back = promote(own.settings, model_id, by="王某", why="按规则")
    assert back.after.candidate == "booster" and faults(own.settings, FEW) == (1, [])


@pytest.mark.parametrize(
    ("model_id", "named", "words"),
    [
        ("learned-0", {"by": "a", "why": "b"}, "no such model; there are.*learned-"),
        (None, {"by": "a", "why": "b", "candidate": "forest"}, "candidate: expected one of"),
        (None, {"by": " ", "why": ""}, "--by: empty.*--why: empty"),
    ],
)
def test_a_promotion_that_says_too_little_changes_nothing(
    learned: Learned, model_id: str | None, named: dict[str, str], words: str
) -> None:
    before = promotions(learned.settings)
    with pytest.raises(ChecksFailed, match=words):
        promote(learned.settings, model_id or str(learned.summary.model_id), **named)
    assert promotions(learned.settings) == before


def test_the_check_finds_what_can_not_be_read_and_lines_out_of_order(own: Learned) -> None:
    model_id = str(own.summary.model_id)
    promote(own.settings, model_id, "count", by="甲", why="试")
    assert faults(own.settings, FEW) == (1, [])
    log = registry.models_folder(own.settings) / registry.PROMOTIONS
    text = log.read_text(encoding="utf-8")
    log.write_text("".join(reversed(text.splitlines(keepends=True))), encoding="utf-8")
    found = faults(own.settings, FEW)[1]
    assert any("line 1: before is" in f for f in found) and any("promote again" in f for f in found)
    log.write_text(text + "{broken\n", encoding="utf-8")
    assert "promotions.jsonl: not readable" in faults(own.settings, FEW)[1][0]
    with pytest.raises(ChecksFailed, match="not readable"):
        champion(own.settings)
    log.write_text(text, encoding="utf-8")
    (folder_of(own.settings, model_id) / own.summary.origins[0] / "scorecard" / "scorecard.json").write_text(
        "{", encoding="utf-8"
    )
    assert f"{model_id}: not readable" in faults(own.settings, FEW)[1][0]


def test_without_a_model_there_is_no_fault_and_no_champion(tmp_path: Path, learned: Learned) -> None:
    empty = Settings(tmp_path, learned.settings.city, tmp_path)
    assert faults(empty, FEW) == (0, []) and champion(empty) is None and promotions(empty) == ()
    assert model_at(empty, date(2020, 10, 16), FEW) is None and registry.artefacts(empty) == []


def test_a_build_is_known_by_the_files_of_the_candidate_that_scores(own: Learned) -> None:
    before = [p for p in registry.artefacts(own.settings) if p.name != shares.FILE]
    assert {p.parent.name for p in before} == {"booster"} and len(before) == 2 * len(own.summary.origins)
    promote(own.settings, str(own.summary.model_id), "expert", by="甲", why="试")
    after = registry.artefacts(own.settings)
    assert {p.parent.name for p in after if p.name != shares.FILE} == {"expert"}
    assert [p.parent.name for p in after if p.name == shares.FILE] == [own.summary.origins[-1]]


def test_the_last_promotion_counts_and_the_file_that_repeats_it_may_lag(own: Learned) -> None:
    path = registry.models_folder(own.settings) / registry.CHAMPION
    before = path.read_text(encoding="utf-8")
    promote(own.settings, str(own.summary.model_id), "count", by="甲", why="试")
    path.write_text(before, encoding="utf-8")  # the run died before it was rewritten
    assert champion(own.settings) == Champion(str(own.summary.model_id), "count")
    assert faults(own.settings, FEW) == (1, [])
    path.write_text(json.dumps({"model_id": "learned-x", "candidate": "count"}), encoding="utf-8")
    assert "promote again" in faults(own.settings, FEW)[1][0]


def test_a_champion_whose_files_are_gone_is_a_fault(own: Learned) -> None:
    folder_of(own.settings, str(own.summary.model_id)).rename(own.settings.data / "elsewhere")
    assert faults(own.settings, FEW) == (0, [f"promotions.jsonl: there is no model {own.summary.model_id}"])
