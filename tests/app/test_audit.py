"""The page of the log and the accounts: who sees what, drawers, acts of administrators, a changed row, the export."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import accounts, audit, builds, sessions
from pipeline.stores.operations.accounts import Account, operator
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import build_file, current_build
from tests.accounts import cheap_hashes
from tests.public_tables import city_file

MAY = (Role.SUPERVISOR, Role.ADMIN)
ONE_TIME = re.compile(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}")
PAGE = """
from pages import audit
from pages.parts import desk
from pipeline.stores.access import Role
from tests.accounts import actor
audit.render(actor(Role["{role}"], desk.settings().city))
"""


@pytest.fixture
def store(tiny: Settings, tmp_path: Path) -> Iterator[Operations]:
    shutil.copytree(tiny.data, tmp_path / "city")
    opened = Operations.open(Settings.load(tmp_path / "city"))
    with cheap_hashes():
        for user, role in (("admin", Role.ADMIN), ("second", Role.ADMIN), ("li", Role.LEADER)):
            accounts.add_account(opened, operator(), Account(user, f"某{user}", role))
        for subject in ("91220500000000001X", "91220500000000002X"):
            audit.note(opened, "li", "case_view", subject)
        yield opened
    opened.close()


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


def keys(app: AppTest) -> set[str | None]:
    return {b.key for b in app.button}


def actions(store: Operations) -> list[str]:
    return [r.action for r in store.rows(select(AUDIT.c.action).order_by(AUDIT.c.seq))]


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_before_the_first_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, role: Role) -> None:
    app = visit(monkeypatch, city_file(tmp_path / "city"), role)
    if role not in MAY:
        assert "不在您的权限范围内" in words(app)
        return
    assert "操作日志" in words(app) and "尚未核验过日志" in words(app)
    assert ({"add_account", "start_build"} <= keys(app)) == (role is Role.ADMIN)


def test_the_division_sees_the_whole_log_and_no_account(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = visit(monkeypatch, store.settings.data, Role.SUPERVISOR)
    assert not {"add_account", "start_build", "roll_back"} & keys(app) and len(app.dataframe) == 1
    table = app.dataframe[0].value
    assert list(table["事项"][:2]) == ["查阅企业档案"] * 2 and "新增账号" in set(table["事项"])
    assert f"共 {len(actions(store))} 条" in words(app)


def test_an_administrator_sees_accounts_and_no_firm(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = visit(monkeypatch, store.settings.data, Role.ADMIN)
    people, log = (table.value for table in app.dataframe)
    assert list(people["用户名"]) == ["admin", "second", "li"] and "（本人）" in people["姓名"][0]
    assert set(log["事项"]) == {"新增账号"} and "共 3 条" in words(app)
    shown = words(app) + people.to_csv() + log.to_csv()
    assert "91220500" not in shown and "查阅" not in shown
    assert "只会" not in shown and "现行" in words(app)


def test_an_administrator_opens_no_row_about_a_firm(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    number = str(actions(store).index("case_view") + 1)
    app = visit(monkeypatch, store.settings.data, Role.ADMIN, entry=number)
    assert "不在您的权限范围内" in words(app) and "91220500" not in words(app)
    app = visit(monkeypatch, store.settings.data, Role.SUPERVISOR, entry=number)
    assert "91220500000000001X" in words(app) and "封签" in words(app)


@pytest.mark.parametrize("query", [{"q": "91220500000000001X"}, {"family": "view", "user": "li", "q": "0001"}])
def test_the_address_filters(monkeypatch: pytest.MonkeyPatch, store: Operations, query: dict[str, str]) -> None:
    app = visit(monkeypatch, store.settings.data, Role.SUPERVISOR, **query)
    assert list(app.dataframe[0].value["对象"]) == ["91220500000000001X"] and "共 1 条" in words(app)


def test_odd_addresses_are_harmless(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    odd = {"user": "' OR 1=1 --", "family": "x", "from": "x", "to": "9999-12-31", "page": "-7", "account": "' --"}
    for role in MAY:
        visit(monkeypatch, store.settings.data, role, q="'; DROP TABLE audit; --", entry="x", **odd)
    assert audit.verify(store).fault is None


def test_nothing_fits(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = visit(monkeypatch, store.settings.data, Role.SUPERVISOR, q="没有这样的话")
    assert "没有符合条件的记录" in words(app) and "empty_clear" in keys(app)


# ---- the chain ----


def test_the_chain_is_verified_and_a_changed_row_is_shown(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = visit(monkeypatch, store.settings.data, Role.SUPERVISOR)
    app.button(key="verify_log").click().run()
    whole = len(actions(store)) - 1
    assert f"✓ 完整至第 {whole} 条" in words(app) and actions(store)[-1] == "log.verify"
    with closing(sqlite3.connect(store.settings.operations)) as connection:
        connection.executescript(
            "DROP TRIGGER audit_no_update; UPDATE audit SET subject = '91220500000000003X' WHERE seq = 4;"
        )
    app.button(key="verify_log").click().run()
    assert not app.exception and "▲ 第 4 条被改动" in words(app) and "保留现场" in words(app)
    for role in MAY:
        assert "▲ 第 4 条被改动" in words(visit(monkeypatch, store.settings.data, role))


# ---- accounts ----


def test_an_account_is_added_and_its_password_shown_once(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = visit(monkeypatch, store.settings.data, Role.ADMIN)
    app.button(key="add_account").click().run()
    assert "+" in app.query_params["account"]
    app.selectbox(key="role_new").set_value(Role.COUNTY).run()
    app.text_input(key="new_user").set_value(" Wang ")
    app.text_input(key="name_new").set_value("王某")
    app.button(key="new_submit").click().run()
    assert "至少需要一个管辖单位" in words(app) and "account_added" not in actions(store)[6:]
    app.multiselect(key="units_new").set_value(["TH-MH"])
    app.button(key="new_submit").click().run()
    assert not app.exception, app.exception
    password = app.code[0].value
    assert ONE_TIME.fullmatch(password) and sessions.sign_in(store, "wang", password)
    app.button(key="handed_over").click().run()
    assert not app.code and password not in words(app) and "wang" in list(app.dataframe[0].value["用户名"])
    assert password not in str(store.rows(select(AUDIT)))


@pytest.mark.parametrize(("user", "fault"), [("", "用户名须为"), ("li", "已被使用"), ("<img>", "用户名须为")])
def test_faults_are_said_in_words(monkeypatch: pytest.MonkeyPatch, store: Operations, user: str, fault: str) -> None:
    app = visit(monkeypatch, store.settings.data, Role.ADMIN)
    app.button(key="add_account").click().run()
    app.selectbox(key="role_new").set_value(Role.LEADER).run()
    app.text_input(key="new_user").set_value(user)
    app.text_input(key="name_new").set_value("某人")
    app.button(key="new_submit").click().run()
    assert fault in words(app) and not app.code and "<img>" not in words(app)


def open_account(monkeypatch: pytest.MonkeyPatch, store: Operations, user: str, act: str = "") -> AppTest:
    app = visit(monkeypatch, store.settings.data, Role.ADMIN, account=user)
    if act:
        app.button_group(key=f"act_{user}").set_value(act).run()
    return app


def test_a_reset_password_works_and_is_gone_after_the_drawer(
    monkeypatch: pytest.MonkeyPatch, store: Operations
) -> None:
    app = open_account(monkeypatch, store, "li", "reset")
    assert "原密码立即失效" in words(app)
    app.button(key="reset_li").click().run()
    password = app.code[0].value
    assert sessions.sign_in(store, "li", password) and "password_reset" in actions(store)
    app.button(key="handed_over").click().run()
    assert not app.code


def test_disable_enable_and_change(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = open_account(monkeypatch, store, "li", "disable")
    assert "立即退出" in words(app)
    app.button(key="disable_li").click().run()
    assert not app.exception and actions(store)[-1] == "account_disabled"
    app = open_account(monkeypatch, store, "li", "enable")
    app.button(key="enable_li").click().run()
    assert actions(store)[-1] == "account_enabled"
    app = open_account(monkeypatch, store, "li", "change")
    app.selectbox(key="role_li").set_value(Role.SECTION).run()
    app.multiselect(key="fields_li").set_value(["catering"])
    app.button(key="change_li").click().run()
    assert not app.exception and actions(store)[-1] == "account_changed"
    assert "餐饮" in list(visit(monkeypatch, store.settings.data, Role.ADMIN).dataframe[0].value["数据范围"])[-1]


def test_one_s_own_account_is_another_administrator_s(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = open_account(monkeypatch, store, "admin")
    assert "由另一名管理员办理" in words(app) and app.selectbox(key="role_admin").disabled
    assert not {"disable_admin", "reset_admin"} & keys(app)


def test_the_last_administrator_stays(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    accounts.disable_account(store, operator(), "admin")
    app = open_account(monkeypatch, store, "second", "disable")
    app.button(key="disable_second").click().run()
    assert "最后一个在用的管理员" in words(app) and actions(store)[-1] == "account_disabled"


def test_the_division_opens_no_account(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = visit(monkeypatch, store.settings.data, Role.SUPERVISOR, account="li")
    assert not app.button_group and "某li" not in words(app)


# ---- builds and export ----


def test_a_build_is_started_here_too(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(builds, "start", lambda settings, given, progress: started.append(list(given)))
    app = visit(monkeypatch, store.settings.data, Role.ADMIN)
    app.button(key="start_build").click().run()
    assert started == [["build", "--next-day"]] and actions(store)[-1] == "build.start"


def test_the_export_holds_every_row_and_is_noted(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = visit(monkeypatch, store.settings.data, Role.SUPERVISOR, family="view")
    app.button(key="export_log_begin").click().run()
    assert actions(store)[-1] == "export"
    export = app.session_state["export_log"]
    for _ in range(200):
        if export.is_ready or export.fault:
            break
        time.sleep(0.1)
    rows = CalamineWorkbook.from_filelike(BytesIO(export.fetch())).get_sheet_by_index(0).to_python()
    flat = "\n".join("\t".join(map(str, row)) for row in rows)
    assert "操作日志" in flat and "事项 查阅档案" in flat and "仅供内部监管参考" in flat
    assert sum("查阅企业档案" in map(str, row) for row in rows) == 2


def test_there_is_a_way_back_only_to_an_earlier_build(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = visit(monkeypatch, store.settings.data, Role.ADMIN, rollback="1")
    assert "roll_back" not in keys(app) and "没有可以回退到的批次" in words(app)
    assert "没有可以回退到的批次" not in words(visit(monkeypatch, store.settings.data, Role.SUPERVISOR, rollback="1"))


def test_a_build_is_rolled_back(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    settings, current = store.settings, str(current_build(store.settings))
    earlier = "0" * 15 + "1"
    shutil.copy(build_file(settings, current), build_file(settings, earlier))
    shutil.copy(settings.grades / f"{current}.parquet", settings.grades / f"{earlier}.parquet")
    (settings.grades / "PUBLISHED").write_text(f"{earlier}\n{current}\n")
    app = visit(monkeypatch, settings.data, Role.ADMIN)
    app.button(key="roll_back").click().run()
    assert not app.exception
    assert current in words(app) and earlier in words(app)
    app.button(key="rollback_now").click().run()
    assert "请写明回退原因" in words(app) and current_build(settings) == current
    app.text_input(key="rollback_why").set_value("试验")
    if any(c.key == "rollback_force" for c in app.checkbox):
        app.button(key="rollback_now").click().run()
        assert current_build(settings) == current
        app.checkbox(key="rollback_force").check()
    app.button(key="rollback_now").click().run()
    assert not app.exception and current_build(settings) == earlier and "build.rollback" in actions(store)


def test_english(monkeypatch: pytest.MonkeyPatch, store: Operations) -> None:
    app = visit(monkeypatch, store.settings.data, Role.ADMIN, lang="en")
    shown = words(app)
    assert "Audit and users" in shown and "Log of acts" in shown and "、" not in shown.replace("通化", "")
    assert {"User", "Name", "Role", "Scope"} <= set(app.dataframe[0].value.columns)
