"""Small tables for pages: working days counted right, checks under the grade that stood before them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from models.summaries import own_units, write_check_rates, write_register, write_timeliness
from pipeline.feeds.catalogue.penalty import PENALTY
from pipeline.settings import DEFAULT_DATA, City, Settings
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.deployment import REFERENCE

CITY = City.load(DEFAULT_DATA / "city.toml")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse.create(tmp_path / "w.duckdb")
    made.execute(
        "CREATE TABLE core.penalty (delivery_no INTEGER, produced_at DATE, known_from TIMESTAMP, version_no INTEGER,"
        " row_outcome VARCHAR, known_assumed BOOLEAN)"
    )
    made.execute("CREATE TABLE mart.delivery (delivery_no INTEGER, supplier VARCHAR, received_on TIMESTAMP)")
    made.execute("INSERT INTO mart.delivery VALUES (1, 'legal', '2020-05-01'), (2, 'county-220524', '2020-05-01')")
    return made


def timeliness(warehouse: Warehouse) -> list[tuple[object, ...]]:
    write_timeliness(warehouse, REFERENCE, CITY, (PENALTY,))
    return warehouse.rows("SELECT supplier, unit, month, records, in_time FROM mart.timeliness ORDER BY ALL")


def test_seven_working_days_skip_holidays_and_count_make_up_days(warehouse: Warehouse) -> None:
    # Seven working days after Thursday 30 April 2020 is 13 May: 1-5 May are a holiday, Saturday 9 May is worked.
    warehouse.execute(
        "INSERT INTO core.penalty VALUES (1, '2020-04-30', '2020-05-13 17:00:00', 1, 'accepted', false),"
        " (1, '2020-04-30', '2020-05-14 08:00:00', 1, 'accepted', false), (2, '2020-05-20', '2020-05-19', 1, 'accepted', false)"
    )
    assert timeliness(warehouse) == [
        ("county-220524", "TH-LH", date(2020, 5, 1), 1, 1),
        ("legal", None, date(2020, 5, 1), 2, 1),
    ]


def test_what_says_nothing_of_promptness_is_left_out(warehouse: Warehouse) -> None:
    warehouse.execute(
        "INSERT INTO core.penalty VALUES (1, '2020-04-30', '2020-06-13', 2, 'accepted', false),"  # a later version
        " (1, '2020-04-30', '2020-06-13', 1, 'duplicate', false), (1, '2018-04-30', '2018-06-13', 1, 'accepted', true),"
        " (1, NULL, '2020-06-13', 1, 'accepted', false)"
    )
    assert timeliness(warehouse) == []


def test_a_supplier_of_one_unit_is_that_unit() -> None:
    units = own_units(CITY)
    assert units["county-220524"] == "TH-LH" and "registry" not in units


def test_checks_count_under_the_grade_that_stood_before_them(tiny: Settings) -> None:
    with Warehouse.read(build_file(tiny, str(current_build(tiny)))) as built:
        rows = built.rows("SELECT graded_on, sum(checks), sum(problems) FROM mart.check_rate GROUP BY 1")
        graded = built.rows(
            "SELECT as_of, sum(enterprises), sum(graded) FROM mart.register_summary GROUP BY 1 ORDER BY 1"
        )
        known = built.value(
            "SELECT count(DISTINCT uscc) FROM known.spot_check_result(DATE '2020-10-16') WHERE checked_on >= DATE '2020-07-01'"
            " AND uscc IN (SELECT uscc FROM mart.grade WHERE as_of = DATE '2020-07-01' AND is_counted)"
        )
    assert rows == ([(date(2020, 7, 1), known, rows[0][2])] if known else [])
    assert [day for day, *_ in graded] == [date(2020, 7, 1), date(2020, 10, 16)]
    assert all(due == made for _, due, made in graded)


def test_a_city_without_grades_has_empty_tables(tmp_path: Path) -> None:
    bare = Warehouse.create(tmp_path / "bare.duckdb")
    bare.execute("CREATE TABLE mart.population (as_of DATE, uscc VARCHAR, unit VARCHAR, is_graded BOOLEAN)")
    bare.execute("CREATE TABLE mart.grade (as_of DATE, uscc VARCHAR, grade VARCHAR, is_counted BOOLEAN)")
    bare.execute(
        "CREATE MACRO known.spot_check_result(d) AS TABLE SELECT NULL::VARCHAR AS uscc, d AS checked_on, '01' AS result WHERE false"
    )
    write_register(bare)
    write_check_rates(bare, date(2020, 10, 16))
    assert bare.value("SELECT count(*) FROM mart.check_rate") == 0
    assert bare.value("SELECT count(*) FROM mart.register_summary") == 0
