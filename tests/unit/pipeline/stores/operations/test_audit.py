"""The audit log: whatever is edited, removed, slipped in or cut off is found, and acts never stand without their row."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from pipeline.errors import ChecksFailed
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.check import check_operations
from pipeline.stores.operations.schema import AUDIT, SAVED_FILTER
from pipeline.stores.operations.store import Operations
from tests.accounts import actor
from tests.public_tables import city_file

ROWS = 6
TAMPERINGS = {
    "a subject edited": "UPDATE audit SET subject = 'other' WHERE seq = 3",
    "a user edited": "UPDATE audit SET user = 'other' WHERE seq = 3",
    "a role edited": "UPDATE audit SET role = 'ADMIN' WHERE seq = 3",
    "an action edited": "UPDATE audit SET action = 'nothing' WHERE seq = 3",
    "a detail edited": """UPDATE audit SET detail = '{"n": 7}' WHERE seq = 3""",
    "a time edited": "UPDATE audit SET wall_at = '2020-01-01 00:00:00.000000' WHERE seq = 3",
    "a business time edited": "UPDATE audit SET business_at = '2020-01-01 00:00:00.000000' WHERE seq = 3",
    "the last one edited": f"UPDATE audit SET subject = 'other' WHERE seq = {ROWS}",
    "the first one edited": "UPDATE audit SET subject = 'other' WHERE seq = 1",
    "one removed": "DELETE FROM audit WHERE seq = 3",
    "the first removed": "DELETE FROM audit WHERE seq = 1",
    "the last removed": f"DELETE FROM audit WHERE seq = {ROWS}",
    "the last two removed": f"DELETE FROM audit WHERE seq > {ROWS - 2}",
    "all removed": "DELETE FROM audit",
    "one removed and the rest moved up": "DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = seq - 1 WHERE seq > 3",
    "two exchanged": "UPDATE audit SET seq = 99 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4;"
    " UPDATE audit SET seq = 4 WHERE seq = 99",
    "one repeated at the end": "INSERT INTO audit SELECT 7, wall_at, business_at, user, role, action, subject, detail,"
    " previous, 'x' || substr(digest, 2) FROM audit WHERE seq = 6",
    "one forged at the end": "INSERT INTO audit SELECT 7, wall_at, business_at, user, role, 'forged', subject, detail,"
    " digest, 'x' || substr(digest, 2) FROM audit WHERE seq = 6",
    "one slipped in": "UPDATE audit SET seq = seq + 1 WHERE seq = 6; INSERT INTO audit SELECT 6, wall_at, business_at, user,"
    " role, 'forged', subject, detail, previous, 'x' || substr(digest, 2) FROM audit WHERE seq = 7",
    "the last two removed and the counter set back": "DELETE FROM audit WHERE seq > 4;"
    " UPDATE sqlite_sequence SET seq = 4 WHERE name = 'audit'",
    "the last two removed and the length edited": "DELETE FROM audit WHERE seq > 4; UPDATE audit_head SET rows = 4",
    "the last two removed and the length too": "DELETE FROM audit WHERE seq > 4; DELETE FROM audit_head",
    "all removed, counter and length too": "DELETE FROM audit; DELETE FROM audit_head",
    "the length alone edited": "UPDATE audit_head SET rows = 7",
    "the links cut": "UPDATE audit SET previous = digest WHERE seq = 4",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Operations]:
    opened = Operations.open(Settings.load(city_file(tmp_path / "city")))
    who = actor(Role.SUPERVISOR, opened.settings.city)
    for n in range(ROWS):
        audit.note(opened, who, "view", f"firm {n}", n=n)
    yield opened
    opened.close()


def tamper(store: Operations, script: str) -> None:
    """Change the file as somebody with access to it can, triggers or not."""
    with closing(sqlite3.connect(store.settings.operations)) as connection:
        connection.executescript(f"DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; {script};")
        connection.commit()


def test_an_untouched_log_is_whole(store: Operations) -> None:
    chain = audit.verify(store)
    assert chain.rows == ROWS and chain.until and chain.fault is None
    assert check_operations(store.settings).audit_rows == ROWS


def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    opened = Operations.open(Settings.load(city_file(tmp_path / "city")))
    assert audit.verify(opened) == audit.Chain(0, None, None)
    opened.close()


def test_before_anybody_did_anything_there_is_nothing_to_check(tmp_path: Path) -> None:
    settings = Settings.load(city_file(tmp_path / "city"))
    assert check_operations(settings).audit_rows == 0 and not settings.operations.exists()


@pytest.mark.parametrize("script", TAMPERINGS.values(), ids=TAMPERINGS)
def test_every_change_is_found(store: Operations, script: str) -> None:
    tamper(store, script)
    assert audit.verify(store).fault
    with pytest.raises(ChecksFailed, match="audit"):
        check_operations(store.settings)


@pytest.mark.parametrize("script", TAMPERINGS.values(), ids=TAMPERINGS)
@pytest.mark.parametrize("acts", [1, 3])
def test_later_acts_do_not_heal_what_was_broken(store: Operations, script: str, acts: int) -> None:
    tamper(store, script)
    who = actor(Role.SUPERVISOR, store.settings.city)
    for n in range(acts):
        audit.note(store, who, "view", f"later {n}")
    assert audit.verify(store).fault


def test_the_seal_of_one_row_is_its_own(store: Operations) -> None:
    tamper(store, "UPDATE audit SET subject = 'other' WHERE seq = 3")
    rows = store.rows(select(AUDIT).order_by(AUDIT.c.seq))
    assert [audit.is_sealed(store, r._mapping) for r in rows] == [True, True, False, True, True, True]


def test_a_chain_made_with_another_key_is_found(store: Operations) -> None:
    (store.settings.var / "secret" / "audit.key").write_bytes(b"x" * 32)
    assert audit.verify(store).fault


@pytest.mark.parametrize(
    "script", ["UPDATE audit SET subject = 'other'", "DELETE FROM audit", "DELETE FROM audit WHERE seq = 6"]
)
def test_the_store_refuses_edits(store: Operations, script: str) -> None:
    with (
        closing(sqlite3.connect(store.settings.operations)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(script)


def test_an_act_and_its_row_are_one(store: Operations) -> None:
    who = actor(Role.SUPERVISOR, store.settings.city)
    with pytest.raises(IntegrityError), store.transaction() as transaction:
        audit.record(store, transaction, who, "filter_saved")
        transaction.execute(insert(SAVED_FILTER).values(user="nobody", page="x", name="x", query="x"))
    assert audit.verify(store).rows == ROWS
    with pytest.raises(RuntimeError), store.transaction() as transaction:
        audit.record(store, transaction, who, "filter_saved")
        raise RuntimeError
    assert audit.verify(store) == audit.Chain(ROWS, audit.verify(store).until, None)


def test_many_writers_make_one_chain(store: Operations) -> None:
    who = actor(Role.SUPERVISOR, store.settings.city)
    other = Operations.open(store.settings)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: audit.note((store, other)[n % 2], who, "view", str(n)), range(60)))
    other.close()
    chain = audit.verify(store)
    assert chain.rows == ROWS + 60 and chain.fault is None


def test_a_row_says_who_what_and_both_times(store: Operations) -> None:
    row = store.rows(select(AUDIT).order_by(AUDIT.c.seq))[0]
    assert (row.user, row.role, row.action, row.subject, row.detail) == (
        "supervisor",
        "SUPERVISOR",
        "view",
        "firm 0",
        '{"n": 0}',
    )
    assert row.business_at.date() == store.settings.today() and row.previous == audit.FIRST


def test_long_and_odd_texts_are_kept_whole_or_cut_and_never_break_the_chain(store: Operations) -> None:
    for subject in ("x" * 500, "引号\"'\n换行", "𠮷", ""):
        audit.note(store, "y" * 100, "view", subject, 说明=subject)
    assert audit.verify(store).fault is None


def test_the_key_is_private(store: Operations) -> None:
    key = store.settings.var / "secret" / "audit.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert len(key.read_bytes()) == 32
