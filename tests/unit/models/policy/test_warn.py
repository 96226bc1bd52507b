"""Warnings on small worlds: each rule fires where it should, keeps quiet where it should, and keeps its id."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from models.policy.warn import warn
from models.policy.warning_rules import sentence
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import write_known
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations.case_opening import Terms, open_cases
from pipeline.stores.operations.case_reads import cases
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import load_issued_grades
from tests.accounts import everybody
from tests.firms import uscc
from tests.world import build_world, world_settings

AS_OF = date(2020, 10, 16)
F = uscc(1)
GRADES = "as_of DATE, uscc VARCHAR, score_kind VARCHAR, grade VARCHAR, is_counted BOOLEAN, is_backcast BOOLEAN"


def warned(
    rows: dict[str, list[dict[str, Any]]],
    grades: list[tuple[Any, ...]] | None = None,
    matched: list[tuple[Any, ...]] | None = None,
    as_of: date = AS_OF,
    outcomes: list[tuple[Any, ...]] | None = None,
) -> pd.DataFrame:
    """mart.warning of a world; `grades`: (as_of, uscc, kind, grade); `matched`: (feed, supplier, month, method, records);
    `outcomes`: rows of mart.outcome_drift without the last column."""
    rows.setdefault("ent_registration", [{"uscc": F}])
    warehouse = build_world(rows, as_of, indicators=())
    write_known(warehouse, FEEDS)
    warehouse.execute(f"CREATE TABLE mart.grade ({GRADES})")
    for day, firm, kind, grade in grades or []:
        warehouse.execute("INSERT INTO mart.grade VALUES (?, ?, ?, ?, true, false)", [day, firm, kind, grade])
    warehouse.execute(
        "CREATE TABLE mart.match (feed VARCHAR, supplier VARCHAR, month DATE, method VARCHAR, records BIGINT)"
    )
    for row in matched or []:
        warehouse.execute("INSERT INTO mart.match VALUES (?, ?, ?, ?, ?)", list(row))
    load_issued_grades(world_settings(), warehouse, "")
    warehouse.execute(
        "CREATE TABLE mart.risk_score AS SELECT ?::DATE AS as_of, 'learned-1/2020-10-16/booster' AS model_id", [as_of]
    )
    warehouse.execute(
        "CREATE TABLE mart.outcome_drift (period VARCHAR, kind VARCHAR, checks BIGINT, observed BIGINT, expected DOUBLE,"
        " low BIGINT, high BIGINT, is_alarm BOOLEAN)"
    )
    for row in outcomes or []:
        warehouse.execute("INSERT INTO mart.outcome_drift VALUES (?, ?, ?, ?, ?, ?, ?, ?)", list(row))
    summary = warn(world_settings(), warehouse, as_of)
    found = warehouse.frame("SELECT * FROM mart.warning")
    assert summary.warnings == len(found) and found["warning_id"].is_unique
    return found


def of(found: pd.DataFrame, rule: str) -> list[tuple[str, int]]:
    return sorted(
        zip(found.loc[found["rule"] == rule, "trigger_key"], found.loc[found["rule"] == rule, "level"], strict=True)
    )


def days_before(n: int) -> date:
    return AS_OF - timedelta(days=n)


def test_new_listings_fire_while_they_hold_and_old_ones_do_not() -> None:
    listed = [
        {"uscc": F, "list_id": "new", "cause": "1", "listed_on": days_before(10)},
        {"uscc": F, "list_id": "grave", "cause": "4", "listed_on": days_before(20)},
        {"uscc": F, "list_id": "old", "cause": "1", "listed_on": days_before(200)},
        {"uscc": F, "list_id": "late", "cause": "1", "listed_on": days_before(200), "received_on": days_before(5)},
        {"uscc": F, "list_id": "gone", "cause": "1", "listed_on": days_before(30), "removed_on": days_before(3)},
    ]
    serious = [{"uscc": F, "list_id": "S", "cause": "01", "listed_on": days_before(2)}]
    found = warned({"abnormal_list": listed, "serious_violation_list": serious})
    assert of(found, "W02") == [("grave", 2), ("late", 1), ("new", 1)]
    assert of(found, "W04") == [("S", 3)]
    assert set(found["unit"]) >= {"TH-DC"} and set(found.loc[found["rule"] == "W02", "entity_name"]) == {F}


def test_penalties_from_severity_three_on() -> None:
    found = warned(
        {
            "penalty": [
                {
                    "uscc": F,
                    "doc_no": "a",
                    "authority_uscc": "X",
                    "decided_on": days_before(9),
                    "penalty_category": "02",
                },
                {
                    "uscc": F,
                    "doc_no": "b",
                    "authority_uscc": "X",
                    "decided_on": days_before(9),
                    "penalty_category": "04",
                },
                {"uscc": F, "doc_no": "c", "authority_uscc": "X", "decided_on": days_before(9), "severity": "4"},
            ]
        }
    )
    assert of(found, "W06") == [("b/X", 2), ("c/X", 3)]


def test_samples_that_failed() -> None:
    base = {"uscc": F, "reported_on": days_before(9)}
    samples = [
        {**base, "sample_no": "ok", "is_pass": True},
        {**base, "sample_no": "bad", "is_pass": False},
        {**base, "sample_no": "unsafe", "is_pass": False, "is_safety_fail": True},
    ]
    assert of(warned({"product_sampling": samples}), "W08") == [("bad", 1), ("unsafe", 2)]


def test_rectification_overdue_grows_from_minor_to_major_under_one_id() -> None:
    def check(check_id: str, due: date | None, rectified: date | None = None) -> dict[str, Any]:
        return {
            "uscc": F, "check_id": check_id, "checked_on": days_before(300), "result": "06", "rectify_due": due,
            "rectified_on": rectified,
        }  # fmt: skip

    rows = [
        check("today", days_before(1)),
        check("late", days_before(20)),
        check("done", days_before(20), days_before(5)),
    ]
    assert of(warned({"spot_check_result": rows}), "W11") == [("late", 1)]
    first = warned({"spot_check_result": [check("late", days_before(20))]})
    later = warned({"spot_check_result": [check("late", days_before(20))]}, as_of=AS_OF + timedelta(days=30))
    assert of(later, "W11") == [("late", 2)]
    ids = {f.loc[f["rule"] == "W11", "warning_id"].item() for f in (first, later)}
    assert len(ids) == 1


def test_licences_that_end_or_have_ended_without_renewal() -> None:
    def licence(doc_no: str, valid_to: date | None, **more: Any) -> dict[str, Any]:
        return {
            "uscc": F,
            "doc_no": doc_no,
            "decided_on": date(2015, 5, 1),
            "valid_to": valid_to,
            "cert_name": doc_no,
            **more,
        }

    licences = [
        licence("ending", AS_OF + timedelta(days=40)),
        licence("later", AS_OF + timedelta(days=90)),
        licence("ended", days_before(30)),
        licence("key", days_before(30), field="catering"),
        licence("renewed", days_before(30), field="food_sales"),
        licence("new", None, field="food_sales"),
        licence("long ago", days_before(300)),
    ]
    assert of(warned({"licence": licences}), "W05") == [("ended", 2), ("ending", 1), ("key", 3)]
    inactive = warned({"licence": licences, "ent_registration": [{"uscc": F, "status": "2"}]})
    assert of(inactive, "W05") == []


def test_debtors_and_irregular_taxpayers() -> None:
    found = warned(
        {
            "dishonest_executee": [{"uscc": F, "case_no": "c1", "published_on": days_before(5)}],
            "tax_record": [
                {"uscc": F, "record_no": "t1", "record_type": "3", "recorded_on": days_before(5)},
                {"uscc": F, "record_no": "t2", "record_type": "2", "recorded_on": days_before(5)},
                {
                    "uscc": F,
                    "record_no": "t3",
                    "record_type": "3",
                    "recorded_on": days_before(9),
                    "released_on": days_before(2),
                },
            ],
        }
    )
    assert of(found, "W13") == [("court/c1", 2), ("tax/t1", 2)]


def test_grades_compare_with_the_last_month_end_run_of_the_same_kind() -> None:
    firms = [uscc(n) for n in range(1, 7)]
    month_end, between, older = date(2020, 10, 1), date(2020, 10, 5), date(2020, 9, 1)
    now = dict(zip(firms, "EDCDEB", strict=True))
    before = dict(zip(firms, "DBAEEB", strict=True))
    grades = [(AS_OF, f, "learned", g) for f, g in now.items()]
    grades += [(month_end, f, "learned", g) for f, g in before.items()]
    grades += [(between, f, "learned", "A") for f in firms] + [(older, f, "learned", "A") for f in firms]
    found = warned({"ent_registration": [{"uscc": f} for f in firms]}, grades)
    fell = found[found["rule"] == "W01"]
    assert dict(zip(fell["uscc"], fell["level"], strict=True)) == {firms[0]: 3, firms[1]: 2, firms[2]: 2}
    assert set(fell["trigger_key"]) == {"2020-10-01"}
    other_kind = [(d, f, "expert" if d < AS_OF else k, g) for d, f, k, g in grades]
    assert of(warned({"ent_registration": [{"uscc": f} for f in firms]}, other_kind), "W01") == []


@pytest.mark.parametrize(("bad", "firms", "fires"), [(12, 20, True), (12, 19, False), (4, 20, False)])
def test_clusters_need_twenty_firms_and_three_sigma(bad: int, firms: int, fires: bool) -> None:
    here = [uscc(n) for n in range(firms)]
    elsewhere = [uscc(n) for n in range(1000, 1080)]
    register = [{"uscc": f, "industry_section": "H"} for f in here]
    register += [{"uscc": f, "jurisdiction_unit": "TH-MH", "division": "220581"} for f in elsewhere]
    grades = [(AS_OF, f, "learned", "D" if n < bad else "A") for n, f in enumerate(here)]
    grades += [(AS_OF, f, "learned", "D" if n < 4 else "A") for n, f in enumerate(elsewhere)]
    found = warned({"ent_registration": register}, grades)
    clusters = found[found["rule"] == "W17"]
    assert list(clusters["subject"]) == (["TH-DC/H"] if fires else [])
    if fires:
        assert clusters["unit"].item() == "TH-DC" and clusters["uscc"].isna().all()
        assert clusters["trigger_key"].item() == "2020-10", "one a month"


def test_data_that_is_late_or_badly_named_goes_to_its_source() -> None:
    month = date(2020, 9, 1)
    matched = [
        ("penalty", "legal", month, "uscc", 70), ("penalty", "legal", month, "none", 30),
        ("complaint", "complaints", month, "uscc", 80), ("complaint", "complaints", month, "none", 20),
        ("opinion", "opinion", month, "none", 19),
    ]  # fmt: skip
    found = warned({}, matched=matched)
    mine = found[found["rule"] == "W18"]
    assert set(mine["level"]) == {1} and mine["uscc"].isna().all()
    named = mine[mine["trigger_key"].str.startswith("named")]
    assert list(named["subject"]) == ["penalty:legal"] and named["unit"].item() == "TH-ZS"
    never = mine[mine["trigger_key"] == "late/"]
    assert "registry" in "".join(never["subject"]), "nobody of the city's suppliers delivered in this world"


def test_outcomes_that_leave_what_was_expected_are_one_warning_a_quarter_of_the_model() -> None:
    rows = [
        ("2020Q3", "random", 400, 90, 41.25, 25, 59, True), ("2020Q3", "targeted", 300, 80, 40.0, 24, 58, True),
        ("2020Q3", "special", 300, 41, 40.0, 24, 58, False),
    ]  # fmt: skip
    found = warned({}, outcomes=rows)
    (mine,) = found[found["rule"] == "W19"].to_dict("records")
    assert (mine["level"], mine["subject"], mine["trigger_key"]) == (2, "learned-1/2020-10-16/booster", "2020Q3")
    assert pd.isna(mine["uscc"]) and pd.isna(mine["unit"]), "nobody but those who see the whole city"
    settings = world_settings()
    said = sentence("W19", mine["detail"], Reference.load(settings.reference), settings.city)
    assert "2020Q3 双随机抽查400次中发现问题90次" in said.zh and "41.2" in said.zh and "random draw" in said.en
    assert of(warned({}, outcomes=rows[2:]), "W19") == []


def test_it_opens_one_case_that_no_county_and_no_section_sees(tmp_path: Path) -> None:
    found = warned({}, outcomes=[("2020Q3", "random", 400, 90, 41.25, 25, 59, True)])
    mine = found[found["rule"] == "W19"]
    city = tmp_path / "city"
    shutil.copytree(DEFAULT_DATA / "reference", city / "reference")
    shutil.copyfile(DEFAULT_DATA / "city.toml", city / "city.toml")
    operations = Operations.open(Settings.load(city))
    terms = {level: Terms(1, 5, 15, False) for level in (1, 2, 3)}

    def opened() -> int:
        return open_cases(operations, mine, terms, build_id="b", merge_days=30, homes={}).opened

    assert (opened(), opened()) == (1, 0), "the same quarter again is the same case"
    people = everybody(operations.settings.city)
    seen = {role: len(cases(operations, person, firms=["F"])) for role, person in people.items()}
    assert {role for role, count in seen.items() if count} == {Role.LEADER, Role.SUPERVISOR}
    operations.close()


def test_nothing_but_missing_deliveries_in_a_quiet_city() -> None:
    found = warned({})
    assert set(found["rule"]) <= {"W18"}
