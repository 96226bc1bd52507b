"""A higher score never earns a worse grade: not from the bands, and not through caps and red lines either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.policy.grade import judgement
from models.policy.grade_policy import Band, Effect, GradePolicy, Rule, Test
from pipeline.domain import Grade, Text
from pipeline.stores.warehouse import Warehouse

DAY = date(2020, 8, 1)
SCORES = st.floats(300, 900)
CUTS = st.lists(st.floats(301, 899), min_size=4, max_size=4, unique=True).map(lambda c: sorted(c, reverse=True))
FACTS = ("Fact0", "Fact1", "Fact2", "Fact3")


def bands_of(cuts: list[float]) -> tuple[Band, ...]:
    return (*(Band(g, c) for g, c in zip(Grade, cuts, strict=False)), Band(Grade.E, None))


def policy_of(cuts: list[float], rules: tuple[Rule, ...] = ()) -> GradePolicy:
    bands = {"learned": bands_of(cuts), "expert": bands_of(cuts)}
    return GradePolicy("p", date(2020, 7, 27), ("PROP",), "待确认", False, bands, rules, "hash")


@given(CUTS, SCORES, SCORES, st.sampled_from(["learned", "expert"]))
def test_the_bands_are_monotone(cuts: list[float], one: float, other: float, kind: str) -> None:
    policy = policy_of(cuts)
    low, high = sorted((one, other))
    assert policy.grade_of(high, kind) <= policy.grade_of(low, kind)


@st.composite
def rule_sets(draw: st.DrawFn) -> tuple[Rule, ...]:
    plain = Rule("", Text("规", "rule"), (), False, Effect.SET, None, ("PROP",), False, None, True, None)
    tests = st.lists(st.sampled_from(FACTS).map(lambda f: Test(f, "at_least", 1.0)), min_size=1, max_size=2)
    rules = []
    for number in range(draw(st.integers(0, 5))):
        effect = draw(st.sampled_from(list(Effect)))
        grade = None if effect is Effect.NOT_GRADED else draw(st.sampled_from(list(Grade)))
        needs_all, is_counted = draw(st.booleans()), draw(st.booleans())
        rules.append(
            replace(
                plain,
                id=f"RL-{number}",
                tests=tuple(draw(tests)),
                needs_all=needs_all,
                effect=effect,
                grade=grade,
                is_counted=is_counted,
            )
        )
    return tuple(rules)


FIRMS = st.lists(st.tuples(st.none() | SCORES, *([st.sampled_from([None, 0.0, 1.0])] * 4)), min_size=1, max_size=12)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.create(tmp_path / "small.duckdb") as made:
        made.execute("CREATE TABLE mart.population (as_of DATE, uscc VARCHAR, status VARCHAR, entity_type VARCHAR)")
        made.execute(
            f"CREATE TABLE mart.indicator (as_of DATE, uscc VARCHAR, {', '.join(f'{f} DOUBLE' for f in FACTS)})"
        )
        made.execute("CREATE TABLE mart.risk_score (as_of DATE, uscc VARCHAR, score_kind VARCHAR, credit_score DOUBLE)")
        yield made


def fill(warehouse: Warehouse, firms: list[tuple[float | None, ...]]) -> None:
    head = [{"as_of": pd.Timestamp(DAY), "uscc": f"F{n:03d}"} for n in range(len(firms))]
    facts = [{**h, **dict(zip(FACTS, firm[1:], strict=True))} for h, firm in zip(head, firms, strict=True)]
    scores = [{**h, "score_kind": "expert", "credit_score": f[0]} for h, f in zip(head, firms, strict=True)]
    for table, rows in (
        ("population", [{**h, "status": "1", "entity_type": "1130"} for h in head]),
        ("indicator", facts),
        ("risk_score", [s for s in scores if s["credit_score"] is not None]),
    ):
        warehouse.execute(f"DELETE FROM mart.{table}")
        if rows:
            warehouse.append(f"mart.{table}", pd.DataFrame(rows))


def says(rule: Rule, facts: dict[str, float | None]) -> bool | None:
    """Three-valued: True, False, or None where the missing facts could still decide it."""
    heard = [None if (v := facts[t.name]) is None else v >= float(str(t.value)) for t in rule.tests]
    if rule.needs_all:
        return False if False in heard else None if None in heard else True
    return True if True in heard else None if None in heard else False


def naive(policy: GradePolicy, score: float | None, facts: dict[str, float | None]) -> tuple[object, ...]:
    """The policy spelled out for one enterprise: model grade, grade, rules, unavailable, moved_by, is_counted."""
    told = {r: says(r, facts) for r in policy.rules}
    model = None if score is None else policy.grade_of(score, "expert")
    grade, moved_by = model, None
    for effect in (Effect.START, Effect.AT_BEST, Effect.SET):
        fired = [r for r in policy.rules if told[r] and r.effect is effect and r.grade]
        worst = max((r.grade for r in fired if r.grade), default=None)
        may = model is not None or effect is Effect.SET
        if worst and may and (grade is None or (worst != grade if effect is Effect.START else worst > grade)):
            grade, moved_by = worst, next(r.id for r in fired if r.grade == worst)
    if any(told[r] and r.effect is Effect.NOT_GRADED for r in policy.rules):
        grade = None
    return (
        model,
        grade,
        [r.id for r in policy.rules if told[r]],
        [r.id for r in policy.rules if told[r] is None],
        moved_by if grade and grade != model else None,
        not any(told[r] and not r.is_counted for r in policy.rules),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=CUTS, rules=rule_sets(), firms=FIRMS)
def test_sql_equals_a_naive_reference(
    warehouse: Warehouse, cuts: list[float], rules: tuple[Rule, ...], firms: list[tuple[float | None, ...]]
) -> None:
    policy = policy_of(cuts, rules)
    fill(warehouse, firms)
    found = warehouse.rows(
        f"SELECT model_grade, grade, rules, unavailable, moved_by, is_counted FROM ({judgement(policy, DAY)}) ORDER BY uscc"
    )
    assert found == [naive(policy, f[0], dict(zip(FACTS, f[1:], strict=True))) for f in firms]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=CUTS, rules=rule_sets(), scores=st.lists(SCORES, min_size=2, max_size=8), facts=FIRMS.map(lambda f: f[0][1:])
)
def test_the_grade_is_monotone_in_the_score_whatever_fires(
    warehouse: Warehouse,
    cuts: list[float],
    rules: tuple[Rule, ...],
    scores: list[float],
    facts: tuple[float | None, ...],
) -> None:
    fill(warehouse, [(score, *facts) for score in scores])
    found = warehouse.rows(
        f"SELECT grade FROM ({judgement(policy_of(cuts, rules), DAY)}) WHERE grade IS NOT NULL ORDER BY credit_score DESC"
    )
    assert found == sorted(found)
