"""Policies of draws, warnings and measures: the repository's are sound, and a bad one tells all its faults at once."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from models.policy.draw_policy import DrawPolicies
from models.policy.measures import MeasurePolicies
from models.policy.warning_policy import WarningPolicies
from models.policy.warning_rules import RULES, sentence
from pipeline.domain import Severity
from pipeline.errors import BadDeclaration
from pipeline.settings import DEFAULT_DATA, City
from tests.deployment import REFERENCE

DAY = date(2020, 10, 15)
POLICY = DEFAULT_DATA / "policy"
BASES = frozenset(REFERENCE.legal_bases)
LOADS = {"draw.toml": DrawPolicies.load, "warning.toml": WarningPolicies.load, "measures.toml": MeasurePolicies.load}


def faults(tmp_path: Path, name: str, *changes: tuple[str, str]) -> list[str]:
    """The faults of the repository's file after some changes."""
    text = (POLICY / name).read_text(encoding="utf-8")
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
        assert count, pattern
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadDeclaration) as refused:
        LOADS[name](tmp_path, BASES)
    return refused.value.faults


def test_ratios_and_modes_are_those_of_the_rules() -> None:
    policy = DrawPolicies.load(POLICY, BASES).of(DAY)
    assert [policy.nominal(g) / policy.regular for g in "ABCDE"] == [Decimal(x) for x in ("0.3", "0.7", "1", "2", "5")]
    assert policy.mixed("A") == Decimal("0.0185") and policy.mixed("C") == policy.mixed("-") == Decimal("0.05")
    assert policy.modes("E") == ("1",) and "2" in policy.modes("A") and "2" not in policy.modes("C")
    assert (policy.required_mode("D"), policy.required_mode("B")) == ("1", "")


def test_the_number_of_a_stratum_is_rounded_up_and_never_all_without_full_coverage() -> None:
    policy = DrawPolicies.load(POLICY, BASES).of(DAY)
    assert policy.number("A", 1, Decimal(1)) == 1, "nobody is exempt"
    assert policy.number("C", 100, Decimal(1)) == 5 and policy.number("C", 101, Decimal(1)) == 6
    assert (
        policy.number("C", 100, Decimal("0.25")) == 2 and policy.number("E", 100, Decimal(1), cap=Decimal("0.1")) == 10
    )
    assert policy.number("E", 40, Decimal("0.25"), full=True) == 40


def test_every_fault_of_a_draw_policy_is_told_at_once(tmp_path: Path) -> None:
    found = faults(
        tmp_path, "draw.toml", (r"^regular = 0.05", "regular = 5"), (r"^D = 0.10", "D = 0.04"),
        (r'^written = \["A", "B"\]', 'written = ["A", "D"]'), (r"^same_item_days = 365", "same_item_days = true"),
        (r'legal_basis = \["SEED-4.4.1"', 'legal_basis = ["XYZ"'), (r"^random_share", "extra = 1\nrandom_share"),
    )  # fmt: skip
    for words in ("regular:", "written:", "same_item_days:", "XYZ", "extra:"):
        assert any(words in f for f in found), words
    assert len(found) == 5, "the order can't be judged without r"


def test_the_order_of_the_ratios_is_enforced(tmp_path: Path) -> None:
    for change in ((r"^A = 0.015", "A = 0.035"), (r"^C = 0.05", "C = 0.06"), (r"^E = 0.25", "E = 0.09")):
        (fault,) = faults(tmp_path, "draw.toml", change)
        assert "0<A<B<C=r<D<E≤1" in fault


def test_warning_policy_names_all_its_faults(tmp_path: Path) -> None:
    found = faults(
        tmp_path, "warning.toml", (r"^merge_days = 30", "merge_days = -1"), (r"^level = 3", "level = 2"),
        (r"^verify_days = 10", "verify_days = 30"), (r"^ahead_days = 60", "ahead = 60"), (r"^sigma = 3", 'sigma = "3"'),
    )  # fmt: skip
    for words in (
        "merge_days:",
        "level: expected 1, 2 and 3",
        "accept_days, verify_days",
        "rule W05, ahead:",
        "sigma:",
    ):
        assert any(words in f for f in found), words


def test_a_rule_without_numbers_or_an_unknown_one_is_refused(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "warning.toml", (r"version\.rule\.W18", "version.rule.W99"))
    assert "W99" in fault and "W18" in fault


def test_levels_escalate_as_the_rules_say() -> None:
    policy = WarningPolicies.load(POLICY, BASES).of(DAY)
    terms = policy.terms
    assert [(t.accept_days, t.verify_days, t.dispose_days) for t in terms.values()] == [
        (2, 10, 20),
        (1, 5, 15),
        (0, 3, 7),
    ]
    assert [policy.levels[s].terms.at_once for s in Severity] == [False, False, True]


def test_every_sentence_can_be_said_with_any_value_missing() -> None:
    city = City.load(DEFAULT_DATA / "city.toml")
    for code, rule in RULES.items():
        for variant, template in rule.sentences.items():
            zh, en = (set(re.findall(r"{(\w+)}", t)) for t in (template.zh, template.en))
            assert zh == en, code
            said = sentence(code, {**dict.fromkeys(zh), "variant": variant or None}, REFERENCE, city)
            assert "—" in said.zh and "{" not in said.zh + said.en


def test_measures_of_the_grades() -> None:
    policy = MeasurePolicies.load(POLICY, BASES).of(DAY)
    assert [m.id for m in policy.for_grade("A")] == [f"INC-{n}" for n in range(1, 7)]
    assert [m.id for m in policy.for_grade("C")] == ["REG"] and policy.for_grade(None) == ()
    assert [m.id for m in policy.for_grade("D")] == [f"DIS-{n}" for n in range(1, 7)]
    assert {m.id for m in policy.for_grade("E")} - {m.id for m in policy.for_grade("D")} == {"JD"}


def test_measure_faults(tmp_path: Path) -> None:
    found = faults(
        tmp_path, "measures.toml", (r'^strict_review = "DIS-1"', 'strict_review = "X"'), (r'^id = "INC-2"', 'id = "INC-1"'),
        (r'^kind = "regular"', 'kind = "none"'), (r'^grades = \["C"\]', 'grades = ["F"]'),
    )  # fmt: skip
    for words in ("strict_review:", "measure.id:", "kind:", "grades:"):
        assert any(words in f for f in found), words
