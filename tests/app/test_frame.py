"""The frame around every page in Streamlit: who is there, menu by role, old and new builds, errors without a cause."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from pages.parts import gate, nav
from pages.parts.text import option
from pages.views.lookup import Flag
from pipeline.errors import NotPermitted, Refused
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import sessions
from pipeline.stores.operations.lookups import ACTION, MOST, look_up
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from tests.accounts import actor, add
from tests.public_tables import city_file
from tests.small_city import TODAY

APP = str(REPOSITORY / "app.py")


class Visit:
    """One tab of somebody's browser on a deployment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, token: str) -> None:
        monkeypatch.setenv("CREDIT_RISK_DATA", str(folder))
        monkeypatch.setattr(gate, "token", lambda: token)
        self.app = AppTest.from_file(APP, default_timeout=60)

    def words(self, **query: str) -> str:
        """All HTML of one run."""
        for name, value in query.items():
            self.app.query_params[name] = value
        self.app.run()
        assert not self.app.exception
        return "\n".join(e.proto.body for e in self.app.get("html") if "<style>" not in e.proto.body)


@pytest.fixture
def store(tiny: Settings, tmp_path: Path) -> Iterator[Operations]:
    shutil.copytree(tiny.data, tmp_path / "city")
    opened = Operations.open(Settings.load(tmp_path / "city"))
    yield opened
    opened.close()


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, store: Operations) -> Visit:
    """A registration window's visit: the smallest page there is."""
    return Visit(monkeypatch, store.settings.data, add(store, "clerk", Role.WINDOW))


def test_without_a_session_there_is_a_way_to_the_sign_in_page_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, store: Operations
) -> None:
    for token in ("", "x"):
        shown = Visit(monkeypatch, store.settings.data, token)
        assert "登录已结束" in shown.words() and 'href="/sign-in' in shown.words()
        assert "演示数据" not in shown.words() and not shown.app.get("popover")
    assert "Your session has ended" in Visit(monkeypatch, store.settings.data, "").words(lang="en")


def test_the_page_says_where_its_figures_come_from_and_who_looks(visit: Visit) -> None:
    page = visit.words()
    for word in (
        "登记窗口查询",
        "演示数据",
        "仅供内部监管参考",
        "<b>2020-10-15</b>",
        "等级规则",
        "登记窗口测试",
        "clerk",
        "在所有设备上退出",
    ):
        assert word in page, word
    assert "未更新" not in page
    english = visit.words(lang="en")
    for word in ("Window look-up", "Demo data", "Internal reference only", "Sign out everywhere", "Change password"):
        assert word in english, word


def test_the_switch_changes_every_word_and_the_address(visit: Visit) -> None:
    visit.words()
    visit.app.segmented_control(key="lang").set_value("en")
    assert "Window look-up" in visit.words()
    assert visit.app.query_params["lang"] in ("en", ["en"])
    assert "登记窗口查询" in visit.words(lang="xx") or "Window look-up" in visit.words()


@pytest.mark.parametrize(("days", "told"), [(0, False), (2, False), (3, True), (9, True)])
def test_an_old_build_is_called_old(visit: Visit, store: Operations, days: int, told: bool) -> None:
    (store.settings.var / "today").write_text((TODAY + timedelta(days=days)).isoformat())
    assert (f"数据已 {days} 天未更新" in visit.words()) is told


def test_a_new_build_is_opened_without_a_restart_and_said_once(visit: Visit, store: Operations) -> None:
    visit.words()
    assert not visit.app.toast
    warehouse = store.settings.warehouse
    old = (warehouse / "CURRENT").read_text().strip()
    shutil.copy(warehouse / f"warehouse-{old}.duckdb", warehouse / "warehouse-feedfeedfeedfeed.duckdb")
    (warehouse / "CURRENT").write_text("feedfeedfeedfeed\n")
    visit.app.session_state["build_seen"] = "0123456789abcdef"
    visit.words()
    assert [t.value for t in visit.app.toast] == [f"数据已更新为批次 {old[:8]}"]
    visit.words()
    assert not visit.app.toast


def test_before_the_first_build_it_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = city_file(tmp_path / "city")
    opened = Operations.open(Settings.load(folder))
    page = Visit(monkeypatch, folder, add(opened, "clerk", Role.WINDOW)).words()
    opened.close()
    assert "还没有发布任何批次" in page and f"python cli.py build{option(folder)}" in page


def test_a_deployment_at_fault_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = city_file(tmp_path / "city")
    (folder / "city.toml").write_text("nonsense =", encoding="utf-8")
    page = Visit(monkeypatch, folder, "x").words()
    assert "python cli.py check --data" in page and "nonsense" not in page


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("secret cause"), "页面出错了"),
        (NotPermitted("secret cause"), "没有可以显示的内容"),
        (Refused("现在不行", "not now"), "现在不行"),
        (KeyError("secret cause"), "页面出错了"),
    ],
    ids=lambda v: type(v).__name__,
)
def test_a_page_that_breaks_tells_a_reference_and_no_cause(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def broken(_: object) -> None:
        raise error

    monkeypatch.setattr("pages.lookup.render", broken)
    page = visit.words()
    assert said in page and "secret cause" not in page and "Traceback" not in page


def test_a_role_s_menu_leads_home_and_links_lead_only_where_the_role_may_go(
    monkeypatch: pytest.MonkeyPatch, store: Operations
) -> None:
    clerk = Visit(monkeypatch, store.settings.data, add(store, "clerk", Role.WINDOW))
    clerk.words()
    assert set(clerk.app.session_state["pages_by_key"]) <= {"lookup", "enterprise"}
    monkeypatch.setattr(nav.st, "session_state", clerk.app.session_state)
    assert nav.offers("lookup") and not nav.offers("enterprises")


def test_a_look_up_answers_with_the_flag_and_is_noted(
    visit: Visit, store: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "912205020018040435"
    flags = {code: Flag(code, "某<b>公司", True)}
    monkeypatch.setattr("pages.views.lookup.has_flags", lambda _: True)
    monkeypatch.setattr("pages.views.lookup.flag", lambda _, uscc: flags.get(uscc))
    visit.words()

    def asked(typed: str) -> str:
        visit.app.text_input[0].set_value(typed)
        visit.app.button[0].click()
        return visit.words()

    assert "不是有效的统一社会信用代码" in asked(code[:-1] + "X")
    page = asked(f" {code.lower()} ")
    assert "须从严审查" in page and "某&lt;b&gt;公司" in page
    flags.clear()
    assert "没有这家企业" in asked(code)
    rows = store.rows(select(AUDIT.c.subject).where(AUDIT.c.action == ACTION))
    assert [r.subject for r in rows] == [code, code]
    colleague, clerk = actor(Role.WINDOW, store.settings.city), sessions.actor_of_session(store, gate.token())
    assert clerk
    for _ in range(MOST - 2):
        look_up(store, colleague, code)
        look_up(store, clerk, code)
    assert f"每分钟最多查询 {MOST} 次" in asked(code)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.WINDOW], ids=str)
def test_only_a_window_looks_up(store: Operations, role: Role) -> None:
    with pytest.raises(NotPermitted):
        look_up(store, actor(role, store.settings.city), "912205020018040435")


def test_a_session_is_looked_up_at_every_run(visit: Visit, store: Operations) -> None:
    assert "登记窗口查询" in visit.words()
    sessions.sign_out(store, gate.token())
    assert "登录已结束" in visit.words()
