"""A tiny published build: the public tables alone, filled by hand, in memory or as a deployment's file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

BUILD_ID = "00c0ffee00c0ffee"
EMPTY = {
    "build": "build_id VARCHAR, as_of DATE, today DATE, is_synthetic BOOLEAN, policy_id VARCHAR, indicator_set VARCHAR,"
    " model_id VARCHAR, assumed_share DOUBLE, built_at TIMESTAMP",
    "grade_summary": "as_of DATE, unit VARCHAR, industry_section VARCHAR, grade VARCHAR, enterprises BIGINT",
    "rule_effect": "as_of DATE, rule VARCHAR, fired BIGINT, moved BIGINT, unavailable BIGINT",
    "grade_agreement": "as_of DATE, national_grade VARCHAR, grade VARCHAR, enterprises BIGINT",
    "match": "feed VARCHAR, supplier VARCHAR, month DATE, method VARCHAR, records BIGINT",
    "delivery": "delivery_no INTEGER, feed VARCHAR, supplier VARCHAR, file_name VARCHAR, received_on TIMESTAMP, state VARCHAR,"
    " reason VARCHAR, delivered BIGINT, accepted BIGINT, duplicate BIGINT, superseded BIGINT, excluded BIGINT, quarantined BIGINT",
    "delivery_fault": "delivery_no INTEGER, rule VARCHAR",
    "coverage": "feed VARCHAR, unit VARCHAR, covered_from DATE, covered_to DATE",
    "completeness": "feed VARCHAR, column_name VARCHAR, records BIGINT, filled BIGINT",
    "stage_seconds": "stage VARCHAR, seconds DOUBLE",
}
ALWAYS = {
    "build": f"('{BUILD_ID}', '2020-10-16', '2020-10-15', true, '2020-07', 'abcdef123456', NULL, NULL, '2020-10-16 03:12:00')"
}
FILLED = {
    "grade_summary": """
        ('2020-10-16', 'U1', 'F', 'A', 60), ('2020-10-16', 'U1', 'F', 'B', 30), ('2020-10-16', 'U1', 'F', 'D', 10),
        ('2020-10-16', 'U1', 'H', 'A', 10), ('2020-10-16', 'U1', 'H', 'E', 2),
        ('2020-10-16', 'U2', 'F', 'A', 50), ('2020-10-16', 'U2', 'F', 'C', 10), ('2020-10-16', 'U2', 'F', 'D', 40),
        ('2020-10-16', 'U2', NULL, 'A', 8), ('2020-10-16', 'U2', 'F', NULL, 4),
        ('2020-09-01', 'U1', 'F', 'A', 70), ('2020-09-01', 'U1', 'F', 'D', 30)""",
    "rule_effect": "('2020-10-16', 'RL-07', 30, 12, 0), ('2020-10-16', 'RL-01', 4, 3, 0), ('2020-10-16', 'RL-14', 0, 0, 0)",
    "grade_agreement": "('2020-10-16', 'A', 'A', 30), ('2020-10-16', 'B', 'A', 10)",
    "match": """
        ('penalty', 'legal', '2020-10-01', 'uscc', 50), ('penalty', 'legal', '2019-11-01', 'name', 20),
        ('penalty', 'legal', '2020-09-01', 'ambiguous', 10), ('penalty', 'legal', '2020-09-01', 'none', 20),
        ('penalty', 'legal', '2019-10-01', 'none', 9000), ('complaint', 'hotline', '2020-10-01', 'uscc', 100)""",
    "delivery": """
        (1, 'penalty', 'legal', 'p1.csv', '2020-10-09 17:30:00', 'taken', NULL, 110, 90, 3, 7, 4, 6),
        (2, 'penalty', 'legal', 'p2.csv', '2020-09-09 00:00:00', 'set_aside', '缺少必需列', 40, 0, 0, 0, 0, 40),
        (3, 'complaint', 'hotline', 'c1.csv', '2020-10-09 09:00:00', 'taken', NULL, 100, 100, 0, 0, 0, 0),
        (4, NULL, 'hotline', 'list.xlsx', '2020-10-10 09:00:00', 'set_aside', '没有匹配的数据契约', 5, 0, 0, 0, 0, 5)""",
    "coverage": """
        ('penalty', 'U1', '2018-01-01', '2020-12-01'), ('penalty', 'U2', '2018-01-01', '2020-10-15'),
        ('complaint', 'U1', '2018-01-01', '2020-10-16'), ('complaint', 'U2', '2018-01-01', '2020-12-01'),
        ('complaint', '', '2018-01-01', '2020-12-01')""",
    "stage_seconds": "('ingest', 20.5), ('grade', 1.5)",
}
CITY = """
name = {zh = "甲市", en = "Alpha"}
bureau = {zh = "甲市市场监督管理局", en = "Alpha Bureau"}
timezone = "Asia/Shanghai"
synthetic = true
[[unit]]
code = "U1"
name = {zh = "东县局", en = "East County"}
[[unit]]
code = "U2"
name = {zh = "西县局", en = "West County"}
[[supplier]]
code = "legal"
name = {zh = "法规科", en = "Legal division"}
[[supplier]]
code = "hotline"
name = {zh = "热线", en = "Hotline"}
"""
EXPECTED = """
[[expected]]
feed = "penalty"
supplier = "legal"
[[expected]]
feed = "complaint"
supplier = "hotline"
"""


class Reader:
    """A public reader over tables in memory."""

    def __init__(self, filled: bool = True) -> None:
        self.build_id = BUILD_ID
        self._connection = duckdb.connect(":memory:")
        _fill(self._connection, "", filled)

    def execute(self, sql: str) -> None:
        self._connection.execute(sql)

    def frame(self, sql: str, parameters: Any = None) -> pd.DataFrame:
        return self._connection.execute(sql, parameters).df()

    def rows(self, sql: str, parameters: Any = None) -> list[Any]:
        return self._connection.execute(sql, parameters).fetchall()


def city_file(folder: Path, *, expected: bool = True) -> Path:
    """A deployment's folder with its city.toml and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "city.toml").write_text(CITY + (EXPECTED if expected else ""), encoding="utf-8")
    return folder


def published(folder: Path, *, filled: bool = True, expected: bool = True) -> Path:
    """A deployment's folder with a published build of the public tables."""
    warehouse = city_file(folder, expected=expected) / "var" / "warehouse"
    warehouse.mkdir(parents=True)
    with duckdb.connect(str(warehouse / f"warehouse-{BUILD_ID}.duckdb")) as connection:
        connection.execute("CREATE SCHEMA mart")
        _fill(connection, "mart.", filled)
    (warehouse / "CURRENT").write_text(BUILD_ID + "\n")
    return folder


def _fill(connection: duckdb.DuckDBPyConnection, schema: str, filled: bool) -> None:
    for table, columns in EMPTY.items():
        connection.execute(f"CREATE TABLE {schema}{table} ({columns})")
        rows = ALWAYS.get(table) or (FILLED.get(table) if filled else None)
        if rows:
            connection.execute(f"INSERT INTO {schema}{table} VALUES {rows}")
