"""Two people act on one thing at the same moment: one wins, the other is told so, and the log has both ends of it right."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from models.policy.draw import hold
from models.policy.draw_frame import DrawRequest
from models.policy.draw_plan import plan
from pipeline.errors import BadDeclaration, Outdated, Refused
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import accounts, audit, check_results
from pipeline.stores.operations.accounts import Account, operator
from pipeline.stores.operations.case_reads import case_of, cases
from pipeline.stores.operations.case_rules import State, Step
from pipeline.stores.operations.casework import assign, take_step
from pipeline.stores.operations.check_entry import Entry, record_result
from pipeline.stores.operations.schema import AUDIT, CHECK_RESULT
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import TaskState, set_task, steps_of
from pipeline.stores.reader import open_library
from tests.accounts import actor, add, cheap_hashes
from tests.warned import warned

PEOPLE = 6
Act = Callable[[Operations, int], object]


@pytest.fixture
def store(drawable: Settings, tmp_path: Path) -> Iterator[Operations]:
    """A small city with open warnings."""
    shutil.copytree(drawable.data, tmp_path / "city")
    opened = warned(Settings.load(tmp_path / "city"))
    yield opened
    opened.close()


def at_once(settings: Settings, act: Act, people: int = PEOPLE) -> tuple[list[object], list[Exception]]:
    """What comes of an act that so many people try at the same moment, each with a store of their own: (won, refused)."""
    start = Barrier(people)

    def one(n: int) -> object:
        own = Operations.open(settings)
        start.wait()
        try:
            return act(own, n)
        except Exception as fault:
            return fault
        finally:
            own.close()

    with ThreadPoolExecutor(people) as pool:
        found = list(pool.map(one, range(people)))
    return [f for f in found if not isinstance(f, Exception)], [f for f in found if isinstance(f, Exception)]


def told(refused: list[Exception], kind: type[Exception] = Outdated) -> bool:
    """Whether everybody else was refused in clear words, in both languages."""
    return all(isinstance(f, kind) for f in refused) and all(
        f.zh and f.en for f in refused if isinstance(f, Refused)
    )  # fmt: skip


def logged(store: Operations, action: str) -> list[str]:
    return [r.user for r in store.rows(select(AUDIT.c.user).where(AUDIT.c.action == action).order_by(AUDIT.c.seq))]


def test_one_warning_is_accepted_once(store: Operations) -> None:
    city = store.settings.city
    row = cases(store, actor(Role.SUPERVISOR, city)).query("unit.notna()").iloc[0]
    county = actor(Role.COUNTY, city, (row["unit"],))
    won, refused = at_once(
        store.settings,
        lambda own, n: take_step(own, county, row["case_id"], Step.ACCEPT, version=row["version"], note=f"第{n}人"),
    )
    assert len(won) == 1 and len(refused) == PEOPLE - 1 and told(refused)
    case = case_of(store, county, row["case_id"])
    assert (case.state, case.version) == (State.ACCEPTED, row["version"] + 1)
    assert len(logged(store, "case.accept")) == 1 and audit.verify(store).fault is None


def test_closing_and_reopening_hands_cross(store: Operations) -> None:
    """Different steps on the same version: whichever comes first, the other looks again."""
    city = store.settings.city
    division = actor(Role.SUPERVISOR, city)
    row = cases(store, division).query("unit.notna()").iloc[0]
    county = actor(Role.COUNTY, city, (row["unit"],))
    acts: tuple[Act, ...] = (
        lambda own, _: take_step(own, county, row["case_id"], Step.ACCEPT, version=row["version"], note="签收"),
        lambda own, _: assign(own, division, {row["case_id"]: row["version"]}, own_unit=True, note="分派"),
    )
    won, refused = at_once(store.settings, lambda own, n: acts[n % 2](own, n))
    assert len(won) == 1 and told(refused)
    assert len(logged(store, "case.accept")) + len(logged(store, "case.assign")) == 1


def test_a_batch_is_assigned_whole_or_not_at_all(store: Operations) -> None:
    division = actor(Role.SUPERVISOR, store.settings.city)
    found = cases(store, division).query("unit.notna() and state == 'WAITING'")
    chosen = dict(zip(found["case_id"], found["version"], strict=True))
    won, refused = at_once(store.settings, lambda own, _: assign(own, division, chosen, own_unit=True, note="批量分派"))
    assert won == [len(chosen)] and told(refused)
    assert len(logged(store, "case.assign")) == len(chosen)


def test_one_result_of_one_check(store: Operations) -> None:
    settings, division = store.settings, actor(Role.SUPERVISOR, store.settings.city)
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library
    request = DrawRequest("双随机", items=("JG1",), due_on=date(2020, 12, 1))
    read = library.reader(division)
    made = plan(store, read, division, request)
    held = hold(store, read, division, made, b"7" * 32)
    task = check_results.tasks(store, division, held.draw_id).query("not_made.isna()").iloc[0]
    mode = str(task["modes"]).split(";")[0]
    won, refused = at_once(
        settings,
        lambda own, n: record_result(
            own, division, task["task_id"], Entry(settings.today(), mode, ("01",), note=f"第{n}人"), version=0
        ),
    )
    library.close()
    assert won == [1] and len(refused) == PEOPLE - 1 and told(refused)
    assert len(store.rows(select(CHECK_RESULT))) == 1 and len(logged(store, "result.record")) == 1


def test_one_step_of_a_pilot_task(store: Operations) -> None:
    division = actor(Role.SUPERVISOR, store.settings.city)
    seen = len(steps_of(store, division, "T10"))
    won, refused = at_once(
        store.settings,
        lambda own, n: set_task(own, division, "T10", TaskState.OPEN, evidence=f"第{n}人", seen=seen),
    )
    assert len(won) == 1 and len(refused) == PEOPLE - 1 and told(refused)
    assert len(steps_of(store, division, "T10")) == seen + 1 and len(logged(store, "set_task")) == 1


def test_one_account_of_a_name_and_one_disabling(store: Operations) -> None:
    with cheap_hashes():
        account = Account("zhao", "赵测试", Role.LEADER)
        won, refused = at_once(store.settings, lambda own, _: accounts.add_account(own, operator(), account))
        assert len(won) == 1 and told(refused, BadDeclaration) and "exists" in str(refused[0])
        add(store, "qian", Role.LEADER)
    at_once(store.settings, lambda own, _: accounts.disable_account(own, operator(), "qian"))
    assert audit.verify(store).fault is None


def test_everybody_s_views_are_in_the_log_in_one_order(store: Operations) -> None:
    who = actor(Role.SUPERVISOR, store.settings.city)
    won, refused = at_once(
        store.settings, lambda own, n: [audit.note(own, who, "view", f"{n}-{i}") for i in range(5)], people=8
    )
    assert len(won) == 8 and not refused
    assert len(logged(store, "view")) == 40 and audit.verify(store).fault is None


ACCEPT = """
import sys, time
from pathlib import Path
from pipeline.errors import Outdated
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations.case_rules import Step
from pipeline.stores.operations.casework import take_step
from pipeline.stores.operations.store import Operations
from tests.accounts import actor
data, case_id, unit, version, go = sys.argv[1:]
settings = Settings.load(Path(data))
own = Operations.open(settings)
print("ready", flush=True)
while not Path(go).exists():
    time.sleep(0.001)
try:
    take_step(own, actor(Role.COUNTY, settings.city, (unit,)), case_id, Step.ACCEPT, version=int(version), note="签收")
    print("won")
except Outdated:
    print("refused")
"""


def test_several_processes_are_no_way_round(store: Operations, tmp_path: Path) -> None:
    """As behind a proxy with several servers: what decides lies in the store, not in a process."""
    row = cases(store, actor(Role.SUPERVISOR, store.settings.city)).query("unit.notna()").iloc[0]
    go = tmp_path / "go"
    asked = [str(store.settings.data), row["case_id"], row["unit"], str(row["version"]), str(go)]
    command = [sys.executable, "-c", ACCEPT, *asked]
    people = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [p.stdout.readline() for p in people if p.stdout] == ["ready\n"] * 3
    go.touch()
    found = [p.communicate(timeout=60)[0].strip() for p in people]
    assert sorted(found) == ["refused", "refused", "won"]
