"""The office sets the state of a task: only the office, with evidence, in steps that stay."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipeline.errors import NotPermitted, Refused
from pipeline.stores.access import Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import TaskState, last_steps, plan_of, set_task, steps_of
from tests.accounts import actor
from tests.small_city import TODAY, SmallCity

DONE: dict[str, Any] = {"evidence": "已印发", "file_name": "办法.pdf", "done_on": date(2020, 9, 1)}


@pytest.fixture
def operations(small: SmallCity) -> Operations:
    return Operations.open(small.settings)


def test_the_last_step_counts_and_every_step_stays(operations: Operations) -> None:
    office = actor(Role.SUPERVISOR, operations.settings.city)
    set_task(operations, office, "T10", TaskState.DONE, **DONE)
    set_task(operations, office, "T10", TaskState.OPEN, evidence="误标，撤回", done_on=date(2020, 9, 1))
    last = last_steps(operations, office)
    assert last["T10"].state is TaskState.OPEN and last["T10"].done_on is None and set(last) == {"T10"}
    assert [s.state for s in steps_of(operations, office, "T10")] == [TaskState.OPEN, TaskState.DONE]
    first = steps_of(operations, office, "T10")[1]
    assert (first.evidence, first.file_name, first.done_on) == ("已印发", "办法.pdf", date(2020, 9, 1))
    assert first.business_at.date() == TODAY and first.user == office.user


def test_each_step_is_one_row_of_the_log(operations: Operations) -> None:
    office = actor(Role.SUPERVISOR, operations.settings.city)
    set_task(operations, office, "T01", TaskState.FILED, **DONE)
    rows = [r for r in operations.rows(AUDIT.select()) if r.action == "set_task"]
    assert [(r.subject, r.user) for r in rows] == [("T01", office.user)]
    assert "FILED" in rows[0].detail and "已印发" in rows[0].detail
    assert audit.verify(operations).fault is None


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.SUPERVISOR])
def test_nobody_but_the_office(operations: Operations, role: Role) -> None:
    with pytest.raises(NotPermitted):
        set_task(operations, actor(role, operations.settings.city), "T10", TaskState.DONE, **DONE)
    assert last_steps(operations, actor(Role.SUPERVISOR, operations.settings.city)) == {}


@pytest.mark.parametrize("role", [Role.COUNTY, Role.SECTION, Role.WINDOW, Role.ADMIN])
def test_who_does_not_see_the_whole_city_sees_no_step(operations: Operations, role: Role) -> None:
    set_task(operations, actor(Role.SUPERVISOR, operations.settings.city), "T10", TaskState.DONE, **DONE)
    stranger = actor(role, operations.settings.city)
    assert last_steps(operations, stranger) == {} and steps_of(operations, stranger, "T10") == ()


@pytest.mark.parametrize(
    ("task", "state", "said"),
    [
        ("T99", TaskState.DONE, DONE),
        ("T03", TaskState.DONE, DONE),
        ("T10", TaskState.DONE, DONE | {"evidence": "  "}),
        ("T10", TaskState.OPEN, {}),
        ("T10", TaskState.FILED, DONE | {"done_on": None}),
        ("T10", TaskState.DONE, DONE | {"done_on": date(2020, 10, 16)}),
        ("T10", TaskState.DONE, DONE | {"evidence": "长" * 501}),
    ],
)
def test_what_lacks_something_is_refused_and_nothing_is_written(
    operations: Operations, task: str, state: TaskState, said: dict[str, Any]
) -> None:
    office = actor(Role.SUPERVISOR, operations.settings.city)
    with pytest.raises(Refused) as refusal:
        set_task(operations, office, task, state, **said)
    assert refusal.value.zh and refusal.value.en
    assert last_steps(operations, office) == {}
    assert not [r for r in operations.rows(AUDIT.select()) if r.action == "set_task"]


@pytest.mark.parametrize("name", ["C:\\文件\\办法.pdf", "../../办法.pdf", "/srv/办法.pdf"])
def test_only_the_name_of_a_file_is_kept(operations: Operations, name: str) -> None:
    office = actor(Role.SUPERVISOR, operations.settings.city)
    set_task(operations, office, "T10", TaskState.DONE, **(DONE | {"file_name": name}))
    assert last_steps(operations, office)["T10"].file_name == "办法.pdf"


def test_the_office_sets_the_deadline_where_the_plan_sets_none(operations: Operations) -> None:
    office = actor(Role.SUPERVISOR, operations.settings.city)
    before = plan_of(operations).task("T11")
    assert before and not before.is_deadline_confirmed
    for day in (date(2020, 11, 2), date(2020, 10, 30)):
        set_task(operations, office, "T11", TaskState.OPEN, evidence="领导小组会议确定", deadline=day)
    set_task(operations, office, "T11", TaskState.OPEN, evidence="已部署")
    after = plan_of(operations).task("T11")
    assert after and after.deadline == date(2020, 10, 30) and after.is_deadline_confirmed
    assert after.note and "2020-10-30" in after.note.zh and "2020-10-30" in after.note.en
    assert [s.deadline for s in steps_of(operations, office, "T11")] == [None, date(2020, 10, 30), date(2020, 11, 2)]


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("T09", {"state": TaskState.OPEN, "deadline": date(2020, 10, 30)}),
        ("T11", {"state": TaskState.OPEN, "deadline": date(2020, 10, 14)}),
        ("T11", {"state": TaskState.DONE, "done_on": TODAY, "deadline": date(2020, 10, 30)}),
    ],
)
def test_a_deadline_of_the_plan_stands(operations: Operations, task: str, said: dict[str, Any]) -> None:
    office = actor(Role.SUPERVISOR, operations.settings.city)
    with pytest.raises(Refused):
        set_task(operations, office, task, evidence="改期", **said)
    assert last_steps(operations, office) == {}
