"""The verb `grade` with the committed policy, on hand-made tables: every rule, what can't be said, the summaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from models.policy.grade import GradeSummary, grade, grade_policies, seal_policies
from pipeline.domain import Text
from pipeline.errors import BadDeclaration
from pipeline.indicators.catalogue import ALL
from pipeline.indicators.known import write_known
from pipeline.indicators.roster import READS
from pipeline.settings import DEFAULT_DATA, City, Settings
from pipeline.stores.warehouse import Warehouse
from tests.world import fill

NOW, BEFORE, LONG_AGO = date(2020, 11, 1), date(2020, 10, 1), date(2020, 1, 1)
NEW = {"C2_is_new_1y": 1, "F_new_without_adverse": 1, "F_before_first_report": 1}
POPULATION = (
    "as_of DATE, uscc VARCHAR, entity_name VARCHAR, status VARCHAR, entity_type VARCHAR, unit VARCHAR,"
    " division VARCHAR, street VARCHAR, industry_section VARCHAR, industry_code VARCHAR, established_on DATE, is_graded BOOL,"
    " is_backfilled BOOL"
)
BANDS = """
bands.learned = [{grade = "A", at_least = 680}, {grade = "B", at_least = 620}, {grade = "C", at_least = 560},
    {grade = "D", at_least = 480}, {grade = "E"}]
bands.expert = [{grade = "A", at_least = 680}, {grade = "B", at_least = 620}, {grade = "C", at_least = 560},
    {grade = "D", at_least = 480}, {grade = "E"}]
"""
A, B, C, D, E = 700.0, 650.0, 600.0, 500.0, 400.0
"""Scores that earn these grades with the bands above."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A deployment with the committed rules, and bands that do not move when the committed ones are re-set."""
    policy = tmp_path / "policy"
    policy.mkdir()
    text = (DEFAULT_DATA / "policy" / "grade.toml").read_text(encoding="utf-8")
    start, end = text.index("bands.learned"), text.index("[[version.rule]]")
    (policy / "grade.toml").write_text(text[:start] + BANDS + text[end:], encoding="utf-8")
    city = City(Text("通化", "Tonghua"), Text("局", "Bureau"), "Asia/Shanghai", True, (), {})
    return Settings(tmp_path, city, tmp_path / "landing")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.create(tmp_path / "small.duckdb") as made:
        made.execute(f"CREATE TABLE mart.population ({POPULATION})")
        columns = ", ".join(f'"{i.code}" {i.sql_type}' for i in ALL)
        made.execute(f"CREATE TABLE mart.indicator (as_of DATE, uscc VARCHAR, data_share DOUBLE, {columns})")
        made.execute(
            "CREATE TABLE mart.risk_score (as_of DATE, uscc VARCHAR, score_kind VARCHAR, model_id VARCHAR,"
            " raw_score DOUBLE, credit_score DOUBLE)"
        )
        made.execute("CREATE TABLE core.national_grade (uscc VARCHAR, grade VARCHAR, event_on DATE, known_from DATE)")
        made.execute(
            "CREATE MACRO known.national_grade(as_of) AS TABLE"
            " SELECT * FROM core.national_grade n WHERE n.event_on < as_of AND n.known_from < as_of"
        )
        for contract in READS:
            fill(made, contract, [])
        write_known(made, READS)
        yield made


Firm = Callable[..., None]


@pytest.fixture
def firm(warehouse: Warehouse) -> Firm:
    """Adds an enterprise at a date: clean unless `facts` say otherwise (None: the feeds can't say)."""

    def add(uscc: str, score: float | None = A, as_of: date = NOW, **facts: Any) -> None:
        status, entity_type = facts.pop("status", "1"), facts.pop("entity_type", "1130")
        head: dict[str, Any] = {"as_of": pd.Timestamp(as_of), "uscc": uscc}
        person = {
            **head, "entity_name": f"企业{uscc}", "status": status, "entity_type": entity_type,
            "unit": facts.pop("unit", "TH-DC"), "industry_section": "C", "is_backfilled": False,
            "is_graded": status == "1" and entity_type != "9500",
        }  # fmt: skip
        clean = {i.code: None if i.levels else 0.0 for i in ALL}
        warehouse.append("mart.population", pd.DataFrame([person]))
        warehouse.append("mart.indicator", pd.DataFrame([{**head, "data_share": 1.0, **clean, **facts}]))
        if person["is_graded"] and score is not None:
            scores = {"score_kind": "expert", "model_id": "m", "raw_score": score, "credit_score": score}
            warehouse.append("mart.risk_score", pd.DataFrame([{**head, **scores}]))

    return add


def graded(warehouse: Warehouse, uscc: str, as_of: date = NOW) -> dict[str, Any]:
    found = warehouse.rows("SELECT * FROM mart.grade WHERE uscc = ? AND as_of = ?", [uscc, as_of])
    assert len(found) <= 1
    return dict(zip(warehouse.columns("mart.grade"), found[0], strict=True)) if found else {}


RULES = [
    ("RL-01", {"C4_serious_active": 1}, A, "E"),
    ("RL-02", {"F_licence_revoked_by_penalty_3y": 1}, A, "E"),
    ("RL-04", {"F_false_registration": 1}, B, "E"),
    ("RL-05", {"F_major_safety_event_3y": 1}, A, "E"),
    ("RL-05", {"F_moved_to_police_3y": 1}, A, "E"),
    ("RL-06", {"F_uncooperative_1y": 1}, A, "D"),
    ("RL-07a", {"C4_abnormal_active": 1}, A, "C"),
    ("RL-07b", {"F_abnormal_severe_active": 1}, A, "D"),
    ("RL-08", {"C7_executee_active": 1, "F_executee_or_major_tax_active": 1}, A, "D"),
    ("RL-08", {"F_executee_or_major_tax_active": 1}, B, "D"),
    ("RL-09", {"F_penalty_severity3_1y": 1}, A, "C"),
    ("RL-10", {"F_black_finding_active": 1}, A, "C"),
    ("RL-11b", {"F_before_first_report": 1}, A, "B"),
    ("RL-12", {"data_share": 0.39}, A, "B"),
    ("RL-14", {"F_cancellation_objected": 1}, A, "C"),
]


@pytest.mark.parametrize(("rule", "facts", "score", "expected"), RULES)
def test_a_rule_lowers_the_grade(
    settings: Settings,
    warehouse: Warehouse,
    firm: Firm,
    rule: str,
    facts: dict[str, float],
    score: float,
    expected: str,
) -> None:
    firm("bad", score, **facts)
    firm("clean", score)
    grade(settings, warehouse, [NOW], NOW)
    bad, clean = graded(warehouse, "bad"), graded(warehouse, "clean")
    assert (bad["grade"], bad["rules"], bad["moved_by"], bad["unavailable"]) == (expected, [rule], rule, [])
    assert bad["model_grade"] == clean["grade"] == clean["model_grade"]
    assert (clean["rules"], clean["moved_by"], bad["is_counted"]) == ([], None, True)


@pytest.mark.parametrize(("rule", "facts", "score", "expected"), RULES)
def test_a_rule_never_lifts_a_grade(
    settings: Settings,
    warehouse: Warehouse,
    firm: Firm,
    rule: str,
    facts: dict[str, float],
    score: float,
    expected: str,
) -> None:
    firm("worse", E, **facts)
    grade(settings, warehouse, [NOW], NOW)
    worse = graded(warehouse, "worse")
    assert (worse["grade"], worse["rules"], worse["moved_by"]) == ("E", [rule], None)


def test_the_worst_of_several_rules_wins(settings: Settings, warehouse: Warehouse, firm: Firm) -> None:
    firm("caps", A, C4_abnormal_active=1, F_abnormal_severe_active=1, F_penalty_severity3_1y=1)
    firm("red", A, C4_abnormal_active=1, C4_serious_active=1, F_false_registration=1)
    grade(settings, warehouse, [NOW], NOW)
    caps, red = graded(warehouse, "caps"), graded(warehouse, "red")
    assert (caps["grade"], caps["moved_by"], caps["rules"]) == ("D", "RL-07b", ["RL-07a", "RL-07b", "RL-09"])
    assert (red["grade"], red["moved_by"], red["rules"]) == ("E", "RL-01", ["RL-01", "RL-04", "RL-07a"])


def test_rl_03_a_revoked_firm_is_e_without_score_and_not_counted(
    settings: Settings, warehouse: Warehouse, firm: Firm
) -> None:
    firm("revoked", status="2", C4_abnormal_active=1)
    firm("revoked_shop", status="2", entity_type="9500")
    firm("fine")
    summary = grade(settings, warehouse, [NOW], NOW)
    found = graded(warehouse, "revoked")
    assert (found["grade"], found["moved_by"], found["is_counted"], found["score_kind"]) == (
        "E",
        "RL-03",
        False,
        "expert",
    )
    assert found["credit_score"] is None
    assert found["model_grade"] is None
    assert not graded(warehouse, "revoked_shop")
    assert (summary.graded, summary.uncounted, summary.by_grade) == (2, 1, {"A": 1})
    assert warehouse.rows("SELECT grade, enterprises FROM mart.grade_summary") == [("A", 1)]


def test_rl_02_needs_an_active_entity(settings: Settings, warehouse: Warehouse, firm: Firm) -> None:
    firm("left", status="2", F_licence_revoked_by_penalty_3y=1)
    grade(settings, warehouse, [NOW], NOW)
    assert graded(warehouse, "left")["rules"] == ["RL-03"]


@pytest.mark.parametrize(("score", "moved_by"), [(A, "RL-11a"), (B, None), (C, "RL-11a"), (E, "RL-11a")])
def test_rl_11_a_new_firm_without_adverse_record_starts_at_b(
    settings: Settings, warehouse: Warehouse, firm: Firm, score: float, moved_by: str | None
) -> None:
    firm("new", score, **NEW)
    grade(settings, warehouse, [NOW], NOW)
    new = graded(warehouse, "new")
    assert (new["grade"], new["moved_by"], new["flags"]) == ("B", moved_by, ["新设"])
    assert new["rules"] == ["RL-11a", "RL-11b"]


def test_rl_11_a_new_firm_with_an_adverse_record_keeps_its_own_grade(
    settings: Settings, warehouse: Warehouse, firm: Firm
) -> None:
    firm("new", C, **{**NEW, "F_new_without_adverse": 0})
    firm("fined", A, **{**NEW, "F_penalty_severity3_1y": 1})
    grade(settings, warehouse, [NOW], NOW)
    new, fined = graded(warehouse, "new"), graded(warehouse, "fined")
    assert (new["grade"], new["moved_by"], new["flags"]) == ("C", None, [])
    assert (fined["grade"], fined["moved_by"]) == ("C", "RL-09")  # a cap follows the start


def test_rl_12_flags_a_thin_file(settings: Settings, warehouse: Warehouse, firm: Firm) -> None:
    firm("thin", A, data_share=0.39)
    firm("enough", A, data_share=0.4)
    grade(settings, warehouse, [NOW], NOW)
    assert (graded(warehouse, "thin")["grade"], graded(warehouse, "thin")["flags"]) == ("B", ["数据不足"])
    assert (graded(warehouse, "enough")["grade"], graded(warehouse, "enough")["flags"]) == ("A", [])


@pytest.mark.parametrize("status", ["3", "4", "5", "6"])
def test_rl_13_who_has_left_is_not_graded(settings: Settings, warehouse: Warehouse, firm: Firm, status: str) -> None:
    firm("left", status=status, C4_serious_active=1)
    grade(settings, warehouse, [NOW], NOW)
    assert not graded(warehouse, "left")
    assert warehouse.rows("SELECT fired, moved, unavailable FROM mart.rule_effect WHERE rule = 'RL-13'") == [(1, 0, 0)]


def test_what_the_feeds_can_not_say_is_unavailable_and_not_no(
    settings: Settings, warehouse: Warehouse, firm: Firm
) -> None:
    firm("unknown", A, C4_serious_active=None, F_moved_to_police_3y=None, F_executee_or_major_tax_active=None)
    firm("half", A, F_moved_to_police_3y=None, F_major_safety_event_3y=1, C7_executee_active=1)
    firm("old", A, C2_is_new_1y=0, F_new_without_adverse=None)
    summary = grade(settings, warehouse, [NOW], NOW)
    unknown, half, old = (graded(warehouse, u) for u in ("unknown", "half", "old"))
    assert (unknown["grade"], unknown["rules"], unknown["unavailable"]) == ("A", [], ["RL-01", "RL-05", "RL-08"])
    assert (half["grade"], half["rules"], half["unavailable"]) == ("E", ["RL-05", "RL-08"], [])
    assert old["unavailable"] == []  # an old firm is not new, whatever else is unknown
    assert summary.unavailable == {"RL-01": 1, "RL-05": 1, "RL-08": 1}


def test_rule_effect_counts_every_rule(settings: Settings, warehouse: Warehouse, firm: Firm) -> None:
    firm("one", A, C4_abnormal_active=1)
    firm("two", D, C4_abnormal_active=1)
    firm("three", A, C4_abnormal_active=None)
    grade(settings, warehouse, [NOW], NOW)
    effects = {r: tuple(rest) for r, *rest in warehouse.rows("SELECT * EXCLUDE as_of FROM mart.rule_effect")}
    assert effects["RL-07a"] == (2, 1, 1)
    assert effects["RL-01"] == (0, 0, 0)
    assert set(effects) == {r.id for r in grade_policies(settings).of(NOW).rules}


def test_individual_businesses_are_listed_but_not_graded(settings: Settings, warehouse: Warehouse, firm: Firm) -> None:
    firm("shop", entity_type="9500", C4_serious_active=1)
    firm("fine")
    grade(settings, warehouse, [NOW], NOW)
    assert not graded(warehouse, "shop")
    rows = warehouse.rows("SELECT uscc, grade, rules, is_counted FROM mart.enterprise ORDER BY uscc")
    assert rows == [("fine", "A", [], True), ("shop", None, [], False)]


def test_the_national_grade_is_the_newest_one_known(settings: Settings, warehouse: Warehouse, firm: Firm) -> None:
    for uscc, score in (("same", A), ("other", B), ("future", A), ("none", C)):
        firm(uscc, score)
    firm("revoked", status="2")
    national = [
        ("same", "C", "2020-05-01", "2020-05-02"), ("same", "A", "2020-09-01", "2020-09-02"),
        ("other", "C", "2020-09-01", "2020-09-02"), ("future", "B", "2020-09-01", "2020-12-01"),
        ("revoked", "D", "2020-09-01", "2020-09-02"), (None, "A", "2020-09-01", "2020-09-02"),
    ]  # fmt: skip
    for row in national:
        warehouse.execute("INSERT INTO core.national_grade VALUES (?, ?, ?, ?)", row)
    grade(settings, warehouse, [NOW], NOW)
    assert [graded(warehouse, u)["national_grade"] for u in ("same", "other", "future", "none")] == [
        "A",
        "C",
        None,
        None,
    ]
    agreement = warehouse.rows("SELECT national_grade, grade, enterprises FROM mart.grade_agreement ORDER BY ALL")
    assert agreement == [("A", "A", 1), ("C", "B", 1)]  # who is not counted is not compared
    assert warehouse.value("SELECT national_grade FROM mart.enterprise WHERE uscc = 'same'") == "A"


def test_runs_before_the_newest_are_backcasts_and_give_the_previous_grade(
    settings: Settings, warehouse: Warehouse, firm: Firm
) -> None:
    firm("x", C, LONG_AGO)
    firm("x", B, BEFORE)
    firm("x", A, NOW)
    firm("y", A, NOW)
    summary = grade(settings, warehouse, [NOW, LONG_AGO, BEFORE], NOW)
    found = warehouse.rows("SELECT grade, is_backcast, policy_id FROM mart.grade WHERE uscc = 'x' ORDER BY as_of")
    assert found == [("C", True, "2020-07（溯及）"), ("B", True, "2020-07"), ("A", False, "2020-07")]
    rows = warehouse.rows("SELECT uscc, grade, previous_grade, policy_id FROM mart.enterprise ORDER BY uscc")
    assert rows == [("x", "A", "B", "2020-07"), ("y", "A", None, "2020-07")]
    assert isinstance(summary, GradeSummary)
    assert (summary.as_of, summary.graded, summary.early) == ((LONG_AGO, BEFORE, NOW), 4, (LONG_AGO,))
    assert (summary.policy_ids, summary.moved) == (("2020-07",), 0)


def test_another_kind_of_score_has_no_previous_grade(settings: Settings, warehouse: Warehouse, firm: Firm) -> None:
    firm("x", A, BEFORE)
    firm("x", B, NOW)
    warehouse.execute("UPDATE mart.risk_score SET score_kind = 'learned' WHERE as_of = ?", [BEFORE])
    grade(settings, warehouse, [BEFORE, NOW], NOW)
    assert warehouse.rows("SELECT grade, previous_grade FROM mart.enterprise") == [("B", None)]


def test_a_repeated_date_is_replaced(settings: Settings, warehouse: Warehouse, firm: Firm) -> None:
    firm("x", A, BEFORE)
    firm("x", B, NOW, C4_abnormal_active=1)
    tables = ("grade", "grade_summary", "rule_effect", "grade_agreement", "enterprise")
    grade(settings, warehouse, [BEFORE, NOW], NOW)
    before = [warehouse.rows(f"SELECT * FROM mart.{t} ORDER BY ALL") for t in tables]
    grade(settings, warehouse, [NOW], NOW)
    assert [warehouse.rows(f"SELECT * FROM mart.{t} ORDER BY ALL") for t in tables] == before


def test_the_sql_bands_are_those_of_the_policy(settings: Settings, warehouse: Warehouse, firm: Firm) -> None:
    policy = grade_policies(settings).of(NOW)
    scores = [300, 479.99, 480, 559.99, 560, 619.99, 620, 679.99, 680, 900]
    for number, score in enumerate(scores):
        firm(f"F{number}", score)
    grade(settings, warehouse, [NOW], NOW)
    for model_grade, score in warehouse.rows("SELECT model_grade, credit_score FROM mart.grade"):
        assert model_grade == policy.grade_of(score, "expert")


def test_the_committed_policy_is_sound_and_unconfirmed() -> None:
    city = City(Text("通化", "Tonghua"), Text("局", "Bureau"), "Asia/Shanghai", False, (), {})
    policy = grade_policies(Settings(DEFAULT_DATA, city, DEFAULT_DATA / "landing")).of(NOW)
    assert not policy.confirmed
    assert not any(rule.confirmed for rule in policy.rules)
    assert {rule.id[:5] for rule in policy.rules} == {f"RL-{n:02d}" for n in range(1, 15)}
    assert [(b.grade, b.at_least) for b in policy.bands["learned"]] == [
        ("A", 627), ("B", 563), ("C", 468), ("D", 439), ("E", None),
    ]  # fmt: skip
    police = next(rule for rule in policy.rules if rule.id == "RL-05")
    assert police.note
    assert "没有数据来源" in police.note.zh


def test_a_real_deployment_seals_what_it_used_and_a_synthetic_one_nothing(settings: Settings) -> None:
    assert seal_policies(settings, [NOW]) == ()
    assert not (settings.policy / "grade.lock").exists()
    real = replace(settings, city=replace(settings.city, synthetic=False))
    assert seal_policies(real, [LONG_AGO, NOW]) == ("2020-07",)
    assert seal_policies(real, [NOW]) == ()
    path = settings.policy / "grade.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("at_least = 680", "at_least = 681"), encoding="utf-8")
    with pytest.raises(BadDeclaration, match="version '2020-07': expected the content that was used"):
        grade_policies(real)
