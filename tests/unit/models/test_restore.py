"""A deployment in which people worked, a build that was rolled back and brought back, and the same one restored: every
table of the warehouse and every page says the same.
"""

from __future__ import annotations

import shutil
import stat
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from models.build import BuildSummary, build
from models.checks import check_declarations
from models.next_day import days_to_build, move_today, on_next_day
from models.policy.draw import hold
from models.policy.draw_frame import DrawRequest
from models.policy.draw_plan import plan
from models.restore import RestoreSummary, restore
from pages import (
    collection,
    enterprise,
    enterprises,
    indicators,
    inspections,
    lookup,
    model,
    pilot,
    policy,
    warnings,
)
from pipeline.errors import Refused
from pipeline.feeds.archive import register
from pipeline.feeds.catalogue import BY_CODE, FEEDS
from pipeline.feeds.mapping import Mappings
from pipeline.feeds.waiting import waiting_files
from pipeline.indicators.known import known_relations
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.backup import BackupSummary, backup
from pipeline.stores.operations.accounts import operator
from pipeline.stores.operations.check import check_operations
from pipeline.stores.operations.check_entry import Entry, record_result
from pipeline.stores.operations.check_results import tasks
from pipeline.stores.operations.rollbacks import roll_back_build
from pipeline.stores.operations.schema import AUDIT, SESSION
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import open_library
from pipeline.stores.rollback import withdrawn_builds
from pipeline.stores.warehouse import Warehouse, build_file, current_build, published_builds
from tests.accounts import actor, add
from tests.contents import contents
from tests.firms import uscc
from tests.small_city import SmallCity

LOOKS: tuple[tuple[Any, Role, dict[str, str]], ...] = (
    *((page, Role.SUPERVISOR, {}) for page in (pilot, warnings, enterprises, inspections, collection, indicators, policy, model)),
    (enterprise, Role.SUPERVISOR, {"uscc": uscc(5)}),
    (enterprises, Role.COUNTY, {}),
    (inspections, Role.COUNTY, {}),
    (warnings, Role.SECTION, {}),
    (pilot, Role.LEADER, {}),
    (lookup, Role.WINDOW, {}),
    (collection, Role.ADMIN, {}),
)  # fmt: skip
"""Every page but the log, which a restore adds a row to, for the roles that work there."""


def script(module, actor):  # type: ignore[no-untyped-def]  # its source runs alone: no name of this file is known there
    module.render(actor)


@dataclass(frozen=True)
class Lived:
    """A deployment after two builds, a roll-back and the return; `second`: the build that came back, made and returned."""

    settings: Settings
    first: str
    second: BuildSummary
    returned: BuildSummary
    days_after_rollback: list[date]


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lived(drawable: Settings, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("lived") / "city"
    shutil.copytree(drawable.data, folder)
    settings, first = Settings.load(folder), current_build(drawable) or ""
    operations = Operations.open(settings)
    add(operations, "wang", Role.SUPERVISOR)
    hold_a_draw(operations)
    ahead = on_next_day(settings)
    second = build(ahead, days_to_build(ahead))  # the result of the draw comes back with it
    move_today(ahead)
    roll_back_build(operations, operator(), why="试验", force=True)
    assert current_build(settings) == first
    days = days_to_build(settings)
    returned = build(settings, days)
    operations.close()
    SmallCity(folder).complaints("complaints/2020-10-16/complaint.csv", first=100, count=5)
    register(settings, Mappings.load(settings.mappings, BY_CODE), BY_CODE)  # archived, in no build yet
    SmallCity(folder).complaints("complaints/2020-10-17/complaint.csv", first=200, count=3)
    return Lived(settings, first, second, returned, days)


@pytest.fixture(scope="module")
def restored(lived: Lived, tmp_path_factory: pytest.TempPathFactory) -> tuple[BackupSummary, RestoreSummary, Settings]:
    folder = tmp_path_factory.mktemp("restored")
    made = backup(lived.settings, folder / "b.tar", operator(), waiting=waiting_files(lived.settings))
    done = restore(folder / "b.tar", folder / "new", operator())
    return made, done, Settings.load(folder / "new")


def hold_a_draw(operations: Operations) -> None:
    """A draw on the published build, and the result of its first check."""
    settings = operations.settings
    division = actor(Role.SUPERVISOR, settings.city)
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library
    read = library.reader(division)
    request = DrawRequest("四季度双随机", items=("JG1",), due_on=date(2020, 12, 1))
    hold(operations, read, division, plan(operations, read, division, request), b"7" * 32)
    library.close()
    task = tasks(operations, division).query("not_made.isna()").iloc[0]
    record_result(
        operations, division, task["task_id"], Entry(settings.today(), "1", ("09",), problem_count=1), version=0
    )


# ---- rolled back and brought back ----


def test_after_a_roll_back_the_same_deliveries_bring_the_build_back_without_making_it_again(lived: Lived) -> None:
    second, returned = lived.second, lived.returned
    assert lived.days_after_rollback == list(second.as_of), "--keep-dates after the day moved on means the same build"
    assert (returned.build_id, returned.returned, returned.already) == (second.build_id, True, False)
    assert set(returned.seconds) == {"register"} and "重新发布" in returned.line
    assert (returned.as_of, returned.grades, returned.rows) == (second.as_of, second.grades, second.rows)
    assert current_build(lived.settings) == second.build_id and withdrawn_builds(lived.settings) == ()
    assert published_builds(lived.settings) == (lived.first, second.build_id)


def test_the_log_holds_the_way_there_and_back(lived: Lived) -> None:
    operations = Operations.open(lived.settings)
    acts = operations.rows(
        select(AUDIT.c.action, AUDIT.c.subject).where(AUDIT.c.action.startswith("build.")).order_by(AUDIT.c.seq)
    )
    operations.close()
    assert [tuple(a) for a in acts] == [("build.rollback", lived.first), ("build.return", lived.second.build_id)]


# ---- restored ----


def test_every_table_of_the_warehouse_is_the_same(
    lived: Lived, restored: tuple[BackupSummary, RestoreSummary, Settings]
) -> None:
    made, done, settings = restored
    assert done.build_id == done.wanted == made.build_id == lived.second.build_id
    assert (done.faults, done.differs, done.beside) == ((), (), None)
    before, after = contents(lived.settings), contents(settings)
    assert before.keys() == after.keys()
    assert [table for table in before if before[table] != after[table]] == []
    for table in ("mart.build", "mart.stage_seconds", "mart.grade_history"):
        assert rows(settings, table) == rows(lived.settings, table), "when it was made, too"
    assert (current_build(settings), published_builds(settings)) == (made.build_id, published_builds(lived.settings))


def test_the_archive_and_the_issued_grades_are_the_same_and_nothing_is_left_over(
    lived: Lived, restored: tuple[BackupSummary, RestoreSummary, Settings]
) -> None:
    settings = restored[2]
    for room in ("raw", "grades", "models", "secret"):
        assert files(settings.var / room) == files(lived.settings.var / room), room
    assert sorted(p.name for p in settings.data.iterdir()) == ["city.toml", "mappings", "var"]
    assert stat.S_IMODE((settings.var / "secret").stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in (settings.operations, *(settings.var / "secret").iterdir())} == {
        0o600
    }


def test_it_passes_every_check_and_everybody_signs_in_again(
    restored: tuple[BackupSummary, RestoreSummary, Settings],
) -> None:
    made, _, settings = restored
    assert check_operations(settings).audit_rows == made.audit_rows + 1
    check_declarations(settings)
    operations = Operations.open(settings)
    assert operations.rows(select(SESSION)) == []
    operations.close()


def test_what_waits_in_the_landing_folder_is_named(
    lived: Lived, restored: tuple[BackupSummary, RestoreSummary, Settings]
) -> None:
    assert restored[0].not_included == ("complaints/2020-10-17/complaint.csv",)
    assert waiting_files(restored[2]) == ()


def test_every_page_answers_the_same(
    lived: Lived, restored: tuple[BackupSummary, RestoreSummary, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    differing = []
    for page, role, query in LOOKS:
        before, after = (shown(monkeypatch, s, page, role, query) for s in (lived.settings, restored[2]))
        assert page.PAGE.title.zh in before
        if before != after:
            differing.append((page.__name__, role.name))
    assert differing == []


def shown(monkeypatch: pytest.MonkeyPatch, settings: Settings, page: Any, role: Role, query: dict[str, str]) -> str:
    """Everything that a page shows to a role: its words, its tables, its charts."""
    monkeypatch.setenv("CREDIT_RISK_DATA", str(settings.data))
    app = AppTest.from_function(
        script, default_timeout=60, kwargs={"module": page, "actor": actor(role, settings.city)}
    )
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception[0].value
    return "\n".join([*(e.proto.body for e in app.get("html")), *(str(d.value) for d in app.dataframe)])


# ---- slow: what takes a build more ----


def test_a_deployment_that_was_rolled_back_is_restored_as_it_was(lived: Lived, tmp_path: Path) -> None:
    copy = Settings.load(Path(shutil.copytree(lived.settings.data, tmp_path / "copy")))
    operations = Operations.open(copy)
    roll_back_build(operations, operator(), why="试验", force=True)
    operations.close()
    backup(copy, tmp_path / "b.tar", operator())
    done = restore(tmp_path / "b.tar", tmp_path / "new", operator())
    assert done.build_id == lived.first
    settings = Settings.load(tmp_path / "new")
    before, after = contents(copy), contents(settings)
    assert [table for table in before if before[table] != after[table]] == []
    assert published_builds(settings) == (lived.first, lived.second.build_id)


def test_a_build_after_a_roll_back_follows_on(lived: Lived, tmp_path: Path) -> None:
    """It knows the grades of the build that was withdrawn, since they were issued; going back passes that build over."""
    copy = Settings.load(Path(shutil.copytree(lived.settings.data, tmp_path / "copy")))
    operations = Operations.open(copy)
    roll_back_build(operations, operator(), why="试验", force=True)
    third = build(copy, days_to_build(copy))
    assert published_builds(copy) == (lived.first, lived.second.build_id, third.build_id)
    with Warehouse.read(build_file(copy, third.build_id)) as warehouse:
        history = {r[0] for r in warehouse.rows("SELECT DISTINCT build_id FROM mart.grade_history")}
    assert history == {lived.first, lived.second.build_id}
    assert roll_back_build(operations, operator(), why="试验", force=True).after == lived.first
    operations.close()


def test_other_code_computes_another_build_and_says_so(
    lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(lived.settings, tmp_path / "b.tar", operator())
    monkeypatch.setattr("models.build.set_version", lambda indicators: "another")
    monkeypatch.setattr("models.restore.code_digest", lambda: "another")
    done = restore(tmp_path / "b.tar", tmp_path / "new", operator())
    assert done.build_id not in (None, done.wanted) and "程序版本不同" in done.differs[0]
    settings = Settings.load(tmp_path / "new")
    assert published_builds(settings) == (lived.first, lived.second.build_id, done.build_id)
    assert (settings.grades / f"{done.build_id}.parquet").is_file()


def test_a_build_that_fails_leaves_the_rest_restored(
    lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(lived.settings, tmp_path / "b.tar", operator())

    def fail(*_: object) -> None:
        raise Refused("不行", "no")

    monkeypatch.setattr("models.restore.run_stages", fail)
    done = restore(tmp_path / "b.tar", tmp_path / "new", operator())
    assert done.build_id is None and done.faults == ("build: 不行（no）",) and "请运行 build" in done.line
    settings = Settings.load(tmp_path / "new")
    assert current_build(settings) is None and check_operations(settings).audit_rows > 0
    assert files(settings.raw) == files(lived.settings.raw)


def rows(settings: Settings, table: str) -> list[tuple[Any, ...]]:
    with Warehouse.read(build_file(settings, current_build(settings) or "")) as warehouse:
        return warehouse.rows(f"SELECT * FROM {table} ORDER BY ALL")


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
