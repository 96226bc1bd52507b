"""A reader shows an actor what is theirs, by bare names, and nothing else: attempts to get around it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from pipeline.errors import BadDeclaration, ChecksFailed, NotPermitted
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import Settings
from pipeline.stores.access import Actor, Role, Scope, scope_of
from pipeline.stores.reader import PUBLIC_TABLES, Library, ScopedReader, open_library
from pipeline.stores.warehouse import build_file, current_build
from tests.accounts import actor, everybody
from tests.fields import give_fields

CUT = ("enterprise", "grade", "indicator", "contribution", "reason", "risk_score", "penalty", "ent_registration")
ESCAPES = (
    "SELECT * FROM build_file.mart.grade",
    "SELECT * FROM mart.grade",
    "SELECT * FROM memory.leader_whole.grade",
    "SELECT * FROM leader_whole.grade",
    "SELECT (SELECT count(*) FROM build_file.mart.grade)",
    "SELECT * FROM build WHERE build_id IN (SELECT uscc FROM mart.enterprise)",
    "WITH a AS (SELECT * FROM build_file.core.penalty) SELECT * FROM a",
    "SELECT * FROM build UNION ALL BY NAME SELECT * FROM build_file.mart.build",
    "SELECT * FROM scope_firm",
    "SELECT 1; SELECT 2",
    "SELECT * FROM enterprise; DROP VIEW enterprise",
    "DROP VIEW enterprise",
    "CREATE TABLE mine AS SELECT * FROM enterprise",
    "USE build_file.mart",
    "SET enable_external_access = true",
    "ATTACH 'other.duckdb' AS other",
    "COPY (SELECT 1) TO 'out.csv'",
    "PRAGMA database_list",
    "CALL duckdb_tables()",
    "EXPLAIN SELECT 1",
    "SHOW TABLES",
    "SUMMARIZE enterprise",
    "PREPARE q AS SELECT * FROM enterprise",
    "SELECT * FROM 'file.csv'",
    "SELECT * FROM read_csv('file.csv')",
    "SELECT * FROM read_parquet('*.parquet')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('*')",
    "SELECT * FROM query('SELECT * FROM build_file.mart.grade')",
    "SELECT * FROM query_table('build_file.mart.grade')",
    "SELECT * FROM duckdb_views()",
    "SELECT * FROM duckdb_tables",
    "SELECT * FROM DuckDB_Tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pg_class",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM (WITH pg_class AS (SELECT 1) SELECT * FROM pg_class), pg_class",
    "SELECT * FROM frame",
    "",
    "SELECT",
)


@pytest.fixture(scope="module")
def library(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The small city's build, with key fields for every other firm."""
    data = tmp_path_factory.mktemp("fields") / "city"
    shutil.copytree(tiny.data, data)
    settings = Settings.load(data)
    give_fields(settings)
    opened = open_library(settings, lambda as_of, core: known_relations(FEEDS, as_of, core))
    assert opened
    yield opened
    opened.close()


@pytest.fixture
def county(library: Library, tiny: Settings) -> ScopedReader:
    return library.reader(actor(Role.COUNTY, tiny.city))


def count(read: ScopedReader, table: str) -> int:
    return int(read.rows(f'SELECT count(*) FROM "{table}"')[0][0])


def test_whole_city_roles_see_every_row_and_a_county_its_own(
    library: Library, county: ScopedReader, tiny: Settings
) -> None:
    whole = library.reader(actor(Role.LEADER, tiny.city))
    for table in CUT:
        assert 0 < count(county, table) < count(whole, table), table
        assert count(library.reader(actor(Role.SUPERVISOR, tiny.city)), table) == count(whole, table)
    unit = county.actor.scope.units[0]
    assert county.rows("SELECT DISTINCT unit FROM enterprise") == [(unit,)]
    firms = {u for (u,) in county.rows("SELECT uscc FROM enterprise")}
    for table in county.names - set(PUBLIC_TABLES) - {"inspector", "supervision_item"}:
        columns = county.frame(f'SELECT * FROM "{table}" LIMIT 0').columns
        seen = county.rows(f'SELECT DISTINCT uscc, {"unit" if "unit" in columns else "NULL"} FROM "{table}"')
        assert all(u in firms or (u is None and place == unit) for u, place in seen), table


@pytest.mark.parametrize("sql", ESCAPES)
@pytest.mark.parametrize("role", [Role.COUNTY, Role.LEADER, Role.WINDOW], ids=str)
def test_nothing_but_one_select_over_bare_names(library: Library, tiny: Settings, role: Role, sql: str) -> None:
    frame = pd.DataFrame({"x": [1]})
    read = library.reader(actor(role, tiny.city))
    for run in (read.frame, read.rows, read.batches):
        with pytest.raises(NotPermitted):
            run(sql)  # type: ignore[operator]
    assert len(frame) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM enterprise",
        "FROM enterprise SELECT uscc",
        "WITH own AS (SELECT uscc FROM Enterprise) SELECT * FROM own JOIN grade USING (uscc)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n",
        "SELECT unnest([1, 2]), * FROM range(3)",
        "SELECT e.uscc FROM enterprise e WHERE EXISTS (SELECT 1 FROM grade g WHERE g.uscc = e.uscc)",
    ],
)
def test_what_views_write_is_let_through(county: ScopedReader, sql: str) -> None:
    assert county.rows(sql)


def test_frames_of_acts_are_joined_by_name_for_one_select_only(county: ScopedReader) -> None:
    acts = pd.DataFrame({"uscc": [u for (u,) in county.rows("SELECT uscc FROM enterprise LIMIT 2")]})
    sql = "SELECT count(*) FROM acts JOIN enterprise USING (uscc)"
    assert county.rows(sql, tables={"acts": acts}) == [(2,)]
    with pytest.raises(NotPermitted):
        county.rows(sql)


def test_parameters_are_values_and_never_text(county: ScopedReader) -> None:
    for value in ("' OR 1 = 1 --", "x'; DROP VIEW enterprise; --"):
        assert county.rows("SELECT * FROM enterprise WHERE uscc = ?", [value]) == []
    assert count(county, "enterprise") > 0


def test_quarantine_is_for_the_whole_city_only(library: Library, tiny: Settings) -> None:
    for role, someone in everybody(tiny.city).items():
        read = library.reader(someone)
        assert read.has("quarantine_complaint") is (role in (Role.LEADER, Role.SUPERVISOR)), role
        if role not in (Role.LEADER, Role.SUPERVISOR):
            with pytest.raises(NotPermitted):
                read.rows("SELECT * FROM quarantine_complaint")


def test_window_and_administrator_see_no_rows(library: Library, tiny: Settings) -> None:
    window, admin = (library.reader(actor(r, tiny.city)) for r in (Role.WINDOW, Role.ADMIN))
    assert window.names <= {"build", "window_flag"}
    assert admin.names <= set(PUBLIC_TABLES)
    for read in (window, admin):
        for table in CUT:
            assert not read.has(table)
            with pytest.raises(NotPermitted):
                read.rows(f"SELECT * FROM {table}")


def test_a_section_sees_its_own_fields_and_none_of_the_rest(library: Library, tiny: Settings) -> None:
    read = library.reader(actor(Role.SECTION, tiny.city, fields=("catering", "food_sales")))
    seen = [set(fields) for (fields,) in read.rows("SELECT fields FROM enterprise")]
    assert seen and all(fields & {"catering", "food_sales"} for fields in seen)
    assert count(read, "enterprise") < count(library.reader(actor(Role.LEADER, tiny.city)), "enterprise")
    one = tiny.city.units[0].code
    here = library.reader(actor(Role.SECTION, tiny.city, units=(one,), fields=("catering",)))
    assert {u for (u,) in here.rows("SELECT unit FROM enterprise")} <= {one}


def test_a_build_without_fields_shows_a_section_nothing(tiny: Settings, tmp_path: Path) -> None:
    shutil.copytree(tiny.data, tmp_path / "city")
    settings = Settings.load(tmp_path / "city")
    with duckdb.connect(str(build_file(settings, str(current_build(settings))))) as connection:
        connection.execute("ALTER TABLE mart.enterprise DROP COLUMN IF EXISTS fields")
    library = open_library(settings, lambda as_of, core: known_relations(FEEDS, as_of, core))
    assert library
    section = library.reader(actor(Role.SECTION, settings.city))
    assert count(section, "enterprise") == count(section, "grade") == 0
    library.close()


def test_no_unit_and_no_role_is_no_row(library: Library) -> None:
    """Deny beats allow, even for a scope that the store of accounts would never make."""
    for role in (Role.COUNTY, Role.SECTION):
        read = library.reader(Actor("x", "x", role, Scope()))
        assert all(count(read, table) == 0 for table in CUT)
    stranger = library.reader(Actor("x", "x", Role.COUNTY, Scope(("TH-DC') OR ('1' = '1",))))
    assert count(stranger, "enterprise") == 0


def test_accounts_without_a_scope_are_refused(tiny: Settings) -> None:
    for role, units, fields in (
        (Role.COUNTY, (), ()),
        (Role.COUNTY, ("XX",), ()),
        (Role.SECTION, (), ()),
        (Role.SECTION, (), ("cinema",)),
    ):
        with pytest.raises(BadDeclaration):
            scope_of(role, units, fields, tiny.city)
    assert scope_of(Role.WINDOW, ("TH-DC",), (), tiny.city) == scope_of(Role.ADMIN, (), (), tiny.city) == Scope()


def test_equal_scopes_share_a_key_and_others_never_do(tiny: Settings) -> None:
    city = tiny.city
    keys = [a.key for a in everybody(city).values()]
    assert len(set(keys)) == len(keys)
    one, two = (actor(Role.COUNTY, city, units=u) for u in (("TH-DC", "TH-ED"), ("TH-ED", "TH-DC")))
    assert one.key == two.key != actor(Role.COUNTY, city, units=("TH-DC",)).key


def test_many_threads_read_their_own(library: Library, tiny: Settings) -> None:
    people = [actor(Role.COUNTY, tiny.city, units=(u.code,)) for u in tiny.city.units]

    def look(someone: Actor) -> set[Any]:
        read = library.reader(someone)
        return {u for _ in range(5) for (u,) in read.rows("SELECT DISTINCT unit FROM enterprise")}

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(look, people * 3))
    assert all(units <= set(a.scope.units) for units, a in zip(seen, people * 3, strict=True))


def test_a_build_of_another_version_asks_for_a_new_one(tiny: Settings, tmp_path: Path) -> None:
    shutil.copytree(tiny.data, tmp_path / "city")
    settings = Settings.load(tmp_path / "city")
    with duckdb.connect(str(build_file(settings, str(current_build(settings))))) as connection:
        connection.execute("DROP TABLE mart.build")
    with pytest.raises(ChecksFailed, match="build again"):
        open_library(settings, lambda as_of, core: known_relations(FEEDS, as_of, core))
