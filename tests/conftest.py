"""Shared by all tests: cities that are built once a session, and what the skip of a marked test means."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.build import build
from pipeline.settings import REPOSITORY, Settings
from tests.learning import Learned, learned_world
from tests.small_city import DAYS, SmallCity

MUST_RUN = "MARKED_TESTS_MUST_RUN"
"""With this environment variable set to 1 the skip of a marked test is a failure: .ci/run sets it."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a marked test where what it needs is missing, and say what that is."""
    if item.get_closest_marker("real"):
        folder = os.environ.get("REAL_CASES")
        if not folder:
            pytest.skip("REAL_CASES is not set: it names the folder of real records")
        if not Path(folder).is_dir():
            pytest.skip(f"REAL_CASES names {folder}, which is no folder")
    if item.get_closest_marker("browser") and not shutil.which("chromium"):
        pytest.skip("no chromium on the path: apt-get install chromium fonts-noto-cjk")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """Where marked tests must run, a skip of one is reported as its failure."""
    report = yield
    if _must_run(item) and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} must run here ({MUST_RUN}=1) but was skipped: {reason}"
    return report


def _must_run(item: pytest.Item) -> bool:
    """Marked tests must run where that was asked for; those on real records only where the records are named."""
    here = item.get_closest_marker("browser") or (item.get_closest_marker("real") and os.environ.get("REAL_CASES"))
    return os.environ.get(MUST_RUN) == "1" and bool(here)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published deployment with two dates, built once a session: look, don't write.

    Its folder has a name that has to be quoted wherever it stands in a statement.
    """
    city = SmallCity(tmp_path_factory.mktemp("tiny") / "市局's city")
    city.deliver_all()
    build(city.settings, DAYS)
    return city.settings


@pytest.fixture(scope="session")
def faulty(
    tiny: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, subprocess.CompletedProcess[str]]:
    """The small city with two files that are set aside, and the command that built it: look, don't write."""
    folder = tmp_path_factory.mktemp("faulty") / "city"
    shutil.copytree(tiny.data, folder)
    SmallCity(folder).deliver_faulty()
    days = [word for day in DAYS for word in ("--as-of", day.isoformat())]
    command = [sys.executable, "cli.py", "build", "--data", str(folder), *days, "--json"]
    return Settings.load(folder), subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)


@pytest.fixture(scope="session")
def drawable(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The small city, published, with what a double-random draw needs: copy it before you hold one."""
    city = SmallCity(tmp_path_factory.mktemp("drawable") / "city")
    city.deliver_all()
    city.deliver_draw_assets()
    build(city.settings, DAYS)
    return city.settings


@pytest.fixture
def small(tiny: Settings, tmp_path: Path) -> SmallCity:
    """A copy of the published small city that a test may change."""
    shutil.copytree(tiny.data, tmp_path / "city")
    return SmallCity(tmp_path / "city")


@pytest.fixture(scope="session")
def learned() -> Learned:
    """A small world and the model that was learned from it, once a session: look, don't write."""
    return learned_world()
