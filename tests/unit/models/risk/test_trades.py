"""The spread of points by trade: the median is the median, and small trades say nothing."""

from __future__ import annotations

from statistics import median

from models.risk.trades import CITY, FEWEST, STEPS
from pipeline.domain import Dimension
from pipeline.indicators.catalogue import INDICATORS
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.small_city import DAYS


def test_the_city_and_its_trades(tiny: Settings) -> None:
    build_id = current_build(tiny)
    assert build_id
    with Warehouse.read(build_file(tiny, build_id)) as warehouse:
        spread = warehouse.rows("SELECT section, dimension, firms, points FROM mart.trade_scale")
        points = warehouse.frame("SELECT * FROM mart.contribution WHERE as_of = ?", [DAYS[-1]])
    city = {d: (n, p) for s, d, n, p in spread if s == CITY}
    assert set(city) == {d.name for d in Dimension}
    for dimension in Dimension:
        codes = [i.code for i in INDICATORS if i.dimension is dimension]
        own = points[codes].astype(float).sum(axis=1)
        firms, scale = city[dimension.name]
        assert firms == len(own) and len(scale) == STEPS + 1
        assert scale == sorted(scale)
        assert abs(scale[STEPS // 2] - median(own)) < 1e-4
        assert abs(scale[0] - own.min()) < 1e-4 and abs(scale[-1] - own.max()) < 1e-4
    assert all(n >= FEWEST for s, _, n, _ in spread if s != CITY)
