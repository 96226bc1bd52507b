"""A store that an older program wrote is brought to the newest schema, from the first one on, and nothing of it is lost.

tests/fixtures/operations-0001.sql is what the first schema's program wrote when it rehearsed the small city, one account,
filter and build more: rows in every table, with the key that seals its log.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from pipeline.errors import ChecksFailed, Exit
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import accounts, audit, builds, filters
from pipeline.stores.operations.case_reads import CaseFilter, cases, steps_of
from pipeline.stores.operations.check_results import outcomes
from pipeline.stores.operations.draws import draws, firms_of
from pipeline.stores.operations.schema import METADATA
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import last_steps
from tests.accounts import actor
from tests.small_city import SmallCity

WRITTEN = (REPOSITORY / "tests" / "fixtures" / "operations-0001.sql").read_text(encoding="utf-8")
KEY = WRITTEN.splitlines()[0].removeprefix("-- audit.key ")
KILLED = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from pipeline.settings import Settings
from pipeline.stores.operations.store import Operations
left = int(sys.argv[2])
@event.listens_for(Engine, "after_cursor_execute")
def count(connection, cursor, statement, *_):
    global left
    left -= statement.lstrip().upper().startswith(("CREATE", "ALTER", "INSERT", "UPDATE", "DELETE", "DROP"))
    if left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
Operations.open(Settings.load(sys.argv[1])).close()
"""
OPENED = """
import sys
from pipeline.settings import Settings
from pipeline.stores.operations.store import Operations
settings = Settings.load(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
Operations.open(settings).close()
"""


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    """A deployment that the first schema's program has left behind."""
    settings = SmallCity(tmp_path / "city").settings
    (settings.var / "secret").mkdir(mode=0o700)
    (settings.var / "secret" / "audit.key").write_bytes(bytes.fromhex(KEY))
    with sqlite3.connect(settings.operations) as store:
        store.executescript(WRITTEN)
    store.close()
    return settings


@pytest.fixture
def upgraded(old: Settings) -> Iterator[Operations]:
    operations = Operations.open(old)
    yield operations
    operations.close()


def content(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the first schema's tables, its columns only."""
    found = {}
    with sqlite3.connect(settings.operations) as store, sqlite3.connect(":memory:") as first:
        first.executescript(WRITTEN)
        for (table,) in first.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
            if table != "alembic_version":
                names = ", ".join(f'"{c[1]}"' for c in first.execute(f"PRAGMA table_info({table})"))
                found[table] = sorted(store.execute(f"SELECT {names} FROM {table}").fetchall(), key=repr)
    store.close()
    first.close()
    return found


def revision(settings: Settings) -> str:
    with sqlite3.connect(settings.operations) as store:
        found = str(store.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    store.close()
    return found


def test_the_fixture_has_rows_in_every_table(old: Settings) -> None:
    assert revision(old) == "0001" and [t for t, rows in content(old).items() if not rows] == []


def test_every_row_is_kept_and_the_schema_is_the_declared_one(old: Settings) -> None:
    before = content(old)
    operations = Operations.open(old)
    with operations.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    operations.close()
    assert content(old) == before and revision(old) != "0001"


def test_the_log_verifies_goes_on_and_can_t_be_changed(upgraded: Operations) -> None:
    before = audit.verify(upgraded)
    assert before.fault is None and before.rows == 177
    audit.note(upgraded, "test", "upgraded")
    after = audit.verify(upgraded)
    assert after.fault is None and after.rows == 178
    for verb in ("UPDATE audit SET user = 'x'", "DELETE FROM audit"):
        with sqlite3.connect(upgraded.settings.operations) as store, pytest.raises(sqlite3.IntegrityError):
            store.execute(verb)


def test_everything_that_people_did_can_be_read(upgraded: Operations) -> None:
    division = replace(actor(Role.SUPERVISOR, upgraded.settings.city), user="credit2")
    found = cases(upgraded, division, CaseFilter(open_only=False))
    assert len(found) == 36 and steps_of(upgraded, division, str(found["case_id"].iloc[0])) is not None
    (draw,) = draws(upgraded, division)["draw_id"]
    assert len(firms_of(upgraded, division, draw)) and len(outcomes(upgraded, division))
    assert len(last_steps(upgraded, division)) == 6
    assert [f.query for f in filters.saved(upgraded, division, "warnings")] == [{"level": "3"}]
    assert [run.user for run in builds.build_runs(upgraded, division)] == ["credit2"]
    assert accounts.account_faults(upgraded) == []


def test_check_passes(old: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "cli.py", "check", "--data", str(old.data)], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == Exit.DONE and "审计记录 177 条完整" in done.stdout, done.stderr


def test_one_that_is_killed_on_the_way_leaves_the_store_as_it_was(old: Settings) -> None:
    before, codes = content(old), []
    while not codes or codes[-1] != 0:  # at the first statement that writes, at the second, … until it gets through
        words = [sys.executable, "-c", KILLED, str(old.data), str(len(codes) + 1)]
        codes.append(subprocess.run(words, cwd=REPOSITORY).returncode)
        assert content(old) == before
        assert codes[-1] in (0, -SIGKILL) and (revision(old) == "0001") == (codes[-1] != 0)
    assert len(codes) > 2


def test_of_several_that_open_it_at_once_one_upgrades_and_none_fails(old: Settings) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    starters = [
        subprocess.Popen([sys.executable, "-c", OPENED, str(old.data)], cwd=REPOSITORY, **pipes)  # type: ignore[call-overload]
        for _ in range(4)
    ]
    assert [s.stdout.readline() for s in starters] == ["ready\n"] * 4
    for starter in starters:
        starter.stdin.write("\n")
        starter.stdin.flush()
    assert [s.communicate()[1] for s in starters] == [""] * 4 and {s.returncode for s in starters} == {0}
    assert revision(old) != "0001"


def test_a_store_of_a_newer_program_is_refused_in_words_and_left_alone(upgraded: Operations) -> None:
    settings = upgraded.settings
    upgraded.close()
    with sqlite3.connect(settings.operations) as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    before = content(settings)
    with pytest.raises(ChecksFailed, match=r"更新版本的程序.*9999.*newer program"):
        Operations.open(settings)
    done = subprocess.run(
        [sys.executable, "cli.py", "check", "--data", str(settings.data)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == Exit.CHECKS_FAILED and "9999" in done.stderr and "Traceback" not in done.stderr
    assert content(settings) == before and revision(settings) == "9999"
