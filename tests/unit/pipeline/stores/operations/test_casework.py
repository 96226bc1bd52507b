"""Cases: opened once, merged, raised, moved along the listed steps only, cut by scope, never overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.domain import Severity
from pipeline.errors import NotPermitted, Outdated, Refused
from pipeline.stores.access import Actor, Role, Scope
from pipeline.stores.operations.case_opening import Opened, Terms, open_cases
from pipeline.stores.operations.case_reads import (
    CaseFilter,
    case_of,
    cases,
    cases_revision,
    count_cases,
    steps_of,
    triggers,
)
from pipeline.stores.operations.case_rules import Case, State, Step, allowed_steps
from pipeline.stores.operations.casework import assign, take_step
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from tests.small_city import TODAY, SmallCity

TERMS = {1: Terms(2, 10, 20, False), 2: Terms(1, 5, 15, False), 3: Terms(0, 3, 7, True)}
DIVISION = Actor("credit", "信用科", Role.SUPERVISOR, Scope(is_whole=True))
DC = Actor("dc", "东昌", Role.COUNTY, Scope(("TH-DC",)))
ED = Actor("ed", "二道江", Role.COUNTY, Scope(("TH-ED",)))
LEADER = Actor("leader", "领导", Role.LEADER, Scope(is_whole=True))
FOOD = Actor("food", "餐饮科", Role.SECTION, Scope(("TH-DC", "TH-ED"), ("catering",)))
WINDOW = Actor("window", "窗口", Role.WINDOW, Scope())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Operations]:
    operations = Operations.open(SmallCity(tmp_path / "city").settings)
    yield operations
    operations.close()


def condition(key: str, level: int = 2, subject: str = "F1", unit: str | None = "TH-DC", **more: Any) -> dict[str, Any]:
    uscc = subject if subject.startswith("F") else None
    return {
        "warning_id": f"W02-{subject}-{key}", "rule": "W02", "level": level, "subject": subject, "uscc": uscc,
        "entity_name": "某公司", "unit": unit, "happened_on": date(2020, 10, 1), "detail": "{}", **more,
    }  # fmt: skip


def opened(store: Operations, *found: dict[str, Any], homes: dict[str, str | None] | None = None) -> Opened:
    return open_cases(store, pd.DataFrame(found), TERMS, build_id="b1", merge_days=30, homes=homes or {})


def only(store: Operations) -> Case:
    (case_id,) = cases(store, DIVISION, CaseFilter(open_only=False))["case_id"]
    return case_of(store, DIVISION, str(case_id))


def go(store: Operations, actor: Actor, step: Step, **given: Any) -> Case:
    case = only(store)
    return take_step(store, actor, case.case_id, step, version=case.version, **given)


def steps(actor: Actor, case: Case) -> set[Step]:
    return {t.step for t in allowed_steps(actor, case)}


def test_a_condition_is_opened_once_and_a_new_one_of_the_same_firm_joins_the_open_case(store: Operations) -> None:
    assert opened(store, condition("a")) == Opened(1, 0, 0, 0)
    assert opened(store, condition("a")) == Opened(0, 0, 0, 0)
    assert opened(store, condition("a"), condition("b")) == Opened(0, 1, 0, 0)
    assert opened(store, condition("c", subject="F2")) == Opened(1, 0, 0, 0)
    assert len(cases(store, DIVISION)) == 2 and len(triggers(store, DIVISION)) == 3
    assert len(store.rows(AUDIT.select())) == 3, "a repeated build writes nothing"


def test_whatever_changes_a_case_is_another_revision(store: Operations) -> None:
    seen = [cases_revision(store)]
    opened(store, condition("a"))
    seen.append(cases_revision(store))
    opened(store, condition("b", level=3))
    seen.append(cases_revision(store))
    go(store, DC, Step.ACCEPT)
    seen.append(cases_revision(store))
    opened(store, condition("b", level=3), homes={"F1": "TH-ED"})
    seen.append(cases_revision(store))
    assert len(set(seen)) == len(seen) and cases_revision(store) == seen[-1]


def test_deadlines_are_working_days_from_the_opening(store: Operations) -> None:
    assert date(2020, 10, 15) == TODAY, "a Thursday"
    opened(store, condition("a", level=2))
    case = only(store)
    assert (case.accept_due, case.verify_due, case.dispose_due) == (
        date(2020, 10, 16), date(2020, 10, 22), date(2020, 11, 5)
    )  # fmt: skip
    assert case.due_on == case.accept_due and not case.is_overdue and not case.is_escalated
    frame = cases(store, DIVISION)
    assert list(frame["days_left"]) == [1] and not frame["is_overdue"].any()


def test_overdue_and_escalation_are_computed(store: Operations) -> None:
    opened(store, condition("a", level=2), condition("b", level=3, subject="F2"))
    assert dict(cases(store, DIVISION)[["subject", "is_escalated"]].itertuples(index=False)) == {
        "F1": False,
        "F2": True,
    }, "重大 goes up at once"
    (store.settings.var / "today").write_text("2020-10-20\n")
    frame = cases(store, DIVISION)
    assert frame["is_overdue"].all() and frame["is_escalated"].all() and list(frame["days_left"]) == [-3, -2]
    assert list(count_cases(store, DIVISION, by=("level",))["overdue"]) == [1, 1]


def test_a_worse_condition_raises_the_open_case_and_never_gives_more_time(store: Operations) -> None:
    opened(store, condition("a", level=1))
    assert opened(store, condition("a", level=3)) == Opened(0, 0, 1, 0)
    case = only(store)
    assert case.level is Severity.CRITICAL and case.dispose_due == date(2020, 10, 26) and case.is_escalated
    assert opened(store, condition("a", level=1)) == Opened(0, 0, 0, 0), "and it never gets milder"


def test_an_open_case_follows_its_firm_to_another_unit(store: Operations) -> None:
    opened(store, condition("a"))
    assert opened(store, condition("a"), homes={"F1": "TH-ED"}) == Opened(0, 0, 0, 1)
    assert len(cases(store, ED)) == 1 and cases(store, DC).empty


def test_after_thirty_days_or_once_closed_a_new_case_is_opened(store: Operations) -> None:
    opened(store, condition("a"))
    (store.settings.var / "today").write_text("2020-11-16\n")
    assert opened(store, condition("b")) == Opened(1, 0, 0, 0)


def test_the_whole_way_to_closing(store: Operations) -> None:
    opened(store, condition("a"))
    assert steps(DC, only(store)) == {Step.ACCEPT} and steps(DIVISION, only(store)) == {Step.ASSIGN}
    go(store, DC, Step.ACCEPT)
    go(store, DC, Step.VERIFY)
    with pytest.raises(Refused, match="说明"):
        go(store, DC, Step.DISPOSE)
    go(store, DC, Step.DISPOSE, note="属实")
    go(store, DC, Step.REPORT, note="已改正")
    assert steps(DC, only(store)) == set(), "closing is the division's"
    with pytest.raises(Refused):
        go(store, DC, Step.CLOSE, note="自己销号")
    closed = go(store, DIVISION, Step.CLOSE, note="核实无误")
    assert closed.state is State.CLOSED and closed.closed_on == TODAY and closed.due_on is None
    assert steps(DIVISION, closed) == steps(DC, closed) == set()
    walked = steps_of(store, DIVISION, closed.case_id)
    assert list(walked["step"]) == ["OPEN", "ACCEPT", "VERIFY", "DISPOSE", "REPORT", "CLOSE"]
    assert list(walked["state_after"])[1:] == ["ACCEPTED", "VERIFYING", "DISPOSING", "REPORTED", "CLOSED"]
    assert cases(store, DIVISION).empty and len(cases(store, DIVISION, CaseFilter(open_only=False))) == 1


def test_a_false_alarm_needs_evidence_and_a_county_can_not_end_its_own_critical_case(store: Operations) -> None:
    opened(store, condition("a", level=2))
    go(store, DC, Step.ACCEPT)
    go(store, DC, Step.VERIFY)
    with pytest.raises(Refused, match="证据"):
        go(store, DC, Step.FALSE_ALARM, note="不属实")
    opened(store, condition("a", level=3))
    assert steps(DC, only(store)) == {Step.DISPOSE}
    assert {Step.FALSE_ALARM, Step.TRANSFER} <= steps(DIVISION, only(store))
    assert go(store, DIVISION, Step.FALSE_ALARM, note="不属实", attachment="核查笔录").state is State.FALSE_ALARM


def test_an_extension_is_the_divisions_once_and_bounded(store: Operations) -> None:
    opened(store, condition("a"))
    go(store, DC, Step.ACCEPT)
    assert Step.EXTEND not in steps(DC, only(store))
    with pytest.raises(Refused, match="期限应在"):
        go(store, DIVISION, Step.EXTEND, note="疫情", until=date(2021, 6, 1))
    case = go(store, DIVISION, Step.EXTEND, note="疫情", until=date(2020, 11, 20))
    assert case.dispose_due == date(2020, 11, 20) and case.is_extended and Step.EXTEND not in steps(DIVISION, case)


def test_two_people_do_not_overwrite_each_other(store: Operations) -> None:
    opened(store, condition("a"))
    seen = only(store)
    take_step(store, DC, seen.case_id, Step.ACCEPT, version=seen.version)
    with pytest.raises(Outdated):
        take_step(store, DC, seen.case_id, Step.ACCEPT, version=seen.version)


def test_assigning_is_the_divisions_all_or_none_and_stays_within_the_unit(store: Operations) -> None:
    opened(store, condition("a"), condition("b", subject="TH-DC/H", unit=None))
    both = dict.fromkeys(cases(store, DIVISION)["case_id"], 1)
    with pytest.raises(NotPermitted):
        assign(store, DC, both, unit="TH-DC")
    with pytest.raises(Refused, match="移送"):
        assign(store, DIVISION, both, unit="TH-ED")
    assert set(cases(store, DIVISION)["version"]) == {1}, "all or none"
    assert assign(store, DIVISION, both, unit="TH-DC") == 2
    assert len(cases(store, DC)) == 2
    with pytest.raises(Refused, match="账户"):
        assign(store, DIVISION, dict.fromkeys(both, 2), to="nobody")


def test_rows_are_cut_by_scope_and_a_foreign_case_is_no_case(store: Operations) -> None:
    opened(store, condition("a"), condition("b", subject="F2", unit="TH-ED"), condition("c", subject="x", unit=None))
    assert len(cases(store, DIVISION)) == len(cases(store, LEADER)) == 3
    assert list(cases(store, DC)["subject"]) == ["F1"] and list(cases(store, ED)["subject"]) == ["F2"]
    assert cases(store, WINDOW).empty and triggers(store, WINDOW).empty and len(triggers(store, DC)) == 1
    foreign = str(cases(store, ED)["case_id"][0])
    for case_id in (foreign, "YJ20990101-00001"):
        with pytest.raises(NotPermitted, match="没有这个预警"):
            case_of(store, DC, case_id)
        with pytest.raises(NotPermitted, match="没有这个预警"):
            take_step(store, DC, case_id, Step.ACCEPT, version=1)
    assert steps_of(store, DC, foreign).empty
    assert all(steps(LEADER, case_of(store, LEADER, c)) == set() for c in cases(store, LEADER)["case_id"])


def test_a_section_sees_the_firms_of_its_own_reader_and_nothing_without_it(store: Operations) -> None:
    opened(store, condition("a"), condition("b", subject="F2", unit="TH-ED"), condition("c", subject="x", unit="TH-DC"))
    assert cases(store, FOOD).empty
    assert list(cases(store, FOOD, firms=["F2", "F9"])["subject"]) == ["F2"]
    assert list(count_cases(store, FOOD, firms=["F1", "F2"], by=("unit",))["unit"]) == ["TH-DC", "TH-ED"]


def test_filters_and_order(store: Operations) -> None:
    opened(store, *(condition("a", level=n, subject=f"F{n}") for n in (1, 2, 3)))
    assert list(cases(store, DIVISION)["level"]) == [3, 2, 1]
    assert list(cases(store, DIVISION, CaseFilter(levels=(2,)))["subject"]) == ["F2"]
    assert list(cases(store, DIVISION, CaseFilter(text="F3"))["subject"]) == ["F3"]
    assert len(cases(store, DIVISION, CaseFilter(text="%"))) == 0, "a wildcard is a letter"
    assert len(cases(store, DIVISION, limit=1, offset=1)) == 1
    assert cases(store, DIVISION, CaseFilter(states=("CLOSED",))).empty
