"""mart.record: the time line of every firm, one row a record that is known at the newest as_of.

Pages read one firm's records here in one look instead of asking 24 feeds. The table says what a record is about in
codes, not in sentences; the row itself stays in its feed and is found by delivery and row number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from pipeline.feeds.contract import Subject
from pipeline.indicators.compute import write_report_deadlines
from pipeline.indicators.known import known_relations
from pipeline.indicators.lines import LINES, Line
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, union_all

SEPARATOR = "\x1f"
"""Between the values of the column `words`: the unit separator, which no delivered cell keeps."""


def write_timeline(
    settings: Settings, warehouse: Warehouse, as_of: date, lines: Iterable[Line] = LINES, table: str = "mart.record"
) -> int:
    """Write mart.record for `as_of`, ordered by firm so that one firm is one look; gives the number of rows.

    Columns: uscc, feed, event_on (never empty; the day of receipt where the feed gives none), until_on, known_from,
    weight (Weight), words (the line's columns joined by SEPARATOR), number, amount_wan, is_repaired, delivery_no, row_no.
    """
    write_report_deadlines(settings, warehouse)
    selects = union_all(record_sql(line, as_of) for line in lines)
    warehouse.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM ({selects}) ORDER BY uscc")
    return int(warehouse.value(f"SELECT count(*) FROM {table}"))


def record_sql(line: Line, as_of: date) -> str:
    """The records of one feed as rows of the time line."""
    day = f"DATE '{as_of.isoformat()}'"
    begins = f"CASE WHEN {line.begins} < {day} THEN {line.begins} END, " if line.begins else ""
    words = f", '{SEPARATOR}', ".join(f"coalesce(CAST({w} AS VARCHAR), '')" for w in line.words)
    weight = re.sub(r"\bas_of\b", day, line.weight)
    return f"""SELECT uscc, '{line.feed}' AS feed, coalesce(event_on, {begins}CAST(known_from AS DATE)) AS event_on,
        {line.ends or "NULL::DATE"} AS until_on, CAST(known_from AS DATE) AS known_from,
        CAST({weight} AS TINYINT) AS weight, concat({words}) AS words,
        {line.number or "NULL::VARCHAR"} AS number, CAST({line.amount or "NULL"} AS DOUBLE) AS amount_wan,
        is_repaired, delivery_no, row_no
        FROM ({_rows(line, as_of)}) record WHERE uscc IS NOT NULL"""


def _rows(line: Line, as_of: date) -> str:
    """The known rows of a feed; of the register also the entities that are gone, but none that is not known yet."""
    day = f"DATE '{as_of.isoformat()}'"
    if line.contract.subject is Subject.ROOT:
        return f"""SELECT *, false AS is_repaired FROM core.{line.feed}
            WHERE row_outcome <> 'duplicate' AND known_from < {day} AND (known_to IS NULL OR known_to >= {day})
              AND (event_on IS NULL OR event_on < {day})"""
    return known_relations((line.contract,), as_of, "core")[line.feed]
