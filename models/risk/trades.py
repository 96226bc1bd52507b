"""mart.trade_scale: how the points of a dimension are spread in the city and in each trade, so that one firm has a measure.

An aggregate without enterprises: a county may compare its firm with the whole city's trade without seeing a row of it.
"""

from __future__ import annotations

from datetime import date

from pipeline.domain import Dimension
from pipeline.indicators.catalogue import INDICATORS
from pipeline.indicators.indicator import Indicator
from pipeline.stores.warehouse import Warehouse

STEPS = 20
"""The points are given at so many equal steps of rank, from the lowest (0) to the highest."""
CITY = ""
"""What stands in `section` for the whole city."""
FEWEST = 20
"""A trade of fewer graded enterprises than this has no row: it says too much of each of them."""


def write_trade_scale(
    warehouse: Warehouse, as_of: date, indicators: tuple[Indicator, ...] = INDICATORS, table: str = "mart.trade_scale"
) -> None:
    """Write (section, dimension, firms, points DOUBLE[STEPS + 1]) for `as_of`; the middle of `points` is the median."""
    ranks = ", ".join(str(k / STEPS) for k in range(STEPS + 1))
    points = ", ".join(f"({_sum(indicators, d)}) AS {d.name}" for d in Dimension)
    names = ", ".join(d.name for d in Dimension)
    spread = f"count(*) AS firms, quantile_cont(points, [{ranks}]) AS points"
    warehouse.execute(
        f"""CREATE OR REPLACE TABLE {table} AS
        WITH firm AS (
            SELECT coalesce(p.industry_section, '?') AS section, {points}
            FROM mart.contribution c JOIN mart.population p USING (as_of, uscc) WHERE c.as_of = ?
        ), long AS (UNPIVOT firm ON {names} INTO NAME dimension VALUE points)
        SELECT section, dimension, {spread} FROM long GROUP BY section, dimension HAVING count(*) >= {FEWEST}
        UNION ALL SELECT '{CITY}', dimension, {spread} FROM long GROUP BY dimension""",
        [as_of],
    )


def _sum(indicators: tuple[Indicator, ...], dimension: Dimension) -> str:
    """The points of one dimension, in double precision."""
    return " + ".join(f'c."{i.code}"::DOUBLE' for i in indicators if i.dimension is dimension) or "0.0"
