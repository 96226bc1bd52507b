"""The last checks of a firm: a result that was entered for a task and came back as a record stands there once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pages.views.archive_words import LAST_CHECKS, last_checks


def record(number: str, feed: str = "spot_check_result") -> Any:
    return SimpleNamespace(feed=feed, number=number)


def test_a_check_is_shown_once() -> None:
    view: Any = SimpleNamespace(records=[record("T1-x"), record("JC1"), record("JC2", "penalty"), record("JC3")])
    acts: Any = SimpleNamespace(tasks=[SimpleNamespace(task_id="T1-x"), SimpleNamespace(task_id="T2-x")])
    assert [r.number for r in last_checks(view, acts)] == ["JC1", "JC3"]


def test_the_place_of_one_left_out_is_filled() -> None:
    own, others = [record("T1-x")], [record(f"JC{n}") for n in range(9)]
    acts: Any = SimpleNamespace(tasks=[SimpleNamespace(task_id="T1-x")])
    view: Any = SimpleNamespace(records=own + others)
    assert [r.number for r in last_checks(view, acts)] == [f"JC{n}" for n in range(LAST_CHECKS)]
