"""The city of 6,000, as `make run` makes it: attached to its true owners, graded near the intended shares."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from models.build import build
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, build_file
from tests.contents import contents
from tests.slow.conftest import City

pytestmark = pytest.mark.slow
SHARES = {"A": 46.0, "B": 36.0, "C": 12.0, "D": 4.5, "E": 1.5}


def test_the_number_of_graded_enterprises_is_exact(city: City) -> None:
    assert sum(city[1].grades.values()) == 6000


def test_shares_come_near_what_was_intended(city: City) -> None:
    shares = {letter: 100 * n / 6000 for letter, n in city[1].grades.items()}
    assert all(abs(shares[letter] - wanted) < 2 for letter, wanted in SHARES.items()), shares


def test_no_record_is_attached_to_another_firm(city: City) -> None:
    settings, summary = city
    owners = settings.data / "truth" / "owner.parquet"
    with Warehouse.read(build_file(settings, summary.build_id)) as warehouse:
        feeds = [f for (f,) in warehouse.rows("SELECT DISTINCT feed FROM mart.match")]
        attached, wrong = 0, []
        for feed in feeds:
            joined = (
                f"FROM core.{feed} c JOIN mart.delivery d USING (delivery_no)"
                f" JOIN read_parquet('{owners}') t ON t.path = d.path AND t.row_no = c.row_no WHERE c.uscc IS NOT NULL"
            )
            attached += int(warehouse.value(f"SELECT count(*) {joined}"))
            wrong += warehouse.rows(
                f"SELECT '{feed}', c.match_method, c.uscc, t.owner {joined} AND c.uscc IS DISTINCT FROM t.owner LIMIT 3"
            )
    assert attached > 90_000 and wrong == []


def test_the_named_rate_rises_from_codes_alone_to_the_target(city: City) -> None:
    settings, summary = city
    with Warehouse.read(build_file(settings, summary.build_id)) as warehouse:
        by_code = warehouse.value("SELECT sum(records) FILTER (method = 'uscc') / sum(records) FROM mart.match")
    assert 0.55 < by_code < 0.65
    assert summary.named_rate is not None and summary.named_rate >= 0.80


def test_one_deliberately_bad_file_is_set_aside(city: City) -> None:
    assert len(city[1].set_aside) == 1 and "社会保险" in city[1].set_aside[0]


def test_a_history_load_makes_training_dates_possible_and_says_how_much_is_assumed(city: City) -> None:
    settings, summary = city
    assert summary.assumed_share is not None and 0.1 < summary.assumed_share < 0.5
    with Warehouse.read(build_file(settings, summary.build_id)) as warehouse:
        for day in ("2016-07-01", "2017-07-01", "2019-07-01"):
            assert warehouse.value(f"SELECT count(*) FROM known.spot_check_result(DATE '{day}')") > 1_000, day


def test_the_truth_beside_it_changes_nothing(city: City, tmp_path: Path) -> None:
    settings, summary = city
    shutil.copytree(
        settings.data, tmp_path / "copy", ignore=shutil.ignore_patterns("truth", "warehouse", "grades", "*.lock")
    )
    blind = Settings.load(tmp_path / "copy")
    assert build(blind, list(summary.as_of)).build_id == summary.build_id
    assert contents(blind) == contents(settings)
