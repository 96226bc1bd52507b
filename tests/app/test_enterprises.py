"""The list of enterprises in Streamlit: each role before and after a build, filters in the address, acts, export."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import accounts as people
from pipeline.stores.operations import audit
from pipeline.stores.operations.accounts import Account
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import build_file, current_build
from tests.accounts import actor

Opened = Callable[..., AppTest]
UNIT = "TH-MH"
SEEING = (Role.LEADER, Role.SUPERVISOR, Role.COUNTY, Role.SECTION)


def draw(who) -> None:  # type: ignore[no-untyped-def]  # the script holds this function alone
    from pages import enterprises  # noqa: PLC0415

    enterprises.render(who)


@pytest.fixture(scope="module")
def city(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A copy of the small city with an account a role."""
    folder = tmp_path_factory.mktemp("list") / "city"
    shutil.copytree(tiny.data, folder)
    settings = Settings.load(folder)
    operations = Operations.open(settings)
    for role in Role:
        units, fields = scope(role)
        people.add_account(operations, people.operator(), Account(role.name.lower(), "某科员", role, units, fields))
    operations.close()
    return settings


def scope(role: Role) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (UNIT,) if role is Role.COUNTY else (), ("catering", "food_sales") if role is Role.SECTION else ()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    def run(settings: Settings, role: Role, **query: str) -> AppTest:
        monkeypatch.setenv("CREDIT_RISK_DATA", str(settings.data))
        app = AppTest.from_function(draw, kwargs={"who": actor(role, settings.city, *scope(role))}, default_timeout=120)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return run


def words(app: AppTest) -> str:
    return "\n".join(e.proto.body for e in app.get("html"))


def codes(app: AppTest) -> list[str]:
    return [] if not app.dataframe else list(app.dataframe[0].value["统一社会信用代码"])


def stored(settings: Settings, sql: str, *values: Any) -> list[Any]:
    build = current_build(settings)
    assert build
    with duckdb.connect(str(build_file(settings, build)), read_only=True) as connection:
        return [r[0] for r in connection.execute(sql, list(values)).fetchall()]


@pytest.mark.parametrize("role", Role, ids=lambda r: r.name)
def test_before_the_first_build(opened: Opened, tmp_path: Path, role: Role) -> None:
    shutil.copy(DEFAULT_DATA / "city.toml", tmp_path / "city.toml")
    page = words(opened(Settings.load(tmp_path), role))
    assert ("还没有发布任何批次" in page) == (role in SEEING)
    assert ("没有可以显示的内容" in page) == (role not in SEEING)


@pytest.mark.parametrize("role", Role, ids=lambda r: r.name)
def test_each_role_sees_its_own_rows(opened: Opened, city: Settings, role: Role) -> None:
    app = opened(city, role)
    cut = {Role.COUNTY: f"AND unit = '{UNIT}'", Role.SECTION: "AND list_has_any(fields, ['catering', 'food_sales'])"}
    own = stored(
        city, f"SELECT uscc FROM mart.enterprise WHERE status = '1' AND entity_type <> '9500' {cut.get(role, '')}"
    )
    page = words(app)
    if role not in SEEING:
        assert "没有可以显示的内容" in page and not app.dataframe and "在册企业" not in page
        return
    assert set(codes(app)) <= set(own) and len(codes(app)) == min(len(own), 25)
    assert f"{len(own)} 户" in page and "在册企业" in page and "仅供内部监管参考" in page and "演示数据" in page
    assert [p.label for p in app.get("button_group")] or app.get("pills") is not None


def test_the_address_fills_the_widgets_and_the_widgets_the_address(opened: Opened, city: Settings) -> None:
    app = opened(city, Role.SUPERVISOR, grade="B,C", industry="F")
    shown = stored(
        city, "SELECT uscc FROM mart.enterprise WHERE grade IN ('B', 'C') AND industry_section = 'F' AND status = '1'"
    )
    assert sorted(codes(app)) == sorted(shown)
    assert app.selectbox(key="ask_industry").value == "F"
    app.selectbox(key="ask_industry").select("").run()
    assert "industry" not in app.query_params and app.query_params["grade"] == "B,C"
    app.text_input(key="ask_q").set_value("第4号").run()
    assert app.query_params["q"] == "第4号"
    app.button(key="filter_clear").click().run()
    assert not {"q", "grade"} & set(app.query_params) and not app.exception


def test_nonsense_in_the_address_asks_for_nothing(opened: Opened, city: Settings) -> None:
    plain = codes(opened(city, Role.COUNTY))
    app = opened(
        city,
        Role.COUNTY,
        grade="Z'--",
        industry="<script>",
        unit="x y",
        page="99999999",
        sort="uscc;",
        cols="a,b",
        view="?",
        task="?",
    )
    assert codes(app) == plain


def test_a_foreign_enterprise_is_as_absent_as_none(opened: Opened, city: Settings) -> None:
    foreign = stored(city, "SELECT uscc FROM mart.enterprise WHERE unit <> ? LIMIT 1", UNIT)[0]
    nobody = "91220502MA0000000X"
    pages = [words(opened(city, Role.COUNTY, q=code)).replace(code, "…") for code in (foreign, nobody)]
    assert pages[0] == pages[1] and "没有符合全部条件的企业" in pages[0]
    app = opened(city, Role.COUNTY, unit="TH-DC")
    assert codes(app) == codes(opened(city, Role.COUNTY))
    assert "东昌" not in "".join(str(o) for s in app.selectbox for o in s.options)


def test_english(opened: Opened, city: Settings) -> None:
    app = opened(city, Role.COUNTY, lang="en", status="all")
    page = words(app)
    for word in ("Enterprises", "Internal reference only", "Status: any", "Inspections done"):
        assert word in page, word
    assert "Credit code" in app.dataframe[0].value.columns


def test_a_filter_is_kept_opened_renamed_and_deleted(opened: Opened, city: Settings) -> None:
    app = opened(city, Role.COUNTY, grade="D,E", sort="score")
    app.text_input(key="saved_name").set_value("重点").run()
    app.button(key="saved_keep").click().run()
    again = opened(city, Role.COUNTY)
    again.button(key="saved_重点").click().run()
    assert again.query_params["grade"] == "D,E" and again.query_params["sort"] == "score"
    again.text_input(key="saved_as_重点").set_value("").run()
    again.button(key="rename_重点").click().run()
    assert "方案名称须为" in words(again)
    again.button(key="delete_重点").click().run()
    assert not again.exception
    assert not [b for b in opened(city, Role.COUNTY).button if b.key == "saved_重点"]


def test_columns_and_order(opened: Opened, city: Settings) -> None:
    app = opened(city, Role.LEADER, cols="score,address,unit", sort="score", desc="1")
    assert list(app.dataframe[0].value.columns) == ["企业名称", "评分", "统一社会信用代码", "管辖单位", "住所"]
    scores = app.dataframe[0].value["评分"].dropna().tolist()
    assert scores == sorted(scores, reverse=True)


def test_the_inspection_tasks_are_a_list_of_their_own(opened: Opened, city: Settings) -> None:
    page = words(opened(city, Role.COUNTY, view="tasks"))
    assert "没有符合条件的抽查任务" in page and "抽查完成" in page


def test_an_export_is_complete_noted_in_the_log_and_gone_after(opened: Opened, city: Settings) -> None:
    app = opened(city, Role.SUPERVISOR, grade="A,B,C")
    app.button(key="export_enterprises_begin").click().run()
    export = app.session_state["export_enterprises"]
    for _ in range(600):
        if export.is_ready or export.fault:
            break
        time.sleep(0.1)
    assert export.fault is None and export.folder.stat().st_mode & 0o777 == 0o700
    rows = CalamineWorkbook.from_path(str(export.folder / "workbook.xlsx")).get_sheet_by_index(0).to_python()
    head = "\n".join(str(r[0]) for r in rows[:9])
    for word in (
        "企业名录",
        "仅供内部监管参考 · 演示数据",
        "筛选条件：等级 A、B、C",
        "数据时点：2020-10-15",
        "批次：",
        "（supervisor）",
    ):
        assert word in head, word
    expected = stored(city, "SELECT uscc FROM mart.enterprise WHERE grade IN ('A', 'B', 'C') AND status = '1'")
    titles = next(n for n, r in enumerate(rows) if r[0] == "等级")
    place = rows[titles].index("统一社会信用代码")
    assert sorted(r[place] for r in rows[titles + 1 :]) == sorted(expected)
    assert export.fetch()[:2] == b"PK" and not export.folder.exists()
    operations = Operations.open(city)
    noted = operations.rows(select(AUDIT).where(AUDIT.c.action == "export"))
    assert len(noted) == 1 and f'"rows": {len(expected)}' in noted[0].detail and "等级 A、B、C" in noted[0].detail
    assert audit.verify(operations).fault is None
    operations.close()


def test_an_export_that_is_given_up_or_broken_leaves_nothing(opened: Opened, city: Settings) -> None:
    app = opened(city, Role.COUNTY)
    app.button(key="export_enterprises_begin").click().run()
    export = app.session_state["export_enterprises"]
    export.end()
    assert not export.folder.exists() and not export.is_ready and export.fault is None
    app.run()
    assert app.button(key="export_enterprises_begin") and not app.exception
    app.button(key="export_enterprises_begin").click().run()
    broken = app.session_state["export_enterprises"]
    shutil.rmtree(broken.folder)
    for _ in range(300):
        if broken.fault:
            break
        time.sleep(0.1)
    assert broken.fault
    app.run()
    assert "导出未完成" in words(app)
