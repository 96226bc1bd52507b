"""What counts is the day of receipt: from then a record is known, and by it a feed is delivered."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipeline.feeds.catalogue import BY_CODE
from pipeline.indicators.population import write_coverage
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.firms import uscc
from tests.small_city import SYNTHETIC_UNIT, SmallCity


def test_no_record_is_known_before_it_was_received(tiny: Settings) -> None:
    with Warehouse.read(build_file(tiny, current_build(tiny) or "")) as warehouse:
        early = {
            feed: warehouse.value(
                f"SELECT count(*) FROM core.{feed} c JOIN mart.delivery d USING (delivery_no)"
                " WHERE NOT d.is_history AND c.known_from < coalesce(c.received_at, d.received_on)"
            )
            for feed in BY_CODE
        }
    assert {feed: rows for feed, rows in early.items() if rows} == {}


def test_a_month_without_records_is_a_delivery_too(tmp_path: Path) -> None:
    city = SmallCity(tmp_path / "city")
    city.register((uscc(1), "通化某商店"))
    for month in ("06", "07", "08", "09"):
        header = ("uscc", "doc_no", "decided_on", "penalty_category")
        city.deliver(f"county-220502/2020-{month}-10/penalty_{SYNTHETIC_UNIT}.csv", header, [])
    warehouse, _ = city.ingest()
    with warehouse:
        write_coverage(city.settings, warehouse, city.contracts)
        until = warehouse.value("SELECT max(covered_to) FROM mart.coverage WHERE feed = 'penalty' AND unit = 'TH-DC'")
    assert until >= date(2020, 10, 16), f"nothing to report is taken for nothing delivered since {until}"
