"""Proposals of policies: saved and withdrawn by the division alone, each act audited, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.errors import NotPermitted, Refused
from pipeline.settings import DEFAULT_DATA
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.proposals import Draft, proposals, propose, withdraw
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from tests.accounts import actor
from tests.small_city import SmallCity

CONTENT = '[[version]]\nid = "2020-11-01-proposal"\n'
IMPACT: dict[str, Any] = {"population": 60, "moved": 3, "checks_before": 4, "checks_after": 5}
GRADE = Draft("grade", "2020-07", CONTENT, IMPACT)
RATIOS = Draft("draw", "2020-07", CONTENT, {**IMPACT, "moved": 0})


@pytest.fixture
def store(small: SmallCity) -> Iterator[Operations]:
    opened = Operations.open(small.settings)
    yield opened
    opened.close()


@pytest.fixture
def division(small: SmallCity) -> Actor:
    return actor(Role.SUPERVISOR, small.settings.city)


def acts(store: Operations) -> list[tuple[str, str]]:
    """Action and subject of every act about policies."""
    own = AUDIT.c.action.startswith("policy.")
    return [
        (r.action, r.subject)
        for r in store.rows(select(AUDIT.c.action, AUDIT.c.subject).where(own).order_by(AUDIT.c.seq))
    ]


def test_drafts_are_saved_together_numbered_and_audited(store: Operations, division: Actor) -> None:
    policies = {p.name: p.read_bytes() for p in (DEFAULT_DATA / "policy").glob("*.toml")}
    ids = propose(store, division, [GRADE, RATIOS], " 收紧 ", "理由", "abc")
    assert ids == ("TA20201015-01", "TA20201015-02")
    assert propose(store, division, [GRADE], "再一份", "理由", "abc") == ("TA20201015-03",)
    found = {p.proposal_id: p for p in proposals(store, division)}
    one = found[ids[0]]
    assert (one.policy, one.base_id, one.content, one.impact) == ("grade", "2020-07", CONTENT, IMPACT)
    assert (one.title, one.build_id, one.user, one.is_open) == ("收紧", "abc", division.user, True)
    assert acts(store) == [("policy.propose", f"TA20201015-0{n}") for n in (1, 2, 3)]
    assert audit.verify(store).fault is None
    assert policies == {p.name: p.read_bytes() for p in (DEFAULT_DATA / "policy").glob("*.toml")}


def test_one_refused_draft_saves_none(store: Operations, division: Actor) -> None:
    for drafts, title, reason in (
        ([], "题", "由"), ([GRADE], " ", "由"), ([GRADE], "题", ""),
        ([GRADE, Draft("draw", "x", "[[version", {})], "题", "由"), ([Draft("draw", "x", CONTENT * 2, {})], "题", "由"),
    ):  # fmt: skip
        with pytest.raises(Refused):
            propose(store, division, drafts, title, reason, "abc")
    assert proposals(store, division) == () and acts(store) == []


def test_withdrawn_once_with_a_reason_and_kept(store: Operations, division: Actor) -> None:
    (one,) = propose(store, division, [GRADE], "题", "由", "abc")
    with pytest.raises(Refused):
        withdraw(store, division, one, "  ")
    with pytest.raises(NotPermitted):
        withdraw(store, division, "TA20201015-99", "因")
    withdraw(store, division, one, "另拟")
    (kept,) = proposals(store, division)
    assert (kept.is_open, kept.withdrawn_by, kept.withdraw_reason) == (False, division.user, "另拟")
    with pytest.raises(Refused):
        withdraw(store, division, one, "再来")
    assert acts(store)[-1] == ("policy.withdraw", one)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.SUPERVISOR])
def test_nobody_else_proposes_or_withdraws(store: Operations, division: Actor, small: SmallCity, role: Role) -> None:
    (one,) = propose(store, division, [GRADE], "题", "由", "abc")
    other = actor(role, small.settings.city)
    for act in (lambda: propose(store, other, [GRADE], "题", "由", "abc"), lambda: withdraw(store, other, one, "因")):
        with pytest.raises(NotPermitted):
            act()
    if role is Role.LEADER:
        assert [p.proposal_id for p in proposals(store, other)] == [one]
    else:
        with pytest.raises(NotPermitted):
            proposals(store, other)
