"""Builds that people start: who may, one at a time, what is said while they run and when they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.next_day import days_to_build, on_next_day
from pipeline.errors import Busy, ChecksFailed, NotPermitted, Refused
from pipeline.progress import ProgressFile, read_progress, reporting
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.lock import build_lock, lock_holder
from pipeline.stores.operations import builds
from pipeline.stores.operations.builds import STAGES, build_runs, running_elsewhere, start_build
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from tests.accounts import actor
from tests.public_tables import city_file
from tests.small_city import SmallCity


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Operations]:
    opened = Operations.open(Settings.load(city_file(tmp_path / "city")))
    yield opened
    opened.close()


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Path]]:
    """What would have been started: words and progress file."""
    started: list[tuple[list[str], Path]] = []
    monkeypatch.setattr(builds, "start", lambda settings, words, progress: started.append((list(words), progress)))
    return started


def says(progress: Path, **state: Any) -> None:
    progress.parent.mkdir(parents=True, exist_ok=True)
    usual = {
        "pid": os.getpid(),
        "stage": "ingest",
        "done": 1,
        "total": 4,
        "finished": {},
        "exit": None,
        "is_whole": False,
    }
    progress.write_text(json.dumps({**usual, "said": "", **state}), encoding="utf-8")


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    return child.pid


@pytest.mark.parametrize("role", [Role.LEADER, Role.COUNTY, Role.SECTION, Role.WINDOW])
def test_only_the_division_and_the_administrator_build(store: Operations, role: Role, children: Any) -> None:
    other = actor(role, store.settings.city)
    for act in (start_build, build_runs, running_elsewhere):
        with pytest.raises(NotPermitted):
            act(store, other)
    assert not children


def test_a_start_is_one_child_and_one_row_of_the_log(store: Operations, children: Any) -> None:
    run_id = start_build(store, actor(Role.ADMIN, store.settings.city))
    (words, progress), *rest = children
    assert not rest
    assert words == ["build", "--next-day"]  # the small city is synthetic
    assert progress.parent == store.settings.var / "builds"
    (row,) = store.rows(select(AUDIT.c.action, AUDIT.c.subject).where(AUDIT.c.action == "build.start"))
    assert row.subject == str(run_id)


def test_a_second_build_has_to_wait(store: Operations, children: Any) -> None:
    who = actor(Role.SUPERVISOR, store.settings.city)
    start_build(store, who)
    with pytest.raises(Refused, match="正在启动"):
        start_build(store, who)
    says(children[0][1], exit=0, is_whole=True, pid=dead_pid())
    start_build(store, who)
    assert len(children) == 2


def test_a_build_of_the_command_line_is_seen_with_process_and_start(store: Operations, children: Any) -> None:
    who = actor(Role.SUPERVISOR, store.settings.city)
    assert running_elsewhere(store, who) is None
    with build_lock(store.settings):
        holder = running_elsewhere(store, who)
        assert holder is not None and holder.pid == os.getpid()
        with pytest.raises(Refused, match=str(os.getpid())):
            start_build(store, who)
    assert running_elsewhere(store, who) is None
    assert not children


def test_who_looks_at_the_lock_does_not_take_it(store: Operations) -> None:
    with build_lock(store.settings), pytest.raises(Busy), build_lock(store.settings):
        pass
    assert lock_holder(store.settings) is None
    with build_lock(store.settings):
        assert lock_holder(store.settings) is not None


@pytest.mark.parametrize(
    ("state", "is_running", "is_whole", "words"),
    [
        ({}, True, False, "正在运行"),
        ({"exit": 0, "is_whole": True}, False, True, "已完成并发布"),
        ({"exit": 11, "is_whole": True}, False, True, "有文件被搁置"),
        ({"exit": 11}, False, False, "送达文件不能用"),
        ({"exit": 10}, False, False, "声明有误"),
        ({"exit": 13}, False, False, "自检未通过"),
        ({"exit": 14}, False, False, "另一构建正在运行"),
        ({"exit": 99}, False, False, "出错中止"),
    ],
)
def test_the_exit_code_in_words(
    store: Operations, children: Any, state: dict[str, Any], is_running: bool, is_whole: bool, words: str
) -> None:
    who = actor(Role.ADMIN, store.settings.city)
    start_build(store, who)
    says(children[0][1], **state)
    (run,) = build_runs(store, who)
    assert (run.is_running, run.is_whole) == (is_running, is_whole)
    assert words in run.end.zh and run.end.en


def test_a_child_that_was_killed_is_not_waited_for(store: Operations, children: Any) -> None:
    who = actor(Role.ADMIN, store.settings.city)
    start_build(store, who)
    says(children[0][1], pid=dead_pid())
    (run,) = build_runs(store, who)
    assert not run.is_running and "中断" in run.end.zh


def test_the_progress_file_knows_stages_seconds_and_the_end(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    told = ProgressFile(path)
    told.EVERY = 0.0
    told.watch("ingest")(2, 5)
    state = read_progress(path)
    assert state and (state["stage"], state["done"], state["total"], state["exit"]) == ("ingest", 2, 5, None)
    told.watch("match")
    told.finish(11, "done", is_whole=True)
    state = read_progress(path)
    assert state and list(state["finished"]) == ["ingest", "match"] and state["exit"] == 11 and state["is_whole"]


def test_a_command_that_fails_says_so_in_its_progress_file(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    with pytest.raises(ChecksFailed), reporting(path):
        raise ChecksFailed("wrong")
    state = read_progress(path)
    assert state and (state["exit"], state["said"], state["is_whole"]) == (13, "wrong", False)
    with reporting(None) as nothing:
        assert nothing is None


def test_the_next_day_is_a_working_day_of_a_synthetic_deployment_only(small: SmallCity, tmp_path: Path) -> None:
    ahead = on_next_day(small.settings)
    assert ahead.today().isoformat() == "2020-10-16"
    assert [d.isoformat() for d in days_to_build(ahead)] == ["2020-07-01", "2020-10-17"]
    with pytest.raises(Refused):
        on_next_day(SmallCity(tmp_path / "real", synthetic=False).settings)


def test_a_build_of_the_next_day_moves_the_day_once_it_is_published(small: SmallCity) -> None:
    store = Operations.open(small.settings)
    who = actor(Role.ADMIN, small.settings.city)
    start_build(store, who)
    assert small.settings.today().isoformat() == "2020-10-15"
    until = time.monotonic() + 180
    while (run := build_runs(store, who)[0]).is_running and time.monotonic() < until:
        time.sleep(0.5)
    assert run.is_whole, run
    assert small.settings.today().isoformat() == "2020-10-16"
    assert set(run.seconds) <= set(STAGES) and "publish" in run.seconds
    store.close()
