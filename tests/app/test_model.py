"""模型治理 for those who may: an unlearned city says why, a learned one is judged, and roll-back is one act in both logs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from models.risk import registry
from pages.parts.frame import NOT_YOURS
from pipeline.indicators.catalogue import INDICATORS
from pipeline.indicators.indicator import set_version
from pipeline.stores.access import Role
from pipeline.stores.lock import build_lock
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.learning import Learned
from tests.small_city import SmallCity

PAGE = """
from pages import model
from pages.parts import desk
from pipeline.stores.access import Role
from tests.accounts import actor
model.render(actor(Role["{role}"], desk.settings().city))
"""
MAY = (Role.LEADER, Role.SUPERVISOR)


def visit(monkeypatch: pytest.MonkeyPatch, folder: Path, role: Role, **query: str) -> AppTest:
    monkeypatch.setenv("CREDIT_RISK_DATA", str(folder))
    app = AppTest.from_string(PAGE.format(role=role.name), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join(e.proto.body for e in app.get("html") if "<style>" not in e.proto.body)


def uses(app: AppTest) -> list[str]:
    return [str(b.key) for b in app.button if str(b.key).startswith("use_")]


@pytest.fixture
def city(small: SmallCity, learned: Learned) -> Iterator[SmallCity]:
    """The small city with a model that fits its indicators, and what a build would have said of it."""
    shutil.copytree(registry.models_folder(learned.settings), registry.models_folder(small.settings))
    model_id = str(learned.summary.model_id)
    path = registry.models_folder(small.settings) / model_id / registry.CARD
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(said | {"indicator_set": set_version(INDICATORS)}), encoding="utf-8")
    with Warehouse.open(build_file(small.settings, str(current_build(small.settings)))) as build:
        build.execute(
            "INSERT INTO mart.drift VALUES ('credit_score', 0.02, 0.004, 10, 500, 600, false, '2019-07-01'),"
            " ('C2_age_years', 0.31, 0.004, 10, 500, 600, true, '2019-07-01')"
        )
        build.execute("DELETE FROM mart.outcome_drift")
        build.execute(
            "INSERT INTO mart.outcome_drift VALUES ('2020Q3', 'random', 300, 90, 41.2, 25, 58, true, NULL),"
            " ('2020Q3', 'special', 12, 3, NULL, NULL, NULL, false, {'zh': '太少', 'en': 'too few'})"
        )
        build.close()
    yield small


@pytest.mark.parametrize("role", list(Role))
def test_an_unlearned_city_says_that_the_expert_card_grades_and_why(
    monkeypatch: pytest.MonkeyPatch, small: SmallCity, role: Role
) -> None:
    said = words(visit(monkeypatch, small.settings.data, role))
    if role not in MAY:
        assert NOT_YOURS.zh in said
        return
    assert "没有学习模型，由专家评分卡评分" in said and "户年不良结果（至少需要200户年）" in said
    assert "分数线与占比" in said and "候选模型比较" not in said and "已训练的模型" not in said


@pytest.mark.parametrize("role", MAY)
def test_a_learned_city_is_judged_and_only_the_division_may_act(
    monkeypatch: pytest.MonkeyPatch, city: SmallCity, learned: Learned, role: Role
) -> None:
    app = visit(monkeypatch, city.settings.data, role)
    said = words(app)
    for title in (
        "候选模型比较",
        "概率校准",
        "分布漂移",
        "结果与预期",
        "分数线与占比",
        "等级迁移",
        "分组核对",
        "模型卡",
        "启用记录",
    ):
        assert title in said, title
    assert "得分未漂移，2020Q3 检查结果偏离预期" in said and "下次构建起生效" in said and "太少" in said
    assert uses(app) == ([f"use_{learned.summary.model_id}"] if role is Role.SUPERVISOR else [])
    assert "Boosted trees" in words(visit(monkeypatch, city.settings.data, role, lang="en"))


def test_a_model_of_other_indicators_is_shown_and_can_not_be_chosen(
    monkeypatch: pytest.MonkeyPatch, city: SmallCity, learned: Learned
) -> None:
    shutil.rmtree(registry.models_folder(city.settings))
    shutil.copytree(registry.models_folder(learned.settings), registry.models_folder(city.settings))
    app = visit(monkeypatch, city.settings.data, Role.SUPERVISOR)
    assert "指标集不同" in words(app) and not uses(app)


def test_roll_back_is_one_act_with_a_reason_in_both_logs(
    monkeypatch: pytest.MonkeyPatch, city: SmallCity, learned: Learned
) -> None:
    model_id = str(learned.summary.model_id)
    app = visit(monkeypatch, city.settings.data, Role.SUPERVISOR)
    app.button(key=f"use_{model_id}").click().run()
    assert "下一次构建起由它评分" in words(app)
    _confirm(app, model_id)
    assert "请写明理由" in words(app) and len(registry.promotions(city.settings)) == 1

    _reopen(app, model_id).selectbox(key=f"candidate_{model_id}").select("scorecard").run()
    _reopen(app, model_id).text_area(key=f"why_{model_id}").input("提升树的结果偏离预期，先换回评分卡").run()
    with build_lock(city.settings):
        _confirm(app, model_id)
    assert "a build is running" in words(app) and len(registry.promotions(city.settings)) == 1

    _confirm(app, model_id)
    assert not app.exception
    assert registry.champion(city.settings) == registry.Champion(model_id, "scorecard")
    line = registry.promotions(city.settings)[-1]
    assert line.why.startswith("提升树的结果偏离预期") and "supervisor" in line.by
    assert _logged(city) == [("supervisor", model_id, {"candidate": "scorecard", "why": line.why})]
    again = visit(monkeypatch, city.settings.data, Role.SUPERVISOR)
    assert "在用评分卡" in words(again) and line.why in words(again)


def _reopen(app: AppTest, model_id: str) -> AppTest:
    """A test runs the whole page where a browser runs the drawer alone: ask for the drawer again."""
    app.session_state["asked_model"] = model_id
    return app


def _confirm(app: AppTest, model_id: str) -> None:
    _reopen(app, model_id).button(key="use_now").click().run()


def _logged(city: SmallCity) -> list[tuple[str, str, dict[str, Any]]]:
    store = Operations.open(city.settings)
    rows = store.rows(select(AUDIT).where(AUDIT.c.action == "model.promote"))
    store.close()
    return [(r.user, r.subject, json.loads(r.detail)) for r in rows]
