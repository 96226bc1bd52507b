"""Key-field rules: the repository's say what the plan says and nothing more; a bad file tells all its faults at once."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from models.policy.field_rules import FieldPolicies, FieldRule, Way
from pipeline.errors import BadDeclaration
from pipeline.settings import DEFAULT_DATA
from pipeline.stores.access import KEY_FIELDS
from tests.deployment import REFERENCE

POLICY = DEFAULT_DATA / "policy"
BASES = frozenset(REFERENCE.legal_bases)
RULES: dict[str, FieldRule] = {r.code: r for r in FieldPolicies.load(POLICY, BASES).of(date(2020, 10, 15)).rules}
FOOD = ("food_production", "food_sales", "catering", "special_food")


def faults(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    text = (POLICY / "field.toml").read_text(encoding="utf-8")
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
        assert count, pattern
    (tmp_path / "field.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadDeclaration) as refused:
        FieldPolicies.load(tmp_path, BASES)
    return refused.value.faults


def test_every_key_field_has_a_rule_that_is_to_be_confirmed() -> None:
    assert tuple(RULES) == KEY_FIELDS
    assert not any(r.confirmed for r in RULES.values())


@pytest.mark.parametrize("code", FOOD)
def test_food_is_double_random_on_top_of_full_coverage_or_under_key_supervision(code: str) -> None:
    rule = RULES[code]
    assert rule.ways == {"A": (Way.COVERAGE_RANDOM,), "B": (Way.COVERAGE_RANDOM,), "C": (Way.KEY,), "D": (Way.KEY,)}
    assert {g: f.said for g, f in rule.yearly.items()} == {"A": "≥1", "B": "1–2", "C": "2–3", "D": "3–4"}
    assert rule.yearly_basis == "FD16"


def test_what_no_paper_says_is_empty_and_noted() -> None:
    for code in set(KEY_FIELDS) - set(FOOD):
        assert not RULES[code].yearly and RULES[code].note
    assert RULES["drug_retail"].ways["ungraded"] == (Way.KEY,)
    assert set(RULES["medical_device"].ways) == {"C", "D"} and RULES["medical_device"].yearly_basis == "MD15"
    assert RULES["special_equipment"].ways["D"] == (Way.DAILY_RANDOM, Way.KEY)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    found = faults(
        tmp_path, (r'^field = "food_sales"', 'field = "catering"'), (r'C = \["key"\]', 'C = ["never"]'),
        (r"A = \{at_least = 1\}", "A = {at_least = 5}"), (r'yearly_basis = "MD15"', 'yearly_basis = "XX"'),
        (r'legal_basis = \["SEED-3.3", "SEED-4.4.2", "PROP"\]', 'legal_basis = []'), (r"^confirmed = false", "confirmed = 1"),
    )  # fmt: skip
    for words in ("field: expected each of", "ways.C", "yearly.B.at_least", "yearly_basis", "legal_basis", "confirmed"):
        assert any(words in f for f in found), words


@pytest.mark.parametrize("given", ["{}", "{at_least = 0}", "{at_most = 2}", "{at_least = 3, at_most = 2}", "3"])
def test_a_number_of_checks_is_a_bound(tmp_path: Path, given: str) -> None:
    (fault,) = faults(tmp_path, (r"A = \{at_least = 1\}", f"A = {given}"))
    assert "yearly.A" in fault


def test_numbers_need_the_paper_that_sets_them(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, (r'^yearly_basis = "FD16"\n', ""))
    assert "yearly_basis: expected the paper" in fault
