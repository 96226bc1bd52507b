"""Inspection tasks as a unit works through them: states, ways, order, pages, and nobody else's."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from pages.views.enterprise_strip import Stock, strip
from pages.views.firm_acts import combined, firm_acts
from pipeline.settings import DEFAULT_DATA, City, Settings
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import firm_tasks
from pipeline.stores.operations.schema import CHECK_RESULT, CHECK_TASK, DRAW
from pipeline.stores.operations.store import Operations
from tests.accounts import actor

TODAY = date(2020, 10, 15)  # a Thursday
DAYS = {"late": date(2020, 10, 14), "today": TODAY, "sunday": date(2020, 10, 18), "monday": date(2020, 10, 19)}
WHEN = datetime(2020, 10, 1)


@pytest.fixture
def operations(tmp_path: Path) -> Operations:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "today").write_text(str(TODAY))
    (tmp_path / "city.toml").write_text(
        (DEFAULT_DATA / "city.toml").read_text(encoding="utf-8").replace("synthetic = false", "synthetic = true"),
        "utf-8",
    )
    made = Operations.open(Settings(tmp_path, City.load(tmp_path / "city.toml"), tmp_path / "landing"))
    with made.transaction() as transaction:
        for n, voided in (("1", None), ("2", WHEN)):
            transaction.execute(insert(DRAW).values(
                draw_id=f"SC-{n}", title="甲", plan="{}", policy_id="p", build_id="b", as_of=TODAY, frame_hash="h", seed="s",
                inspectors="{}", due_on=TODAY, user="u", business_at=WHEN, wall_at=WHEN, voided_at=voided,
            ))  # fmt: skip
    return made


def add(
    operations: Operations, name: str, due: date, *, draw: str = "SC-1", result: str | None = None, **more: Any
) -> None:
    plain = {
        "task_id": f"{draw}-{name}", "draw_id": draw, "uscc": name, "entity_name": f"{name}公司", "unit": "TH-MH", "grade": "C",
        "item_code": "I1", "items": "I1", "field": None, "required_mode": "", "modes": "1;3", "lead": "a", "assist": "b",
        "not_made": None, "due_on": due,
    }  # fmt: skip
    with operations.transaction() as transaction:
        transaction.execute(
            insert(CHECK_TASK).values(**{k: v for k, v in {**plain, **more}.items() if k in CHECK_TASK.c})
        )
        if result is not None:
            transaction.execute(insert(CHECK_RESULT).values(
                task_id=f"{draw}-{name}", version=1, checked_on=TODAY, check_mode="1", result=result, note="", user="u",
                business_at=WHEN, wall_at=WHEN,
            ))  # fmt: skip


def who(operations: Operations, role: Role = Role.COUNTY, units: tuple[str, ...] = ("TH-MH",)) -> Actor:
    return actor(role, operations.settings.city, units if role is Role.COUNTY else ())


def states(operations: Operations, by: Actor, **more: Any) -> dict[str, str]:
    found = firm_tasks.work(operations, by, **more)
    return dict(zip(found["uscc"], found["task"], strict=True))


def test_states_by_day_and_result(operations: Operations) -> None:
    for name, day in DAYS.items():
        add(operations, name, day)
    add(operations, "done", DAYS["late"], result="06")
    add(operations, "void", DAYS["late"], draw="SC-2")
    add(operations, "nobody", DAYS["late"], not_made="没有检查人员")
    county = who(operations)
    assert states(operations, county) == {
        "late": "late",
        "today": "week",
        "sunday": "week",
        "monday": "open",
        "done": "done",
    }
    rows = firm_tasks.task_rows(operations, county, limit=10)
    assert rows["uscc"].tolist() == ["late", "today", "sunday", "monday", "done"]
    assert firm_tasks.task_counts(operations, county) == {"late": 1, "week": 2, "open": 1, "done": 1}


@pytest.mark.parametrize(
    ("required", "modes", "expected"),
    [("1", "1", "on_site"), ("", "1;2;3", "written"), ("", "2", "written"), ("", "1;3", "other"), ("", "12", "other")],
)
def test_how_a_task_may_be_done(operations: Operations, required: str, modes: str, expected: str) -> None:
    add(operations, "x", TODAY, required_mode=required, modes=modes)
    assert firm_tasks.work(operations, who(operations))["mode"].tolist() == [expected]


def test_pages_and_words(operations: Operations) -> None:
    for n in range(12):
        add(operations, f"F{n:02d}", DAYS["monday"], entity_name=f"瑞丰{n}号_店")
    county = who(operations)
    pages = [firm_tasks.task_rows(operations, county, limit=5, offset=o)["uscc"].tolist() for o in (0, 5, 10)]
    assert sum(pages, []) == [f"F{n:02d}" for n in range(12)]  # noqa: RUF017
    for words, number in (
        (["瑞丰1"], 3),
        (["瑞丰", "F03"], 1),
        (["%"], 0),
        (["_店"], 12),
        (["'; DROP TABLE x; --"], 0),
    ):
        assert sum(firm_tasks.task_counts(operations, county, words=words).values()) == number, words
        assert len(firm_tasks.task_rows(operations, county, words=words, limit=99)) == number
    assert len(firm_tasks.task_rows(operations, county, states=["late"], limit=99)) == 0


def test_everybody_sees_their_own(operations: Operations) -> None:
    add(operations, "mine", TODAY)
    add(operations, "theirs", TODAY, unit="TH-DC")
    assert set(states(operations, who(operations))) == {"mine"}
    assert set(states(operations, who(operations, units=("TH-JA",)))) == set()
    assert set(states(operations, who(operations, Role.SUPERVISOR))) == {"mine", "theirs"}
    section = who(operations, Role.SECTION)
    assert states(operations, section) == {}
    assert set(states(operations, section, firms=["theirs"])) == {"theirs"}
    assert states(operations, who(operations, Role.ADMIN)) == {}


def test_the_most_urgent_task_stands_for_a_firm_and_the_strip_counts_all(operations: Operations) -> None:
    add(operations, "x", DAYS["monday"])
    add(operations, "x", DAYS["late"], task_id="another", required_mode="1")
    add(operations, "y", DAYS["sunday"], modes="1;2")
    add(operations, "z", DAYS["late"], result="01")
    acts = firm_acts(operations, who(operations), None)
    table = acts.tables["firm_task"].set_index("uscc")
    assert table["task"].to_dict() == {"x": "late", "y": "week", "z": "done"}
    assert table["task_due_on"]["x"].date() == DAYS["late"]
    figures = {f.label.zh: f for f in strip(Stock(100, 90, 9, 0.15), acts, TODAY)}
    assert (
        figures["逾期任务"].value == "1"
        and figures["逾期任务"].remark.zh == "最长逾期 1 天"
        and figures["逾期任务"].is_bad
    )
    assert figures["本周待查"].value == "1" and figures["本周待查"].remark.zh == "可书面 1，须实地 0"
    assert figures["抽查完成"].value == "25%" and figures["抽查完成"].remark.zh == "1 / 4 项"
    assert figures["D、E 级"].remark.zh == "占 10.0%，全市 15.0%" and figures["在册企业"].remark.zh == "已分级 90.0%"
    assert figures["待签收预警"].value == "0"


def test_nothing_to_do(operations: Operations) -> None:
    acts = firm_acts(operations, who(operations), None)
    assert acts.tasks() == 0 and combined(acts.cases, acts.work).tables["firm_task"].empty
    figures = {f.label.zh: f for f in strip(Stock(0, 0, 0, None), acts, TODAY)}
    assert (
        figures["抽查完成"].value == "—"
        and figures["逾期任务"].remark.zh == "无逾期"
        and figures["在册企业"].value == "0"
    )
