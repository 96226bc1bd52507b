"""Going back to the build before: who may, where it leads, what speaks against it, and that only the pointer moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from sqlalchemy import insert, select

from pipeline.errors import Busy, NotPermitted, Refused
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.lock import build_lock
from pipeline.stores.operations.rollbacks import roll_back_build, rollback_offer
from pipeline.stores.operations.schema import AUDIT, CASE_STEP, CHECK_RESULT, CHECK_TASK, DRAW, WARNING_CASE
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import open_library
from pipeline.stores.rollback import bring_back, find_target, withdrawn_builds
from pipeline.stores.warehouse import (
    Warehouse,
    build_file,
    current_build,
    move_current,
    published_builds,
    work_file,
)
from tests.accounts import everybody
from tests.public_tables import city_file

NOW, DAY = datetime(2020, 10, 15, 9), date(2020, 10, 15)
WHY = "送达数据有误"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Operations]:
    opened = Operations.open(Settings.load(city_file(tmp_path / "市局's city")))
    yield opened
    opened.close()


def publish(settings: Settings, build_id: str, as_of: str = "2020-10-16", more: str = "") -> None:
    """A build of one table, published; `more`: columns that only it has."""
    with Warehouse.create(work_file(settings)) as work:
        work.execute(
            f"CREATE TABLE mart.build AS SELECT '{build_id}' AS build_id, DATE '{as_of}' AS as_of,"
            f" DATE '2020-10-15' AS today, true AS is_synthetic{more}"
        )
        work.close()
    settings.grades.mkdir(exist_ok=True)
    issued = pd.DataFrame({"as_of": [date(2020, 1, 1), date.fromisoformat(as_of)], "uscc": ["1", "1"]})
    issued.to_parquet(settings.grades / f"{build_id}.parquet")
    move_current(settings, build_id)


def published(store: Operations, *builds: str) -> Settings:
    for build_id in builds:
        publish(store.settings, build_id)
    return store.settings


def back(store: Operations, *, force: bool = False, to: str | None = None) -> str:
    return roll_back_build(store, everybody(store.settings.city)[Role.ADMIN], why=WHY, force=force, to=to).after


# ---- properties ----


@profile(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(["publish", "back", "return"]), max_size=7))
def test_going_back_never_leads_to_what_was_withdrawn(
    acts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever is published, rolled back and brought back: the pointer names a build that is there and not withdrawn,
    nothing leaves the log, and every issued file stays."""
    store = Operations.open(Settings.load(city_file(tmp_path_factory.mktemp("acts") / "city")))
    settings, made = store.settings, 0
    for act in acts:
        before, log = current_build(settings), published_builds(settings)
        if act == "publish":
            made += 1
            publish(settings, f"b{made}")
        elif act == "return" and withdrawn_builds(settings):
            bring_back(settings, withdrawn_builds(settings)[-1])
        elif act == "back":
            offer = rollback_offer(store, everybody(settings.city)[Role.SUPERVISOR])
            assert (offer is None) == (not _can_go_back(settings))
            if offer:
                assert (back(store), offer.before) == (offer.after, before)
        assert published_builds(settings)[: len(log)] == log
        assert len(list(settings.grades.glob("*.parquet"))) == made
        current = current_build(settings)
        assert current is None or (
            current not in withdrawn_builds(settings) and build_file(settings, current).is_file()
        )
    store.close()


def _can_go_back(settings: Settings) -> bool:
    log, current = published_builds(settings), current_build(settings)
    earlier = log[: log.index(current)] if current else ()
    return any(b not in withdrawn_builds(settings) and build_file(settings, b).is_file() for b in earlier)


# ---- where it leads ----


def test_it_leads_to_the_build_before_and_says_so(store: Operations) -> None:
    settings = store.settings
    publish(settings, "b1", "2020-09-01")
    publish(settings, "b2", "2020-10-16")
    offer = rollback_offer(store, everybody(settings.city)[Role.SUPERVISOR])
    assert offer is not None and offer.against == ()
    assert (offer.before, offer.after) == ("b2", "b1")
    assert (offer.before_as_of, offer.after_as_of) == (date(2020, 10, 16), date(2020, 9, 1))
    done = roll_back_build(store, everybody(settings.city)[Role.SUPERVISOR], why=WHY)
    assert (done.before, done.after) == ("b2", "b1") and "2020-09-01" in done.line
    assert (current_build(settings), published_builds(settings)) == ("b1", ("b1", "b2"))
    library = open_library(settings, lambda *_: {})
    assert library is not None and library.stamp.build_id == "b1"
    library.close()
    last = store.rows(select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(1))[0]
    assert (last.action, last.subject, last.user) == ("build.rollback", "b1", "supervisor") and WHY in last.detail


def test_a_build_that_was_withdrawn_is_passed_over_unless_it_is_named(store: Operations) -> None:
    settings = published(store, "b1", "b2")
    back(store)
    publish(settings, "b3")
    assert back(store) == "b1"
    assert withdrawn_builds(settings) == ("b2", "b3")
    assert back(store, to="b2") == "b2" and withdrawn_builds(settings) == ("b3", "b1")


def test_it_goes_back_from_a_build_whose_file_is_damaged_or_gone(store: Operations) -> None:
    settings = published(store, "b1", "b2", "b3")
    build_file(settings, "b3").write_bytes(b"damaged")
    assert back(store) == "b2"
    build_file(settings, "b2").unlink()
    assert back(store) == "b1"


def test_where_issued_grades_are_lost_the_backup_is_named(store: Operations) -> None:
    settings = published(store, "b1", "b2")
    (settings.grades / "b1.parquet").unlink()
    with pytest.raises(Refused, match="备份"):
        back(store)
    assert current_build(settings) == "b2"


def test_where_nothing_is_left_it_is_refused(store: Operations) -> None:
    settings = store.settings
    someone = everybody(settings.city)[Role.ADMIN]
    assert rollback_offer(store, someone) is None
    with pytest.raises(Refused, match="还没有发布"):
        back(store)
    published(store, "b1", "b2")
    build_file(settings, "b1").unlink()
    assert rollback_offer(store, someone) is None
    for to, words in (
        (None, "更早的批次"),
        ("b1", "文件已不在"),
        ("b2", "现行批次"),
        ("zz", "没有编号"),
        ("b", "不止"),
    ):
        with pytest.raises(Refused, match=words):
            back(store, to=to)
    assert current_build(settings) == "b2"


def test_a_build_that_the_program_cannot_read_is_refused_in_words(store: Operations) -> None:
    settings = published(store, "b1")
    publish(settings, "b2", more=", 'x' AS model_id")
    with pytest.raises(Refused, match=r"旧版程序.*mart\.build\.model_id"):
        back(store, force=True)
    build_file(settings, "b0").write_bytes(b"no database")
    (settings.grades / "PUBLISHED").write_text("b0\nb2\n")
    with pytest.raises(Refused, match="旧版程序"):
        back(store)
    assert current_build(settings) == "b2"


def test_it_is_offered_while_the_app_has_the_build_open(store: Operations) -> None:
    settings = published(store, "b1", "b2")
    library = open_library(settings, lambda *_: {})
    assert library is not None and find_target(settings).after == "b1"
    library.close()


# ---- who, why, when ----


def test_only_who_may_build_may_go_back_and_says_why(store: Operations) -> None:
    settings = published(store, "b1", "b2")
    for role, someone in everybody(settings.city).items():
        if role in (Role.SUPERVISOR, Role.ADMIN):
            with pytest.raises(Refused, match="原因"):
                roll_back_build(store, someone, why="  ")
            continue
        with pytest.raises(NotPermitted):
            rollback_offer(store, someone)
        with pytest.raises(NotPermitted):
            roll_back_build(store, someone, why=WHY, force=True)
    assert current_build(settings) == "b2"


def test_not_while_a_build_runs(store: Operations) -> None:
    settings = published(store, "b1", "b2")
    with build_lock(settings), pytest.raises(Busy):
        back(store)
    assert current_build(settings) == "b2"


def test_what_people_did_on_the_build_speaks_against_it(store: Operations) -> None:
    settings = published(store, "b1", "b2")
    act_on(store, "b2")
    offer = rollback_offer(store, everybody(settings.city)[Role.ADMIN])
    assert offer is not None
    assert [t.zh for t in offer.against] == [
        "按此批次举行了 1 次抽查",
        "这些抽查已录入 1 条结果",
        "此批次开立了 2 件预警，其中 1 件已有人处置",
    ]
    with pytest.raises(Refused, match=r"1 次抽查.*2 件预警"):
        back(store)
    assert current_build(settings) == "b2"
    kept = {t.name: len(store.rows(select(t))) for t in (DRAW, CHECK_RESULT, WARNING_CASE)}
    assert back(store, force=True) == "b1"
    assert {t.name: len(store.rows(select(t))) for t in (DRAW, CHECK_RESULT, WARNING_CASE)} == kept
    assert "抽查" in store.rows(select(AUDIT.c.detail).order_by(AUDIT.c.seq.desc()).limit(1))[0].detail


def test_what_was_done_on_other_builds_does_not(store: Operations) -> None:
    settings = published(store, "b1", "b2")
    act_on(store, "b1")
    offer = rollback_offer(store, everybody(settings.city)[Role.ADMIN])
    assert offer is not None and offer.against == ()


def act_on(store: Operations, build_id: str) -> None:
    """A draw with a task and a result, and two cases of which one was taken up, all of one build."""
    times = {"business_at": NOW, "wall_at": NOW}
    draw = {"draw_id": "SC1", "title": "抽查", "plan": "{}", "policy_id": "p", "build_id": build_id, "as_of": DAY,
            "frame_hash": "", "seed": "", "inspectors": "{}", "due_on": DAY, "user": "u", **times}  # fmt: skip
    task = {"task_id": "T1", "draw_id": "SC1", "uscc": "1", "entity_name": "某", "unit": "TH-DC", "grade": "A", "item_code": "i",
            "items": "", "required_mode": "1", "modes": "1", "due_on": DAY}  # fmt: skip
    result = {
        "task_id": "T1",
        "version": 1,
        "checked_on": DAY,
        "check_mode": "1",
        "result": "01",
        "note": "",
        "user": "u",
        **times,
    }
    case = {"rule": "W01", "level": 1, "subject": "1", "detail": "{}", "state": "WAITING", "opened_on": DAY, "opened_in": build_id,
            "accept_due": DAY, "verify_due": DAY, "dispose_due": DAY, "is_extended": False, "escalates_at_once": False,
            "version": 1}  # fmt: skip
    step = {"state_before": "", "state_after": "WAITING", "note": "", "attachment": "", **times}
    with store.transaction() as transaction:
        for table, rows in (
            (DRAW, [draw]),
            (CHECK_TASK, [task]),
            (CHECK_RESULT, [result]),
            (WARNING_CASE, [{"case_id": f"YJ{n}", **case} for n in range(2)]),
            (CASE_STEP, [{"case_id": f"YJ{n}", "step": "OPEN", "user": "system", **step} for n in range(2)]),
            (CASE_STEP, [{"case_id": "YJ0", "step": "ACCEPT", "user": "meihekou", **step}]),
        ):
            transaction.execute(insert(table), rows)
