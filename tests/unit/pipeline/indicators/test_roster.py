"""What the list of enterprises says of each: key fields, last check, former names, as known at the date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipeline.indicators.roster import roster
from tests.world import Rows, build_world

X, DAY = "X", date(2020, 10, 16)


def row_of(rows: Rows, uscc: str = X) -> dict[str, Any]:
    with build_world(rows, DAY, indicators=()) as warehouse:
        return warehouse.frame(f"SELECT * FROM ({roster(DAY)}) WHERE uscc = '{uscc}'").iloc[0].to_dict()


def licence(**content: Any) -> Rows:
    plain = {"uscc": X, "decided_on": date(2018, 1, 1), "field": "catering", "valid_to": date(2023, 1, 1)}
    return {"licence": [{**plain, **content}]}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (licence(), ["catering"]),
        (licence(valid_to=None), ["catering"]),
        (licence(valid_to=date(2020, 10, 15)), []),
        (licence(revoked_on=date(2020, 5, 1)), []),
        (licence(field=None), []),
        (licence(received_on=DAY), []),
        ({"food_operator": [{"uscc": X, "field": "food_sales"}]}, ["food_sales"]),
        ({"special_equipment": [{"uscc": X, "equipment_code": "1", "status": "in_use"}]}, ["special_equipment"]),
        ({"special_equipment": [{"uscc": X, "equipment_code": "1", "status": "scrapped"}]}, []),
        (
            licence() | {"food_operator": [{"uscc": X, "field": "catering"}, {"uscc": X, "field": "food_production"}]},
            ["food_production", "catering"],
        ),
    ],
    ids=["licensed", "for ever", "expired", "revoked", "no field", "not known yet", "profile", "lift", "scrap", "all"],
)
def test_key_fields(rows: Rows, expected: list[str]) -> None:
    assert (
        list(row_of({"ent_registration": [{"uscc": X, "received_on": date(2010, 2, 1)}], **rows})["fields"]) == expected
    )


def check(day: date, result: str | None, n: int, **more: Any) -> dict[str, Any]:
    return {"uscc": X, "check_id": f"C{n}", "checked_on": day, "result": result, **more}


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (["01"], "01"),
        (["01", "06"], "06"),
        (["06", "03;06", "01"], "03;06"),
        (["01", "01"], "01"),
        ([None], None),
    ],
)
def test_the_last_check_is_all_that_was_found_on_its_day(results: list[str | None], expected: str | None) -> None:
    last = date(2020, 6, 1)
    checks = [check(date(2019, 1, 1), "09", 99), check(date(2020, 9, 1), "07", 98, received_on=date(2020, 11, 1))]
    found = row_of({"spot_check_result": [*checks, *(check(last, r, n) for n, r in enumerate(results))]})
    assert found["last_check_on"].date() == last
    assert found["last_check_result"] == expected or (expected is None and found["last_check_result"] is None)


def test_without_checks_and_changes() -> None:
    found = row_of(
        {"ent_registration": [{"uscc": X, "entity_name": "（通化）甲 有限公司", "received_on": date(2010, 2, 1)}]}
    )
    assert found["last_check_on"] != found["last_check_on"]
    assert list(found["former_names"]) == []
    assert found["name_keys"] == "(通化)甲有限公司"


def test_former_names_oldest_first_and_searchable() -> None:
    register = {
        "uscc": X, "entity_name": "通化丙有限公司", "reg_no": "220500000000001", "address": "胜利路1号",
        "received_on": date(2010, 2, 1),
    }  # fmt: skip
    change = {"uscc": X, "change_item": "name"}
    changes = [
        {**change, "before_value": "通化乙有限公司", "changed_on": date(2018, 1, 1), "change_seq": 1},
        {**change, "before_value": "通化甲有限公司", "changed_on": date(2015, 1, 1), "change_seq": 1},
        {**change, "before_value": "通化丙有限公司", "changed_on": date(2012, 1, 1), "change_seq": 1},
        {**change, "change_item": "address", "before_value": "别处", "changed_on": date(2016, 1, 1), "change_seq": 1},
        {**change, "before_value": "通化丁有限公司", "changed_on": date(2020, 10, 16), "change_seq": 1},
    ]
    found = row_of({"ent_registration": [register], "ent_change": changes})
    assert list(found["former_names"]) == ["通化甲有限公司", "通化乙有限公司"]
    assert found["name_keys"] == "通化丙有限公司|通化甲有限公司|通化乙有限公司"
    assert (found["reg_no"], found["address"]) == ("220500000000001", "胜利路1号")
