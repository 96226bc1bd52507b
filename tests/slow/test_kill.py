"""A build may be killed at any moment: what was published stays whole, and the next run publishes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from models.build import STAGES
from pipeline.demo.city import make_city
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.access import Role
from pipeline.stores.reader import open_library
from pipeline.stores.warehouse import Warehouse, build_file, current_build, published_builds
from tests.accounts import actor
from tests.contents import contents

pytestmark = pytest.mark.slow

DAYS = ("2020-07-01", "2020-10-16")
KEPT_FROM, HELD_BACK_FROM = "2020-08-15", "2020-09-20"
"""Of the city's deliveries only these weeks and the first register are kept; the last weeks arrive before the kills."""
KILLS_BY_STAGE = {
    "register": 2,
    "ingest": 6,
    "match": 5,
    "compute": 5,
    "train": 1,
    "score": 2,
    "grade": 2,
    "warn": 1,
    "publish": 2,
}
STEPS = (
    ("grades/*.parquet", "before"),
    ("warehouse/warehouse-*.duckdb", "before"),
    ("warehouse/warehouse-*.duckdb", "after"),
    ("warehouse/CURRENT", "before"),
)
"""Moments of publishing; the last two lie between the renaming of the finished file and that of CURRENT."""


@dataclass(frozen=True)
class City:
    """A published deployment of 200 enterprises, new deliveries, and how long a stage takes."""

    settings: Settings
    held_back: Path
    seconds: dict[str, float]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = tmp_path_factory.mktemp("killed")
    make_city(folder / "city", 200, 7)
    landing, held_back = folder / "city" / "landing", folder / "held_back"
    for path in sorted(p for p in landing.rglob("*") if p.is_file()):
        supplier, day = path.relative_to(landing).parts[:2]
        if day >= HELD_BACK_FROM:
            target = held_back / path.relative_to(landing)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        elif day < KEPT_FROM and (supplier, day[:7]) != ("registry", "2017-01"):
            path.unlink()
    settings = Settings.load(folder / "city")
    return City(settings, held_back, run(settings)["seconds"])


def command(settings: Settings) -> list[str]:
    days = [word for day in DAYS for word in ("--as-of", day)]
    return [sys.executable, "cli.py", "build", "--data", str(settings.data), *days, "--json"]


def run(settings: Settings) -> dict[str, Any]:
    """A build that nobody disturbs."""
    done = subprocess.run(command(settings), cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    assert summary["published"] and not summary["already"]
    return summary


def kill_in(settings: Settings, stage: str, after: float) -> int:
    """Kill a build so many seconds after it has begun a stage; gives its exit code."""
    with subprocess.Popen(
        command(settings), cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith(f"{stage} "):
                time.sleep(after)
                process.kill()
                break
        return process.wait()


def kill_at(settings: Settings, name: str, moment: str) -> int:
    """Let a build die at one step of its publishing; gives its exit code."""
    words = [sys.executable, "-m", "tests.slow.killed_build", str(settings.data), name, moment, *DAYS]
    return subprocess.run(words, cwd=REPOSITORY, stderr=subprocess.DEVNULL).returncode


def counts(settings: Settings) -> dict[str, int]:
    """Rows of every table of the published build, read as the app and as an operator reads."""
    library = open_library(settings, lambda as_of, core: known_relations(FEEDS, as_of, core))
    assert library and library.build_id == current_build(settings)
    reader = library.reader(actor(Role.SUPERVISOR, settings.city))
    assert reader.frame("SELECT build_id FROM build")["build_id"].tolist() == [library.build_id]
    library.close()
    with Warehouse.read(build_file(settings, library.build_id)) as warehouse:
        tables = warehouse.rows("SELECT table_schema || '.' || table_name FROM information_schema.tables ORDER BY 1")
        return {t: warehouse.value(f"SELECT count(*) FROM {t}") for (t,) in tables}


def change(settings: Settings) -> None:
    """Make the next build another one."""
    with (settings.data / "city.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")


def kill_surely(settings: Settings, stage: str, after: float) -> None:
    """Kill a build in a stage; one that was faster than the one measured is whole, and another is killed earlier."""
    while True:
        before, rows = current_build(settings), counts(settings)
        code = kill_in(settings, stage, after)
        if code == -SIGKILL:
            assert (current_build(settings), counts(settings)) == (before, rows), (stage, after)
            return
        assert code == 0 and current_build(settings) != before and counts(settings).keys() == rows.keys()
        change(settings)
        after /= 2


def test_thirty_killed_builds_harm_nothing(city: City, tmp_path: Path) -> None:
    settings = city.settings
    shutil.copytree(settings.data, tmp_path / "undisturbed")
    shutil.copytree(city.held_back, settings.landing, dirs_exist_ok=True)
    for stage, kills in KILLS_BY_STAGE.items():
        for n in range(kills):
            kill_surely(settings, stage, n / kills * city.seconds[stage])
    before, rows = current_build(settings), counts(settings)
    for name, moment in STEPS:
        assert kill_at(settings, name, moment) == -SIGKILL
        assert (current_build(settings), counts(settings)) == (before, rows), (name, moment)

    published = published_builds(settings)
    summary = run(settings)
    assert published_builds(settings) == (*published, summary["build_id"])
    assert {p.stem for p in settings.grades.glob("*.parquet")} == set(published_builds(settings))
    shutil.copytree(city.held_back, tmp_path / "undisturbed" / "landing", dirs_exist_ok=True)
    shutil.copyfile(settings.data / "city.toml", tmp_path / "undisturbed" / "city.toml")
    undisturbed = Settings.load(tmp_path / "undisturbed")
    assert run(undisturbed)["build_id"] == summary["build_id"]
    after, expected = contents(settings), contents(undisturbed)
    assert [table for table in expected if after[table] != expected[table] and table != "mart.grade_history"] == []


def test_a_build_killed_right_after_current_has_moved_is_published(city: City) -> None:
    settings = city.settings
    before = current_build(settings)
    change(settings)
    assert kill_at(settings, "warehouse/CURRENT", "after") == -SIGKILL
    assert current_build(settings) not in (None, before) and counts(settings)["mart.grade"] > 0
    assert published_builds(settings)[-2:] == (before, current_build(settings))
    again = subprocess.run(command(settings), cwd=REPOSITORY, capture_output=True, text=True)
    assert again.returncode == 0 and json.loads(again.stdout)["already"]


def test_the_kills_meet_every_stage() -> None:
    assert KILLS_BY_STAGE.keys() == set(STAGES)
    assert sum(KILLS_BY_STAGE.values()) + len(STEPS) == 30
