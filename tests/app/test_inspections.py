"""The inspections page in Streamlit: each role, before a build, without and with a draw, the plan, the list, the results."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from models.policy.draw import hold
from models.policy.draw_frame import DrawRequest
from models.policy.draw_plan import plan
from pages.parts import check_book, workbook
from pages.views import check_sheet, inspections
from pipeline.errors import Refused
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations.check_entry import Entry, import_results, record_result
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import Library, open_library
from tests.accounts import actor
from tests.deployment import REFERENCE
from tests.public_tables import city_file
from tests.small_city import SmallCity

MAY_SEE = (Role.LEADER, Role.SUPERVISOR, Role.COUNTY, Role.SECTION)
PAGE = """
from pages import inspections
from pages.parts.desk import settings
from pipeline.stores.access import Role
from tests.accounts import actor

inspections.render(actor(Role["{role}"], settings().city))
"""
"""What app.py does for a signed-in user, for one page."""
REQUEST = DrawRequest("四季度双随机", items=("JG1",), due_on=date(2020, 12, 1))


def opened(monkeypatch: pytest.MonkeyPatch, folder: Path, role: Role, **query: str) -> AppTest:
    monkeypatch.setenv("CREDIT_RISK_DATA", str(folder))
    app = AppTest.from_string(PAGE.format(role=role.name), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(e.proto.body for e in app.get("html"))


@pytest.fixture
def city(drawable: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(drawable.data, tmp_path / "city")
    return Settings.load(tmp_path / "city")


def opened_library(settings: Settings) -> Library:
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library
    return library


@pytest.fixture
def held(city: Settings) -> tuple[Settings, str]:
    """A city with one draw held by the division."""
    operations, division = Operations.open(city), actor(Role.SUPERVISOR, city.city)
    read = opened_library(city).reader(division)
    planned = plan(operations, read, division, REQUEST)
    return city, hold(operations, read, division, planned, b"7" * 32).draw_id


@pytest.mark.parametrize("role", list(Role))
def test_before_the_first_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, role: Role) -> None:
    app = opened(monkeypatch, city_file(tmp_path / "city"), role)
    assert not app.exception and not app.dataframe
    assert ("还没有发布任何批次" in words(app)) == (role in MAY_SEE)


@pytest.mark.parametrize("role", list(Role))
def test_without_a_draw(monkeypatch: pytest.MonkeyPatch, small: SmallCity, role: Role) -> None:
    app = opened(monkeypatch, small.folder, role)
    assert not app.exception and not app.dataframe
    if role not in MAY_SEE:
        assert "没有可以显示的内容" in words(app)
    elif role is Role.LEADER:
        assert "还没有举行过抽取" in words(app) and not app.text_input
    else:
        assert "先看各级的范围、比例与抽取数" in words(app)


def test_a_plan_shows_frame_ratio_and_number_before_anything_is_drawn(
    monkeypatch: pytest.MonkeyPatch, city: Settings
) -> None:
    app = opened(monkeypatch, city.data, Role.SUPERVISOR, step="plan", plan="1", title="双随机", items="JG1")
    assert not app.exception
    assert "1.50%" in words(app) and "1.85%" in words(app)
    assert "户参加抽取" in words(app)
    assert not app.button(key="hold").disabled


@pytest.mark.parametrize(
    "query",
    [{}, {"title": "双随机"}, {"items": "JG1"}, {"title": "a", "items": "nothing", "share": "x", "due": "soon"}],
)
def test_a_plan_with_faults_names_them_all_and_cannot_be_held(
    monkeypatch: pytest.MonkeyPatch, city: Settings, query: dict[str, str]
) -> None:
    app = opened(monkeypatch, city.data, Role.SUPERVISOR, step="plan", plan="1", **query)
    assert not app.exception
    assert app.button(key="hold").disabled
    assert ("请填写抽查任务名称" in words(app)) == ("title" not in query)
    assert ("请选择抽查事项" in words(app)) == (query.get("items") != "JG1")


@pytest.mark.parametrize("role", MAY_SEE)
@pytest.mark.parametrize("step", ["list", "results"])
def test_each_role_sees_its_own_tasks(
    monkeypatch: pytest.MonkeyPatch, held: tuple[Settings, str], role: Role, step: str
) -> None:
    city, draw_id = held
    app = opened(monkeypatch, city.data, role, step=step, draw=draw_id)
    assert not app.exception
    if role is Role.COUNTY:
        assert all("单位" not in d.value.columns for d in app.dataframe)
    if role is Role.SUPERVISOR:
        assert app.dataframe[0].value["企业名称"].notna().all()


def test_the_replay_is_shown_as_the_same(monkeypatch: pytest.MonkeyPatch, held: tuple[Settings, str]) -> None:
    city, draw_id = held
    app = opened(monkeypatch, city.data, Role.SUPERVISOR, step="list", draw=draw_id)
    app.button(key="verify").click().run()
    assert not app.exception and "✓ 重演一致" in words(app)


def test_results_count_and_rates_wait_for_checks(held: tuple[Settings, str]) -> None:
    city, draw_id = held
    source = source_of(city)
    operations, division = source.operations, source.actor
    before = inspections.results(source, draw_id)
    assert before.on_rates == inspections.NOT_CHECKED and before.steps[2].value == "0"
    task = inspections.task_list(source, draw_id).tasks[0]
    entry = Entry(city.today(), "1", ("09",), problem_count=1)
    record_result(operations, division, task["task_id"], entry, version=0)
    after = inspections.results(source_of(city), draw_id)
    assert after.steps[2].value == "1" and after.units.rows[-1][5] == 1


def source_of(city: Settings) -> inspections.Source:
    read = opened_library(city).reader(actor(Role.SUPERVISOR, city.city))
    return inspections.Source.of(Operations.open(city), read, REFERENCE, lambda make, *_: make())


def test_the_workbook_comes_back_filled(held: tuple[Settings, str]) -> None:
    """What is exported can be read back; filled rows are taken, faulty ones explained, unfilled ones left."""
    city, draw_id = held
    view = inspections.task_list(source_of(city), draw_id)
    codes, modes = REFERENCE.codes("check_result"), REFERENCE.codes("check_mode")
    head = workbook.Heading("=四季度双随机", (("批次", "b"),), "仅供内部监管参考")
    filled = [
        {**t, "checked_on": city.today(), "check_mode": "1", "result": "09" if n else "01;09"}
        for n, t in enumerate(view.tasks)
    ]
    content = check_book.book(head, [("各级", ("等级", "户"), [("A", 1)])], view.columns, filled, codes, modes)
    rows = check_sheet.rows_of(content)
    assert [r["task_id"] for r in rows] == [t["task_id"] for t in view.tasks]
    operations, division = Operations.open(city), actor(Role.SUPERVISOR, city.city)
    tried = import_results(operations, division, rows, dry_run=True)
    assert tried.accepted == len(rows) - 1 and len(tried.refused) == 1
    assert "01" in tried.refused[0].reasons[0].zh
    assert inspections.results(source_of(city), draw_id).steps[2].value == "0"
    empty = check_book.book(head, [], view.columns, view.tasks, codes, modes)
    assert import_results(operations, division, check_sheet.rows_of(empty), dry_run=True).empty == len(view.tasks)


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04" + b"\0" * 60])
def test_another_file_is_refused_with_what_was_expected(content: bytes) -> None:
    with pytest.raises(Refused, match="xlsx"):
        check_sheet.rows_of(content)
