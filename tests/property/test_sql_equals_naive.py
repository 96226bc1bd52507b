"""The compiled SQL equals a naive Python reference on generated worlds; the future changes nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipeline.indicators.catalogue import ALL
from pipeline.stores.warehouse import Warehouse
from tests.property.naive import naive_values
from tests.property.worlds import World, later_rows, random_world
from tests.world import build_world, world_settings

AS_OF = date(2020, 7, 15)
DATES = (date(2019, 7, 1), AS_OF)
SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 6))]
NOT_DELIVERED = {1: {"penalty"}, 3: {"complaint", "annual_report", "social_insurance"}}


def delivered_feeds(world: World, seed: int) -> list[str]:
    return [feed for feed in world if feed not in NOT_DELIVERED.get(seed, set())]


def computed(warehouse: Warehouse, as_of: date) -> dict[str, dict[str, Any]]:
    columns = [i.code for i in ALL]
    rows = warehouse.rows(f"SELECT uscc, {', '.join(columns)} FROM mart.indicator WHERE as_of = DATE '{as_of}'")
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows}


def with_inputs(world: World, warehouse: Warehouse, as_of: date) -> World:
    """The world, and the two input tables as `compute` made them for `as_of`."""
    deadlines = [{"report_year": y, "deadline": world_settings().city.report_deadline(y)} for y in range(2005, 2036)]
    names = ("uscc", "item_code", "is_key_item", "is_cross_dept", "list_kind")
    items = warehouse.rows(f"SELECT {', '.join(names)} FROM temp.applicable_item")
    return {**world, "report_deadline": deadlines, "applicable_item": [dict(zip(names, i, strict=True)) for i in items]}


@pytest.mark.parametrize("seed", SEEDS)
def test_sql_equals_the_naive_reference(seed: int) -> None:
    as_of = DATES[seed % 2]
    world = random_world(seed, as_of)
    feeds = delivered_feeds(world, seed)
    with build_world(world, as_of, delivered=feeds) as warehouse:
        found = computed(warehouse, as_of)
        expected = naive_values(with_inputs(world, warehouse, as_of), as_of, lambda feed, _: feed in feeds)
    wrong = []
    for code, values in expected.items():
        assert values.keys() == found.keys(), "every entity of the register is there"
        for firm, value in values.items():
            got = found[firm][code]
            if not same(got, value):
                wrong.append(f"{code} {firm}: SQL {got!r}, naive {value!r}")
    assert not wrong, "\n".join(wrong)


def same(got: Any, expected: Any) -> bool:
    if got is None or expected is None or isinstance(got, str):
        return bool(got == expected)
    return bool(float(got) == pytest.approx(float(expected), rel=1e-9, abs=1e-9))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_received_or_happens_later_changes_nothing(seed: int) -> None:
    world = random_world(seed, AS_OF)
    future = later_rows(seed + 1000, AS_OF)
    with build_world(world, AS_OF) as warehouse:
        before = computed(warehouse, AS_OF)
    with build_world({feed: [*world[feed], *future[feed]] for feed in world}, AS_OF) as warehouse:
        after = computed(warehouse, AS_OF)
    assert before == after


def test_several_dates_in_one_run_equal_each_alone() -> None:
    world = random_world(42, AS_OF)
    with build_world(world, DATES) as warehouse:
        together = {day: computed(warehouse, day) for day in DATES}
    for day in DATES:
        with build_world(world, day, delivered=world) as warehouse:
            alone = computed(warehouse, day)
        assert together[day] == alone


def test_every_entity_is_there_even_if_nothing_is_known_of_it() -> None:
    with build_world(
        {"ent_registration": [{"uscc": "QUIET", "received_on": date(2015, 1, 1)}]}, AS_OF, delivered=()
    ) as warehouse:
        row = computed(warehouse, AS_OF)["QUIET"]
        assert warehouse.value("SELECT data_share FROM mart.indicator") < 0.4
    assert row["C4_penalty_count_3y"] is None
