"""How long each step of a case took: working days between acts, counted by hand here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations.case_times import step_days
from pipeline.stores.operations.schema import CASE_STEP, WARNING_CASE
from pipeline.stores.operations.store import Operations
from tests.accounts import actor
from tests.public_tables import city_file

OPENED = date(2020, 9, 1)
"""A Tuesday; 5 and 6 September are a weekend."""
STATES = ("WAITING", "ACCEPTED", "VERIFYING", "DISPOSING", "REPORTED", "CLOSED")
STEPS = ("ACCEPT", "VERIFY", "DISPOSE", "REPORT", "CLOSE")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operations]:
    folder: Path = city_file(tmp_path_factory.mktemp("times") / "city")
    opened = Operations.open(Settings.load(folder))
    yield opened
    opened.close()


def case(operations: Operations, case_id: str, unit: str, days: list[date]) -> None:
    """A case that took one step on each of `days`, and was assigned once in between, which moves nothing."""
    due = date(2020, 10, 1)
    row = {
        "case_id": case_id, "rule": "W02", "level": 1, "subject": "x", "unit": unit, "detail": "{}", "state": STATES[len(days)],
        "opened_on": OPENED, "opened_in": "b", "accept_due": due, "verify_due": due, "dispose_due": due, "is_extended": False,
        "escalates_at_once": False, "version": 1,
    }  # fmt: skip
    with operations.transaction() as transaction:
        transaction.execute(insert(WARNING_CASE).values(**row))
        for n, day in enumerate(days):
            at = datetime.combine(day, datetime.min.time())
            act = {"case_id": case_id, "user": "u", "business_at": at, "wall_at": at, "note": "", "attachment": ""}
            moved = {"step": STEPS[n], "state_before": STATES[n], "state_after": STATES[n + 1]}
            assigned = {"step": "ASSIGN", "state_before": STATES[n + 1], "state_after": STATES[n + 1]}
            transaction.execute(insert(CASE_STEP).values(**act, **moved))
            transaction.execute(insert(CASE_STEP).values(**act, **assigned))


def emptied(operations: Operations) -> Operations:
    with operations.transaction() as transaction:
        transaction.execute(delete(CASE_STEP))
        transaction.execute(delete(WARNING_CASE))
    return operations


def test_days_are_working_days_since_the_step_before(store: Operations) -> None:
    units = [u.code for u in store.settings.city.units]
    case(emptied(store), "c1", units[0], [date(2020, 9, 2), date(2020, 9, 2), date(2020, 9, 7)])
    case(store, "c2", units[-1], [date(2020, 9, 4)])
    found = step_days(store, actor(Role.LEADER, store.settings.city))
    rows = list(found[["case_id", "step", "working_days"]].itertuples(index=False, name=None))
    assert rows == [("c1", "ACCEPT", 1), ("c1", "VERIFY", 0), ("c1", "DISPOSE", 3), ("c2", "ACCEPT", 3)]
    county = step_days(store, actor(Role.COUNTY, store.settings.city, (units[0],)))
    assert set(county["case_id"]) == ({"c1"} if units[0] != units[-1] else {"c1", "c2"})
    assert len(step_days(store, actor(Role.ADMIN, store.settings.city))) == 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dates(OPENED, date(2020, 11, 30)), max_size=5).map(sorted))
def test_the_steps_of_a_case_add_up_to_its_whole_time(store: Operations, days: list[date]) -> None:
    case(emptied(store), "c", store.settings.city.units[0].code, days)
    found = step_days(store, actor(Role.SUPERVISOR, store.settings.city))
    calendar = Reference.load(store.settings.reference)
    assert len(found) == len(days) and (found["working_days"] >= 0).all()
    assert found["working_days"].sum() == (calendar.working_days_between(OPENED, days[-1]) if days else 0)
