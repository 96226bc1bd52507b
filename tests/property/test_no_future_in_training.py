"""What is received, or happens, on or after the day of training changes no model; and training is a function."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from models.risk import registry
from models.risk.train import train
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.contract import Subject
from pipeline.stores.warehouse import Warehouse
from tests.learning import FEW, TODAY, Learned, few_candidates, learning_settings
from tests.property.worlds import World, later_rows

ORIGIN = TODAY + timedelta(days=1)


def add(world: Warehouse, rows: World) -> int:
    """Insert rows into core; gives how many."""
    for feed, listed in rows.items():
        known = set(world.columns(f"core.{feed}"))
        for row in listed:
            names = [c for c in row if c in known]
            marks = ", ".join("?" for _ in names)
            columns = ", ".join(f'"{c}"' for c in names)
            world.execute(f"INSERT INTO core.{feed} ({columns}) VALUES ({marks})", [row[c] for c in names])
    return sum(map(len, rows.values()))


def learned_from(path: Path, learned: Learned) -> str | None:
    with Warehouse.read(path) as world:
        return train(learning_settings(), world, BY_CODE, FEW, candidates=few_candidates()).model_id


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_records_of_the_future_change_no_model(learned: Learned, tmp_path: Path, seed: int) -> None:
    shutil.copyfile(learned.world, tmp_path / "world.duckdb")
    with Warehouse.open(tmp_path / "world.duckdb") as world:
        later = later_rows(seed, ORIGIN)
        assert add(world, later) > 100 and later["spot_check_result"]
        world.close()
    assert learned_from(tmp_path / "world.duckdb", learned) == learned.summary.model_id


def test_what_was_known_in_time_does_change_it(learned: Learned, tmp_path: Path) -> None:
    shutil.copyfile(learned.world, tmp_path / "world.duckdb")
    with Warehouse.open(tmp_path / "world.duckdb") as world:
        world.execute("UPDATE core.spot_check_result SET result = '03' WHERE checked_on < DATE '2016-06-01'")
        world.close()
    assert learned_from(tmp_path / "world.duckdb", learned) != learned.summary.model_id


def test_each_fold_knows_only_what_was_known_at_its_origin(learned: Learned, tmp_path: Path) -> None:
    """Records received after a fold's origin change neither that fold's model nor those before it."""
    origin = learned.summary.origins[1]
    day = ORIGIN.replace(year=int(origin[:4]), month=1, day=1)
    shutil.copyfile(learned.world, tmp_path / "world.duckdb")
    with Warehouse.open(tmp_path / "world.duckdb") as world:
        rows = {f: r for f, r in later_rows(9, day).items() if BY_CODE[f].subject is not Subject.ROOT}
        add(world, rows)
        world.close()
    settings = replace(learning_settings())
    with Warehouse.read(tmp_path / "world.duckdb") as world:
        other = train(settings, world, BY_CODE, FEW, candidates=few_candidates()).model_id

    def files(of: Path, name: str) -> dict[str, bytes]:
        return {p.relative_to(of).as_posix(): p.read_bytes() for p in sorted((of / name).rglob("*")) if p.is_file()}

    before = registry.models_folder(learned.settings) / str(learned.summary.model_id)
    after = registry.models_folder(settings) / str(other)
    for name in learned.summary.origins[:2]:
        assert files(before, name) == files(after, name)


def test_training_twice_gives_the_same_model(learned: Learned) -> None:
    assert learned_from(learned.world, learned) == learned.summary.model_id
