"""The small city with warnings: conditions in its build, the cases that they opened."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from pipeline.settings import Settings
from pipeline.stores.operations.case_opening import Terms, open_cases
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import Warehouse, build_file, current_build

TERMS = {1: Terms(2, 10, 20, False), 2: Terms(1, 5, 15, False), 3: Terms(0, 3, 7, True)}
FALL = json.dumps({"before": "B", "after": "E", "run": "2020-10-01"})
LISTED = json.dumps({"on": "2020-09-20", "cause": "1"})
LATE = json.dumps({"variant": "never", "feed": "penalty", "supplier": "legal", "newest": None, "due": None})
EARLIER = date(2020, 10, 9)
"""The day on which half of the cases are opened; the others are opened today."""


def warned(settings: Settings, *, ended: int = 1) -> Operations:
    """An operations store with two cases a firm of the first six, and one about data; `ended` no longer hold."""
    for file in settings.operations.parent.glob(settings.operations.name + "*"):
        file.unlink()
    build_id = str(current_build(settings))
    with Warehouse.open(build_file(settings, build_id)) as build:
        firms = build.rows(
            "SELECT uscc, entity_name, unit FROM mart.enterprise WHERE grade IS NOT NULL ORDER BY unit, uscc LIMIT 6"
        )
        conditions = [_condition(n, *firm) for firm in firms for n in (0, 1)] + [_data()]
        columns = "warning_id, rule, level, subject, uscc, entity_name, unit, trigger_key, happened_on, detail"
        frame = pd.DataFrame(conditions, columns=columns.split(", "))
        build.load("mart.warning", frame.iloc[ended:])
        build.close()
    for day, part in ((EARLIER, frame.iloc[::2]), (None, frame.iloc[1::2])):
        store = Operations.open(replace(settings, day=day))
        open_cases(store, part, TERMS, build_id=build_id, merge_days=30, homes={})
        store.close()
    return Operations.open(settings)


def _condition(n: int, uscc: str, name: str, unit: str) -> dict[str, Any]:
    rule, level, detail = (("W01", 3, FALL), ("W02", 1, LISTED))[n]
    return {
        "warning_id": f"{rule}-{uscc}", "rule": rule, "level": level, "subject": uscc, "uscc": uscc, "entity_name": name,
        "unit": unit, "trigger_key": "k", "happened_on": date(2020, 9, 20), "detail": detail,
    }  # fmt: skip


def _data() -> dict[str, Any]:
    return {
        "warning_id": "W18-x", "rule": "W18", "level": 1, "subject": "penalty:legal", "uscc": None, "entity_name": None,
        "unit": None, "trigger_key": "never/", "happened_on": None, "detail": LATE,
    }  # fmt: skip
