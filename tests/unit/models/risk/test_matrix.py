"""The matrix holds the observed graded rows, with the values that the indicators had then, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from models.risk.matrix import Matrix, matrix
from models.risk.target import PROBLEM_FOUND_TARGET, write_outcomes
from pipeline.indicators.catalogue import INDICATORS
from pipeline.stores.warehouse import Warehouse
from tests.learning import CODES, FEW
from tests.world import Rows, build_world, world_settings

DAYS = [date(2018, 1, 1), date(2018, 4, 1), date(2018, 7, 1)]
ROWS: Rows = {
    "ent_registration": [
        {"uscc": "B", "industry_section": "H"},
        {"uscc": "A"},
        {"uscc": "self-employed", "entity_type": "9500"},
        {"uscc": "revoked", "status": "2"},
        {"uscc": "unseen"},
    ],
    "spot_check_result": [
        {"uscc": u, "check_id": f"{u}{d}", "checked_on": d, "check_kind": "1", "result": r}
        for u, d, r in (
            ("A", date(2017, 6, 1), "03"),
            ("A", date(2018, 5, 1), "01"),
            ("B", date(2018, 6, 1), "03"),
            ("self-employed", date(2018, 8, 1), "03"),
            ("revoked", date(2018, 8, 1), "03"),
        )
    ],
}


@pytest.fixture(scope="module")
def world() -> Iterator[Warehouse]:
    with build_world(ROWS, DAYS, indicators=FEW) as made:
        write_outcomes(made, PROBLEM_FOUND_TARGET, DAYS, "temp.outcome")
        yield made


@pytest.fixture(scope="module")
def made(world: Warehouse) -> Matrix:
    return matrix(world_settings(), world, FEW, "temp.outcome", DAYS)


def test_only_graded_enterprises_that_somebody_looked_at(made: Matrix) -> None:
    rows = list(zip(made.sample.as_of.astype(str), made.sample.firm, made.sample.adverse, strict=True))
    assert rows == [
        ("2018-01-01", "A", False),
        ("2018-01-01", "B", True),
        ("2018-04-01", "A", False),
        ("2018-04-01", "B", True),
    ]
    assert (made.dates, made.ends) == (tuple(DAYS), (2, 4, 4))


def test_values_are_those_of_mart_indicator(made: Matrix, world: Warehouse) -> None:
    expected = world.frame(
        f"""SELECT {", ".join(CODES)} FROM mart.indicator WHERE uscc IN ('A', 'B') AND as_of < DATE '2018-07-01'
        ORDER BY as_of, uscc"""
    )
    assert [i.code for i in FEW] == [c for c in made.sample.values if c != "as_of"]
    for indicator in FEW:
        found = made.sample.values[indicator.code]
        if indicator.levels:
            assert found.tolist() == expected[indicator.code].tolist() == ["F", "H", "F", "H"]
        else:
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found, expected[indicator.code].to_numpy(np.float32))
    rate = made.sample.values["C6_problem_rate_3y"]
    assert rate[0] > rate[1], "A's check of 2017 is known, B's of 2018 is not"


def test_a_part_is_a_view_of_dates_that_follow_each_other(made: Matrix) -> None:
    part = made.of((DAYS[1], DAYS[2]))
    assert part.firm.tolist() == ["A", "B"] and np.shares_memory(part.adverse, made.sample.adverse)
    assert all(np.shares_memory(part.values[c], made.sample.values[c]) for c in CODES)
    assert len(made.of((DAYS[2],)).firm) == 0
    with pytest.raises(ValueError, match="follow each other"):
        made.of((DAYS[0], DAYS[2]))


def test_nothing_stays_but_what_was_there(world: Warehouse) -> None:
    listed = "SELECT table_name FROM information_schema.tables ORDER BY ALL"
    before = world.rows(listed)
    matrix(world_settings(), world, INDICATORS[:3], "temp.outcome", DAYS[:1])
    assert world.rows(listed) == before


def test_without_a_date_the_matrix_is_empty(world: Warehouse) -> None:
    empty = matrix(world_settings(), world, FEW, "temp.outcome", [])
    assert (empty.dates, empty.ends, len(empty.sample.firm)) == ((), (), 0)
