"""The pilot page in Streamlit: each role, before a build and with a small city, in both languages; the office's drawer."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pipeline.stores.access import Role
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import TaskState, last_steps
from tests.accounts import actor
from tests.public_tables import city_file
from tests.small_city import SmallCity

SEES = (Role.LEADER, Role.SUPERVISOR)


START = """
from pages.parts.desk import desk, settings
from pipeline.stores.access import Role
from tests.accounts import actor

who = actor(Role["{role}"], settings().city)
"""
PAGE = (
    START
    + """
from pages import pilot

pilot.render(who)
"""
)
"""What app.py does for a signed-in user, for one page."""
DRAWER = (
    START
    + """
from pages.parts import task_drawer
from pages.views.phases import phase_line
from pipeline.stores.operations.tasks import last_steps, plan_of

here = desk(who)
steps = last_steps(here.operations, who)
line = phase_line(plan_of(here.operations), here.settings.today(), steps, {{}}, {{}})
task_drawer.content(here, line.chips, "T01")
"""
)
"""What stands in the drawer of a task: a test can't click within a dialog."""


def opened(monkeypatch: pytest.MonkeyPatch, folder: Path, role: Role, **query: str) -> AppTest:
    monkeypatch.setenv("CREDIT_RISK_DATA", str(folder))
    app = AppTest.from_string(PAGE.format(role=role.name), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(e.proto.body for e in app.get("html"))


def chosen(app: AppTest) -> str:
    """The task that the drawer shows."""
    return next(str(s.value) for s in app.selectbox if s.label == "任务")


@pytest.mark.parametrize("role", list(Role))
def test_before_the_first_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, role: Role) -> None:
    app = opened(monkeypatch, city_file(tmp_path / "city"), role)
    assert not app.exception
    assert ("还没有发布任何批次" in words(app)) == (role in SEES)
    assert not app.metric and not app.get("plotly_chart")


@pytest.mark.parametrize("role", list(Role))
def test_a_small_city(monkeypatch: pytest.MonkeyPatch, small: SmallCity, role: Role) -> None:
    app = opened(monkeypatch, small.folder, role)
    assert not app.exception
    if role not in SEES:
        assert not app.metric and not app.dataframe and not app.get("plotly_chart")
        assert "没有可以显示的内容" in words(app)
        return
    assert len(app.metric) == 6
    assert "第三阶段按 11月30日截止（原文为11月31日）" in words(app)
    assert len(app.dataframe) == 1 and app.dataframe[0].value["单位"].tolist()[-1] == "全市"
    assert len(app.get("plotly_chart")) == 6


def test_in_english_every_word_is_english(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    app = opened(monkeypatch, small.folder, Role.LEADER, lang="en")
    assert not app.exception
    assert "Phases and 16 tasks" in words(app) and "Units side by side" in words(app)
    assert app.metric[0].label == "Graded"
    assert "Unit" in app.dataframe[0].value.columns


@pytest.mark.parametrize(
    "query", [{"unit": "TH-DC"}, {"unit": "nowhere"}, {"by": "kind", "follow": "risky"}, {"by": "x"}]
)
def test_the_address_chooses_the_lower_row(
    monkeypatch: pytest.MonkeyPatch, small: SmallCity, query: dict[str, str]
) -> None:
    app = opened(monkeypatch, small.folder, Role.LEADER, **query)
    assert not app.exception
    assert app.selectbox[0].value == ("TH-DC" if query.get("unit") == "TH-DC" else "")


def test_the_office_settles_a_task_in_the_drawer(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    monkeypatch.setenv("CREDIT_RISK_DATA", str(small.folder))
    app = AppTest.from_string(DRAWER.format(role="SUPERVISOR"), default_timeout=60).run()
    assert "尚无标注" in "\n".join(c.value for c in app.caption)
    app.button[0].click().run()
    assert "佐证说明" in app.error[0].value
    app.text_area[0].set_value("<b>方案</b>已印发")
    app.button[0].click().run()
    assert not app.exception and [e.value for e in app.error] == []
    operations = Operations.open(small.settings)
    step = last_steps(operations, actor(Role.LEADER, small.settings.city))["T01"]
    assert step.state is TaskState.DONE and step.evidence == "<b>方案</b>已印发"
    assert "&lt;b&gt;方案" in words(app) and "<b>方案</b>" not in words(app)


def test_the_leading_group_looks_and_sets_nothing(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    app = opened(monkeypatch, small.folder, Role.LEADER)
    app.button(key="task_list").click().run()
    assert not app.exception and not app.text_area and chosen(app) == "T01"


def test_the_sources_behind_a_rate_open_in_a_drawer(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    app = opened(monkeypatch, small.folder, Role.LEADER)
    app.button(key="way_named").click().run()
    assert not app.exception
    assert any("未记名" in d.value.columns for d in app.dataframe)
