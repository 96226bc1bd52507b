"""Two versions side by side: nothing of equals, each change once, whole parts where something came or went."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.whatif.differences import Change, differences
from models.whatif.papers import TITLES, block_text, paper, parse
from pipeline.settings import DEFAULT_DATA

POLICY = DEFAULT_DATA / "policy"
GRADE = paper(POLICY, "grade").versions[0]
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
PLAIN = st.booleans() | st.integers(-999, 999) | TEXTS | st.dates() | st.lists(st.integers(0, 9), max_size=3)
KEYS = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
BLOCKS = st.dictionaries(KEYS, PLAIN | st.dictionaries(KEYS, PLAIN, min_size=1, max_size=3), max_size=5)


@pytest.mark.parametrize("name", TITLES)
def test_a_version_does_not_differ_from_itself_and_is_written_as_it_reads(name: str) -> None:
    for block in paper(POLICY, name).versions:
        assert differences(block, deepcopy(block)) == ()
        assert parse(block_text(block), name)["version"] == [block]


@given(BLOCKS)
def test_any_block_is_written_as_it_reads(block: dict[str, Any]) -> None:
    assert parse(block_text(block), "draw")["version"] == [block]


@given(BLOCKS, BLOCKS)
def test_the_differences_lead_from_one_to_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Carrying out every difference once gives the other block."""
    made = deepcopy(one)
    for d in differences(one, other):
        place = made
        for key in d.path[:-1]:
            place = place[key]
        if d.change is Change.REMOVED:
            del place[d.path[-1]]
        else:
            place[d.path[-1]] = deepcopy(d.after)
    assert made == other
    back = differences(other, one)
    assert bool(back) == (one != other)
    assert {(d.path, str(d.before), str(d.after)) for d in differences(one, other)} == {
        (d.path, str(d.after), str(d.before)) for d in back
    }


@given(st.sets(st.integers(0, len(GRADE["rule"]) - 1), min_size=1), st.sampled_from(["learned", "expert"]))
def test_each_change_of_a_version_is_listed_once(which: set[int], kind: str) -> None:
    other = deepcopy(GRADE)
    for n in which:
        other["rule"][n]["confirmed"] = True
    other["bands"][kind][1]["at_least"] -= 1
    found = differences(GRADE, other)
    assert len(found) == len(which) + 1
    assert len({d.path for d in found}) == len(found)
    assert ("bands", kind, "B", "at_least") in {d.path for d in found}


def test_what_came_and_went_is_one_difference_each() -> None:
    other = deepcopy(GRADE)
    gone = other["rule"].pop(3)
    other["rule"].append({**gone, "id": "RL-99"})
    found = {d.path: d.change for d in differences(GRADE, other)}
    assert found == {("rule", gone["id"]): Change.REMOVED, ("rule", "RL-99"): Change.ADDED}


def test_another_order_of_the_same_rules_is_one_difference() -> None:
    other = {**GRADE, "rule": GRADE["rule"][::-1]}
    (found,) = differences(GRADE, other)
    assert found.path == ("rule", "order") and found.after[0] == GRADE["rule"][-1]["id"]


def test_exact_numbers_stay_as_written() -> None:
    text = block_text(
        {"id": "x", "effective_from": date(2020, 1, 1), "ratio": {"A": Decimal("0.015"), "B": Decimal("1E-6")}}
    )
    assert "A = 0.015" in text and "B = 0.000001" in text
