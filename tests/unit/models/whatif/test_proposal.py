"""A proposal is a whole version; its faults in words are told exactly where the file's loader would refuse it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.policy.draw_policy import DrawPolicies
from models.policy.grade_faults import Vocabulary
from models.policy.grade_policy import GradePolicies
from models.whatif.papers import block_text, paper, parse
from models.whatif.proposal import OFF, GradeChanges, changed_grades, changed_ratios, faults, headed
from pipeline.errors import BadDeclaration
from pipeline.indicators.catalogue import ALL
from pipeline.settings import DEFAULT_DATA
from tests.deployment import REFERENCE

POLICY = DEFAULT_DATA / "policy"
BASES = frozenset(REFERENCE.legal_bases)
VOCABULARY = Vocabulary(frozenset(i.code for i in ALL if not i.levels), BASES)
GRADE, DRAW = paper(POLICY, "grade"), paper(POLICY, "draw")
DAY = date(2020, 11, 1)
SCORES = st.integers(400, 700) | st.just(600)
RATIOS = st.dictionaries(
    st.sampled_from(list("ABCDE")),
    st.sampled_from(["0.01", "0.035", "0.05", "0.1", "0.3", "0.9", "1", "1.2"]).map(Decimal),
)


def refused(name: str, block: dict[str, Any], folder: Path) -> bool:
    """Whether the loader refuses the file with the block appended."""
    text = (POLICY / f"{name}.toml").read_text(encoding="utf-8")
    (folder / f"{name}.toml").write_text(f"{text}\n{block_text(block)}", encoding="utf-8")
    try:
        if name == "grade":
            GradePolicies.load(folder, VOCABULARY)
        else:
            DrawPolicies.load(folder, BASES)
    except BadDeclaration:
        return True
    return False


@given(
    cuts=st.dictionaries(st.sampled_from(list("ABCD")), SCORES.map(float)), kind=st.sampled_from(["learned", "expert"])
)
def test_cuts_are_faulty_exactly_where_the_loader_refuses(
    tmp_path_factory: pytest.TempPathFactory, cuts: dict[str, float], kind: str
) -> None:
    block = headed(changed_grades(GRADE.versions[-1], GradeChanges(kind, cuts)), "p", DAY)
    assert bool(faults(GRADE, block, VOCABULARY)) == refused("grade", block, tmp_path_factory.getbasetemp())


@given(RATIOS)
def test_ratios_are_faulty_exactly_where_the_loader_refuses(
    tmp_path_factory: pytest.TempPathFactory, ratios: dict[str, Decimal]
) -> None:
    block = headed(changed_ratios(DRAW.versions[-1], ratios), "p", DAY)
    assert block["regular"] == block["ratio"]["C"]
    assert bool(faults(DRAW, block, VOCABULARY)) == refused("draw", block, tmp_path_factory.getbasetemp())


def test_every_band_that_overlaps_is_named() -> None:
    block = headed(changed_grades(GRADE.versions[-1], GradeChanges("learned", {"A": 500.0, "C": 600.0})), "p", DAY)
    found = [f.zh for f in faults(GRADE, block, VOCABULARY)]
    assert len(found) == 2 and all("须低于" in f for f in found)


@pytest.mark.parametrize(("version", "day"), [("2020-07", DAY), ("p", date(2020, 7, 27))])
def test_a_version_needs_an_id_and_a_day_of_its_own(version: str, day: date) -> None:
    for one in (GRADE, DRAW):
        (fault,) = faults(one, headed(one.versions[-1], version, day), VOCABULARY)
        assert "已有" in fault.zh


def test_what_is_not_named_stays_and_what_changes_is_unconfirmed() -> None:
    base = GRADE.versions[-1]
    confirmed = {**base, "rule": [{**r, "confirmed": True} for r in base["rule"]]}
    made = changed_grades(confirmed, GradeChanges("learned", rules={"RL-07a": "D", "RL-09": OFF, "RL-13": OFF}))
    rules = {r["id"]: r for r in made["rule"]}
    assert "RL-09" not in rules and "RL-13" in rules, "who has left is never graded"
    assert (rules["RL-07a"]["grade"], rules["RL-07a"]["confirmed"]) == ("D", False)
    assert rules["RL-01"]["confirmed"] and made["bands"] == base["bands"]
    assert changed_grades(base, GradeChanges("learned")) == base


def test_a_proposal_is_never_approved() -> None:
    made = headed({**GRADE.versions[-1], "approved_by": "某文件", "confirmed": True}, "p", DAY)
    assert (made["approved_by"], made["confirmed"]) == ("待确认", False)
    assert parse(block_text(made), "grade")["version"] == [made]
