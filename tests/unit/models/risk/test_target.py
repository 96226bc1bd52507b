"""Outcomes on small tables: three states, maturity, every result code, severity, repaired rows, and the lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from models.risk.target import (
    EMBARGO,
    LISTED,
    PROBLEM_FOUND_TARGET,
    TARGETS,
    Target,
    first_record,
    outcomes,
    write_outcomes,
)
from pipeline.indicators.catalogue import INDICATORS
from pipeline.stores.warehouse import Warehouse
from tests.world import Rows, build_world

AS_OF = date(2018, 4, 1)
PLAIN = tuple(i for i in INDICATORS if i.code == "C2_age_years")
LAST_DAY = AS_OF + timedelta(days=364)
KNOWN_LAST = AS_OF + EMBARGO - timedelta(days=1)


def states(target: Target, rows: Rows) -> dict[str, bool | None]:
    """Firm -> adverse, not adverse, or None where nobody looked."""
    with build_world(rows, AS_OF, indicators=PLAIN) as world:
        found = outcomes(world, target, AS_OF)
    assert (found["is_observed"] == found["is_adverse"].notna()).all()
    return {r.uscc: bool(r.is_adverse) if r.is_observed else None for r in found.itertuples()}


def check(firm: str, result: str = "01", on: date = AS_OF, **more: Any) -> dict[str, Any]:
    return {
        "uscc": firm,
        "check_id": f"{firm}-{result}-{on}",
        "result": result,
        "checked_on": on,
        "check_kind": "1",
    } | more


def penalty(firm: str, on: date = AS_OF, **more: Any) -> dict[str, Any]:
    return {"uscc": firm, "doc_no": f"{firm}-{on}", "decided_on": on, "penalty_category": "02"} | more


@pytest.fixture
def empty() -> Iterator[Warehouse]:
    with build_world({"ent_registration": [{"uscc": "F"}]}, AS_OF, indicators=PLAIN) as world:
        yield world


def test_a_firm_is_adverse_or_not_or_nobody_looked() -> None:
    rows: Rows = {
        "ent_registration": [{"uscc": "nobody"}],
        "spot_check_result": [check("good"), check("bad", "03"), check("both", "01"), check("both", "04", LAST_DAY)],
        "penalty": [penalty("punished only"), penalty("punished")],
    }
    rows["spot_check_result"].append(check("punished"))
    assert states(PROBLEM_FOUND_TARGET, rows) == {
        "good": False,
        "bad": True,
        "both": True,
        "punished": True,
        "punished only": None,
        "nobody": None,
    }


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("01", False),
        ("02", False),
        *((f"{n:02d}", True) for n in (3, 4, 5, 6, 7)),
        ("09", True),
        ("08", None),
        ("10", None),
        ("11", None),
        ("08;10", None),
        ("02;03", True),
        ("02;08", False),
        ("10;05", True),
    ],
)
def test_every_result_code(result: str, expected: bool | None) -> None:
    assert states(PROBLEM_FOUND_TARGET, {"spot_check_result": [check("F", result)]}) == {"F": expected}


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (AS_OF - timedelta(days=1), None),
        (AS_OF, True),
        (LAST_DAY, True),
        (LAST_DAY + timedelta(days=1), None),
    ],
)
def test_the_horizon_is_half_open(on: date, expected: bool | None) -> None:
    assert states(PROBLEM_FOUND_TARGET, {"spot_check_result": [check("F", "03", on)]}) == {"F": expected}


@pytest.mark.parametrize(("received", "expected"), [(KNOWN_LAST, True), (KNOWN_LAST + timedelta(days=1), None)])
def test_what_becomes_known_after_maturity_does_not_count(received: date, expected: bool | None) -> None:
    rows: Rows = {"spot_check_result": [check("F", "03", LAST_DAY, received_on=received)]}
    assert states(PROBLEM_FOUND_TARGET, rows) == {"F": expected}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"penalty_category": "01"}, False),
        ({"penalty_category": "09"}, False),
        ({"penalty_category": "02"}, True),
        ({"penalty_category": "99"}, True),
        ({"penalty_category": "04"}, True),
        ({"penalty_category": "08"}, True),
        ({"penalty_category": "01", "fine_wan": 12}, True),
        ({"penalty_category": "02", "severity": "1"}, False),
        ({"penalty_category": "02", "decided_on": LAST_DAY + timedelta(days=1)}, False),
        ({"withdrawn_on": AS_OF + timedelta(days=30)}, False),
    ],
)
def test_penalties_count_from_severity_two(more: dict[str, Any], expected: bool) -> None:
    rows: Rows = {"spot_check_result": [check("F")], "penalty": [penalty("F") | more]}
    assert states(PROBLEM_FOUND_TARGET, rows) == {"F": expected}


def test_repaired_records_stay() -> None:
    repaired = {"repaired_from": AS_OF + timedelta(days=40)}
    rows: Rows = {
        "spot_check_result": [check("F"), check("G", "03", **repaired)],
        "penalty": [penalty("F", **repaired)],
    }
    assert states(PROBLEM_FOUND_TARGET, rows) == {"F": True, "G": True}


def test_listed_sees_new_entries_only_and_everybody() -> None:
    before, later = AS_OF - timedelta(days=100), AS_OF + timedelta(days=100)
    rows: Rows = {
        "ent_registration": [{"uscc": "never"}],
        "abnormal_list": [
            {"uscc": "new", "list_id": "1", "listed_on": later},
            {"uscc": "still on", "list_id": "2", "listed_on": before},
            {"uscc": "still on", "list_id": "3", "listed_on": later},
            {"uscc": "off and on", "list_id": "4", "listed_on": before, "removed_on": before + timedelta(days=9)},
            {"uscc": "off and on", "list_id": "5", "listed_on": later},
        ],
        "serious_violation_list": [{"uscc": "another list", "list_id": "6", "listed_on": later}],
        "dishonest_executee": [{"uscc": "debtor", "case_no": "7", "published_on": later}],
        "gov_dishonesty": [
            {"uscc": n, "finding_no": n, "list_name": n, "list_kind": n, "listed_on": later} for n in ("black", "red")
        ],
    }
    rows["abnormal_list"].append({"uscc": "another list", "list_id": "8", "listed_on": before})
    assert states(LISTED, rows) == {
        "never": False,
        "new": True,
        "still on": False,
        "off and on": True,
        "another list": True,
        "debtor": True,
        "black": True,
        "red": False,
    }


def test_a_target_says_what_a_deployment_lacks(empty: Warehouse) -> None:
    for target in TARGETS:
        said = target.lacking(empty)
        assert said and "没有归集" in said.zh and "there is no outcome" in said.en
    with build_world({"spot_check_result": [check("F")], "abnormal_list": []}, AS_OF, indicators=PLAIN) as world:
        without_penalties = PROBLEM_FOUND_TARGET.lacking(world)
        assert without_penalties and "leaves out Administrative penalties" in without_penalties.en
    rows: Rows = {"spot_check_result": [check("F")], "penalty": [penalty("F")]}
    with build_world(rows, AS_OF, indicators=PLAIN) as world:
        assert PROBLEM_FOUND_TARGET.lacking(world) is None


def test_only_the_observed_entities_of_the_register_are_written(empty: Warehouse) -> None:
    assert first_record(empty, PROBLEM_FOUND_TARGET) is None
    later = {"uscc": "later", "established_on": AS_OF + timedelta(days=3), "received_on": AS_OF + timedelta(days=5)}
    rows: Rows = {
        "ent_registration": [later, {"uscc": "unseen"}],
        "spot_check_result": [check("F"), check("G", "06", AS_OF + timedelta(days=9)), check("later", "03", LAST_DAY)],
    }
    with build_world(rows, AS_OF, indicators=PLAIN) as world:
        assert first_record(world, PROBLEM_FOUND_TARGET) == AS_OF
        write_outcomes(world, PROBLEM_FOUND_TARGET, [AS_OF], "temp.found")
        assert world.rows("SELECT as_of, uscc, is_adverse FROM temp.found ORDER BY 2") == [
            (AS_OF, "F", False),
            (AS_OF, "G", True),
        ]
