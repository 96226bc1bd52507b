"""The ledger: every delivered row in exactly one place, and the counts of 记名 and completeness.

delivered = accepted + duplicate + superseded + excluded + quarantined, for each file in each build.
"""

from __future__ import annotations

from pipeline.feeds.contract import PROVENANCE, FeedContract
from pipeline.feeds.ingest import UNRECOGNISED
from pipeline.stores.warehouse import Warehouse, union_all

UNATTACHED = ("none", "ambiguous")
"""Methods of mart.match that attach nothing; every other one is a step that found its firm."""
OUTCOMES = ("accepted", "duplicate", "superseded", "excluded", "quarantined")


def write_ledger(warehouse: Warehouse, contracts: tuple[FeedContract, ...]) -> None:
    """Put the number of rows by outcome beside each delivery; write mart.delivery_fault (why rows were refused)."""
    refused = [*(c.code for c in contracts), UNRECOGNISED]
    places = [(f"core.{c.code}", "row_outcome") for c in contracts] + [
        (f"quarantine.{code}", "outcome") for code in refused
    ]
    placed = union_all(
        f"SELECT delivery_no, {column} AS outcome, count(*) AS n FROM {table} GROUP BY ALL" for table, column in places
    )
    counts = ", ".join(f"coalesce(sum(n) FILTER (outcome = '{o}'), 0)::BIGINT AS {o}" for o in OUTCOMES)
    present = [c for c in warehouse.columns("mart.delivery") if c in OUTCOMES]
    kept = f"d.* EXCLUDE ({', '.join(present)})" if present else "d.*"
    shown = ", ".join(f"coalesce(p.{o}, 0) AS {o}" for o in OUTCOMES)
    warehouse.execute(f"""
        CREATE OR REPLACE TABLE mart.delivery AS
        SELECT {kept}, {shown} FROM mart.delivery d
        LEFT JOIN (SELECT delivery_no, {counts} FROM ({placed}) GROUP BY 1) p USING (delivery_no)
        ORDER BY delivery_no""")
    faults = union_all(
        f"SELECT '{code}' AS feed, delivery_no, outcome, rule, field, count(*) AS records FROM quarantine.{code} GROUP BY ALL"
        for code in refused
    )
    warehouse.execute(f"""
        CREATE OR REPLACE TABLE mart.delivery_fault AS
        SELECT f.*, d.supplier, d.file_name FROM ({faults}) f JOIN mart.delivery d USING (delivery_no)
        ORDER BY feed, delivery_no, rule""")


def write_match(warehouse: Warehouse, expecting: list[FeedContract]) -> None:
    """mart.match: records for which an entity is expected, by feed, supplier, month of receipt and method.

    记名率 = attached / these records. They are the accepted and superseded rows of every feed about
    enterprises or other entities; the register itself, reference data and staff are left out, and natural
    persons were excluded at the door (SEED 四(一)2; the formula is 待确认).
    """
    counts = union_all(
        f"SELECT '{c.code}' AS feed, delivery_no, CAST(date_trunc('month', known_from) AS DATE) AS month, match_method AS method,"
        f" count(*) AS records FROM core.{c.code} WHERE row_outcome <> 'duplicate' GROUP BY ALL"
        for c in expecting
    )
    warehouse.execute(f"""
        CREATE OR REPLACE TABLE mart.match AS
        SELECT m.feed, d.supplier, m.month, m.method, sum(m.records)::BIGINT AS records
        FROM ({counts}) m JOIN mart.delivery d USING (delivery_no) GROUP BY ALL ORDER BY ALL""")


def write_completeness(warehouse: Warehouse, contracts: tuple[FeedContract, ...]) -> None:
    """mart.completeness: how often each optional column is filled among the current records of a feed."""
    provenance = {f.name for f in PROVENANCE}
    selects = []
    for c in contracts:
        columns = [f.name for f in c.fields if f.name not in provenance]
        filled = ", ".join(f"count({name}) AS {name}" for name in columns)
        selects.append(
            f"SELECT '{c.code}' AS feed, column_name, records, filled FROM (UNPIVOT (SELECT count(*) AS records, {filled}"
            f" FROM core.{c.code} WHERE row_outcome = 'accepted') ON {', '.join(columns)} INTO NAME column_name VALUE filled)"
        )
    warehouse.execute(f"CREATE OR REPLACE TABLE mart.completeness AS {union_all(selects)}")
