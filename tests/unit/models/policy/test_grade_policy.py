"""grade.toml: what it decides, every fault at once, and that a used version is never edited."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from models.policy.grade_faults import Vocabulary
from models.policy.grade_policy import FILE, LOCK, Effect, GradePolicies, seal
from pipeline.domain import Grade, Text
from pipeline.errors import BadDeclaration

VOCABULARY = Vocabulary(frozenset({"C4_serious_active", "C2_is_new_1y"}), frozenset({"LAW-1", "LAW-2"}))
BANDS = """
bands.learned = [{grade = "A", at_least = 680}, {grade = "B", at_least = 620}, {grade = "C", at_least = 560},
    {grade = "D", at_least = 480}, {grade = "E"}]
bands.expert = [{grade = "A", at_least = 610}, {grade = "B", at_least = 590}, {grade = "C", at_least = 560},
    {grade = "D", at_least = 530}, {grade = "E"}]
"""
RULE = """
[[version.rule]]
id = "RL-01"
title = {zh = "严重违法", en = "Serious violation"}
any = [{indicator = "C4_serious_active", at_least = 1}]
effect = "set"
grade = "E"
legal_basis = ["LAW-2"]
confirmed = false
"""


def version(name: str = "2020-07", day: str = "2020-07-27", bands: str = BANDS, rules: str = RULE) -> str:
    return f"""
[[version]]
id = "{name}"
effective_from = {day}
legal_basis = ["LAW-1"]
approved_by = "待确认"
confirmed = false
{bands}
{rules}
"""


def load(folder: Path, *versions: str) -> GradePolicies:
    (folder / FILE).write_text("".join(versions), encoding="utf-8")
    return GradePolicies.load(folder, VOCABULARY, folder)


def faults(folder: Path, *versions: str) -> list[str]:
    with pytest.raises(BadDeclaration) as error:
        load(folder, *versions)
    assert error.value.where == str(folder / FILE)
    return error.value.faults


@pytest.mark.parametrize(
    ("score", "kind", "expected"),
    [
        (900, "learned", "A"), (680, "learned", "A"), (679.99, "learned", "B"), (560, "learned", "C"),
        (480, "learned", "D"), (479.9, "learned", "E"), (300, "learned", "E"), (610, "expert", "A"),
        (609, "expert", "B"), (300, "expert", "E"),
    ],
)  # fmt: skip
def test_a_band_begins_at_its_cut(tmp_path: Path, score: float, kind: str, expected: str) -> None:
    assert load(tmp_path, version()).of(date(2020, 8, 1)).grade_of(score, kind) is Grade(expected)


def test_a_rule_is_read_as_it_is_written(tmp_path: Path) -> None:
    more = RULE + (
        '[[version.rule]]\nid = "RL-11"\ntitle = {zh = "新设", en = "New"}\n'
        'all = [{indicator = "C2_is_new_1y", at_least = 1}, {column = "status", one_of = ["1", "2"]}]\n'
        'effect = "start"\ngrade = "B"\nlegal_basis = ["LAW-1"]\nconfirmed = true\nis_counted = false\n'
        'flag = {zh = "新设", en = "new"}\nnote = {zh = "注", en = "note"}\n'
    )
    policy = load(tmp_path, version(rules=more)).of(date(2020, 8, 1))
    red, start = policy.rules
    assert (red.id, red.effect, red.grade, red.needs_all, red.is_counted) == ("RL-01", Effect.SET, Grade.E, False, True)
    assert (start.effect, start.needs_all, start.is_counted, start.confirmed) == (Effect.START, True, False, True)
    assert start.flag == Text("新设", "new")
    assert [(t.name, t.comparison, t.value) for t in start.tests] == [
        ("C2_is_new_1y", "at_least", 1.0),
        ("status", "one_of", ("1", "2")),
    ]


def test_the_version_in_force_decides_and_the_first_reaches_back_marked(tmp_path: Path) -> None:
    policies = load(tmp_path, version("2021-01", "2021-01-01"), version("2020-07", "2020-07-27"))
    assert policies.of(date(2020, 12, 31)).label == "2020-07"
    assert policies.of(date(2021, 1, 1)).label == "2021-01"
    early = policies.of(date(2020, 7, 26))
    assert (early.id, early.is_early, early.label) == ("2020-07", True, "2020-07（溯及）")


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    broken = RULE.replace('["LAW-2"]', "[]").replace('grade = "E"', 'grade = "F"').replace("C4_serious", "C4_curious")
    found = "\n".join(
        faults(
            tmp_path,
            version(
                rules=broken + RULE + RULE.replace("RL-01", "RL-02").replace('"set"', '"ban"').replace("LAW-2", "LAW-9")
            ),
            version(day="2020-07-27", bands=BANDS.replace("620", "690").replace('{grade = "D", at_least = 480}, ', "")),
        )
    )
    for expected in (
        "version.id: expected each once, received '2020-07' 2 times",
        "version.effective_from: expected each once, received '2020-07-27' 2 times",
        "rule.id: expected each once, received 'RL-01' 2 times",
        "rule 'RL-01', legal_basis: expected at least one code of legal_basis.csv, received []",
        "rule 'RL-01', grade: expected one of ['A', 'B', 'C', 'D', 'E'], received 'F'",
        "rule 'RL-01', test 1, indicator: expected the code of a numeric indicator or rule fact, received 'C4_curious_active'",
        "rule 'RL-02', effect: expected one of ['start', 'at_best', 'set', 'not_graded'], received 'ban'",
        "rule 'RL-02', legal_basis: expected a code of legal_basis.csv, received 'LAW-9'",
        "bands.learned, B.at_least: expected below 680 (that of A; else they overlap), received 690",
        "bands.learned.grade: expected ['A', 'B', 'C', 'D', 'E'] in this order, each once, received ['A', 'B', 'C', 'E']",
    ):
        assert expected in found


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("at_least = 620", "at_least = 680", "B.at_least: expected below 680"),
        ("at_least = 620", 'at_least = "620"', "B.at_least: expected a number, received '620'"),
        ('{grade = "E"}]', '{grade = "E", at_least = 300}]', "E.at_least: expected none"),
        ("bands.expert = ", "bands.guess = ", "bands: expected ['learned', 'expert'], received ['learned', 'guess']"),
        ('approved_by = "待确认"', 'approved_by = ""', "approved_by: expected str, received ''"),
        ("confirmed = false", 'confirmed = "no"', "confirmed: expected bool, received 'no'"),
        ('legal_basis = ["LAW-1"]', "legal_basis = []", "legal_basis: expected at least one code"),
        ("effective_from = 2020-07-27", 'effective_from = "2020-07-27"', "effective_from: expected date"),
        ('id = "2020-07"', 'id = "a b"', "id: expected letters, digits, . _ and -, received 'a b'"),
        ('id = "RL-01"', "", "rule 1, id: expected letters"),
        ('en = "Serious violation"', 'en = ""', "title: expected zh and en"),
        ('effect = "set"', 'effect = "not_graded"', "grade: expected none with effect 'not_graded', received 'E'"),
        ('effect = "set"', 'efect = "set"', "efect: expected one of"),
        ("any = [{", "every = [{", "any, all: expected one of the two, received []"),
        ("at_least = 1}", "above = 1}", "comparison: expected one of"),
        ('indicator = "C4_serious_active", ', "", "indicator, column: expected one of the two"),
        ('indicator = "C4_serious_active"', 'column = "name"', "column: expected one of ['status', 'data_share']"),
        ('indicator = "C4_serious_active"', 'column = "status"', "at_least: expected one_of with the status"),
        ("at_least = 1}", 'one_of = ["1"]}', "one_of: expected one_of with the status"),
        (
            'indicator = "C4_serious_active", at_least = 1',
            'column = "status", one_of = ["\'"]',
            "one_of: expected a list",
        ),
        ("at_least = 1}", "at_least = true}", "test 1, at_least: expected a number, received True"),
        ("at_least = 1}", "at_least = nan}", "test 1, at_least: expected a number, received nan"),
        ("confirmed = false\n", "confirmed = false\nis_counted = 1\n", "is_counted: expected"),
        ("any = [{", "any = []\nx = [{", "any, all: expected a list of tests, received []"),
    ],
)
def test_one_fault_at_a_time(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in version()
    assert expected in "\n".join(faults(tmp_path, version().replace(old, new)))


def test_an_empty_or_unreadable_file_is_refused(tmp_path: Path) -> None:
    assert "at least one [[version]]" in faults(tmp_path, "")[0]
    assert "not readable as TOML" in faults_of_text(tmp_path, "version = [")


def faults_of_text(folder: Path, text: str) -> str:
    (folder / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(BadDeclaration) as error:
        GradePolicies.load(folder, VOCABULARY, folder)
    return error.value.faults[0]


def test_only_what_a_build_used_is_sealed(tmp_path: Path) -> None:
    policies = load(tmp_path, version(), version("2021-01", "2021-01-01"))
    used = policies.of(date(2020, 8, 1))
    assert seal(tmp_path, [used, used]) == ("2020-07",)
    assert seal(tmp_path, [used]) == ()
    assert used.content_hash in (tmp_path / LOCK).read_text(encoding="utf-8")
    later = version("2021-01", "2021-01-01", rules="")
    edited = load(tmp_path, version(), later)  # not used by a build yet: may still be edited
    assert edited.of(date(2021, 1, 1)).rules == ()
    assert seal(tmp_path, [edited.of(date(2021, 1, 1)), edited.of(date(2020, 8, 1))]) == ("2021-01",)
    assert load(tmp_path, version(), later).versions == edited.versions


def test_an_edited_sealed_version_is_refused_with_the_other_faults(tmp_path: Path) -> None:
    seal(tmp_path, load(tmp_path, version()).versions)
    edited = version().replace("680", "670").replace('["LAW-2"]', "[]")
    found = faults(tmp_path, edited)
    assert len(found) == 2
    assert "legal_basis" in found[0]
    assert found[1].startswith("version '2020-07': expected the content that was used (sealed in grade.lock)")


def test_a_sealed_version_can_not_vanish(tmp_path: Path) -> None:
    seal(tmp_path, load(tmp_path, version()).versions)
    assert "received no such version" in faults(tmp_path, version("2021-01", "2021-01-01"))[0]


def test_comments_and_spacing_are_no_edit(tmp_path: Path) -> None:
    seal(tmp_path, load(tmp_path, version()).versions)
    assert load(tmp_path, "# 说明\n", version().replace("at_least = 1}", "at_least   =   1 }"))
