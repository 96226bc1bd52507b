"""Once around: a draw is held, results are entered, and the next build counts them; nothing else changes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from models.build import build
from models.policy.draw import hold
from models.policy.draw_frame import DrawRequest
from models.policy.draw_plan import plan
from pipeline.feeds.catalogue import FEEDS
from pipeline.feeds.own_results import deliver_own_results
from pipeline.indicators.known import known_relations
from pipeline.settings import OWN_SUPPLIER, Settings
from pipeline.stores.access import Actor, Role, Scope
from pipeline.stores.operations.case_reads import cases
from pipeline.stores.operations.check_entry import Entry, record_result
from pipeline.stores.operations.check_results import tasks
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import open_library
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.small_city import DAYS

DIVISION = Actor("credit", "信用科", Role.SUPERVISOR, Scope(is_whole=True))
CLEAN = Entry(date(2020, 10, 15), "1", ("01",), 0)
PROBLEM = Entry(date(2020, 10, 15), "1", ("05", "06"), 3, rectify_due=date(2020, 10, 30))


@pytest.fixture
def city(drawable: Settings, tmp_path: Path) -> Iterator[tuple[Settings, Operations]]:
    """A city of its own in which a draw was held; its business day is the day before DAYS ends."""
    shutil.copytree(drawable.data, tmp_path / "city")
    deployment = Settings.load(tmp_path / "city")
    operations = Operations.open(deployment)
    library = open_library(deployment, lambda day, core: known_relations(FEEDS, day, core))
    assert library
    reader = library.reader(DIVISION)
    request = DrawRequest("双随机", items=("JG1",), due_on=date(2020, 12, 1), full_coverage=("D", "E"))
    hold(operations, reader, DIVISION, plan(operations, reader, DIVISION, request))
    library.close()
    yield deployment, operations
    operations.close()


def own_rows(deployment: Settings) -> list[tuple[object, ...]]:
    with Warehouse.read(build_file(deployment, str(current_build(deployment)))) as warehouse:
        return warehouse.rows(
            "SELECT check_id, result, row_outcome, version_no, uscc, known_from::DATE FROM core.spot_check_result c"
            f" JOIN mart.delivery d USING (delivery_no) WHERE d.supplier = '{OWN_SUPPLIER}' ORDER BY check_id, version_no"
        )


def test_a_result_entered_counts_in_the_next_build_and_a_correction_replaces_it(
    city: tuple[Settings, Operations],
) -> None:
    deployment, operations = city
    (first, second) = tasks(operations, DIVISION).head(2).to_dict("records")
    record_result(operations, DIVISION, first["task_id"], CLEAN, version=0)
    record_result(operations, DIVISION, second["task_id"], PROBLEM, version=0)
    before = current_build(deployment)
    summary = build(deployment, DAYS)
    assert summary.build_id != before and not summary.set_aside
    found = own_rows(deployment)
    assert [(r[0], r[1], r[2]) for r in found] == [
        (first["task_id"], "01", "accepted"), (second["task_id"], "05;06", "accepted")
    ]  # fmt: skip
    assert {r[4] for r in found} == {first["uscc"], second["uscc"]} and {r[5] for r in found} == {date(2020, 10, 15)}
    with Warehouse.read(build_file(deployment, summary.build_id)) as warehouse:
        for task, problems in ((first, 0.0), (second, 1.0)):
            rate = warehouse.value(
                "SELECT count(*) FROM known.spot_check_result(DATE '2020-10-16') WHERE check_id = ? AND result <> '01'",
                [task["task_id"]],
            )
            assert rate == problems
        assert not warehouse.value(
            "SELECT count(*) FROM known.spot_check_result(DATE '2020-10-15') WHERE plan_code LIKE 'SC%'"
        )
        faults = warehouse.value(
            f"SELECT count(*) FROM mart.delivery WHERE supplier = '{OWN_SUPPLIER}' AND quarantined > 0"
        )
        assert faults == 0

    assert build(deployment, DAYS).already, "an unchanged store changes nothing"
    assert len(list((deployment.landing / OWN_SUPPLIER).rglob("*.csv"))) == 1

    record_result(operations, DIVISION, first["task_id"], replace(CLEAN, result=("09",), problem_count=1), version=1)
    build(deployment, DAYS)
    versions = [(r[1], r[2], r[3]) for r in own_rows(deployment) if r[0] == first["task_id"]]
    assert versions == [("01", "superseded", 1), ("09", "accepted", 2)]


def test_what_is_delivered_is_known_from_archive_and_landing_alone(city: tuple[Settings, Operations]) -> None:
    deployment, operations = city
    assert deliver_own_results(deployment) is None, "nothing to deliver, no file"
    task_ids = list(tasks(operations, DIVISION)["task_id"].head(3))
    record_result(operations, DIVISION, task_ids[0], CLEAN, version=0)
    written = deliver_own_results(deployment)
    assert written and written.parent.name == "2020-10-15" and deliver_own_results(deployment) is None
    content = written.read_bytes()
    written.unlink()
    again = deliver_own_results(deployment)
    assert again == written and again.read_bytes() == content, "the same results give the same bytes and name"
    record_result(operations, DIVISION, task_ids[1], PROBLEM, version=0)
    more = deliver_own_results(deployment)
    assert (
        more
        and more.read_text(encoding="utf-8").count(task_ids[0]) == 0
        and "演示数据" in more.read_text(encoding="utf-8")
    )
    assert not list(more.parent.glob("*.part")) and not list(more.parent.glob(".*.part"))


def test_publishing_opens_cases_once(city: tuple[Settings, Operations]) -> None:
    deployment, operations = city
    opened = cases(operations, DIVISION)
    assert len(opened) > 0 and set(opened["state"]) == {"WAITING"}
    build(deployment, DAYS)
    assert len(cases(operations, DIVISION)) == len(opened)


def test_the_window_sees_a_flag_for_the_grades_of_the_measure(drawable: Settings) -> None:
    with Warehouse.read(build_file(drawable, str(current_build(drawable)))) as warehouse:
        assert warehouse.columns("mart.window_flag") == ["uscc", "entity_name", "needs_strict_review"]
        wrong = warehouse.value(
            "SELECT count(*) FROM mart.window_flag JOIN mart.enterprise USING (uscc)"
            " WHERE needs_strict_review <> coalesce(grade IN ('D', 'E'), false)"
        )
        assert wrong == 0 and warehouse.value("SELECT count(*) FROM mart.window_flag") > 50
