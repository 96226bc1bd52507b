"""The loop closes through a delivery: results of checks entered in this system come back as spot_check_result.

Before a build looks at its landing folder, the versions of results that no delivery holds yet are written there as
one file of the supplier `self`. What was delivered is read from the archive and the landing folder, not remembered
elsewhere: a lost archive is filled again, a repeated build writes nothing, a crash leaves no half file.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as parquet

from pipeline.domain import Uscc
from pipeline.feeds.archive import SYNTHETIC_MARK, archived, table_path
from pipeline.feeds.catalogue.spot_check_result import SPOT_CHECK_RESULT
from pipeline.settings import OWN_SUPPLIER, Settings
from pipeline.stores.operations.check_results import every_version
from pipeline.stores.operations.store import Operations

RECORD_NO = "source_record_id"
_COLUMNS = (
    "uscc", "reg_no", "entity_name", "check_id", "plan_code", "task_code", "check_kind", "check_mode", "item_code", "checked_on", "result",
    "problem_count", "rectify_due", "rectified_on", "published_on", "inspectors", "check_org", "field", RECORD_NO, "produced_at",
    "received_at", "supplier_org",
)  # fmt: skip


def deliver_own_results(settings: Settings) -> Path | None:
    """Write what is not delivered yet as one file below landing/self/<business day>/; gives it, None if there is nothing.

    The same results give the same bytes and the same name. Received at the business time of the entry.
    """
    if not settings.operations.is_file():
        return None
    operations = Operations.open(settings)
    try:
        entered = every_version(operations)
    finally:
        operations.close()
    known = _delivered(settings) if len(entered) else set()
    rows = [row for r in entered.to_dict("records") if (row := _row(settings, r))[RECORD_NO] not in known]
    if not rows:
        return None
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode("utf-8")
    name = f"{SPOT_CHECK_RESULT.code}_{hashlib.sha256(content).hexdigest()[:16]}.csv"
    return _put(settings.landing / OWN_SUPPLIER / settings.today().isoformat(), name, content)


def _row(settings: Settings, result: dict[Any, Any]) -> dict[str, str]:
    """One version of a result as a row of the contract's own layout."""
    unit = next((u.name.zh for u in settings.city.units if u.code == result["unit"]), settings.city.bureau.zh)
    key = result["uscc"]
    mark = f"{SYNTHETIC_MARK}·" if settings.city.synthetic else ""
    row = {
        "uscc": key if Uscc.is_valid(key) else "",
        "reg_no": key.removeprefix("R")
        if not Uscc.is_valid(key)
        else "",  # an entity without a code is keyed R + number
        "entity_name": result["entity_name"],
        "check_id": result["task_id"],
        "plan_code": result["draw_id"],
        "task_code": result["draw_id"],
        "check_kind": result["kind"],
        "inspectors": ";".join(i for i in (_text(result["lead"]), _text(result["assist"])) if i),
        "check_org": unit,
        "produced_at": result["checked_on"],
        "received_at": result["business_at"].replace(microsecond=0),
        "supplier_org": mark + settings.city.bureau.zh,
    }
    same = (
        "check_mode",
        "item_code",
        "checked_on",
        "result",
        "problem_count",
        "rectify_due",
        "rectified_on",
        "published_on",
        "field",
    )
    texts = {c: _text(row.get(c, result.get(c) if c in same else None)) for c in _COLUMNS}
    content = hashlib.sha256("|".join(texts.values()).encode()).hexdigest()[:8]
    return {**texts, RECORD_NO: f"{result['task_id']}.v{result['version']}.{content}"}


def _delivered(settings: Settings) -> set[str]:
    """The record numbers that the archive and the landing folder hold already."""
    known: set[str] = set()
    for delivery in archived(settings):
        if delivery.supplier == OWN_SUPPLIER:
            for table in delivery.tables:
                if RECORD_NO in table.header:
                    column = f"c{table.header.index(RECORD_NO)}"
                    read = parquet.read_table(table_path(settings, table), columns=[column])
                    known.update(v for v in read.column(column).to_pylist() if v)
    for path in sorted((settings.landing / OWN_SUPPLIER).rglob(f"{SPOT_CHECK_RESULT.code}_*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            known.update(row.get(RECORD_NO) or "" for row in csv.DictReader(file))
    return known


def _put(folder: Path, name: str, content: bytes) -> Path:
    """The file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name
    part = target.with_name(f".{name}.part")
    part.write_bytes(content)
    os.replace(part, target)
    return target


def _text(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(int(value)) if isinstance(value, float) else str(value)
