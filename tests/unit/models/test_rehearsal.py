"""The rehearsal of a demo deployment: every state and light is there, it acts alike, once, and only in a demo."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from models.policy.draw_verify import verify
from models.rehearsal import FIRST_DAY, LAST_DAY, RehearsalSummary, rehearse
from models.rehearsal_people import people_of_city
from pages.views.phases import phase_line
from pipeline.errors import Refused
from pipeline.pilot import Light
from pipeline.settings import OWN_SUPPLIER, Settings
from pipeline.stores.operations import audit
from pipeline.stores.operations.case_reads import CaseFilter, cases
from pipeline.stores.operations.case_rules import State
from pipeline.stores.operations.check_results import tasks
from pipeline.stores.operations.draws import draws
from pipeline.stores.operations.schema import AUDIT, CASE_STEP, CHECK_RESULT, PILOT_STEP
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import last_steps, plan_of
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.accounts import cheap_hashes
from tests.small_city import DAYS, SmallCity

pytestmark = pytest.mark.slow

EVERYTHING = CaseFilter(open_only=False)


def rehearsed(folder: Path) -> tuple[Operations, RehearsalSummary]:
    city = SmallCity(folder)
    city.deliver_all()
    city.deliver_draw_assets()
    with cheap_hashes():
        summary = rehearse(city.settings, days=DAYS)
    return Operations.open(city.settings), summary


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Operations, RehearsalSummary]]:
    operations, summary = rehearsed(tmp_path_factory.mktemp("rehearsal") / "city")
    yield operations, summary
    operations.close()


def test_cases_stand_at_every_state_and_some_are_late(once: tuple[Operations, RehearsalSummary]) -> None:
    operations, summary = once
    found = cases(operations, people_of_city(operations).of(None), EVERYTHING)
    old = found[found["opened_on"] == FIRST_DAY]
    assert summary.acts > len(old) > 20
    assert {State[s] for s in old["state"]} >= set(State) - {State.FALSE_ALARM, State.TRANSFERRED}
    assert old["is_overdue"].any() and old["is_extended"].any() and old["assigned_to"].notna().any()
    assert not old.loc[old["is_extended"], "is_overdue"].any(), "time was given again"
    assert set(found["opened_on"]) <= {FIRST_DAY, LAST_DAY} and operations.settings.today() == LAST_DAY


def test_two_thirds_of_a_draw_of_september_have_results_that_count(once: tuple[Operations, RehearsalSummary]) -> None:
    operations, _ = once
    who = people_of_city(operations).of(None)
    (drawn,) = draws(operations, who).to_dict("records")
    assert drawn["business_at"].date() == date(2020, 9, 7) and drawn["as_of"] == date(2020, 9, 1)
    assert verify(operations, drawn["draw_id"]).is_same
    made = tasks(operations, who)
    made = made[made["not_made"].isna()]
    assert made["is_done"].sum() == -(-len(made) * 2 // 3) > 3
    assert made["checked_on"].dropna().between(date(2020, 9, 8), date(2020, 10, 14)).all()
    with Warehouse.read(build_file(operations.settings, str(current_build(operations.settings)))) as warehouse:
        taken = "SELECT sum(accepted)::INT FROM mart.delivery WHERE supplier = ?"
        assert warehouse.value(taken, [OWN_SUPPLIER]) == made["is_done"].sum()


def test_the_pilot_shows_every_light(once: tuple[Operations, RehearsalSummary]) -> None:
    operations, _ = once
    who = people_of_city(operations).of(None)
    line = phase_line(plan_of(operations), LAST_DAY, last_steps(operations, who), {}, {})
    assert all(count for _, count in line.lights), line.lights
    assert {c.id: c.light for c in line.chips if c.id in ("T10", "T11")} == {"T10": Light.LATE, "T11": Light.SOON}


def test_each_act_is_in_the_log_at_its_own_time(once: tuple[Operations, RehearsalSummary]) -> None:
    operations, summary = once
    assert audit.verify(operations).fault is None
    acts = [r for r in operations.rows(AUDIT.select()) if r.action.startswith(("case.", "result.", "set_task"))]
    assert len(acts) >= summary.acts * 0.9
    assert {r.business_at.date() for r in acts} <= {d.date() for d in pd.date_range(FIRST_DAY, LAST_DAY)}


def test_a_second_call_changes_nothing_and_another_city_acts_alike(
    once: tuple[Operations, RehearsalSummary], tmp_path: Path
) -> None:
    operations, _ = once
    before = log(operations)
    again = rehearse(operations.settings, days=DAYS)
    assert again.acts == 0 and "不再重复" in again.line and log(operations) == before
    other, _ = rehearsed(tmp_path / "city")
    assert log(other) == before
    other.close()


def test_a_real_deployment_is_not_rehearsed(tmp_path: Path) -> None:
    city = SmallCity(tmp_path / "city", synthetic=False)
    with pytest.raises(Refused):
        rehearse(city.settings)
    operations = Operations.open(city.settings)
    with pytest.raises(Refused):
        operations.at(operations.settings.now())
    assert not Settings.load(city.folder).raw.exists()


def log(operations: Operations) -> list[tuple[object, ...]]:
    """What people did, without the wall clock; the build opens cases at the time of day at which it runs."""
    steps = [
        (r.case_id, r.step, r.user, r.business_at if r.user != "system" else r.business_at.date(), r.note)
        for r in operations.rows(CASE_STEP.select())
    ]
    results = [(r.task_id, r.result, r.user, r.business_at) for r in operations.rows(CHECK_RESULT.select())]
    said = [(r.task, r.state, r.deadline, r.business_at) for r in operations.rows(PILOT_STEP.select())]
    return [*steps, *results, *said]
