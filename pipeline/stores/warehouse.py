"""DuckDB: one file a build, published by a pointer; read only what may be read.

A reader's lock keeps every other process from opening the same file for writing, and a replaced file
keeps its old content for whoever has it open. So a build is a new file name, CURRENT is one line that
is rewritten atomically, and readers open what CURRENT names, read-only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipeline.errors import ChecksFailed
from pipeline.settings import Settings

SCHEMAS = ("core", "known", "mart", "quarantine")
KEPT_BUILDS = 5
MEMORY_LIMIT = "3GB"


class Warehouse:
    """One DuckDB connection and the few ways in which stages use it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, is_read_only: bool = False) -> None:
        self._connection = connection
        self.is_read_only = is_read_only

    @staticmethod
    def create(path: Path) -> Warehouse:
        """A fresh warehouse file at `path`; what lay there is deleted."""
        path.parent.mkdir(parents=True, exist_ok=True)
        _delete(path)
        warehouse = Warehouse._connect(path)
        for schema in SCHEMAS:
            warehouse.execute(f"CREATE SCHEMA {schema}")
        return warehouse

    @staticmethod
    def open(path: Path) -> Warehouse:
        """The warehouse file at `path`, for writing."""
        if not path.is_file():
            raise ChecksFailed(f"{path} does not exist: run `ingest` first, it starts a warehouse")
        return Warehouse._connect(path)

    @staticmethod
    def read(path: Path) -> Warehouse:
        """A finished build, read-only and uncut: for the command line, checks and tests, never for a page."""
        return Warehouse(duckdb.connect(str(path), read_only=True), is_read_only=True)

    @staticmethod
    def _connect(path: Path) -> Warehouse:
        connection = duckdb.connect(str(path))
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        connection.execute(f"SET temp_directory = {quoted(path.parent / 'spill')}")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET enable_progress_bar = false")
        return Warehouse(connection)

    def execute(self, sql: str, parameters: Any = None) -> None:
        """Run one statement whose result does not matter."""
        self._connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """The rows of a small select."""
        return self._connection.execute(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Any = None) -> Any:
        """The single value of a select, None if it has no row."""
        row = self._connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def frame(self, sql: str, parameters: Any = None) -> pd.DataFrame:
        """The result of a select as a data frame."""
        return self._connection.execute(sql, parameters).df()

    def load(self, table: str, frame: Any) -> None:
        """Create or replace `table` (temp.… for a temporary one) from a data frame or an Arrow table."""
        kind = "TEMP TABLE" if table.startswith("temp.") else "TABLE"
        self._connection.register("incoming", frame)
        self._connection.execute(f"CREATE OR REPLACE {kind} {table} AS SELECT * FROM incoming")
        self._connection.unregister("incoming")

    def append(self, table: str, frame: Any) -> None:
        """Insert a data frame by column name into an existing table."""
        self._connection.register("incoming", frame)
        self._connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
        self._connection.unregister("incoming")

    def has(self, table: str) -> bool:
        """Whether `schema.table` exists."""
        schema, name = table.split(".")
        found = self.value(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", [schema, name]
        )
        return bool(found)

    def columns(self, table: str) -> list[str]:
        """Column names of `schema.table` in order."""
        schema, name = table.split(".")
        return [
            r[0]
            for r in self.rows(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position",
                [schema, name],
            )
        ]

    def close(self) -> None:
        """Write everything into the one file and let it go."""
        self._connection.execute("CHECKPOINT")
        self._connection.close()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def work_file(settings: Settings) -> Path:
    """The warehouse that the stages are writing, unpublished."""
    return settings.warehouse / "work.duckdb"


def build_file(settings: Settings, build_id: str) -> Path:
    """The file of a finished build."""
    return settings.warehouse / f"warehouse-{build_id}.duckdb"


def current_build(settings: Settings) -> str | None:
    """The id that CURRENT names, None before the first publish."""
    pointer = settings.warehouse / "CURRENT"
    return pointer.read_text().strip() if pointer.is_file() else None


def published_builds(settings: Settings) -> tuple[str, ...]:
    """Every build that ever became CURRENT, oldest first, CURRENT included.

    The log lies with the issued grades, which count by it: both outlive the warehouse.
    """
    log = settings.grades / "PUBLISHED"
    builds = log.read_text().split() if log.is_file() else []
    current = current_build(settings)
    return tuple(dict.fromkeys([*builds, *([current] if current else [])]))


def move_current(settings: Settings, build_id: str) -> None:
    """Make the finished work file the published build: rename, then rewrite CURRENT, both atomic.

    A crash between any two steps loses neither the old nor the new build from the log.
    """
    os.replace(work_file(settings), build_file(settings, build_id))
    _sync_folder(settings.warehouse)
    _note_published(settings)
    write_atomically(settings.warehouse / "CURRENT", build_id + "\n")
    _note_published(settings)
    _forget_old_builds(settings)


def build_shape(path: Path) -> frozenset[str] | None:
    """The columns of a finished build as schema.table.column; None where its file is gone or can't be read by this DuckDB."""
    return _shape(path) if path.is_file() else None


@lru_cache(maxsize=16)
def _shape(path: Path) -> frozenset[str] | None:
    try:
        with Warehouse.read(path) as build:
            columns = "SELECT table_schema || '.' || table_name || '.' || column_name FROM information_schema.columns"
            return frozenset(r[0] for r in build.rows(columns))
    except duckdb.Error:
        return None


def known_history(settings: Settings, build_id: str) -> frozenset[str]:
    """The builds whose issued grades a finished build holds."""
    with Warehouse.read(build_file(settings, build_id)) as build:
        return frozenset(r[0] for r in build.rows("SELECT DISTINCT build_id FROM mart.grade_history"))


def issue_grades(settings: Settings, warehouse: Warehouse, build_id: str) -> Path:
    """Write the grades of this build as one immutable file; issuing a grade is an act, not a calculation.

    The file counts only if the build becomes CURRENT; once it has, no rebuild writes it again.
    """
    settings.grades.mkdir(parents=True, exist_ok=True)
    target = settings.grades / f"{build_id}.parquet"
    if target.is_file() and build_id in published_builds(settings):
        return target
    part = target.with_name(target.name + ".part")
    warehouse.execute(f"""
        COPY (
          SELECT g.as_of, g.uscc, g.score_kind, g.credit_score, g.model_grade, g.grade, g.rules, g.moved_by, g.is_backcast,
            s.model_id, g.policy_id, b.indicator_set, b.build_id, b.built_at AS issued_at
          FROM mart.grade g LEFT JOIN mart.risk_score s USING (as_of, uscc) CROSS JOIN mart.build b
          ORDER BY g.as_of, g.uscc
        ) TO {quoted(part)} (FORMAT parquet)""")
    os.replace(part, target)
    return target


def load_issued_grades(settings: Settings, warehouse: Warehouse, build_id: str) -> None:
    """mart.grade_history: every grade ever issued by another build that became CURRENT."""
    files = [settings.grades / f"{b}.parquet" for b in published_builds(settings) if b != build_id]
    present = ", ".join(quoted(f) for f in files if f.is_file())
    if present:
        warehouse.execute(f"CREATE OR REPLACE TABLE mart.grade_history AS SELECT * FROM read_parquet([{present}])")
        return
    warehouse.execute("""
        CREATE OR REPLACE TABLE mart.grade_history (as_of DATE, uscc VARCHAR, score_kind VARCHAR, credit_score DOUBLE,
          model_grade VARCHAR, grade VARCHAR, rules VARCHAR[], moved_by VARCHAR, is_backcast BOOLEAN, model_id VARCHAR,
          policy_id VARCHAR, indicator_set VARCHAR, build_id VARCHAR, issued_at TIMESTAMP)""")


def _note_published(settings: Settings) -> None:
    log = settings.grades / "PUBLISHED"
    builds = "".join(f"{b}\n" for b in published_builds(settings))
    if not log.is_file() or log.read_text() != builds:
        write_atomically(log, builds)


def _forget_old_builds(settings: Settings) -> None:
    builds = sorted(settings.warehouse.glob("warehouse-*.duckdb"), key=lambda p: p.stat().st_mtime_ns, reverse=True)
    current = current_build(settings)
    for old in builds[KEPT_BUILDS:]:
        if current is None or old != build_file(settings, current):
            _delete(old)


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def write_atomically(path: Path, text: str, *, durable: bool = True) -> None:
    """Replace a small text file so that a reader sees the old or the new content, never a part.

    `durable`: survive a power cut too, at the price of waiting for the disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    with temporary.open("w", encoding="utf-8") as out:
        out.write(text)
        if durable:
            out.flush()
            os.fsync(out.fileno())
    os.replace(temporary, path)
    if durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def quoted(path: Path) -> str:
    """A path as SQL text."""
    return "'" + str(path).replace("'", "''") + "'"


def union_all(selects: Iterable[str]) -> str:
    """Several selects as one."""
    return "\nUNION ALL\n".join(selects)
