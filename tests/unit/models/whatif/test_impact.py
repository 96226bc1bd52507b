"""What a proposal would do equals what a build with it does, firm by firm; a part of the city is refused."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from models.build import build
from models.policy.grade import grade_policies, judgement
from models.policy.grade_policy import version_of
from models.whatif.impact import BANDS, impact
from models.whatif.papers import block_text, paper
from models.whatif.proposal import OFF, GradeChanges, changed_grades, headed
from pipeline.errors import NotPermitted
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.access import Role
from pipeline.stores.reader import ScopedReader, open_library
from tests.accounts import actor
from tests.small_city import DAYS, SmallCity

CUTS = {"A": 612.0, "B": 600.0, "C": 560.0, "D": 500.0}
RULES = {"RL-11b": OFF, "RL-07a": "E"}


def reader(settings: Settings, role: Role = Role.SUPERVISOR) -> ScopedReader:
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library
    return library.reader(actor(role, settings.city))


@pytest.mark.slow
def test_the_impact_is_what_a_build_with_the_proposal_brings(small: SmallCity) -> None:
    before = reader(small.settings)
    base = paper(DEFAULT_DATA / "policy", "grade").of(before.stamp.as_of)
    kind = before.rows("SELECT max(score_kind) FROM enterprise")[0][0]
    block = headed(changed_grades(base, GradeChanges(kind, CUTS, RULES)), "2020-10-p", date(2020, 10, 1))
    proposed = version_of(block)
    found = impact(before, proposed, version_of(base))
    sql = judgement(proposed, before.stamp.as_of, "risk_score", "")
    expected = before.rows(f"SELECT uscc, grade, moved_by, is_counted FROM ({sql}) WHERE grade IS NOT NULL ORDER BY 1")
    published = dict(before.rows("SELECT uscc, grade FROM enterprise WHERE is_counted AND grade IS NOT NULL"))

    shutil.copytree(DEFAULT_DATA / "policy", small.folder / "policy")
    with (small.folder / "policy" / "grade.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + block_text(block))
    settings = Settings.load(small.folder)
    build(settings, DAYS)
    after = reader(settings)
    assert grade_policies(settings).of(after.stamp.as_of).id == "2020-10-p"
    columns = "uscc, grade, moved_by, is_counted"
    assert after.rows(f"SELECT {columns} FROM enterprise WHERE grade IS NOT NULL ORDER BY uscc") == expected
    counted = {uscc: grade for uscc, grade, _, is_counted in expected if is_counted}
    assert found.moved == sum(published.get(u) != counted.get(u) for u in published.keys() | counted.keys()) > 0
    assert {m.cause for m in found.moves} >= {BANDS, "RL-07a"}


def test_only_who_sees_the_whole_city_may_try_a_policy_out(tiny: Settings) -> None:
    for role in (Role.COUNTY, Role.SECTION):
        read = reader(tiny, role)
        policy = grade_policies(tiny).of(read.stamp.as_of)
        with pytest.raises(NotPermitted):
            impact(read, policy, policy)


def test_a_rule_that_is_left_out_is_the_cause(tiny: Settings) -> None:
    read = reader(tiny)
    block = paper(DEFAULT_DATA / "policy", "grade").of(read.stamp.as_of)
    base = version_of(block)
    kind = read.rows("SELECT max(score_kind) FROM enterprise")[0][0]
    decided = read.rows(
        "SELECT moved_by, count(*) FROM enterprise WHERE is_counted AND moved_by IS NOT NULL GROUP BY 1"
    )
    for rule, firms in decided:
        proposed = version_of(changed_grades(block, GradeChanges(kind, rules={rule: OFF})))
        found = impact(read, proposed, base)
        assert {m.cause for m in found.moves} <= {"", rule}
        assert found.moved <= firms


def test_a_paper_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "grade.toml").write_text("[[version", encoding="utf-8")
    with pytest.raises(Exception, match="not readable as TOML"):
        paper(tmp_path, "grade")
