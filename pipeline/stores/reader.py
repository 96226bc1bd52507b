"""Reading a published build within a scope: rows are cut here, by views that a page can't get around.

One DuckDB instance a build, in memory, with the build's file attached read-only. Each scope has a schema of
views in it, and a reader's cursor stands in its scope's schema, so only those views have a bare name; a name
with a dot in it is refused. A view's text can't take parameters: it is built from codes of closed lists only.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipeline.errors import ChecksFailed, NotPermitted
from pipeline.settings import Settings
from pipeline.stores.access import WITHOUT_ROWS, Actor, Role
from pipeline.stores.warehouse import build_file, current_build, quoted

PUBLIC_TABLES = (
    "build",
    "check_rate",
    "completeness",
    "coverage",
    "delivery",
    "delivery_fault",
    "drift",
    "grade_agreement",
    "grade_summary",
    "match",
    "outcome_drift",
    "register_summary",
    "rule_effect",
    "stage_seconds",
    "timeliness",
    "trade_scale",
    "training",
)
"""Tables of mart without an enterprise row: counts and stamps, readable by every role that has pages with figures."""
WINDOW_TABLES = ("build", "window_flag")
"""All that a registration window's account can name."""
DIRECTORIES = ("supervision_item",)
"""Feeds that are about no enterprise and nobody's data: readable by every role that sees rows."""
STAFF = ("inspector",)
"""Feeds about staff: cut by the unit."""
_TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
_CATALOGUE = ("duckdb_", "pg_", "sqlite_", "pragma_")
"""How the names of DuckDB's own catalogue begin."""
MEMORY_LIMIT = "1GB"
_HOME = "memory"
_BUILD = "build_file"

Relations = Callable[[date, str], Mapping[str, str]]
"""Gives for a date and the name of the core schema the SQL of each feed's known records (indicators/known.py)."""


@dataclass(frozen=True)
class Stamp:
    """Which build one is looking at: id, date of its newest grades, business day, whether its data are invented."""

    build_id: str
    as_of: date
    today: date
    is_synthetic: bool


class Library:
    """An open build from which readers are made; one a process and build, shared by threads."""

    def __init__(self, path: Path, build_id: str, relations: Relations) -> None:
        self.build_id = build_id
        self._ready: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()
        self._connection = duckdb.connect(":memory:")
        self._connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        self._connection.execute("SET python_enable_replacements = false")
        self._connection.execute(f"ATTACH {quoted(path)} AS {_BUILD} (READ_ONLY)")
        self._connection.execute("SET enable_external_access = false")
        self._columns = self._read_columns()
        try:
            self.stamp = self._read_stamp()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise _outdated(build_id, error) from error
        self._relations = relations(self.stamp.as_of, f"{_BUILD}.core")

    def reader(self, actor: Actor) -> ScopedReader:
        """A reader that sees what `actor` may see and nothing else."""
        schema = f"{actor.role.name.lower()}_{actor.scope.key}"
        with self._lock:
            if schema not in self._ready:
                self._ready[schema] = self._make_schema(schema, actor)
        return ScopedReader(self._connection, schema, self._ready[schema], self.stamp, actor)

    def close(self) -> None:
        """Let the build's file go."""
        self._connection.close()

    def _read_columns(self) -> dict[tuple[str, str], frozenset[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        for schema, table, column in self._connection.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = ?", [_BUILD]
        ).fetchall():
            found.setdefault((schema, table), set()).add(column)
        return {key: frozenset(names) for key, names in found.items()}

    def _read_stamp(self) -> Stamp:
        row = self._connection.execute(
            f"SELECT build_id, as_of, today, is_synthetic FROM {_BUILD}.mart.build"
        ).fetchone()
        if row is None:
            raise ChecksFailed(f"构建 {self.build_id} 不完整（the build carries no stamp）")
        return Stamp(*row)

    def _make_schema(self, schema: str, actor: Actor) -> frozenset[str]:
        """The actor's views, made; gives their names."""
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_HOME}.{schema}")
        views = self._views(schema, actor)
        for name, select in views.items():
            self._connection.execute(f'CREATE OR REPLACE VIEW {_HOME}.{schema}."{name}" AS {select}')
        return frozenset(views)

    def _views(self, schema: str, actor: Actor) -> dict[str, str]:
        """Bare name -> select. Deny beats allow: what no rule names does not exist."""
        mart = {table: columns for (room, table), columns in self._columns.items() if room == "mart"}
        if actor.role is Role.WINDOW:
            return {t: f"SELECT * FROM {_BUILD}.mart.{t}" for t in WINDOW_TABLES if t in mart}
        views = {t: f"SELECT * FROM {_BUILD}.mart.{t}" for t in PUBLIC_TABLES if t in mart}
        if actor.role in WITHOUT_ROWS:
            return views
        firms = self._firms(schema, actor)
        for table, columns in mart.items():
            if "uscc" in columns:
                views[table] = f"SELECT * FROM {_BUILD}.mart.{table}{_cut(actor, columns, firms)}"
        for feed, relation in self._relations.items():
            columns = self._columns.get(("core", feed), frozenset())
            if feed in DIRECTORIES:
                views[feed] = relation
            elif feed in STAFF:
                views[feed] = f"SELECT * FROM ({relation}){_of_units(actor)}"
            elif "uscc" in columns:
                views[feed] = f"SELECT * FROM ({relation}){_cut(actor, columns - {'unit'}, firms)}"
        if actor.scope.is_whole:
            rooms = [t for room, t in self._columns if room == "quarantine"]
            views |= {f"quarantine_{t}": f"SELECT * FROM {_BUILD}.quarantine.{t}" for t in rooms}
        return views

    def _firms(self, schema: str, actor: Actor) -> str:
        """The table of the credit codes in scope; none where nothing is cut."""
        if actor.scope.is_whole:
            return ""
        table = f"{_HOME}.{schema}.scope_firm"
        fields = ""
        if actor.scope.fields:
            known = "fields" in self._columns.get(("mart", "enterprise"), ())
            fields = f" AND list_has_any(fields, [{_codes(actor.scope.fields)}])" if known else " AND false"
        self._connection.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT uscc FROM {_BUILD}.mart.enterprise{_of_units(actor)}{fields}"
        )
        return table


class ScopedReader:
    """One actor's view of a build: one select at a time, over bare names only. Many threads may read."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, schema: str, names: frozenset[str], stamp: Stamp, actor: Actor
    ) -> None:
        self.stamp = stamp
        self.actor = actor
        self.names = names
        self._connection = connection
        self._schema = schema

    @property
    def key(self) -> tuple[str, str]:
        """What every cached result must name: the build and what the actor may see of it."""
        return (self.stamp.build_id, self.actor.key)

    def frame(self, sql: str, parameters: Any = None, tables: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
        """The result of one select over the actor's views and `tables`, frames that it may join by their names.

        Raises NotPermitted for anything but a select, for a name with a dot in it, and for an unknown name.
        """
        return self._run(sql, parameters, tables).df()

    def rows(self, sql: str, parameters: Any = None, tables: Mapping[str, pd.DataFrame] | None = None) -> list[Any]:
        """The same as tuples, for few rows."""
        return self._run(sql, parameters, tables).fetchall()

    def batches(
        self, sql: str, parameters: Any = None, size: int = 10_000, tables: Mapping[str, pd.DataFrame] | None = None
    ) -> Any:
        """The same as an Arrow record batch reader, for an export that must not lie in memory at once."""
        return self._run(sql, parameters, tables).to_arrow_reader(size)

    def has(self, table: str) -> bool:
        """Whether the actor may name `table` (an older build may lack one)."""
        return table in self.names

    def _run(self, sql: str, parameters: Any, tables: Mapping[str, pd.DataFrame] | None) -> duckdb.DuckDBPyConnection:
        fault, named = _look_at(sql)
        if fault:
            raise NotPermitted(fault)
        if unknown := named - self.names - {name.lower() for name in tables or ()}:
            if self.actor.role is not Role.WINDOW and unknown <= set(PUBLIC_TABLES):
                raise _outdated(self.stamp.build_id, f"no table {', '.join(sorted(unknown))}")
            raise NotPermitted(f"not among the tables of this reader: {', '.join(sorted(unknown))}")
        cursor = self._connection.cursor()
        cursor.execute(f"USE {_HOME}.{self._schema}")
        for name, frame in (tables or {}).items():
            cursor.register(name, frame)
        try:
            return cursor.execute(sql, parameters)
        except (duckdb.CatalogException, duckdb.PermissionException) as error:
            raise NotPermitted(f"not among the tables of this reader: {error}") from error


def _outdated(build_id: str, cause: object) -> ChecksFailed:
    return ChecksFailed(f"构建 {build_id} 由旧版程序生成，请重新构建（made by another version: build again）：{cause}")


def open_library(settings: Settings, relations: Relations, build_id: str | None = None) -> Library | None:
    """A build (by default the published one), opened for reading; None before the first publish."""
    build_id = build_id or current_build(settings)
    if build_id is None or not build_file(settings, build_id).is_file():
        return None
    return Library(build_file(settings, build_id), build_id, relations)


_PARSER = duckdb.connect(":memory:")
"""Only parses: opening one for each text would cost ten times as much."""


@lru_cache(maxsize=512)
def _look_at(sql: str) -> tuple[str | None, frozenset[str]]:
    """(why a reader refuses this text, the tables that it names): the parsed tree is looked at, not the letters.

    The names that the text itself gives (WITH) are its own; but not those of DuckDB's catalogue, which have bare names too.
    """
    parsed = _PARSER.cursor().execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    tree: dict[str, Any] = json.loads(parsed[0]) if parsed else {"error": True}
    if tree["error"] or len(tree["statements"]) != 1:
        return f"a reader takes one select and nothing else: {tree.get('error_message', '')}", frozenset()
    named: set[str] = set()
    own: set[str] = set()
    for node in _nodes(tree["statements"]):
        kind = node.get("type")
        if kind == "BASE_TABLE":
            if node["schema_name"] or node["catalog_name"]:
                return (
                    f"a reader knows bare names only, received {node['schema_name']}.{node['table_name']}",
                    frozenset(),
                )
            named.add(node["table_name"].lower())
        elif kind == "TABLE_FUNCTION" and node["function"]["function_name"] not in _TABLE_FUNCTIONS:
            return f"a reader knows no function {node['function']['function_name']}", frozenset()
        elif kind == "SHOW_REF":
            return "a reader takes one select and nothing else", frozenset()
        own |= {entry["key"].lower() for entry in (node.get("cte_map") or {}).get("map", [])}
    if taken := [name for name in own if name.startswith(_CATALOGUE)]:
        return f"a reader keeps these names for itself: {taken}", frozenset()
    return None, frozenset(named - own)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a parsed statement."""
    if isinstance(tree, dict):
        yield tree
        for part in tree.values():
            yield from _nodes(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)


def _cut(actor: Actor, columns: frozenset[str], firms: str) -> str:
    """The condition that leaves the rows of the scope: by firm, and by unit where a row is of no firm."""
    if actor.scope.is_whole:
        return ""
    by_firm = f"uscc IN (SELECT uscc FROM {firms})"
    if "unit" in columns and not actor.scope.fields:
        return f" WHERE {by_firm} OR (uscc IS NULL AND unit IN ({_codes(actor.scope.units)}))"
    return f" WHERE {by_firm}"


def _of_units(actor: Actor) -> str:
    return "" if actor.scope.is_whole else f" WHERE unit IN ({_codes(actor.scope.units)})"


def _codes(codes: tuple[str, ...]) -> str:
    """Codes of closed lists as SQL text; no code at all matches nothing."""
    return ", ".join("'" + c.replace("'", "''") + "'" for c in codes) or "NULL"
