"""Trying a grade policy out: the same moves nobody, a higher cut lifts nobody, everybody is counted once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.policy.grade import grade_policies, judgement
from models.policy.grade_policy import Band, GradePolicy
from models.whatif.impact import BANDS, changed_rules, impact
from pipeline.domain import Grade
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.reader import Library, ScopedReader, open_library
from tests.accounts import actor

CUTS = st.lists(st.integers(400, 750), min_size=4, max_size=4, unique=True).map(lambda c: sorted(c, reverse=True))
QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def library(tiny: Settings) -> Library:
    found = open_library(tiny, lambda day, core: known_relations(FEEDS, day, core))
    assert found
    return found


@pytest.fixture(scope="module")
def read(library: Library, tiny: Settings) -> ScopedReader:
    return library.reader(actor(Role.SUPERVISOR, tiny.city))


@pytest.fixture(scope="module")
def base(tiny: Settings, read: ScopedReader) -> GradePolicy:
    return grade_policies(tiny).of(read.stamp.as_of)


def with_cuts(base: GradePolicy, cuts: list[int]) -> GradePolicy:
    bands = (*(Band(g, float(c)) for g, c in zip(Grade, cuts, strict=False)), Band(Grade.E, None))
    return replace(base, bands={"learned": bands, "expert": bands})


def grades(read: ScopedReader, policy: GradePolicy) -> dict[str, str]:
    sql = judgement(policy, read.stamp.as_of, "risk_score", "")
    return dict(read.rows(f"SELECT uscc, grade FROM ({sql}) WHERE grade IS NOT NULL"))


def test_the_same_policy_moves_nobody(read: ScopedReader, base: GradePolicy) -> None:
    found = impact(read, base, base)
    assert found.population == read.rows("SELECT count(*) FROM enterprise WHERE is_counted")[0][0] > 20
    assert found.moved == found.up == found.down == 0
    assert {m.cause for m in found.moves} == {""}
    assert found.grades(after=False) == found.grades(after=True)


@QUIET
@given(cuts=CUTS, which=st.sets(st.integers(0, 30)), grade=st.sampled_from([*Grade, None]))
def test_everybody_is_counted_once(
    read: ScopedReader, base: GradePolicy, cuts: list[int], which: set[int], grade: Grade | None
) -> None:
    touched = [n for n, r in enumerate(base.rules) if n in which and r.grade]
    rules = tuple(
        r if n not in touched else replace(r, grade=grade)
        for n, r in enumerate(base.rules)
        if n not in touched or grade
    )
    proposed = replace(with_cuts(base, cuts), rules=rules)
    found = impact(read, proposed, base)
    assert sum(map(sum, found.matrix)) + found.entered + found.left == found.population
    assert found.population >= sum(found.grades(after=False))
    assert found.moved == found.up + found.down + found.entered + found.left
    assert all((m.cause == "") == (not m.is_move) for m in found.moves)
    assert {m.cause for m in found.moves} <= {"", BANDS, *changed_rules(base, proposed)}
    units = {m.unit for m in found.moves}
    by_unit = zip(*(found.part(unit=u).grades(after=True) for u in units), strict=True)
    assert tuple(map(sum, by_unit)) == found.grades(after=True)


@QUIET
@given(cuts=CUTS, which=st.integers(0, 3), more=st.integers(1, 60))
def test_a_higher_cut_lifts_nobody(
    read: ScopedReader, base: GradePolicy, cuts: list[int], which: int, more: int
) -> None:
    raised = [c + more if n <= which else c for n, c in enumerate(cuts)]
    low, high = grades(read, with_cuts(base, cuts)), grades(read, with_cuts(base, raised))
    assert low.keys() == high.keys()
    assert all(high[firm] >= low[firm] for firm in low), "a worse letter comes later"
