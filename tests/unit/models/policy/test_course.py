"""The course of grades: one row a firm and date, the issued grade before the one computed back."""

from __future__ import annotations

from pathlib import Path

from models.policy.course import write_course
from pipeline.stores.warehouse import Warehouse

COLUMNS = "uscc VARCHAR, as_of DATE, credit_score DOUBLE, grade VARCHAR, score_kind VARCHAR, is_backcast BOOLEAN"


def course(tmp_path: Path, own: str, issued: str) -> list[tuple[object, ...]]:
    with Warehouse.create(tmp_path / "w.duckdb") as warehouse:
        warehouse.execute(f"CREATE TABLE mart.grade ({COLUMNS})")
        warehouse.execute(f"CREATE TABLE mart.grade_history ({COLUMNS}, issued_at TIMESTAMP, model_id VARCHAR)")
        warehouse.execute("CREATE TABLE mart.risk_score (as_of DATE, uscc VARCHAR, model_id VARCHAR)")
        warehouse.execute("INSERT INTO mart.risk_score VALUES ('2020-08-01', 'a', 'own'), ('2020-08-01', 'b', 'own')")
        for table, rows in (("grade", own), ("grade_history", issued)):
            if rows:
                warehouse.execute(f"INSERT INTO mart.{table} VALUES {rows}")
        write_course(warehouse)
        return warehouse.rows(
            "SELECT uscc, CAST(as_of AS VARCHAR), credit_score, grade, is_backcast, is_own, model_id FROM mart.grade_course"
        )


def test_an_issued_grade_stands_before_one_computed_back(tmp_path: Path) -> None:
    own = "('b', '2020-07-01', 500, 'C', 'expert', true), ('b', '2020-08-01', 510, 'C', 'expert', false)"
    issued = "('b', '2020-07-01', 470, 'D', 'expert', false, '2020-07-01 08:00', 'issued')"
    assert course(tmp_path, own, issued) == [
        ("b", "2020-07-01", 470.0, "D", False, True, "issued"),
        ("b", "2020-08-01", 510.0, "C", False, True, "own"),
    ]


def test_the_newest_run_is_this_builds_even_if_its_date_was_issued_before(tmp_path: Path) -> None:
    own = "('a', '2020-08-01', 510, 'C', 'expert', false)"
    issued = "('a', '2020-08-01', 600, 'B', 'expert', false, '2020-08-01 08:00', 'issued')"
    assert course(tmp_path, own, issued) == [("a", "2020-08-01", 510.0, "C", False, True, "own")]


def test_the_latest_issue_counts_and_backcasts_of_others_do_not(tmp_path: Path) -> None:
    issued = (
        "('a', '2020-06-01', 600, 'B', 'expert', false, '2020-06-01 08:00', 'issued'),"
        " ('a', '2020-06-01', 480, 'D', 'expert', false, '2020-06-02 08:00', 'issued'),"
        " ('a', '2020-05-01', 480, 'D', 'expert', true, '2020-06-02 08:00', 'issued')"
    )
    assert course(tmp_path, "", issued) == [("a", "2020-06-01", 480.0, "D", False, False, "issued")]


def test_firms_lie_together(tmp_path: Path) -> None:
    own = ", ".join(f"('{f}', '2020-0{m}-01', 500, 'C', 'expert', true)" for m in (3, 1, 2) for f in "cab")
    assert [r[:2] for r in course(tmp_path, own, "")] == [(f, f"2020-0{m}-01") for f in "abc" for m in (1, 2, 3)]
