"""Shared by the tests of hardening: the city of planted names, built once a session."""

from __future__ import annotations

import pytest

from pipeline.settings import Settings
from tests.hardening.planted import planted_city


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published deployment in which every name is an attack: look, or copy it."""
    return planted_city(tmp_path_factory.mktemp("planted") / "city")
