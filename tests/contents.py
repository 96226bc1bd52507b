"""What a published build says, apart from when it was made."""

from __future__ import annotations

from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, build_file, current_build

TIMES = {"mart.build": ("built_at",), "mart.grade_history": ("issued_at",)}
"""Columns that say when something was done."""
LEFT_OUT = ("mart.stage_seconds",)


def contents(
    settings: Settings, schemas: tuple[str, ...] = ("core", "quarantine", "mart")
) -> dict[str, list[tuple[object, ...]]]:
    """Every table of the published build with its sorted rows."""
    with Warehouse.read(build_file(settings, current_build(settings) or "")) as warehouse:
        return table_contents(warehouse, schemas)


def table_contents(warehouse: Warehouse, schemas: tuple[str, ...]) -> dict[str, list[tuple[object, ...]]]:
    """Every table of some schemas with its sorted rows."""
    tables = warehouse.rows("SELECT table_schema || '.' || table_name FROM information_schema.tables ORDER BY 1")
    wanted = [t for (t,) in tables if t.split(".")[0] in schemas and t not in LEFT_OUT]
    return {t: warehouse.rows(f"SELECT {_columns(warehouse, t)} FROM {t} ORDER BY ALL") for t in wanted}


def _columns(warehouse: Warehouse, table: str) -> str:
    return ", ".join(f'"{c}"' for c in warehouse.columns(table) if c not in TIMES.get(table, ()))
