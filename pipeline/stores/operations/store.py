"""The operations store: SQLite in WAL mode, small transactions, each act and its audit row in one of them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Executable, create_engine, event
from sqlalchemy.exc import OperationalError

from pipeline.errors import NoRoom, Occupied, Refused, told_if_full
from pipeline.settings import Settings
from pipeline.stores.operations.revisions import upgrade

WAIT_SECONDS = 10
"""How long a writer waits for another before it gives up."""


@dataclass(frozen=True)
class Operations:
    """An open operations store of one deployment; one a process, shared by threads.

    `moment`: the business time of its acts where that is given (see `at`), else the deployment's.
    """

    settings: Settings
    engine: Engine
    moment: datetime | None = None

    @staticmethod
    def open(settings: Settings) -> Operations:
        """Open the store, made and brought to the newest schema where needed; refuses one that a newer program wrote."""
        path = settings.operations
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": WAIT_SECONDS})
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        with _told():
            upgrade(engine)
        path.chmod(0o600)
        return Operations(settings, engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One writing transaction: all of it or nothing; a second writer waits."""
        with _told(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def rows(self, select: Executable) -> list[Any]:
        """The rows of a select, as of one moment."""
        with _told(), self.engine.connect() as connection:
            return list(connection.execute(select).all())

    def frame(self, select: Executable) -> pd.DataFrame:
        """The result of a select as a data frame with the columns of the select, also when it is empty."""
        with _told(), self.engine.connect() as connection:
            result = connection.execute(select)
            return pd.DataFrame([tuple(row) for row in result.all()], columns=list(result.keys()))

    def clock(self) -> tuple[datetime, datetime]:
        """(business time, wall time) of an act that happens now."""
        return self.moment or self.settings.business_now(), self.settings.now()

    def at(self, moment: datetime) -> Operations:
        """The same store at another business time: acts and deadlines are those of that day.

        For the rehearsal of a synthetic deployment; raises Refused where the calendar is the real one.
        """
        if not self.settings.city.synthetic:
            raise Refused("只有演示部署可以改动业务时间", "only a synthetic deployment can act at another time")
        return replace(self, settings=replace(self.settings, day=moment.date()), moment=moment)

    def close(self) -> None:
        """Let the file go."""
        self.engine.dispose()


def secret_key(settings: Settings, name: str) -> bytes:
    """A key of this deployment (32 random bytes), made at first use; the folder is 700, the file 600."""
    folder = settings.var / "secret"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / name
    if not path.is_file():
        part = path.with_name(f"{name}.{secrets.token_hex(4)}")
        part.touch(mode=0o600)
        part.write_bytes(secrets.token_bytes(32))
        with suppress(FileExistsError):  # another process was faster: its key counts
            os.link(part, path)
        part.unlink()
    return path.read_bytes()


@contextmanager
def _told() -> Iterator[None]:
    """Say in words what SQLite says of a store that another process holds, and of a full disk."""
    try:
        with told_if_full():
            yield
    except OperationalError as fault:
        if any(words in str(fault.orig) for words in ("locked", "busy")):
            raise Occupied from fault
        if "disk I/O error" in str(fault.orig):  # SQLite's word where not even its log can be written
            raise NoRoom(str(fault.orig)) from fault
        raise


def _prepare(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: _begin does
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """A writer takes the lock at once, so that two of them wait instead of failing halfway."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
