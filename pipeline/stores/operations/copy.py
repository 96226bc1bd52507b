"""A copy of the operations store as of one moment, made while people work, and how two stores differ."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import create_engine

from pipeline.settings import Settings
from pipeline.stores.operations.audit import Chain, verify
from pipeline.stores.operations.store import WAIT_SECONDS, Operations

_IN_USE_SECONDS = 0.5
"""How long another process may be busy closing the store before it counts as using it."""


@dataclass(frozen=True)
class Log:
    """How far an audit log reaches: its rows, and wall time and digest of the last one (None: it is empty)."""

    rows: int
    until: datetime | None
    head: str | None


def copy_store(source: Path, target: Path) -> None:
    """Copy the store through SQLite itself: one moment, whole, whoever writes meanwhile.

    Sessions stay out, so that nobody is signed in to a deployment that is restored. Raises OSError where the disk is
    full or does not do.
    """
    with closing(sqlite3.connect(source, timeout=WAIT_SECONDS)) as live, closing(sqlite3.connect(target)) as copy:
        try:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            copy.execute("PRAGMA secure_delete = ON")
            with copy:
                copy.execute("DELETE FROM session")
        except sqlite3.OperationalError as error:
            raise OSError(errno.EIO, str(error), str(target)) from error


def log_of(store: Path) -> Log:
    """How far the log of a store reaches."""
    with closing(sqlite3.connect(store, timeout=WAIT_SECONDS)) as opened:
        rows = opened.execute("SELECT count(*) FROM audit").fetchone()[0]
        last = opened.execute("SELECT wall_at, digest FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return Log(rows, *((datetime.fromisoformat(last[0]), last[1]) if last else (None, None)))


def acts_unknown_to(base: Path, store: Path) -> Log | None:
    """The rows of the log of `store` that the log of `base` does not hold; rows count as the same by their seals.

    None where the store is damaged, so that nobody can say.
    """
    try:
        with closing(sqlite3.connect(store, timeout=WAIT_SECONDS)) as opened:
            opened.execute("ATTACH ? AS base", [str(base)])
            rows, until, head = opened.execute(
                "SELECT count(*), max(wall_at), max(digest) FROM main.audit a WHERE NOT EXISTS"
                " (SELECT 1 FROM base.audit b WHERE b.seq = a.seq AND b.digest = a.digest)"
            ).fetchone()
    except sqlite3.DatabaseError:
        return None
    return Log(rows, datetime.fromisoformat(until) if until else None, head)


def is_in_use(store: Path) -> bool:
    """Whether another process has the store open: only who is alone can leave its write-ahead log.

    A store that nobody uses is one file afterwards; who opens it next brings the log back.
    """
    try:
        with closing(sqlite3.connect(store, timeout=_IN_USE_SECONDS)) as opened:
            return str(opened.execute("PRAGMA journal_mode = DELETE").fetchone()[0]) != "delete"
    except sqlite3.OperationalError:
        return True
    except sqlite3.DatabaseError:
        return False  # it is damaged: nobody works with it


def check_copy(settings: Settings, store: Path) -> Chain:
    """Verify the log of a copy with the deployment's key."""
    engine = create_engine(f"sqlite:///{store}")
    try:
        return verify(Operations(settings, engine))
    finally:
        engine.dispose()
