"""The warehouse can be lost: the raw archive gives it back, whatever came first and from wherever."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from models.build import build
from pipeline.feeds.archive import register
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.ingest import ingest
from pipeline.feeds.mapping import Mappings
from pipeline.identity.match import match
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, build_file, current_build, work_file
from tests.contents import contents, table_contents
from tests.deployment import REFERENCE
from tests.small_city import DAYS, SmallCity


def facts(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every table that `ingest` and `match` make of what lies in the archive; all later ones follow from them."""
    with Warehouse.create(work_file(settings)) as warehouse:
        ingest(settings, warehouse, REFERENCE, BY_CODE)
        match(settings, warehouse, BY_CODE)
        return table_contents(warehouse, ("core", "quarantine", "mart"))


def test_the_raw_archive_alone_gives_the_same_build(small: SmallCity) -> None:
    before, build_id = contents(small.settings), current_build(small.settings)
    issued = {p.name: p.read_bytes() for p in small.settings.grades.iterdir()}
    shutil.rmtree(small.settings.warehouse)
    for path in small.settings.landing.iterdir():
        shutil.rmtree(path)
    summary = build(small.settings, DAYS)
    assert (summary.build_id, summary.already) == (build_id, False)
    after = contents(small.settings)
    assert after.keys() == before.keys()
    assert [table for table in after if after[table] != before[table]] == []
    assert {p.name: p.read_bytes() for p in small.settings.grades.iterdir()} == issued


def test_records_matched_twice_are_as_if_matched_once(small: SmallCity) -> None:
    once = contents(small.settings)
    with Warehouse.open(build_file(small.settings, current_build(small.settings) or "")) as warehouse:
        match(small.settings, warehouse, BY_CODE)
        twice = table_contents(warehouse, ("core", "quarantine", "mart"))
    assert [table for table in once if twice[table] != once[table]] == []


def test_a_landing_folder_that_is_gone_is_no_reason_not_to_rebuild(small: SmallCity) -> None:
    shutil.rmtree(small.settings.landing)
    assert build(small.settings, DAYS).already


def test_the_order_of_registration_changes_nothing_where_the_dates_of_receipt_are_equal(
    tiny: Settings, tmp_path: Path
) -> None:
    everything = sorted(p.relative_to(tiny.landing) for p in tiny.landing.rglob("*.csv"))
    random.Random(7).shuffle(everything)
    city = SmallCity(tmp_path / "city")
    mappings = Mappings.load(city.settings.mappings, BY_CODE)
    for path in everything:
        target = city.settings.landing / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tiny.landing / path, target)
        register(city.settings, mappings, BY_CODE)
    shuffled, ordered = facts(city.settings), contents(tiny)
    assert [table for table in shuffled if shuffled[table] != ordered[table]] == []
    assert len(shuffled) > 50
