"""Results: what is refused and why, corrections as versions, workbooks row by row, cut by scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.errors import NotPermitted, Outdated, Refused
from pipeline.stores.access import Actor, Role, Scope
from pipeline.stores.operations.check_entry import Entry, entry_of, import_results, record_result
from pipeline.stores.operations.check_results import completion, outcomes, task_count, tasks
from pipeline.stores.operations.draw_counts import draws_revision
from pipeline.stores.operations.draws import DrawRows, firms_of, standing_items, store_draw, void
from pipeline.stores.operations.schema import AUDIT, CHECK_RESULT
from pipeline.stores.operations.store import Operations
from tests.small_city import TODAY, SmallCity

DIVISION = Actor("credit", "信用科", Role.SUPERVISOR, Scope(is_whole=True))
DC = Actor("dc", "东昌", Role.COUNTY, Scope(("TH-DC",)))
FOOD = Actor("food", "餐饮科", Role.SECTION, Scope(("TH-DC", "TH-ED"), ("catering",)))
LEADER = Actor("leader", "领导", Role.LEADER, Scope(is_whole=True))
CLEAN = Entry(TODAY, "1", ("01",), 0)
FIRMS = (("A", "TH-DC"), ("C", "TH-DC"), ("E", "TH-DC"), ("B", "TH-ED"), ("D", "TH-ED"))
MODES = {"A": "1;2;3;4;5", "B": "1;2;3;4;5", "C": "1;3;4;5", "D": "1", "E": "1"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Operations]:
    operations = Operations.open(SmallCity(tmp_path / "city").settings)
    yield operations
    operations.close()


@pytest.fixture
def draw_id(store: Operations) -> str:
    """A draw of five firms, one a grade; another firm of each unit was not drawn, one was left out."""

    def rows(draw_id: str) -> DrawRows:
        def firm(code: str, grade: str, unit: str, drawn: bool, excluded: str | None = None) -> dict[str, Any]:
            probability = None if excluded else 0.5
            return {
                "uscc": code, "unit": unit, "grade": grade, "part": "", "probability": probability, "excluded": excluded,
                "is_drawn": drawn,
            }  # fmt: skip

        def task(grade: str, unit: str) -> dict[str, Any]:
            return {
                "task_id": f"{draw_id}-F{grade}", "uscc": f"F{grade}", "entity_name": f"{grade}公司", "unit": unit,
                "grade": grade, "item_code": "JG1", "items": "JG1;JG2", "field": None,
                "required_mode": "1" if grade in "DE" else "", "modes": MODES[grade],
                "lead": None if grade == "B" else "I1", "assist": None if grade == "B" else "I2",
                "not_made": "no_inspectors" if grade == "B" else None, "due_on": date(2020, 12, 1),
            }  # fmt: skip

        firms = [firm(f"F{g}", g, u, True) for g, u in FIRMS] + [firm(f"G{g}", g, u, False) for g, u in FIRMS]
        return DrawRows(
            "双随机", {"request": {"kind": "2"}}, "2020-07", "b1", TODAY, "0" * 64, "00", {}, date(2020, 12, 1),
            [*firms, firm("H", "C", "TH-DC", False, "checked")], [task(g, u) for g, u in FIRMS],
        )  # fmt: skip

    return store_draw(store, DIVISION, rows)[0]


@pytest.mark.parametrize(
    ("grade", "entry", "words"),
    [
        ("A", replace(CLEAN, result=("01", "06"), rectify_due=TODAY), "不能与其他结果"),
        ("A", replace(CLEAN, result=()), "01–11"),
        ("A", replace(CLEAN, result=("12",)), "01–11"),
        ("A", replace(CLEAN, result=("06",)), "整改期限"),
        ("A", replace(CLEAN, problem_count=2), "应为 0"),
        ("A", replace(CLEAN, checked_on=date(2020, 10, 16)), "检查日期"),
        ("A", replace(CLEAN, checked_on=date(2020, 10, 14)), "检查日期"),
        ("A", replace(CLEAN, published_on=date(2020, 10, 16)), "公示日期"),
        ("A", replace(CLEAN, check_mode="7"), "1–5"),
        ("C", replace(CLEAN, check_mode="2"), "A、B"),
        ("E", replace(CLEAN, check_mode="2"), "必须实地"),
        ("E", replace(CLEAN, check_mode="3"), "必须实地"),
        ("B", CLEAN, "未派出"),
    ],
)
def test_what_is_refused(store: Operations, draw_id: str, grade: str, entry: Entry, words: str) -> None:
    with pytest.raises(Refused, match=words):
        record_result(store, DIVISION, f"{draw_id}-F{grade}", entry, version=0)
    assert not store.rows(select(CHECK_RESULT))


def test_a_correction_is_a_new_version_and_nobody_is_overwritten(store: Operations, draw_id: str) -> None:
    task_id = f"{draw_id}-FA"
    assert record_result(store, DC, task_id, replace(CLEAN, check_mode="2"), version=0) == 1
    with pytest.raises(Outdated):
        record_result(store, DC, task_id, CLEAN, version=0)
    found = replace(CLEAN, result=("06", "05"), problem_count=2, rectify_due=date(2020, 11, 1))
    assert record_result(store, DC, task_id, found, version=1) == 2
    row = tasks(store, DC).set_index("task_id").loc[task_id]
    assert (row["version"], row["result"], row["has_problem"], row["is_completed"]) == (2, "05;06", True, True)
    assert len(store.rows(select(CHECK_RESULT))) == 2, "the first one stays"
    assert len(store.rows(select(AUDIT).where(AUDIT.c.action == "result.record"))) == 2


def test_scope_and_role(store: Operations, draw_id: str) -> None:
    assert set(tasks(store, DC)["unit"]) == {"TH-DC"} and len(firms_of(store, DC, draw_id)) == 7
    assert tasks(store, FOOD).empty and set(tasks(store, FOOD, firms=["FD"])["uscc"]) == {"FD"}
    with pytest.raises(NotPermitted, match="没有这个检查任务"):
        record_result(store, DC, f"{draw_id}-FD", CLEAN, version=0)
    with pytest.raises(NotPermitted):
        record_result(store, FOOD, f"{draw_id}-FA", CLEAN, version=0, firms=["FD"])
    with pytest.raises(NotPermitted):
        record_result(store, LEADER, f"{draw_id}-FA", CLEAN, version=0)
    assert record_result(store, FOOD, f"{draw_id}-FD", CLEAN, version=0, firms=["FD"]) == 1


def test_a_workbook_is_taken_row_by_row_and_a_dry_run_writes_nothing(store: Operations, draw_id: str) -> None:
    rows: list[dict[str, Any]] = [
        {"task_id": f"{draw_id}-FA", "checked_on": datetime(2020, 10, 15), "check_mode": 2, "result": 1, "problem_count": 0.0},
        {"task_id": f"{draw_id}-FC", "checked_on": "2020-10-15", "check_mode": "1 实地检查",
         "result": "05 无法联系；06 已责令改正", "rectify_due": date(2020, 11, 1), "problem_count": float("nan")},
        {"task_id": f"{draw_id}-FE", "checked_on": None, "check_mode": "", "result": ""},
        {"task_id": f"{draw_id}-FE", "checked_on": "15/10", "check_mode": "1", "result": "01"},
        {"task_id": "nothing", "checked_on": "2020-10-15", "check_mode": "1", "result": "01"},
        {"task_id": f"{draw_id}-FA", "checked_on": "2020-10-15", "check_mode": "1", "result": "01"},
        {"task_id": f"{draw_id}-FD", "checked_on": "2020-10-15", "check_mode": "2", "result": "01;06"},
    ]  # fmt: skip
    report = import_results(store, DIVISION, rows, dry_run=True)
    assert (report.accepted, report.corrected, report.unchanged, report.empty) == (2, 0, 0, 1)
    assert [r.row_no for r in report.refused] == [4, 5, 6, 7] and len(report.refused[-1].reasons) == 3
    assert not store.rows(select(CHECK_RESULT))
    assert import_results(store, DIVISION, rows, dry_run=False) == report
    assert set(tasks(store, DIVISION).query("is_done")["result"]) == {"01", "05;06"}
    again = import_results(store, DIVISION, rows[:2], dry_run=False)
    assert (again.accepted, again.unchanged) == (0, 2)
    rows[0]["result"] = "08"
    rows[0]["problem_count"] = ""
    assert import_results(store, DIVISION, rows[:1], dry_run=False).corrected == 1
    assert len(store.rows(select(AUDIT).where(AUDIT.c.action == "result.import"))) == 2


def test_cells_as_people_write_them() -> None:
    entry, faults = entry_of(
        {
            "checked_on": "2020/10/15",
            "check_mode": "1.0",
            "result": " 6 、 5",
            "problem_count": "2",
            "rectify_due": "2020-11-01",
        }
    )
    assert (
        not faults and entry and entry.result == ("05", "06") and entry.check_mode == "1" and entry.problem_count == 2
    )
    assert [f.zh for f in entry_of({"checked_on": "15日", "problem_count": "两"})[1]] == [
        "检查日期应写作 2020-10-15", "问题项数应为整数"
    ]  # fmt: skip


def test_completion_and_outcomes_add_up(store: Operations, draw_id: str) -> None:
    record_result(store, DIVISION, f"{draw_id}-FA", CLEAN, version=0)
    record_result(store, DIVISION, f"{draw_id}-FC", replace(CLEAN, result=("10",)), version=0)
    record_result(store, DIVISION, f"{draw_id}-FE", replace(CLEAN, result=("09",), problem_count=1), version=0)
    done = completion(store, DIVISION, draw_id).set_index("grade")
    assert done["done"].sum() == 3 and done["completed"].sum() == 2 and done["problems"].sum() == 1
    assert done.loc["B", "not_made"] == 1 and done.loc["B", "tasks"] == 0
    strata = outcomes(store, DIVISION).set_index("grade")
    assert (strata["size"] == 2).all() and (strata["drawn"] == 1).all(), "who is left out is not in the frame"
    assert list(strata["completed"]) == [1, 0, 0, 0, 1] and list(strata["problems"]) == [0, 0, 0, 0, 1]
    assert set(outcomes(store, DC)["unit"]) == {"TH-DC"}


@pytest.mark.parametrize("actor", [DIVISION, DC])
def test_counts_in_the_store_are_those_of_the_tasks(store: Operations, draw_id: str, actor: Actor) -> None:
    for grade, codes in (("A", ("01",)), ("C", ("08", "11")), ("E", ("05", "08")), ("D", ("07",))):
        problems = 0 if codes == ("01",) else 1
        entry = replace(CLEAN, result=codes, problem_count=problems, published_on=TODAY if grade == "D" else None)
        record_result(store, DIVISION, f"{draw_id}-F{grade}", entry, version=0)
    everything = tasks(store, actor)
    made = everything["not_made"].isna()
    naive = everything.assign(
        tasks=made, not_made=~made, done=everything["is_done"], completed=everything["is_completed"],
        problems=everything["has_problem"], overdue=everything["is_overdue"], published=everything["published_on"].notna(),
    )  # fmt: skip
    counted = completion(store, actor)
    sums = list(counted.columns[3:])
    expected = naive.groupby(["draw_id", "unit", "grade"], as_index=False)[sums].sum()
    assert counted.to_dict("records") == expected.astype(dict.fromkeys(sums, "int64")).to_dict("records")
    pages = [tasks(store, actor, draw_id, limit=2, offset=n)["task_id"].tolist() for n in range(0, len(everything), 2)]
    assert [t for page in pages for t in page] == everything["task_id"].tolist() and task_count(store, actor) == len(
        everything
    )


def test_every_result_and_every_voiding_is_another_revision(store: Operations, draw_id: str) -> None:
    seen = [draws_revision(store)]
    record_result(store, DIVISION, f"{draw_id}-FA", CLEAN, version=0)
    seen.append(draws_revision(store))
    record_result(store, DIVISION, f"{draw_id}-FA", replace(CLEAN, note="更正"), version=1)
    seen.append(draws_revision(store))
    assert len(set(seen)) == len(seen) and draws_revision(store) == seen[-1]


def test_a_draw_with_results_is_not_voided_and_a_void_one_takes_none(store: Operations, draw_id: str) -> None:
    assert len(standing_items(store, TODAY)) == 8, "two items of each task that was made"
    void(store, DIVISION, draw_id, "重抽")
    with pytest.raises(Refused, match="作废"):
        record_result(store, DIVISION, f"{draw_id}-FA", CLEAN, version=0)
    assert tasks(store, DIVISION).empty and standing_items(store, TODAY).empty


def test_results_forbid_voiding(store: Operations, draw_id: str) -> None:
    record_result(store, DIVISION, f"{draw_id}-FA", CLEAN, version=0)
    with pytest.raises(Refused, match="已录入结果"):
        void(store, DIVISION, draw_id, "重抽")
    waiting = standing_items(store, date(2020, 10, 16))
    assert len(waiting) == 6 and waiting["is_waiting"].all(), "a build as of tomorrow knows the result itself"
