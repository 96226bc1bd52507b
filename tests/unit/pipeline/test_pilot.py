"""The pilot plan: lights on the days that matter, phases on their borders, faults named all at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import BadDeclaration
from pipeline.pilot import KPIS, Light, PilotPlan
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA

PLAN = PilotPlan.load(DEFAULT_DATA / "policy" / "pilot.toml")
APRIL, JULY = date(2020, 4, 30), date(2020, 7, 1)
NOVEMBER, DECEMBER = date(2020, 11, 30), date(2020, 12, 1)
BEFORE_THE_PLAN = {"T01", "T02", "T05", "T06", "T07", "T10"}


def lights(day: date, done: set[str] = frozenset()) -> dict[str, Light]:  # type: ignore[assignment]
    return {t.id: PLAN.light(t, day, t.id in done) for t in PLAN.tasks}


def test_the_plan_has_four_phases_and_sixteen_tasks_clause_by_clause() -> None:
    assert [p.id for p in PLAN.phases] == ["P1", "P2", "P3", "P4"]
    assert [t.id for t in PLAN.tasks] == [f"T{n:02d}" for n in range(1, 17)]
    clauses = Reference.load(DEFAULT_DATA / "reference").legal_bases
    assert [t.id for t in PLAN.tasks if t.clause not in clauses] == []
    assert {t.kpi for t in PLAN.tasks} - {None} == set(KPIS)


@pytest.mark.parametrize("day", [APRIL, JULY, NOVEMBER, DECEMBER])
def test_a_deadline_before_the_plan_never_turns_red_by_itself(day: date) -> None:
    assert {t for t, light in lights(day).items() if light is Light.EARLY} == BEFORE_THE_PLAN
    assert {lights(day, BEFORE_THE_PLAN)[t] for t in BEFORE_THE_PLAN} == {Light.DONE}


@pytest.mark.parametrize(
    ("day", "named", "current"),
    [(APRIL, ["P1", "P2"], "P2"), (JULY, ["P3"], "P3"), (NOVEMBER, ["P3"], "P3"), (DECEMBER, ["P4"], "P4")],
)
def test_both_phases_are_named_on_the_day_that_they_share(day: date, named: list[str], current: str) -> None:
    assert [p.id for p in PLAN.phases_on(day)] == named
    phase = PLAN.current(day)
    assert phase is not None and phase.id == current


@pytest.mark.parametrize(
    ("day", "light"),
    [
        (APRIL, Light.ON_TIME),
        (JULY, Light.ON_TIME),
        (date(2020, 11, 14), Light.ON_TIME),
        (date(2020, 11, 15), Light.SOON),
        (NOVEMBER, Light.SOON),
        (DECEMBER, Light.LATE),
    ],
)
def test_a_task_of_the_third_phase_is_due_on_the_thirtieth(day: date, light: Light) -> None:
    assert lights(day)["T11"] is light
    assert lights(day, {"T11"})["T11"] is Light.DONE


def test_the_day_that_does_not_exist_is_noted() -> None:
    third = PLAN.phases[2]
    assert third.end == NOVEMBER and third.note is not None and "11月31日" in third.note.zh


def test_a_query_settles_at_once_or_when_its_deadline_comes() -> None:
    assert lights(JULY, {"T07"})["T07"] is Light.DONE
    assert lights(DECEMBER, {"T03"})["T03"] is Light.ON_TIME
    assert lights(date(2020, 12, 20), {"T03"})["T03"] is Light.SOON
    assert lights(date(2020, 12, 31), {"T03"})["T03"] is Light.DONE
    assert lights(date(2021, 1, 1))["T03"] is Light.LATE


def test_no_phase_before_and_after_the_pilot() -> None:
    assert PLAN.current(date(2020, 3, 29)) is None and PLAN.current(date(2021, 1, 1)) is None


def test_every_fault_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "pilot.toml"
    broken.write_text(
        'issued_on = 2020-07-27\nsoon_days = "x"\n'
        '[[phase]]\nid = "P1"\ntitle = {zh = "一", en = "1"}\ncontent = {zh = "一"}\nstart = 2020-05-01\nend = "later"\n'
        '[[task]]\nid = "T01"\nclause = 3\ntitle = {zh = "一", en = "1"}\nresponsible = {zh = "一", en = "1"}\n'
        'evidence = {zh = "一", en = "1"}\ndeadline = 2020-05-01\nkpi = "magic"\ntarget = 2.0\n'
        '[[task]]\nid = "T01"\nclause = "SEED"\ntarget = 0.5\n',
        encoding="utf-8",
    )
    with pytest.raises(BadDeclaration) as caught:
        PilotPlan.load(broken)
    text = "\n".join(caught.value.faults)
    for word in (
        "soon_days",
        "content needs",
        "end: expected",
        "twice",
        "clause",
        "magic",
        "target: expected",
        "settles",
        "without a kpi",
    ):
        assert word in text, word


def test_a_missing_plan_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(BadDeclaration):
        PilotPlan.load(tmp_path / "pilot.toml")
