"""A published build of nothing but a list of invented enterprises: what the pages with lists are tested on."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pages.views.enterprise_columns import TASK_STATES
from pages.views.firm_acts import FirmActs, combined
from pipeline.stores.access import KEY_FIELDS, Actor
from pipeline.stores.reader import Library, ScopedReader

AS_OF = date(2020, 10, 16)
UNITS = {"TH-MH": "220581", "TH-DC": "220502", "TH-JA": "220582"}
_TYPES = ("1130", "1151", "2000", "4531", "4540", "3200", "9100", "9500", "5000", None)
_CLASSES = ("5211", "5251", "6210", "1439", "1310", "7291", None)
_SECTIONS = {"52": "F", "62": "H", "14": "C", "13": "C", "72": "L"}
_RESULTS = ("01", "06", "03;06", "05", "10", None)
_SYLLABLES = "瑞丰华夏永安百姓天池同济四海万合新合浑江福民"


def firms(number: int = 400, seed: int = 7) -> list[dict[str, Any]]:
    """Rows of the list, every value that a filter looks at drawn at random, many of them missing."""
    dice = random.Random(seed)
    return [_firm(dice, n) for n in range(number)]


def _firm(dice: random.Random, n: int) -> dict[str, Any]:
    unit = dice.choice((*UNITS, None))
    code = dice.choice(_CLASSES)
    kind = dice.choice(_TYPES)
    status = dice.choice(("1", "1", "1", "1", "2", "9", None))
    is_graded = status == "1" and kind != "9500"
    name = f"{dice.choice(('通化', '梅河口市', '集安'))}{''.join(dice.sample(_SYLLABLES, 3))}{dice.choice(('有限公司', '超市', '(老站)酒业有限责任公司'))}"
    former = [f"{name[:2]}旧{dice.choice(_SYLLABLES)}{n}有限公司"] if dice.random() < 0.2 else []
    return {
        "as_of": AS_OF,
        "uscc": f"9{dice.choice('12')}{dice.choice(list(UNITS.values()))}MA{n:06d}{dice.choice('XY7')}{n % 10}",
        "entity_name": name,
        "status": status,
        "entity_type": kind,
        "unit": unit,
        "division": UNITS[unit] if unit else None,
        "street": f"{UNITS[unit]}00{dice.randrange(1, 4)}" if unit else None,
        "industry_section": _SECTIONS[code[:2]] if code else None,
        "industry_code": code,
        "established_on": date(2010, 1, 1) + timedelta(days=dice.randrange(3000)),
        "is_graded": is_graded,
        "data_share": dice.random(),
        "credit_score": round(dice.uniform(350, 800), 1) if is_graded and dice.random() < 0.95 else None,
        "grade": dice.choice("ABCDE") if is_graded else ("E" if status == "2" and kind != "9500" else None),
        "previous_grade": dice.choice([*"ABCDE", None]) if is_graded else None,
        "national_grade": None,
        "fields": sorted(dice.sample(KEY_FIELDS, dice.choice((0, 0, 1, 2)))),
        "last_check_on": AS_OF - timedelta(days=dice.randrange(1, 1500)) if dice.random() < 0.7 else None,
        "last_check_result": dice.choice(_RESULTS),
        "reg_no": f"2205{n:011d}" if dice.random() < 0.5 else None,
        "address": f"胜利路{n}号",
        "former_names": former,
        "name_keys": "|".join([name, *former]),
    }  # fmt: skip


def opened(folder: Path, rows: list[dict[str, Any]]) -> Library:
    """A build that holds these rows and its stamp."""
    path = folder / "warehouse-b.duckdb"
    frame = pd.DataFrame(rows)
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA mart")
        connection.execute(
            "CREATE TABLE mart.build AS SELECT 'b' AS build_id, ?::DATE AS as_of, ?::DATE AS today, true AS is_synthetic",
            [AS_OF, AS_OF - timedelta(days=1)],
        )
        connection.execute("""
            CREATE TABLE mart.enterprise AS SELECT * REPLACE (CAST(as_of AS DATE) AS as_of,
                CAST(established_on AS DATE) AS established_on, CAST(last_check_on AS DATE) AS last_check_on,
                CAST(national_grade AS VARCHAR) AS national_grade, CAST(fields AS VARCHAR[]) AS fields,
                CAST(former_names AS VARCHAR[]) AS former_names) FROM frame ORDER BY unit, uscc""")
        connection.execute(
            "CREATE TABLE mart.grade_summary AS SELECT DATE '2020-10-16' AS as_of, unit, industry_section, grade,"
            " count(*) AS enterprises FROM mart.enterprise WHERE is_graded GROUP BY ALL"
        )
    del frame
    return Library(path, "b", lambda *_: {})


def acts(rows: list[dict[str, Any]], seed: int = 3) -> FirmActs:
    """Open cases and tasks of some of the firms."""
    dice = random.Random(seed)
    some = dice.sample(rows, len(rows) // 3)
    cases = [(r["uscc"], dice.choice(("WAITING", "VERIFYING")), dice.randrange(1, 3), dice.randrange(2)) for r in some]
    others = dice.sample(rows, len(rows) // 3)
    work = [
        (r["uscc"], dice.choice(list(TASK_STATES)), "on_site", pd.Timestamp(2020, 10, dice.randrange(1, 29)), 1)
        for r in others
    ]
    return combined(
        pd.DataFrame(cases, columns=["uscc", "state", "cases", "overdue"]),
        pd.DataFrame(work, columns=["uscc", "task", "mode", "due_on", "tasks"]),
    )


def reader(of: Library, who: Actor) -> ScopedReader:
    """The reader of an actor."""
    return of.reader(who)
