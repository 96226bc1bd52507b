"""The warnings page in Streamlit: every role before and after a build, the drawer, what stays in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from pipeline.stores.access import Role
from pipeline.stores.operations.case_reads import case_of, cases
from pipeline.stores.operations.case_rules import State, Step
from pipeline.stores.operations.casework import take_step
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from tests.accounts import actor
from tests.public_tables import city_file
from tests.small_city import SmallCity
from tests.warned import warned

MAY = (Role.LEADER, Role.SUPERVISOR, Role.COUNTY, Role.SECTION)


PAGE = """
from pages import warnings
from pages.parts import desk
from pipeline.stores.access import Role
from tests.accounts import actor
warnings.render(actor(Role["{role}"], desk.settings().city, ("{unit}",) if "{unit}" else ()))
"""


def visit(monkeypatch: pytest.MonkeyPatch, folder: Path, role: Role, unit: str = "", **query: str) -> AppTest:
    monkeypatch.setenv("CREDIT_RISK_DATA", str(folder))
    app = AppTest.from_string(PAGE.format(role=role.name, unit=unit), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join(e.proto.body for e in app.get("html") if "<style>" not in e.proto.body)


@pytest.fixture
def store(small: SmallCity) -> Iterator[Operations]:
    opened = warned(small.settings)
    yield opened
    opened.close()


@pytest.mark.parametrize("role", list(Role))
def test_before_the_first_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, role: Role) -> None:
    shown = words(visit(monkeypatch, city_file(tmp_path / "city"), role))
    assert ("还没有发布任何批次" if role in MAY else "不在您的权限范围内") in shown


@pytest.mark.parametrize("role", list(Role))
def test_with_warnings(monkeypatch: pytest.MonkeyPatch, store: Operations, role: Role) -> None:
    app = visit(monkeypatch, store.settings.data, role)
    if role not in MAY:
        assert "不在您的权限范围内" in words(app) and not app.dataframe
        return
    assert "行业 × 县区" in words(app) and "预警列表" in words(app)
    visible = len(cases(store, actor(role, store.settings.city), firms=[]))
    assert bool(app.dataframe) == bool(visible) or role is Role.SECTION


def test_english(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = visit(monkeypatch, store.settings.data, Role.SUPERVISOR, lang="en")
    assert "Risk warnings" in words(app) and "Level" in app.dataframe[0].value.columns
    assert "5 d late" in str(app.dataframe[0].value["Deadline"].tolist()) or "d late" in str(app.dataframe[0].value)


def first_case(store: Operations) -> tuple[str, str]:
    row = cases(store, actor(Role.SUPERVISOR, store.settings.city)).query("uscc.notna()").iloc[0]
    return str(row["case_id"]), str(row["unit"])


def test_a_county_accepts_in_the_drawer(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    case_id, unit = first_case(store)
    app = visit(monkeypatch, store.settings.data, Role.COUNTY, unit, case=case_id)
    assert case_id in words(app) and app.selectbox(key=f"step_{case_id}").options == ["签收"]
    app.button(key="submit").click().run()
    assert "请填写说明" in words(app)
    app.text_area(key=f"note_{case_id}").set_value("已收到").run()
    app.button(key="submit").click().run()
    assert not app.exception
    case = case_of(store, actor(Role.SUPERVISOR, store.settings.city), case_id)
    assert case.state is State.ACCEPTED
    assert "case" not in app.query_params
    actions = [r.action for r in store.rows(select(AUDIT.c.action).where(AUDIT.c.subject == case_id))]
    assert actions[-1] == "case.accept"


def test_who_was_slower_is_told_and_loses_nothing(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    case_id, unit = first_case(store)
    app = visit(monkeypatch, store.settings.data, Role.COUNTY, unit, case=case_id)
    app.text_area(key=f"note_{case_id}").set_value("我的说明").run()
    colleague = actor(Role.COUNTY, store.settings.city, (unit,))
    take_step(store, colleague, case_id, Step.ACCEPT, version=1, note="我先")
    app.button(key="submit").click().run()
    assert "已被他人更新" in words(app) and "填写的内容都还在" in words(app)
    assert app.text_area(key=f"note_{case_id}").value == "我的说明"
    assert app.selectbox(key=f"step_{case_id}").options[0] == "开始核查"
    app.button(key="submit").click().run()
    case = case_of(store, actor(Role.SUPERVISOR, store.settings.city), case_id)
    assert case.state is State.VERIFYING


def test_a_foreign_case_in_the_address_tells_nothing(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    case_id, unit = first_case(store)
    other = next(u.code for u in store.settings.city.units if u.code != unit)
    name = case_of(store, actor(Role.SUPERVISOR, store.settings.city), case_id).entity_name
    foreign = words(visit(monkeypatch, store.settings.data, Role.COUNTY, other, case=case_id))
    unknown = words(visit(monkeypatch, store.settings.data, Role.COUNTY, other, case="YJ-none"))
    assert str(name) not in foreign
    assert foreign == unknown


def test_nothing_fits(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = visit(monkeypatch, store.settings.data, Role.SUPERVISOR, q="没有这样的企业")
    assert "没有符合条件的预警" in words(app) and not app.dataframe
    app.button(key="empty_clear").click().run()
    assert app.dataframe
