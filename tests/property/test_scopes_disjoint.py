"""Disjoint scopes see disjoint rows, on every view that a reader offers, and together no more than both."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import DEFAULT_DATA, City, Settings
from pipeline.stores.access import KEY_FIELDS, Actor, Role, scope_of
from pipeline.stores.reader import DIRECTORIES, PUBLIC_TABLES, Library, ScopedReader, open_library
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.fields import give_fields

CITY = City.load(DEFAULT_DATA / "city.toml")
UNITS = tuple(u.code for u in CITY.units)
SHARED = {*PUBLIC_TABLES, *DIRECTORIES}
"""What everybody sees alike: counts, and lists of items that are about nobody."""
Firms = dict[str, tuple[str, frozenset[str]]]

parted = st.lists(st.sampled_from((0, 1, 2)), min_size=len(UNITS), max_size=len(UNITS)).filter(
    lambda p: {1, 2} <= set(p)
)
"""Each unit goes to the first actor (1), to the second (2), or to neither (0); both have at least one."""
some_fields = st.sets(st.sampled_from(KEY_FIELDS), min_size=1)


@pytest.fixture(scope="module")
def city(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, Firms]]:
    """The small city's build with key fields, and where each firm belongs, read without any scope."""
    data = tmp_path_factory.mktemp("scopes") / "city"
    shutil.copytree(tiny.data, data)
    deployment = Settings.load(data)
    give_fields(deployment)
    with Warehouse.read(build_file(deployment, str(current_build(deployment)))) as warehouse:
        firms = {
            u: (unit, frozenset(f or ()))
            for u, unit, f in warehouse.rows("SELECT uscc, unit, fields FROM mart.enterprise")
        }
    library = open_library(deployment, lambda as_of, core: known_relations(FEEDS, as_of, core))
    assert library
    yield library, firms
    library.close()


def county(units: tuple[str, ...]) -> Actor:
    return Actor("x", "x", Role.COUNTY, scope_of(Role.COUNTY, units, (), CITY))


def section(units: tuple[str, ...], fields: set[str]) -> Actor:
    return Actor("x", "x", Role.SECTION, scope_of(Role.SECTION, units, tuple(fields), CITY))


def keyed(read: ScopedReader, table: str) -> tuple[set[str], int]:
    """The firms of a view, and how many rows it has."""
    firms, total = read.rows(f'SELECT list(DISTINCT {firm_column(read, table)}), count(*) FROM "{table}"')[0]
    return {u for u in firms or () if u}, int(total)


_COLUMNS: dict[str, str] = {}


def firm_column(read: ScopedReader, table: str) -> str:
    if table not in _COLUMNS:
        _COLUMNS[table] = (
            "uscc" if "uscc" in read.frame(f'SELECT * FROM "{table}" LIMIT 0').columns else "NULL::VARCHAR"
        )
    return _COLUMNS[table]


def check_parted(library: Library, one: Actor, two: Actor, both: Actor) -> None:
    readers = [library.reader(a) for a in (one, two, both)]
    assert readers[0].names == readers[1].names == readers[2].names
    for table in readers[0].names - SHARED:
        (mine, rows), (yours, other_rows), (ours, all_rows) = (keyed(r, table) for r in readers)
        assert not mine & yours, table
        assert mine | yours == ours and rows + other_rows == all_rows, table


@settings(max_examples=10, deadline=None)
@given(parts=parted)
def test_counties_see_disjoint_rows_on_every_view(city: tuple[Library, Firms], parts: list[int]) -> None:
    library, firms = city
    one, two = (tuple(u for u, p in zip(UNITS, parts, strict=True) if p == n) for n in (1, 2))
    check_parted(library, county(one), county(two), county(one + two))
    mine = library.reader(county(one))
    here = {u for u, (unit, _) in firms.items() if unit in one}
    assert keyed(mine, "enterprise")[0] == here
    assert all(keyed(mine, table)[0] <= here for table in mine.names - SHARED)


@settings(max_examples=10, deadline=None)
@given(parts=parted, fields=some_fields)
def test_sections_see_disjoint_rows_and_their_fields_only(
    city: tuple[Library, Firms], parts: list[int], fields: set[str]
) -> None:
    library, firms = city
    one, two = (tuple(u for u, p in zip(UNITS, parts, strict=True) if p == n) for n in (1, 2))
    check_parted(library, section(one, fields), section(two, fields), section(one + two, fields))
    mine = library.reader(section(one, fields))
    expected = {u for u, (unit, has) in firms.items() if unit in one and has & fields}
    assert keyed(mine, "enterprise")[0] == expected
    for table in mine.names - SHARED:
        assert keyed(mine, table)[0] <= expected, table


def test_everybody_together_sees_the_whole_city_but_for_rows_of_no_unit(city: tuple[Library, Firms]) -> None:
    library, _ = city
    whole = library.reader(Actor("x", "x", Role.SUPERVISOR, scope_of(Role.SUPERVISOR, (), (), CITY)))
    every = library.reader(county(UNITS))
    for table in every.names - SHARED - {"inspector"}:
        mine, all_of_them = keyed(every, table)[0], keyed(whole, table)[0]
        assert mine <= all_of_them, table
    assert keyed(every, "enterprise")[0] == {
        u for (u,) in whole.rows("SELECT uscc FROM enterprise WHERE unit IS NOT NULL")
    }
