"""The matrix of months: what is entered in this system is nobody's delivery, and so never late or in time."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from pages.views.monthly import WHOLE, gathered
from pages.views.source_months import source_months
from pipeline.settings import OWN_SUPPLIER, City
from tests.public_tables import city_file

AS_OF = date(2020, 10, 16)
TIMELY = f"""
    CREATE TABLE timeliness AS SELECT * FROM (VALUES
      ('penalty', 'legal', 'U1', DATE '2020-10-01', 60, 30), ('spot_check_result', '{OWN_SUPPLIER}', NULL, DATE '2020-10-01', 500, 500),
      ('spot_check_result', 'legal', 'U1', DATE '2020-09-01', 40, 40)) t(feed, supplier, unit, month, records, in_time);
    CREATE TABLE "match" AS SELECT 'penalty' AS feed, '{OWN_SUPPLIER}' AS supplier, DATE '2020-10-01' AS month, 'uscc' AS method, 7 AS records"""


@pytest.fixture
def read() -> Any:
    connection = duckdb.connect()
    connection.execute(TIMELY)
    rows = lambda sql, parameters=None: connection.execute(sql, parameters).fetchall()  # noqa: E731
    return SimpleNamespace(rows=rows, stamp=SimpleNamespace(as_of=AS_OF))


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City.load(city_file(tmp_path / "city") / "city.toml")


@pytest.mark.parametrize("by", ["supplier", "feed"])
def test_own_entries_are_left_out_of_punctuality(read: Any, city: City, by: str) -> None:
    found = source_months(read, city, "timely", by)
    assert (found.whole.part, found.whole.whole) == (70, 100)
    assert sum(r.whole.whole for r in found.rows) == 100 and OWN_SUPPLIER not in {r.key for r in found.rows}


def test_the_headline_leaves_them_out_alike(read: Any, city: City) -> None:
    found = gathered(read, AS_OF, city)
    whole = found.timely[WHOLE].until(date(2020, 10, 1))
    assert (whole.part, whole.whole) == (70, 100)
    assert found.named[WHOLE].until(date(2020, 10, 1)).whole == 7, "they are named like all others"
