"""Who exists at a date, and which feeds were delivered for whom: the frame of every indicator."""

from __future__ import annotations

from datetime import date

import pandas as pd

from pipeline.feeds.contract import FeedContract
from pipeline.settings import OWN_SUPPLIER, Settings
from pipeline.stores.warehouse import Warehouse, union_all

INDIVIDUAL_BUSINESS = "9500"
ACTIVE = "1"
DEFAULT_CADENCE_DAYS = 31
_IS_ENTERPRISE = f"""if(r.entity_type IS NOT NULL, r.entity_type <> '{INDIVIDUAL_BUSINESS}',
            left(r.uscc, 1) IN ('9', 'R') AND left(r.uscc, 2) <> '92')"""


def write_population(
    settings: Settings, warehouse: Warehouse, as_of: list[date], table: str = "mart.population"
) -> None:
    """mart.population (or `table`, temp.… for a temporary one): every entity of the register that exists at each as_of, with what was known then.

    `is_graded`: active, and an enterprise: by its type, or by the first characters of its credit code where the
    register gives no type (9 = market entity, 92 = individual business; GB 32100). The unit is the register's if city.toml lists it,
    else the one of its division.
    """
    units = pd.DataFrame([(u.code, u.code) for u in settings.city.units], columns=["delivered", "unit"])
    divisions = pd.DataFrame(
        [(d, u.code) for u in settings.city.units for d in u.divisions], columns=["division", "unit"]
    ).drop_duplicates("division")
    warehouse.load("temp.unit_code", units)
    warehouse.load("temp.unit_division", divisions)
    selects = [
        f"""SELECT DATE '{day.isoformat()}' AS as_of, r.uscc, r.entity_name, r.status, r.entity_type,
          coalesce(c.unit, d.unit) AS unit, r.division, r.street, r.industry_section, r.industry_code, r.established_on,
          coalesce(r.status = '{ACTIVE}', false) AND {_IS_ENTERPRISE} AS is_graded,
          r.backfilled AS is_backfilled, r.known_assumed
        FROM known.ent_registration(DATE '{day.isoformat()}') r
        LEFT JOIN temp.unit_code c ON c.delivered = r.jurisdiction_unit
        LEFT JOIN temp.unit_division d ON d.division = r.division"""
        for day in as_of
    ]
    kind = "TEMP TABLE" if table.startswith("temp.") else "TABLE"
    warehouse.execute(f"CREATE OR REPLACE {kind} {table} AS {union_all(selects)}")


def write_coverage(settings: Settings, warehouse: Warehouse, contracts: dict[str, FeedContract]) -> None:
    """mart.coverage: from when to when a feed counts as delivered for a unit ('' where a firm has none).

    A delivery covers the days after its receipt up to twice the cadence; a history load covers its first to
    its last event date plus twice the cadence. A feed that nobody is expected to deliver covers every unit; what was
    entered in this system covers none.
    """
    rows = [
        (e.feed, e.supplier, unit, e.cadence_days)
        for e in settings.city.expected
        for unit in _with_none(settings, e.units)
    ]
    expected = pd.DataFrame(rows, columns=["feed", "supplier", "unit", "cadence_days"])
    warehouse.load(
        "temp.expected", expected.astype({"feed": "str", "supplier": "str", "unit": "str", "cadence_days": "int64"})
    )
    everywhere = pd.DataFrame({"unit": _with_none(settings, tuple(u.code for u in settings.city.units))})
    warehouse.load("temp.every_unit", everywhere)
    spans = union_all(
        f"SELECT delivery_no, min(event_on) AS first_event, max(event_on) AS last_event FROM core.{c} GROUP BY 1"
        for c in contracts
    )
    warehouse.execute(f"""
        CREATE OR REPLACE TABLE mart.coverage AS
        SELECT DISTINCT d.feed, u.unit,
          CAST(if(d.is_history, coalesce(s.first_event, d.received_on), d.received_on) AS DATE) AS covered_from,
          CAST(if(d.is_history, coalesce(s.last_event, d.received_on), d.received_on) AS DATE)
            + CAST(2 * coalesce(u.cadence_days, {DEFAULT_CADENCE_DAYS}) AS INTEGER) AS covered_to
        FROM mart.delivery d
        JOIN (
          SELECT feed, supplier, unit, cadence_days FROM temp.expected
          UNION ALL
          SELECT DISTINCT n.feed, n.supplier, e.unit, NULL FROM mart.delivery n CROSS JOIN temp.every_unit e
          WHERE n.supplier <> '{OWN_SUPPLIER}'
            AND NOT EXISTS (SELECT 1 FROM temp.expected x WHERE x.feed = n.feed AND x.supplier = n.supplier)
        ) u ON u.feed = d.feed AND u.supplier = d.supplier
        LEFT JOIN ({spans}) s USING (delivery_no)
        WHERE d.state = 'taken' AND d.feed IS NOT NULL""")


def _with_none(settings: Settings, units: tuple[str, ...]) -> list[str]:
    """The units, and '' (firms without a unit) where they are all of the city's."""
    everywhere = {u.code for u in settings.city.units} == set(units)
    return [*units, ""] if everywhere else list(units)
