"""The city of 6,000, as `make run` makes it, made and built once a session: look, don't write."""

from __future__ import annotations

from datetime import date

import pytest

from models.build import BuildSummary, build
from pipeline.demo.city import make_city
from pipeline.settings import Settings

City = tuple[Settings, BuildSummary]


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """The deployment and what its first build said; that build has learned."""
    folder = tmp_path_factory.mktemp("city")
    make_city(folder, 6000, 7)
    settings = Settings.load(folder)
    return settings, build(settings, [date(2020, 10, 1), date(2020, 10, 16)])
