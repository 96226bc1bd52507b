"""Records that nobody here wrote: every file read, every row accounted for, grades where the register allows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from models.build import BuildSummary, build
from pipeline.feeds.archive import accept
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, build_file

pytestmark = pytest.mark.real
HERE = Path(__file__).resolve().parent.parent / "cases" / "beijing"
AS_OF = date(2026, 1, 21)
ROWS = {"culture_inspections.csv": 42_784, "penalties.csv": 7_761, "register_derived.csv": 10_010}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, BuildSummary, BuildSummary]]:
    """The build as the files come, and again with the messiest file accepted after a look."""
    cases = Path(os.environ["REAL_CASES"])
    folder = tmp_path_factory.mktemp("beijing")
    shutil.copytree(HERE, folder, dirs_exist_ok=True)
    landing = folder / "landing" / "beijing" / "2026-01-20"
    landing.mkdir(parents=True)
    for path in sorted((cases / "beijing").rglob("*.csv")):
        shutil.copyfile(path, landing / path.name)
    settings = Settings.load(folder)
    first = build(settings, [AS_OF])
    accept(settings, "penalties.csv")
    yield settings, first, build(settings, [AS_OF])


def test_every_file_is_taken_or_named(published: tuple[Settings, BuildSummary, BuildSummary]) -> None:
    settings, first, second = published
    assert len(first.set_aside) == 1 and first.set_aside[0].startswith("penalties.csv")
    assert second.set_aside == ()
    with Warehouse.read(build_file(settings, second.build_id)) as warehouse:
        delivered = dict(
            warehouse.rows("SELECT split_part(file_name, '/', 1), sum(delivered)::INT FROM mart.delivery GROUP BY 1")
        )
        assert len(delivered) == 8 and all(delivered.values())
        assert {name: delivered[name] for name in ROWS} == ROWS


def test_every_row_is_accounted_for(published: tuple[Settings, BuildSummary, BuildSummary]) -> None:
    _, first, second = published
    for summary in (first, second):
        places = {k: n for k, n in summary.rows.items() if k != "delivered"}
        assert sum(places.values()) == summary.rows["delivered"]
    assert first.rows["delivered"] == second.rows["delivered"]
    assert first.rows["quarantined"] > second.rows["quarantined"]


def test_records_of_the_culture_market_are_named(published: tuple[Settings, BuildSummary, BuildSummary]) -> None:
    settings, _, second = published
    with Warehouse.read(build_file(settings, second.build_id)) as warehouse:
        methods = dict(
            warehouse.rows(
                "SELECT method, sum(records)::INT FROM mart.match WHERE feed = 'spot_check_result' GROUP BY 1"
            )
        )
    attached = sum(n for m, n in methods.items() if m not in ("none", "ambiguous"))
    assert attached / sum(methods.values()) > 0.93
    assert methods["name"] > 1_000, "checks under an old number are attached by name"


def test_grades_are_given_and_thin_files_say_so(published: tuple[Settings, BuildSummary, BuildSummary]) -> None:
    settings, _, second = published
    with Warehouse.read(build_file(settings, second.build_id)) as warehouse:
        graded = warehouse.value("SELECT count(*) FROM mart.grade WHERE is_counted")
        thin = warehouse.value("SELECT count(*) FROM mart.grade WHERE list_contains(flags, '数据不足')")
        institutions = warehouse.value("SELECT count(*) FROM mart.grade WHERE left(uscc, 1) NOT IN ('9', 'R')")
        missing = warehouse.value(
            "SELECT count(*) FROM mart.population p ANTI JOIN mart.grade g USING (uscc) WHERE p.is_graded"
        )
    assert graded > 9_000 and thin > 0
    assert (institutions, missing) == (0, 0)
    assert second.assumed_share is not None and second.assumed_share > 0.5, "published records are history: it is said"


def test_no_identity_card_number_is_stored(published: tuple[Settings, BuildSummary, BuildSummary]) -> None:
    settings, _, second = published
    card = r"(^|[^0-9A-Za-z])[1-6][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]([0-9]{2})?($|[^0-9A-Za-z])"
    with Warehouse.read(build_file(settings, second.build_id)) as warehouse:
        for table in ("core.penalty", "core.spot_check_result", "quarantine.penalty"):
            rows = f"SELECT CAST(to_json(t) AS VARCHAR) AS text FROM {table} t"
            assert warehouse.value(f"SELECT count(*) FROM ({rows}) WHERE regexp_matches(text, '{card}')") == 0, table
