"""A clock that is set back: sessions end, the log keeps its order and says so, no build puts old grades in place of new ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from models.build import build
from models.next_day import days_to_build
from pipeline.errors import ChecksFailed
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import audit, sessions
from pipeline.stores.operations.case_reads import cases
from pipeline.stores.operations.case_rules import Step
from pipeline.stores.operations.casework import take_step
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.sessions import SKEW
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import current_build
from tests.accounts import PASSWORD, actor, add, cheap_hashes
from tests.public_tables import city_file
from tests.small_city import SmallCity
from tests.warned import warned


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The wall clock, moved by hand."""
    now = [datetime(2020, 10, 15, 9, 0)]
    monkeypatch.setattr(Settings, "now", lambda _: now[0])
    return now


@pytest.fixture
def store(tmp_path: Path, clock: list[datetime]) -> Iterator[Operations]:
    opened = Operations.open(Settings.load(city_file(tmp_path / "city")))
    with cheap_hashes():
        yield opened
    opened.close()


@pytest.mark.parametrize("back", [timedelta(minutes=6), timedelta(hours=3), timedelta(days=400)])
def test_no_session_lasts_longer(store: Operations, clock: list[datetime], back: timedelta) -> None:
    token = add(store, "li", Role.LEADER)
    clock[0] -= back
    assert sessions.find_session(store, token) is None
    again = sessions.sign_in(store, "li", PASSWORD)
    assert again and sessions.find_session(store, again)


def test_a_small_correction_ends_nothing(store: Operations, clock: list[datetime]) -> None:
    token = add(store, "li", Role.LEADER)
    clock[0] -= SKEW
    assert sessions.find_session(store, token)


def test_the_wait_after_wrong_passwords_is_not_cut_short(store: Operations, clock: list[datetime]) -> None:
    add(store, "li", Role.LEADER)
    for n in range(6):
        assert sessions.sign_in(store, "li", f"wrong-{n}") is None
    clock[0] -= timedelta(days=1)
    assert sessions.sign_in(store, "li", PASSWORD) is None


def test_the_log_keeps_its_order_and_says_that_the_clock_went_back(store: Operations, clock: list[datetime]) -> None:
    who = actor(Role.SUPERVISOR, store.settings.city)
    for minutes in (0, 5, -180, 1, 1, -60 * 24 * 365, 10):
        clock[0] += timedelta(minutes=minutes)
        audit.note(store, who, "view", f"{minutes}")
    rows = store.rows(select(AUDIT.c.subject, AUDIT.c.detail).order_by(AUDIT.c.seq))
    assert [r.subject for r in rows if "clock_back" in r.detail] == ["-180", f"{-60 * 24 * 365}"]
    chain = audit.verify(store)
    assert chain.rows == 7 and chain.fault is None


def test_a_step_on_a_day_gone_by_is_kept_and_noted(small: SmallCity, clock: list[datetime]) -> None:
    opened = warned(small.settings)
    row = cases(opened, actor(Role.SUPERVISOR, small.settings.city)).query("unit.notna()").iloc[0]
    county = actor(Role.COUNTY, small.settings.city, (row["unit"],))
    audit.note(opened, county, "case_view", row["case_id"])
    clock[0] -= timedelta(days=30)
    after = take_step(opened, county, row["case_id"], Step.ACCEPT, version=row["version"], note="签收")
    assert after.accept_due == row["accept_due"] and after.version == row["version"] + 1, "a deadline moved"
    last = opened.rows(select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(1))[0]
    assert last.action == "case.accept" and "clock_back" in last.detail
    assert audit.verify(opened).fault is None
    opened.close()


def test_no_build_goes_back_by_itself(small: SmallCity) -> None:
    """With the business day before what is published nothing is built, and it is said how to do it on purpose."""
    before = current_build(small.settings)
    (small.folder / "var" / "today").write_text("2020-09-01\n", encoding="utf-8")
    for attempt in (lambda: build(small.settings), lambda: days_to_build(small.settings)):
        with pytest.raises(ChecksFailed, match=r"2020-09-01.*2020-10-16.*--as-of"):
            attempt()
    assert current_build(small.settings) == before
    done = build(small.settings, [date(2020, 9, 2)])
    assert done.published and current_build(small.settings) != before
