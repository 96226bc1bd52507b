"""The archive page in Streamlit: each role, before a build, with a small city, and for a firm that is not the actor's."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from pipeline.stores.access import Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.accounts import actor
from tests.firms import uscc
from tests.public_tables import city_file
from tests.small_city import SmallCity

SEES = (Role.LEADER, Role.SUPERVISOR, Role.COUNTY)
NOT_YOURS = "没有可以显示的内容：企业不存在，或不在您的权限范围内。"


def draw(role_name: str) -> None:
    """What app.py does for a signed-in user, for one page."""
    from pages import enterprise  # noqa: PLC0415 - AppTest runs this function's source
    from pages.parts.desk import settings  # noqa: PLC0415 - AppTest runs this function's source
    from pipeline.stores.access import Role  # noqa: PLC0415 - AppTest runs this function's source
    from tests.accounts import actor  # noqa: PLC0415 - AppTest runs this function's source

    enterprise.render(actor(Role[role_name], settings().city))


def opened(monkeypatch: pytest.MonkeyPatch, folder: Path, role: Role, **query: str) -> AppTest:
    monkeypatch.setenv("CREDIT_RISK_DATA", str(folder))
    app = AppTest.from_function(draw, kwargs={"role_name": role.name}, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(e.proto.body for e in app.get("html"))


def notes(city: SmallCity) -> list[tuple[str, str, str]]:
    """Role, action and subject of what people did, the build's own rows left out."""
    operations = Operations.open(city.settings)
    rows = operations.rows(select(AUDIT.c.role, AUDIT.c.action, AUDIT.c.subject).order_by(AUDIT.c.seq))
    operations.close()
    return [tuple(r) for r in rows if r.role]


def firms(city: SmallCity, where: str) -> list[str]:
    build_id = current_build(city.settings)
    assert build_id
    with Warehouse.read(build_file(city.settings, build_id)) as warehouse:
        return [r[0] for r in warehouse.rows(f"SELECT uscc FROM mart.enterprise WHERE {where} ORDER BY uscc")]


@pytest.mark.parametrize("role", list(Role))
def test_before_the_first_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, role: Role) -> None:
    app = opened(monkeypatch, city_file(tmp_path / "city"), role, uscc=uscc(0))
    assert not app.exception
    assert ("还没有发布任何批次" in words(app)) == (role in (*SEES, Role.SECTION))
    assert not app.dataframe and not app.get("plotly_chart")


@pytest.mark.parametrize("role", list(Role))
def test_a_firm_of_the_small_city(monkeypatch: pytest.MonkeyPatch, small: SmallCity, role: Role) -> None:
    unit = actor(Role.COUNTY, small.settings.city).scope.units[0]
    firm = firms(small, f"unit = '{unit}' AND credit_score IS NOT NULL")[0]
    app = opened(monkeypatch, small.folder, role, uscc=firm)
    assert not app.exception
    page = words(app)
    if role not in SEES:
        assert NOT_YOURS in page and firm not in page
        assert not app.dataframe and not app.get("plotly_chart") and not app.selectbox
        return
    for word in (
        "评分由来",
        "评分与等级",
        "五个维度",
        "红线与上限",
        "本等级带来的措施",
        "全部记录",
        "依据的记录",
        firm,
    ):
        assert word in page, word
    assert len(app.get("plotly_chart")) == 4
    assert notes(small) == [(role.name, "case_view", firm)]


@pytest.mark.parametrize("asked", ["91220502MA0ZZZZZZZ", "' OR '1'='1", "", "<script>alert(1)</script>"])
def test_no_such_firm(monkeypatch: pytest.MonkeyPatch, small: SmallCity, asked: str) -> None:
    app = opened(monkeypatch, small.folder, Role.SUPERVISOR, uscc=asked)
    assert not app.exception
    assert NOT_YOURS in words(app) and (not asked or asked not in words(app))
    assert [n[1] for n in notes(small)] == ["refused"]


def test_a_firm_of_another_county_is_as_if_it_did_not_exist(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    unit = actor(Role.COUNTY, small.settings.city).scope.units[0]
    foreign = firms(small, f"unit <> '{unit}'")[0]
    there = opened(monkeypatch, small.folder, Role.COUNTY, uscc=foreign)
    nowhere = opened(monkeypatch, small.folder, Role.COUNTY, uscc="91220502MA0ZZZZZZZ")
    assert not there.exception and words(there) == words(nowhere) and NOT_YOURS in words(there)
    assert notes(small) == [("COUNTY", "refused", foreign), ("COUNTY", "refused", "91220502MA0ZZZZZZZ")]


def test_one_view_is_one_row_of_the_log(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    one, other = firms(small, "credit_score IS NOT NULL")[:2]
    app = opened(monkeypatch, small.folder, Role.SUPERVISOR, uscc=one)
    app.run()
    reason = next(b for b in app.button if str(b.key).startswith("why_"))
    reason.click().run()
    assert [n[1:] for n in notes(small)] == [("case_view", one)]
    app.query_params["uscc"] = other
    app.run()
    assert [n[1:] for n in notes(small)] == [("case_view", one), ("case_view", other)]
    operations = Operations.open(small.settings)
    assert audit.verify(operations).fault is None
    operations.close()


def test_a_reason_opens_its_records(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    firm = firms(small, "credit_score IS NOT NULL AND uscc IN (SELECT uscc FROM mart.record WHERE feed = 'penalty')")[0]
    app = opened(monkeypatch, small.folder, Role.SUPERVISOR, uscc=firm)
    question = next(s for s in app.selectbox if s.label == "查看依据")
    question.set_value("feed:penalty").run()
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table.columns) == ["日期", "内容", "编号", "来源文件", "行"]
    assert table["来源文件"].str.contains("penalty").all() and (table["行"] > 0).all()


def test_the_list_is_filtered(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    firm = firms(small, "credit_score IS NOT NULL AND uscc IN (SELECT uscc FROM mart.record WHERE feed = 'penalty')")[0]
    app = opened(monkeypatch, small.folder, Role.SUPERVISOR, uscc=firm)
    whole = len(app.dataframe[-1].value)
    next(s for s in app.selectbox if s.label == "信息类别").set_value("penalty").run()
    assert 0 < len(app.dataframe[-1].value) < whole
    assert set(app.dataframe[-1].value["类别"]) == {"行政处罚信息"}


def test_a_firm_without_a_grade(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    firm = firms(small, "grade IS NULL AND entity_type = '9500'")[0]
    app = opened(monkeypatch, small.folder, Role.SUPERVISOR, uscc=firm)
    assert not app.exception and "个体工商户不参加 A–E 分级" in words(app)
    assert "评分由来" not in words(app) and len(app.get("plotly_chart")) == 1


def test_a_firm_whose_licence_was_revoked(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    firm = firms(small, "status = '2'")[0]
    app = opened(monkeypatch, small.folder, Role.SUPERVISOR, uscc=firm)
    assert not app.exception and "RL-03" in words(app) and "DIS-4" in words(app)


def test_printing_is_noted_and_says_who(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    firm = firms(small, "credit_score IS NOT NULL")[0]
    app = opened(monkeypatch, small.folder, Role.SUPERVISOR, uscc=firm)
    assert "window.print" not in words(app)
    app.button(key="print").click().run()
    assert not app.exception and "window.print" in words(app) and "打印。仅供内部监管参考" in words(app)
    assert [n[1] for n in notes(small)] == ["case_view", "case_print"]
    app.run()
    assert "window.print" not in words(app)


def test_in_english(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    firm = firms(small, "credit_score IS NOT NULL")[0]
    app = opened(monkeypatch, small.folder, Role.LEADER, uscc=firm, lang="en")
    page = words(app)
    assert not app.exception
    for word in (
        "Credit risk archive",
        "How the score came about",
        "Five dimensions",
        "Measures that the grade brings",
    ):
        assert word in page, word
    for chinese in ("评分由来", "逐条理由", "没有预警", "年抽查比例"):
        assert chinese not in page, chinese
