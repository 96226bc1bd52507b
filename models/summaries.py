"""What pages count again and again, counted once a build: small tables without an enterprise row.

`mart.timeliness`: were records received within the working days that their contract allows (SEED 四(一)2).
`mart.register_summary`: how many active enterprises there are and how many of them have a grade.
`mart.check_rate`: how often a completed check found a problem, by the grade that stood before it.
"""

from __future__ import annotations

from datetime import date

from pipeline.feeds.catalogue import FEEDS
from pipeline.feeds.contract import FeedContract
from pipeline.indicators.readings import COMPLETED_CHECK, PROBLEM_FOUND
from pipeline.reference import Reference
from pipeline.settings import City, Settings
from pipeline.stores.warehouse import Warehouse, union_all


def write_summaries(settings: Settings, warehouse: Warehouse, newest: date) -> None:
    """All of them, after the grades of `newest`, the last date of a build."""
    write_timeliness(warehouse, Reference.load(settings.reference), settings.city, tuple(FEEDS))
    write_register(warehouse)
    write_check_rates(warehouse, newest)


def own_units(city: City) -> dict[str, str]:
    """Supplier -> the unit that it is, for suppliers that are expected to report for one unit only."""
    units: dict[str, set[str]] = {}
    for expected in city.expected:
        units.setdefault(expected.supplier, set()).update(expected.units)
    return {supplier: min(of) for supplier, of in units.items() if len(of) == 1}


def write_timeliness(
    warehouse: Warehouse, reference: Reference, city: City, contracts: tuple[FeedContract, ...]
) -> None:
    """mart.timeliness(feed, supplier, unit, month of receipt, records, in_time).

    Counts the first version of each record that says when it was produced and whose receipt is not assumed
    (history loads are left out). In time: at most the contract's working days from produced to received.
    `unit`: that of a supplier that is a unit's own bureau, else null.
    """
    received = union_all(
        f"SELECT '{c.code}' AS feed, {c.time_limit.count} AS allowed, delivery_no, produced_at, CAST(known_from AS DATE) AS arrived_on,"
        f" count(*) AS records FROM core.{c.code} WHERE row_outcome <> 'duplicate' AND version_no = 1"
        " AND NOT known_assumed AND produced_at IS NOT NULL GROUP BY ALL"
        for c in contracts
    )
    warehouse.execute(f"CREATE OR REPLACE TEMP TABLE receipt AS {received}")
    first, last = warehouse.rows(
        "SELECT min(least(produced_at, arrived_on)), max(greatest(produced_at, arrived_on)) FROM receipt"
    )[0]
    day = date(2000, 1, 1)
    warehouse.load("temp.working_day", reference.working_day_frame(first or day, last or day))
    whose = own_units(city)
    unit = " ".join(f"WHEN '{supplier}' THEN '{unit}'" for supplier, unit in sorted(whose.items()))
    warehouse.execute(f"""
        CREATE OR REPLACE TABLE mart.timeliness AS
        SELECT receipt.feed, supplier, {f"CASE supplier {unit} END" if unit else "NULL"}::VARCHAR AS unit,
          CAST(date_trunc('month', arrived_on) AS DATE) AS month, sum(receipt.records)::BIGINT AS records,
          coalesce(sum(records) FILTER (r.ordinal - p.ordinal <= allowed), 0)::BIGINT AS in_time
        FROM temp.receipt receipt JOIN mart.delivery d USING (delivery_no)
        JOIN temp.working_day p ON p.day = produced_at JOIN temp.working_day r ON r.day = arrived_on
        GROUP BY ALL ORDER BY ALL""")
    warehouse.execute("DROP TABLE temp.receipt")
    warehouse.execute("DROP TABLE temp.working_day")


def write_register(warehouse: Warehouse) -> None:
    """mart.register_summary(as_of, unit, enterprises, graded): those that are due for a grade at each date of the build."""
    warehouse.execute("""
        CREATE OR REPLACE TABLE mart.register_summary AS
        SELECT p.as_of, p.unit, count(*) AS enterprises, count(g.grade) AS graded
        FROM mart.population p LEFT JOIN mart.grade g USING (as_of, uscc)
        WHERE p.is_graded GROUP BY ALL ORDER BY ALL""")


def write_check_rates(warehouse: Warehouse, newest: date) -> None:
    """mart.check_rate(graded_on, unit, grade, checks, problems): completed checks known at `newest`.

    Each check counts under the grade of the newest run on or before its day, which knew nothing of it;
    one a firm and run, with a problem if any of them found one.
    """
    day = f"DATE '{newest.isoformat()}'"
    warehouse.execute(f"""
        CREATE OR REPLACE TABLE mart.check_rate AS
        WITH run AS (SELECT DISTINCT as_of FROM mart.grade WHERE as_of < {day}),
        done AS (
          SELECT c.uscc, run.as_of, bool_or({PROBLEM_FOUND}) AS has_problem
          FROM known.spot_check_result({day}) c ASOF JOIN run ON c.checked_on >= run.as_of
          WHERE c.uscc IS NOT NULL AND {COMPLETED_CHECK} GROUP BY ALL)
        SELECT g.as_of AS graded_on, p.unit, g.grade, count(*) AS checks, count(*) FILTER (has_problem) AS problems
        FROM done d JOIN mart.grade g USING (as_of, uscc) JOIN mart.population p USING (as_of, uscc)
        WHERE g.is_counted AND g.grade IS NOT NULL GROUP BY ALL ORDER BY ALL""")
