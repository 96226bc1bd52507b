"""The indicators page in Streamlit: roles, what the address opens, both languages, the export; and in a real browser."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from pages.parts import indicator_cards
from pipeline.indicators.catalogue import ALL
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from tests.accounts import actor, add, cheap_hashes, chromium, served, signed_in

MAY = (Role.SUPERVISOR, Role.COUNTY, Role.SECTION)
HEAD, ROW, SLOW = 33, 32, 60_000
PAGE = """
from pages import indicators
from pages.parts import desk
from pipeline.stores.access import Role
from tests.accounts import actor
indicators.render(actor(Role["{role}"], desk.settings().city))
"""


def visit(monkeypatch: pytest.MonkeyPatch, folder: Path, role: Role, **query: str) -> AppTest:
    monkeypatch.setenv("CREDIT_RISK_DATA", str(folder))
    app = AppTest.from_string(PAGE.format(role=role.name), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def words(app: AppTest) -> str:
    return "\n".join(e.proto.body for e in app.get("html") if "<style>" not in e.proto.body)


@pytest.mark.parametrize("role", list(Role))
def test_every_role(monkeypatch: pytest.MonkeyPatch, tiny: Settings, tmp_path: Path, role: Role) -> None:
    shutil.copytree(tiny.data, tmp_path / "city")  # a refusal is noted in the log
    app = visit(monkeypatch, tmp_path / "city", role)
    shown = words(app)
    if role not in MAY:
        assert "不在您的权限范围内" in shown and not app.dataframe
        return
    assert len(app.dataframe[0].value) == len(ALL)
    for word in ("按等级分布", "按单位分布", "版本与变更", "缺失率", "声明摘要", "现行"):
        assert word in shown, word
    own = actor(role, tiny.city)
    if role is Role.COUNTY:
        name = tiny.city.units[0].name.zh
        assert f"仅{name}辖区参与分级的企业" in shown and f"只看得到{name}的企业" in shown
        assert not any(
            u.name.zh in shown.split("按单位分布")[1] for u in tiny.city.units if u.code not in own.scope.units
        )
    elif role is Role.SECTION:
        assert "仅餐饮" in shown
    else:
        assert "全市参与分级的企业" in shown


def test_the_address_opens_and_filters(monkeypatch: pytest.MonkeyPatch, tiny: Settings) -> None:
    app = visit(monkeypatch, tiny.data, Role.SUPERVISOR, code="C7_debt_ratio", q="年报", dimension="growth")
    assert "<h2>资产负债率" in words(app) and "四(三)2(7)" in words(app) and "企业年报信息" in words(app)
    table = app.dataframe[0].value
    assert "资产负债率" in set(table["指标"]) and len(table) < len(ALL) and "维度" not in table.columns
    assert app.text_input(key="ask_q").value == "年报" and app.selectbox(key="ask_dimension").value == "growth"
    app.text_input(key="ask_q").set_value("").run()
    app.selectbox(key="ask_dimension").set_value("rule_facts").run()
    assert app.query_params["dimension"] == "rule_facts" and "q" not in app.query_params
    assert "<h2>资产负债率" in words(app), "what is open stays open"
    assert "作用" not in app.dataframe[0].value.columns


def test_what_the_address_does_not_know_is_left_out(monkeypatch: pytest.MonkeyPatch, tiny: Settings) -> None:
    usual = visit(monkeypatch, tiny.data, Role.SUPERVISOR)
    odd = visit(monkeypatch, tiny.data, Role.SUPERVISOR, code="' OR 1=1", dimension="nowhere", lang="xx")
    assert words(odd) == words(usual)
    none = visit(monkeypatch, tiny.data, Role.SUPERVISOR, q="没有这样的指标")
    assert "没有符合条件的指标" in words(none) and not none.dataframe
    none.button(key="empty_clear").click().run()
    assert len(none.dataframe[0].value) == len(ALL)


def test_a_rule_fact_names_its_rule(monkeypatch: pytest.MonkeyPatch, tiny: Settings) -> None:
    shown = words(visit(monkeypatch, tiny.data, Role.SUPERVISOR, code="F_major_safety_event_3y"))
    assert "触发 RL-05" in shown and "红线事实 · 不计分" in shown and "平均影响" not in shown


def test_small_groups_are_not_compared(monkeypatch: pytest.MonkeyPatch, tiny: Settings) -> None:
    shown = words(visit(monkeypatch, tiny.data, Role.COUNTY, code="C2_entity_type"))
    assert "<i>n=" in shown and "不作比较" in shown


def test_english_has_no_chinese_but_the_clause(monkeypatch: pytest.MonkeyPatch, tiny: Settings) -> None:
    for code in ("C7_debt_ratio", "C4_penalty_count_3y", "C2_entity_type", "F_moved_to_police_3y"):
        app = visit(monkeypatch, tiny.data, Role.SUPERVISOR, code=code, lang="en")
        shown = words(app).split('<div class="ft">')[0].replace("四(三)2", "")
        odd = [c for c in shown if "\u4e00" <= c <= "\u9fff"]
        clauses = "监管行为信息生产经营活动信息监管对象基础信息"
        assert set(odd) <= set(clauses), (code, "".join(odd))
        assert "By grade" in shown and "Legal basis" in shown


def test_the_export_holds_the_filtered_catalogue_and_is_noted(
    monkeypatch: pytest.MonkeyPatch, tiny: Settings, tmp_path: Path
) -> None:
    shutil.copytree(tiny.data, tmp_path / "city")
    app = visit(monkeypatch, tmp_path / "city", Role.COUNTY, dimension="growth")
    rows = len(app.dataframe[0].value)
    app.button(key="export_indicators_begin").click().run()
    export = app.session_state["export_indicators"]
    for _ in range(200):
        if export.is_ready or export.fault:
            break
        time.sleep(0.1)
    assert export.fault is None
    sheet = CalamineWorkbook.from_path(str(export.folder / "workbook.xlsx")).get_sheet_by_index(0).to_python()
    flat = "\n".join(str(cell) for row in sheet for cell in row)
    assert f"项数：{rows}" in flat and "成长潜力" in flat and "演示数据" in flat and "仅" in flat
    assert sum(1 for row in sheet if str(row[0]).startswith("C7_")) == rows
    export.end()
    opened = Operations.open(Settings.load(tmp_path / "city"))
    noted = opened.rows(select(AUDIT).where(AUDIT.c.action == "export"))
    opened.close()
    assert [(n.user, n.subject) for n in noted] == [("county", "indicators")]


# ---- in a browser


@pytest.fixture(scope="module")
def store(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operations]:
    folder = tmp_path_factory.mktemp("indicators") / "city"
    shutil.copytree(tiny.data, folder)
    opened = Operations.open(Settings.load(folder))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(store: Operations) -> Iterator[tuple[str, str]]:
    """Address of a server, and the token of a signed-in supervisor."""
    with cheap_hashes():
        token = add(store, "supervisor", Role.SUPERVISOR)
    with served(store.settings) as address:
        yield address, token


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.mark.browser
def test_a_click_opens_an_indicator_and_a_reload_shows_it_again(browser: Browser, site: tuple[str, str]) -> None:
    page = signed_in(browser, *site).new_page()
    page.set_default_timeout(SLOW)
    page.goto(f"{site[0]}/indicator-set?dimension=growth")
    title = page.locator(".ind h2 code")
    canvas = page.locator(".st-key-card_indicator_list [data-testid=stDataFrame] canvas").first
    canvas.wait_for()
    for row in (2, 4):
        before = title.inner_text()
        page.locator(".stApp[data-test-script-state=notRunning]").wait_for()
        box = canvas.bounding_box()
        assert box
        page.mouse.click(box["x"] + 120, box["y"] + HEAD + ROW * row + ROW // 2)
        expect(title).not_to_have_text(before, timeout=SLOW)
        expect(page).to_have_url(re.compile("code=C[0-9]_"), timeout=SLOW)
    shown = title.inner_text()
    page.reload()
    expect(title).to_have_text(shown, timeout=SLOW)
    page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 1280, 420])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_is_wider_than_the_window(browser: Browser, site: tuple[str, str], width: int, lang: str) -> None:
    page = signed_in(browser, *site, width=width).new_page()
    page.set_default_timeout(SLOW)
    for code in ("C7_debt_ratio", "C2_industry_section"):
        page.goto(f"{site[0]}/indicator-set?code={code}&lang={lang}")
        page.locator(".ft").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        wide = page.evaluate(
            "[...document.querySelectorAll('[class*=st-key-card]')].filter(e => e.getBoundingClientRect().right > window.innerWidth + 1).length"
        )
        assert wide == 0
    page.context.close()


def test_the_style_has_a_hook_for_each_key() -> None:
    style = Path(indicator_cards.__file__).with_name("frame.css").read_text(encoding="utf-8")
    for key in ("card_indicator_list", "card_indicator", "card_versions", "indicator_foot", "indicators"):
        assert f"st-key-{key}" in style, key
