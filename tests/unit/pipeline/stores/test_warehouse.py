"""Publishing by a pointer, reading what may be read, and the grades that stay issued."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from threading import Event

import pandas as pd
import pytest

from pipeline.errors import ChecksFailed
from pipeline.settings import DEFAULT_DATA, City, Settings
from pipeline.stores import warehouse as store
from pipeline.stores.access import Actor, Role, Scope
from pipeline.stores.reader import PUBLIC_TABLES, ScopedReader, open_library
from pipeline.stores.warehouse import (
    KEPT_BUILDS,
    Warehouse,
    build_file,
    current_build,
    issue_grades,
    load_issued_grades,
    move_current,
    published_builds,
    work_file,
    write_atomically,
)

ENTERPRISE_COLUMNS = {"uscc", "delivered_uscc", "entity_name", "legal_rep", "reg_no", "address"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An empty deployment; its folder has a name that has to be quoted."""
    folder = tmp_path / "市局's data"
    return Settings(folder, City.load(DEFAULT_DATA / "city.toml"), folder / "landing")


def finish(settings: Settings, build_id: str, grade: str = "A") -> Path:
    """A finished work file of one firm with `grade`, its grades issued; gives the issued file."""
    with Warehouse.create(work_file(settings)) as warehouse:
        for table in PUBLIC_TABLES:
            warehouse.execute(f"CREATE TABLE mart.{table} AS SELECT '{build_id}' AS build_id")
        warehouse.execute(
            "CREATE OR REPLACE TABLE mart.build AS SELECT ? AS build_id, 'i1' AS indicator_set, ?::TIMESTAMP AS built_at,"
            " DATE '2020-10-16' AS as_of, DATE '2020-10-15' AS today, true AS is_synthetic",
            [build_id, datetime.now()],
        )
        warehouse.execute("CREATE TABLE mart.enterprise AS SELECT '9122' AS uscc, '某公司' AS entity_name")
        warehouse.execute("CREATE TABLE core.penalty AS SELECT '9122' AS uscc")
        warehouse.load(
            "mart.risk_score", pd.DataFrame({"as_of": [date(2020, 10, 16)], "uscc": ["9122"], "model_id": ["m1"]})
        )
        warehouse.execute(
            "CREATE TABLE mart.grade AS SELECT DATE '2020-10-16' AS as_of, '9122' AS uscc, 'expert' AS score_kind, 612.5 AS credit_score,"
            " ? AS model_grade, ? AS grade, []::VARCHAR[] AS rules, NULL::VARCHAR AS moved_by, false AS is_backcast, 'p1' AS policy_id",
            [grade, grade],
        )
        load_issued_grades(settings, warehouse, build_id)
        issued = issue_grades(settings, warehouse, build_id)
        warehouse.close()
    return issued


def publish(settings: Settings, build_id: str, grade: str = "A") -> None:
    finish(settings, build_id, grade)
    move_current(settings, build_id)


def history(settings: Settings, build_id: str) -> list[tuple[str, str]]:
    with Warehouse.read(build_file(settings, build_id)) as warehouse:
        return warehouse.rows("SELECT build_id, grade FROM mart.grade_history ORDER BY 1")


def opened(settings: Settings) -> ScopedReader | None:
    """The published build as the credit division sees it."""
    library = open_library(settings, lambda *_: {})
    return library.reader(Actor("x", "x", Role.SUPERVISOR, Scope(is_whole=True))) if library else None


class Power:
    """Cuts the power when a file of this name is about to be put in place."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.name, self.replace = name, os.replace
        monkeypatch.setattr(store.os, "replace", self)

    def __call__(self, source: Path, target: Path) -> None:
        if Path(target).name == self.name:
            raise KeyboardInterrupt(self.name)
        self.replace(source, target)


def test_nothing_is_open_before_the_first_publish(settings: Settings) -> None:
    assert current_build(settings) is None and opened(settings) is None and published_builds(settings) == ()
    finish(settings, "a1")
    assert opened(settings) is None


@pytest.mark.parametrize("step", ["warehouse-b2.duckdb", "CURRENT"])
def test_a_publish_cut_short_leaves_the_build_before_published(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    publish(settings, "a1")
    finish(settings, "b2")
    with monkeypatch.context() as cut:
        Power(cut, step)
        with pytest.raises(KeyboardInterrupt):
            move_current(settings, "b2")
    assert current_build(settings) == "a1" and published_builds(settings) == ("a1",)
    reader = opened(settings)
    assert reader and reader.frame("SELECT build_id FROM delivery")["build_id"].tolist() == ["a1"]
    publish(settings, "b2")
    assert current_build(settings) == "b2" and published_builds(settings) == ("a1", "b2")


def test_a_publish_cut_short_after_current_has_moved_loses_no_build_from_the_log(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(settings, "a1")
    with monkeypatch.context() as cut:
        Power(cut, "PUBLISHED")
        with pytest.raises(KeyboardInterrupt):
            publish(settings, "b2")
    assert current_build(settings) == "b2" and published_builds(settings) == ("a1", "b2")
    publish(settings, "c3")
    assert published_builds(settings) == ("a1", "b2", "c3")


def test_a_reader_of_current_sees_the_old_or_the_new_line_and_never_a_part(settings: Settings) -> None:
    pointer, done = settings.warehouse / "CURRENT", Event()
    ids = [letter * 16 for letter in "ab"]
    write_atomically(pointer, ids[0] + "\n")

    def watch() -> set[str | None]:
        seen = set()
        while not done.is_set():
            seen.add(current_build(settings))
        return seen

    with ThreadPoolExecutor(2) as pool:
        watchers = [pool.submit(watch) for _ in range(2)]
        for n in range(300):
            write_atomically(pointer, ids[n % 2] + "\n", durable=False)
        done.set()
    assert set().union(*(w.result() for w in watchers)) <= set(ids)


def test_the_newest_builds_are_kept_and_older_ones_go_with_their_logs(settings: Settings) -> None:
    ids = [f"b{n}" for n in range(KEPT_BUILDS + 3)]
    for n, build_id in enumerate(ids):
        publish(settings, build_id)
        os.utime(build_file(settings, build_id), (1_600_000_000 + n, 1_600_000_000 + n))
        Path(f"{build_file(settings, build_id)}.wal").write_bytes(b"left over")
    finish(settings, "last")
    move_current(settings, "last")
    kept = [*ids[-KEPT_BUILDS + 1 :], "last"]
    assert {p.name for p in settings.warehouse.glob("*.duckdb")} == {f"warehouse-{b}.duckdb" for b in kept}
    assert {p.name for p in settings.warehouse.glob("*.wal")} == {f"warehouse-{b}.duckdb.wal" for b in kept[:-1]}
    assert published_builds(settings) == (*ids, "last")


def test_the_published_build_is_kept_even_if_every_other_file_looks_newer(settings: Settings) -> None:
    for n in range(KEPT_BUILDS + 1):
        publish(settings, f"b{n}")
        os.utime(build_file(settings, f"b{n}"), (4_000_000_000 + n, 4_000_000_000 + n))
    publish(settings, "now")
    assert build_file(settings, "now").is_file()


def test_no_public_table_holds_an_enterprise_row(tiny: Settings) -> None:
    with Warehouse.read(build_file(tiny, current_build(tiny) or "")) as warehouse:
        for table in PUBLIC_TABLES:
            assert warehouse.has(f"mart.{table}"), f"a build without mart.{table}"
            assert not ENTERPRISE_COLUMNS & set(warehouse.columns(f"mart.{table}")), table


def test_an_open_reader_keeps_its_build_and_a_new_one_has_the_next(settings: Settings) -> None:
    publish(settings, "a1")
    before = opened(settings)
    for n in range(KEPT_BUILDS + 1):
        publish(settings, f"b{n}")
    after = opened(settings)
    assert before and after and not build_file(settings, "a1").exists()
    assert (before.stamp.build_id, after.stamp.build_id) == ("a1", f"b{KEPT_BUILDS}")
    assert before.frame("SELECT build_id FROM match")["build_id"].tolist() == ["a1"]
    assert after.frame("SELECT build_id FROM match")["build_id"].tolist() == [f"b{KEPT_BUILDS}"]


def test_a_published_file_that_is_gone_is_no_published_build(settings: Settings) -> None:
    publish(settings, "a1")
    build_file(settings, "a1").unlink()
    assert opened(settings) is None


def test_a_build_of_an_older_version_is_named_as_such(settings: Settings) -> None:
    publish(settings, "a1")
    with Warehouse.open(build_file(settings, "a1")) as warehouse:
        warehouse.execute("DROP TABLE mart.coverage")
    reader = opened(settings)
    assert reader
    with pytest.raises(ChecksFailed, match=r"a1.*build again"):
        reader.frame("SELECT * FROM coverage")
    publish(settings, "b2")
    with Warehouse.open(build_file(settings, "b2")) as warehouse:
        warehouse.execute("ALTER TABLE mart.build DROP COLUMN today")
    with pytest.raises(ChecksFailed, match=r"b2.*build again"):
        opened(settings)


def test_issued_grades_are_never_written_again(settings: Settings) -> None:
    publish(settings, "a1", "B")
    issued = settings.grades / "a1.parquet"
    content = issued.read_bytes()
    assert finish(settings, "a1", "E") == issued
    assert issued.read_bytes() == content
    assert not list(settings.grades.glob("*.part"))


def test_a_grades_file_whose_build_was_never_current_is_ignored_and_may_be_issued_anew(settings: Settings) -> None:
    publish(settings, "a1", "B")
    finish(settings, "b2", "C")
    publish(settings, "c3", "D")
    assert history(settings, "c3") == [("a1", "B")]
    publish(settings, "b2", "E")
    publish(settings, "d4")
    assert history(settings, "d4") == [("a1", "B"), ("b2", "E"), ("c3", "D")]


def test_a_build_knows_the_grades_issued_before_it_and_not_its_own(settings: Settings) -> None:
    publish(settings, "a1", "B")
    publish(settings, "b2", "C")
    assert history(settings, "a1") == []
    assert history(settings, "b2") == [("a1", "B")]
    publish(settings, "a1")
    assert history(settings, "a1") == [("b2", "C")]


def test_issued_grades_outlive_the_warehouse_folder(settings: Settings) -> None:
    publish(settings, "a1", "B")
    publish(settings, "b2", "C")
    for path in settings.warehouse.iterdir():
        path.unlink()
    publish(settings, "c3")
    assert history(settings, "c3") == [("a1", "B"), ("b2", "C")]


def test_a_stage_without_a_work_file_says_what_to_run(settings: Settings) -> None:
    with pytest.raises(ChecksFailed, match="ingest"):
        Warehouse.open(work_file(settings))
