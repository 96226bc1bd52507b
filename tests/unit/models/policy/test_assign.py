"""Pairs of inspectors: certificate, unit, field, recusal, quota, last pair, balance, and the same pairs again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from models.policy.assign import Inspector, Visited, assign

DUE = date(2020, 12, 31)
VALID = date(2021, 12, 31)


def inspector(id_: str, **more: object) -> Inspector:
    plain = Inspector(id_, "U1", ("catering",), VALID, (), 0, None)
    return replace(plain, **more)  # type: ignore[arg-type]


def pairs(objects: list[Visited], inspectors: list[Inspector], seed: bytes = b"s") -> list[tuple[str | None, ...]]:
    return [(p.lead, p.assist, p.not_made) for p in assign(objects, inspectors, DUE, seed, "D")]


ONE = [Visited("F1", "U1", None, ())]


def test_fewer_than_two_means_no_task_and_a_reason() -> None:
    a, b = inspector("a"), inspector("b")
    for other in (
        replace(b, unit="U2"),
        replace(b, certificate_to=date(2020, 12, 30)),
        replace(b, certificate_to=None),
        replace(b, recused=("F1",)),
        replace(b, load=5, quota=5),
    ):
        assert pairs(ONE, [a, other]) == [(None, None, "no_inspectors")]
    assert {*pairs(ONE, [a, b])[0][:2]} == {"a", "b"}
    assert pairs(ONE, [a, replace(b, certificate_to=DUE)])[0][2] is None, "valid on the day itself"


def test_one_of_the_two_knows_the_field_and_leads() -> None:
    visited = [Visited("F1", "U1", "drug_retail", ())]
    a, b, c = inspector("a"), inspector("b"), inspector("c", fields=("drug_retail",))
    assert pairs(visited, [a, b]) == [(None, None, "no_expertise")]
    assert pairs(visited, [a, b, c])[0][0] == "c"


def test_the_pair_of_last_time_is_avoided_where_another_is_possible() -> None:
    visited = [Visited("F1", "U1", None, ("a", "b"))]
    a, b, c = (inspector(i) for i in "abc")
    for seed in (b"1", b"2", b"3", b"4"):
        assert {*pairs(visited, [a, b, c], seed)[0][:2]} != {"a", "b"}
    assert {*pairs(visited, [a, b])[0][:2]} == {"a", "b"}, "unavoidable"


@given(st.integers(1, 40), st.integers(2, 9), st.binary(min_size=1, max_size=8))
def test_loads_are_balanced_and_the_same_seed_gives_the_same_pairs(visits: int, people: int, seed: bytes) -> None:
    objects = [Visited(f"F{n}", "U1", None, ()) for n in range(visits)]
    inspectors = [inspector(f"i{n}") for n in range(people)]
    given_ = pairs(objects, inspectors, seed)
    assert given_ == pairs(objects, list(reversed(inspectors)), seed)
    load = Counter(i for pair in given_ for i in pair[:2])
    counts = [load[i.id] for i in inspectors]
    assert max(counts) - min(counts) <= 1 and all(lead != assist for lead, assist, _ in given_)
