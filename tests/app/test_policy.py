"""The policy page: each role, before a build, each part, a trial, a proposal from the first number to the file."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.proposals import Draft, proposals, propose
from pipeline.stores.operations.store import Operations
from tests.accounts import actor, add, cheap_hashes, chromium, served, signed_in
from tests.public_tables import city_file
from tests.small_city import SmallCity

MAY_SEE = (Role.LEADER, Role.SUPERVISOR)
PARTS = {
    "bands": "按分数",
    "rules": "RL-07a",
    "ratios": "必须实地",
    "measures": "INC-1",
    "warnings": "W01",
    "fields": "食品生产",
}
PAGE = """
from pages import policy
from pages.parts.desk import settings
from pipeline.stores.access import Role
from tests.accounts import actor

policy.render(actor(Role["{role}"], settings().city))
"""
CONTENT = '[[version]]\nid = "2020-11-01-proposal"\nratio = {A = 0.01, B = 0.03, C = 0.05, D = 0.1, E = 0.4}\n'
IMPACT = {"population": 9, "moved": 2, "up": 1, "down": 1, "checks_before": 4, "checks_after": 6}


def opened(monkeypatch: pytest.MonkeyPatch, folder: Path, role: Role, **query: str) -> AppTest:
    monkeypatch.setenv("CREDIT_RISK_DATA", str(folder))
    app = AppTest.from_string(PAGE.format(role=role.name), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(e.proto.body for e in app.get("html"))


def keys(app: AppTest) -> set[str]:
    return {b.key for b in app.button if b.key}


@pytest.mark.parametrize("role", list(Role))
def test_who_may_see_it_and_what_it_says_before_a_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, role: Role
) -> None:
    app = opened(monkeypatch, city_file(tmp_path / "city"), role)
    assert not app.exception
    assert ("还没有发布任何批次" in words(app)) == (role in MAY_SEE)
    assert ("没有可以显示的内容" in words(app)) == (role not in MAY_SEE)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_says_its_version_clause_and_state(
    monkeypatch: pytest.MonkeyPatch, tiny: Settings, part: str
) -> None:
    app = opened(monkeypatch, tiny.data, Role.LEADER, part=part)
    assert not app.exception
    said = words(app)
    assert PARTS[part] in said and "2020-07-27 起施行" in said and "待确认" in said and "依据：方案" in said


def test_without_changes_nobody_moves_and_nothing_can_be_saved(monkeypatch: pytest.MonkeyPatch, tiny: Settings) -> None:
    app = opened(monkeypatch, tiny.data, Role.SUPERVISOR)
    assert not app.exception and "没有企业变动" in words(app)
    assert app.button(key="policy_save").disabled
    assert "policy_save" not in keys(opened(monkeypatch, tiny.data, Role.LEADER))


def test_a_number_typed_goes_into_the_address_and_moves_firms(monkeypatch: pytest.MonkeyPatch, tiny: Settings) -> None:
    app = opened(monkeypatch, tiny.data, Role.SUPERVISOR)
    app.number_input(key="ask_cut_A").set_value(700.0).run()
    assert not app.exception and app.query_params["cut_A"] == "700"
    assert re.search(r"户中 [1-9]\d* 户", words(app)) and "分级线" in words(app)
    assert not app.button(key="policy_save").disabled
    app.selectbox(key="ask_rule_RL-11b").set_value("off").run()
    assert app.query_params["rules"] == "RL-11b:off"
    app.toggle(key="ask_equal").set_value(True).run()
    assert app.query_params["equal"] == "1" and "与人人按原 r" in words(app)
    app.button(key="policy_reset").click().run()
    assert not app.exception and not {"cut_A", "rules", "equal"} & set(app.query_params)
    assert "没有企业变动" in words(app)


def test_every_fault_of_a_trial_is_told_and_keeps_it_from_being_saved(
    monkeypatch: pytest.MonkeyPatch, tiny: Settings
) -> None:
    app = opened(monkeypatch, tiny.data, Role.SUPERVISOR, cut_B="999", ratio_E="1")
    assert not app.exception
    assert "须低于 A 级" in words(app) and "A&lt;B&lt;C=r&lt;D&lt;E" in words(app)
    assert "policy_save" not in keys(app)
    app = opened(monkeypatch, tiny.data, Role.SUPERVISOR, ratio_E="1")
    assert app.button(key="policy_save").disabled and "无法计算年检查数" in words(app)


def test_another_policy_in_the_file_than_the_build_s_is_said(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    shutil.copytree(DEFAULT_DATA / "policy", small.folder / "policy")
    path = small.folder / "policy" / "grade.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('id = "2020-07"', 'id = "2020-07b"'), encoding="utf-8")
    app = opened(monkeypatch, small.folder, Role.LEADER)
    assert not app.exception and "已发布的批次按版本 2020-07 评定" in words(app)
    path.write_text(
        path.read_text(encoding="utf-8").replace("\nconfirmed = false", "\nconfirmed = 1", 1), encoding="utf-8"
    )
    app = opened(monkeypatch, small.folder, Role.LEADER)
    assert not app.exception and "政策文件有误" in words(app) and "confirmed: expected bool" in words(app)


@pytest.mark.parametrize("role", MAY_SEE)
def test_proposals_are_read_by_both_and_withdrawn_by_the_division(
    monkeypatch: pytest.MonkeyPatch, small: SmallCity, role: Role
) -> None:
    empty = opened(monkeypatch, small.folder, role, part="proposals")
    assert not empty.exception and "还没有提案" in words(empty)
    store, division = Operations.open(small.settings), actor(Role.SUPERVISOR, small.settings.city)
    propose(store, division, [Draft("draw", "2020-07", CONTENT, IMPACT)], "提高 E 级比例", "问题多", "b")
    app = opened(monkeypatch, small.folder, role, part="proposals")
    assert not app.exception
    assert "提高 E 级比例" in words(app) and "年比例 · E" in words(app) and "40.00%" in words(app)
    assert ("withdraw_now" in keys(app)) == (role is Role.SUPERVISOR)
    app.button(key="policy_show").click().run()
    assert not app.exception and app.query_params["ratio_E"] == "40"
    compared = opened(monkeypatch, small.folder, role, part="compare", policy="draw")
    assert not compared.exception and "逐项差异" in words(compared)
    store.close()


@pytest.fixture(scope="module")
def site(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Operations, str, str]]:
    folder = tmp_path_factory.mktemp("policy") / "city"
    shutil.copytree(tiny.data, folder)
    store = Operations.open(Settings.load(folder))
    with cheap_hashes():
        token = add(store, "division", Role.SUPERVISOR)
    with served(store.settings) as address:
        yield store, address, token
    store.close()


@pytest.mark.browser
def test_from_the_first_number_to_the_file(site: tuple[Operations, str, str]) -> None:
    store, address, token = site
    with chromium() as browser:
        page = signed_in(browser, address, token).new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{address}/rules")
        cut = page.locator(".st-key-ask_cut_A input")
        cut.fill("700")
        cut.press("Enter")
        expect(page.locator(".answer").first).to_contain_text("等级变动", timeout=60_000)
        page.get_by_role("button", name="保存为提案").click()
        page.get_by_label("提案名称").fill("收紧 A 级")
        page.get_by_label("提出理由").fill("占比偏高")
        page.get_by_role("button", name="确认提交").click()
        expect(page.get_by_text("全部提案 1")).to_be_visible(timeout=60_000)
        with page.expect_download() as download:
            page.get_by_role("button", name="下载版本块").click()
        content = Path(download.value.path()).read_text(encoding="utf-8")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    (saved,) = proposals(store, actor(Role.SUPERVISOR, store.settings.city))
    (block,) = tomllib.loads(content)["version"]
    assert block["approved_by"] == "待确认" and content.endswith(saved.content) and "尚未批准" in content
    kind = next(k for k, bands in block["bands"].items() if bands[0]["at_least"] == 700)
    assert kind in ("learned", "expert") and saved.title == "收紧 A 级"
    assert audit.verify(store).fault is None
