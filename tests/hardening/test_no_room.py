"""The disk fills up, or the store is held: said in words, nothing half-done counts, and the next run works."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from models.build import build
from pipeline.errors import Exit, NoRoom, Occupied, PipelineError, is_full
from pipeline.feeds import archive
from pipeline.feeds.mapping import Mappings
from pipeline.feeds.read import fingerprint
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores import landing, warehouse
from pipeline.stores.access import Role
from pipeline.stores.lock import build_lock
from pipeline.stores.operations import audit, sessions, store, uploads
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import TaskState, set_task, steps_of
from pipeline.stores.warehouse import Warehouse, build_file, current_build, move_current, work_file
from tests.accounts import PASSWORD, actor, add, cheap_hashes
from tests.deployment import Deployment
from tests.firms import uscc
from tests.small_city import DAYS, SmallCity

FULL = OSError(errno.ENOSPC, "No space left on device")
MEGABYTE = 1 << 20


def fails_on(call: Callable[..., Any], pattern: str) -> Callable[..., Any]:
    """The same call, but the disk is full for files of this pattern."""

    def full(*args: Any, **options: Any) -> Any:
        if any(Path(str(a)).match(pattern) for a in args if isinstance(a, str | Path)):
            raise FULL
        return call(*args, **options)

    return full


POINTS: dict[str, tuple[Any, str, str]] = {
    "archive a table": (pq, "write_table", "var/raw/*.part"),
    "keep an unreadable file": (shutil, "copyfile", "var/raw/unreadable/*"),
    "note a delivery": (archive, "write_atomically", "var/raw/deliveries/*.json"),
    "name the finished build": (os, "replace", "var/warehouse/work.duckdb"),
    "issue the grades": (os, "replace", "var/grades/*.part"),
    "move the pointer": (warehouse, "write_atomically", "var/warehouse/CURRENT"),
}
"""Where the disk fills up: module, call, which files."""


def contents(settings: Settings) -> tuple[str | None, str, int]:
    """What is published: the build's name, its file's content, its grades."""
    build_id = current_build(settings)
    path = build_file(settings, str(build_id))
    with Warehouse.read(path) as published:
        return build_id, fingerprint(path), published.value("SELECT count(*) FROM mart.grade")


ARCHIVING = tuple(POINTS)[:3]


@pytest.mark.parametrize("point", ARCHIVING)
def test_a_disk_that_fills_up_while_files_are_archived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """The build stops in words; the next one takes every file, as if nothing had been."""
    deployment = Deployment(tmp_path / "city")
    deployment.register((uscc(1), "通化第1号有限公司"))
    deployment.deliver_bytes("legal/2020-10-14/kaputt.csv", b"%PDF-1.4")
    settings, mappings = deployment.settings, Mappings({})
    home, name, pattern = POINTS[point]
    with monkeypatch.context() as patched:
        patched.setattr(home, name, fails_on(getattr(home, name), pattern))
        with pytest.raises(NoRoom) as refused, build_lock(settings):
            archive.register(settings, mappings, deployment.contracts)
    assert in_words(refused.value)
    assert not list(settings.raw.rglob("*.part"))
    assert {d.file_name for d in archive.register(settings, mappings, deployment.contracts)} == {
        "ent_registration.csv",
        "kaputt.csv",
    }


def test_a_disk_that_fills_up_while_a_build_is_published(small: SmallCity, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, before = small.settings, contents(small.settings)
    finished = build_file(settings, str(before[0])).read_bytes()
    for point in ("name the finished build", "move the pointer"):
        work_file(settings).write_bytes(finished)
        home, name, pattern = POINTS[point]
        with monkeypatch.context() as patched:
            patched.setattr(home, name, fails_on(getattr(home, name), pattern))
            with pytest.raises(NoRoom) as refused, build_lock(settings):
                move_current(settings, "another")
        assert in_words(refused.value) and contents(settings) == before, "what was published has changed"
    work_file(settings).write_bytes(finished)
    move_current(settings, "another")
    assert contents(settings)[0] == "another"


def in_words(refused: NoRoom) -> bool:
    return (
        "磁盘空间不足" in refused.zh and "清理空间" in refused.zh and bool(refused.en) and refused.code is Exit.NO_ROOM
    )


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_disk_that_fills_up_at_one_point(small: SmallCity, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    small.complaints("complaints/2020-10-14/complaint.csv", first=500, count=5)
    small.deliver_bytes("legal/2020-10-14/kaputt.csv", b"%PDF-1.4")
    before = contents(small.settings)
    home, name, pattern = POINTS[point]
    with monkeypatch.context() as patched:
        patched.setattr(home, name, fails_on(getattr(home, name), pattern))
        with pytest.raises(NoRoom) as refused:
            build(small.settings, DAYS)
    assert in_words(refused.value)
    assert contents(small.settings) == before, "what was published has changed"
    assert not list(small.settings.raw.glob("*.part"))
    assert build(small.settings, DAYS).published
    assert contents(small.settings)[0] != before[0]


@pytest.mark.slow
def test_files_that_may_not_grow(small: SmallCity) -> None:
    """The operating system refuses, at many sizes and so at many moments: always words, never a half build."""
    small.complaints("complaints/2020-10-14/complaint.csv", first=500, count=5)
    before, refused = contents(small.settings), 0
    days = [word for day in DAYS for word in ("--as-of", day.isoformat())]
    for kilobytes in (1, 4, 16, 64, 256, 600, 1_000, 2_000, 4_000, 8_000):
        done = subprocess.run(
            [sys.executable, "cli.py", "build", "--data", str(small.folder), *days, "--json"],
            cwd=REPOSITORY, capture_output=True, text=True, preexec_fn=lambda most=kilobytes: limit(most), timeout=300,
        )  # fmt: skip
        if done.returncode == 0:
            break
        refused += 1
        assert "Traceback" not in done.stderr, f"{kilobytes} kB: {done.stderr[-2_000:]}"
        assert done.returncode == Exit.NO_ROOM and "磁盘空间不足" in done.stderr, (kilobytes, done.stderr[-500:])
        assert contents(small.settings) == before, kilobytes
    assert refused >= 4
    assert build(small.settings, DAYS).published


def limit(kilobytes: int) -> None:
    """For the child: no file grows beyond this; Python ignores the signal, the write fails."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))


def test_words_of_the_libraries_are_known() -> None:
    said = ("IO Error: Could not write file \"x\": No space left on device", "(sqlite3.OperationalError) database or disk is full",
            "[Errno 27] Error writing bytes to file. Detail: [errno 27] File too large", "Disk quota exceeded")  # fmt: skip
    assert all(is_full(OSError(words)) for words in said) and is_full(FULL)
    assert not is_full(OSError(errno.ENOENT, "No such file")) and not is_full(ValueError("disk"))


def test_an_upload_on_a_full_disk_leaves_nothing(small: SmallCity, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, who = Operations.open(small.settings), actor(Role.SUPERVISOR, small.settings.city)
    monkeypatch.setattr(uploads, "start", lambda *_: None)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(FULL))
        with pytest.raises(NoRoom):
            uploads.stage(opened, who, "legal", "penalty.csv", b"x")
    assert not [p for p in (small.settings.var / "uploads").rglob("*") if p.is_file()]
    source = small.folder / "source"
    source.write_bytes(b"x" * 100)
    with monkeypatch.context() as patched:
        patched.setattr(landing.shutil, "copyfile", lambda *_: (_ for _ in ()).throw(FULL))
        with pytest.raises(OSError):
            landing.put_file(small.settings, "legal", source, "upload-1.csv", "penalty.csv")
    assert not list(small.settings.landing.rglob("*upload-1*"))
    opened.close()


# ---- the store is held ----


@contextmanager
def held(settings: Settings, how: str) -> Iterator[None]:
    """Another process that holds the store."""
    other = sqlite3.connect(settings.operations, isolation_level=None)
    other.execute(how)
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.fixture
def hasty(small: SmallCity, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operations]:
    """A store that waits for others a moment only."""
    monkeypatch.setattr(store, "WAIT_SECONDS", 0.2)
    opened = Operations.open(small.settings)
    with cheap_hashes():
        yield opened
    opened.close()


def test_an_act_on_a_held_store_is_refused_in_words_and_works_afterwards(hasty: Operations) -> None:
    division = actor(Role.SUPERVISOR, hasty.settings.city)
    audit.note(hasty, division, "view", "before")
    rows = len(hasty.rows(select(AUDIT)))
    with held(hasty.settings, "BEGIN IMMEDIATE"):
        with pytest.raises(Occupied) as refused:
            set_task(hasty, division, "T10", TaskState.OPEN, evidence="说明")
        assert "稍后再试" in refused.value.zh and refused.value.en and refused.value.code is Exit.BUSY
        assert len(hasty.rows(select(AUDIT))) == rows, "readers wait for no writer"
    assert not steps_of(hasty, division, "T10")
    set_task(hasty, division, "T10", TaskState.OPEN, evidence="说明")
    assert len(steps_of(hasty, division, "T10")) == 1 and audit.verify(hasty).fault is None


def test_sessions_go_on_while_the_store_is_held(hasty: Operations) -> None:
    token = add(hasty, "li", Role.LEADER)
    with held(hasty.settings, "BEGIN IMMEDIATE"):
        assert sessions.find_session(hasty, token)
        with pytest.raises(Occupied):
            sessions.sign_in(hasty, "li", PASSWORD)
    assert sessions.sign_in(hasty, "li", PASSWORD)


def test_a_full_disk_under_the_store(hasty: Operations) -> None:
    """SQLite may use no further page: the act is undone as a whole."""
    division = actor(Role.SUPERVISOR, hasty.settings.city)
    audit.note(hasty, division, "view", "before")
    with hasty.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    hasty.engine.dispose()

    def no_more(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    store.event.listen(hasty.engine, "connect", no_more)
    with pytest.raises(PipelineError, match="磁盘空间不足"):
        for n in range(2_000):
            audit.note(hasty, division, "view", "x" * 100, note="y" * 500, n=n)
    store.event.remove(hasty.engine, "connect", no_more)
    hasty.engine.dispose()
    assert audit.verify(hasty).fault is None
    audit.note(hasty, division, "view", "afterwards")
    assert audit.verify(hasty).fault is None
