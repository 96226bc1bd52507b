"""The collection page in Streamlit: every role before and after a build, drawers, uploads, builds."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from streamlit.testing.v1 import AppTest

from pages.parts import build_card
from pages.views import deliveries
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.lock import build_lock
from pipeline.stores.operations import builds
from pipeline.stores.reader import open_library
from tests.accounts import actor
from tests.public_tables import city_file
from tests.small_city import SmallCity

MAY = (Role.SUPERVISOR, Role.ADMIN)
PAGE = """
from pages import collection
from pages.parts import desk
from pipeline.stores.access import Role
from tests.accounts import actor
collection.render(actor(Role["{role}"], desk.settings().city))
"""


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


@pytest.mark.parametrize("role", list(Role))
def test_before_the_first_build_one_can_upload_and_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, role: Role
) -> None:
    app = visit(monkeypatch, city_file(tmp_path / "city"), role)
    if role not in MAY:
        assert "不在您的权限范围内" in words(app)
        return
    assert "还没有发布任何批次" in words(app)
    assert {"upload", "start_build"} <= {b.key for b in app.button}


@pytest.mark.parametrize("role", list(Role))
def test_with_a_build(monkeypatch: pytest.MonkeyPatch, small: SmallCity, role: Role) -> None:
    app = visit(monkeypatch, small.settings.data, role)
    if role not in MAY:
        assert "不在您的权限范围内" in words(app) and not app.dataframe
        return
    for word in ("记名率", "按时率", "待核对", "✓ 相等", "送达批次"):
        assert word in words(app), word
    table = app.dataframe[0].value
    assert (table["行数"] == table[["采用", "被更新", "重复", "排除", "隔离"]].sum(axis=1)).all()


def refused(small: SmallCity) -> deliveries.DeliveryRow:
    library = open_library(small.settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library
    read = library.reader(actor(Role.SUPERVISOR, small.settings.city))
    found = deliveries.deliveries(read, small.settings.city, {"state": "refused"}).rows[0]
    library.close()
    return found


def test_the_division_sees_refused_rows(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    one = refused(small)
    app = visit(monkeypatch, small.settings.data, Role.SUPERVISOR, delivery=str(one.number))
    assert one.file_name in words(app) and "隔离的行" in words(app)
    assert app.selectbox(key=f"row_{one.number}").options


def test_the_workbook_names_row_reason_and_content(small: SmallCity, monkeypatch: pytest.MonkeyPatch) -> None:
    one = refused(small)
    script = (
        PAGE.format(role="SUPERVISOR")
        + f"""
from pages.parts import delivery_drawer
from pages.views import deliveries
import streamlit as st
here = desk.desk(actor(Role.SUPERVISOR, desk.settings().city))
one = deliveries.delivery(here.read, here.settings.city, {one.number})
rows = deliveries.refused_rows(here.read, one)
st.session_state["made"] = delivery_drawer._workbook(here, one, deliveries.columns(), rows)
"""
    )
    monkeypatch.setenv("CREDIT_RISK_DATA", str(small.settings.data))
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception
    sheet = CalamineWorkbook.from_filelike(BytesIO(app.session_state["made"])).get_sheet_by_index(0)
    cells = [[_word(c) for c in row if c != ""] for row in sheet.to_python()]
    flat = "\n".join("\t".join(row) for row in cells)
    assert "退回更正清单" in flat and one.file_name in flat and "演示数据" in flat
    assert sum(1 for row in cells if row and row[0].isdigit()) == one.outcome.quarantined


def _word(cell: object) -> str:
    """A cell as text; a whole number without the point that a workbook gives it."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def test_an_administrator_sees_counts_only(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    one = refused(small)
    app = visit(monkeypatch, small.settings.data, Role.ADMIN, delivery=str(one.number))
    assert one.file_name in words(app) and "隔离的行" not in words(app)
    assert "仅信用监管科可见" in "\n".join(c.value for c in app.caption)


def test_the_division_accepts_a_file_that_was_set_aside(
    monkeypatch: pytest.MonkeyPatch, faulty: tuple[Settings, Any]
) -> None:
    settings = faulty[0]
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library
    read = library.reader(actor(Role.SUPERVISOR, settings.city))
    aside = deliveries.deliveries(read, settings.city, {"state": "set_aside"}).rows
    library.close()
    for one in aside:
        shown = visit(monkeypatch, settings.data, Role.SUPERVISOR, state="set_aside", delivery=str(one.number))
        assert ("accept" in {b.key for b in shown.button}) == one.can_be_accepted
        assert "accept" not in {
            b.key for b in visit(monkeypatch, settings.data, Role.ADMIN, delivery=str(one.number)).button
        }


def test_a_build_is_started_and_refused_while_one_runs(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(builds, "start", lambda settings, given, progress: started.append(list(given)))
    app = visit(monkeypatch, small.settings.data, Role.ADMIN)
    app.button(key="start_build").click().run()
    assert not app.exception and started == [["build", "--next-day"]]
    assert "admin" in words(app) and "start_build" not in {b.key for b in app.button}


def test_a_build_of_the_command_line_is_shown(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    with build_lock(small.settings):
        app = visit(monkeypatch, small.settings.data, Role.SUPERVISOR)
    assert "另一构建正在运行" in words(app) and "start_build" not in {b.key for b in app.button}


def test_the_upload_drawer_opens(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    app = visit(monkeypatch, small.settings.data, Role.ADMIN)
    app.button(key="upload").click().run()
    assert not app.exception
    assert app.selectbox(key="upload_supplier").options and app.button(key="upload_try").disabled


def test_english(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    app = visit(monkeypatch, small.settings.data, Role.SUPERVISOR, lang="en")
    assert "Data collection" in words(app) and "Named rate" in words(app) and build_card.TITLE.en in words(app)
