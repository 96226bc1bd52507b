"""Shared by the tests of hardening: the city of planted names, built once a session, and a live server on a copy of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations.store import Operations
from tests.accounts import add, cheap_hashes, served
from tests.hardening.planted import OWN_UNIT, copy_of, planted_city


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published deployment in which every name is an attack: look, or copy it."""
    return planted_city(tmp_path_factory.mktemp("planted") / "city")


@pytest.fixture(scope="module")
def store(planted: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operations]:
    """The operations store of a copy of it."""
    opened = Operations.open(copy_of(planted, tmp_path_factory.mktemp("copy") / "city"))
    with cheap_hashes():
        yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(store: Operations) -> Iterator[str]:
    """The address of a server on the copy."""
    with served(store.settings) as address:
        yield address


@pytest.fixture(scope="module")
def tokens(store: Operations) -> dict[Role, str]:
    """A live session of each role; the county's is of OWN_UNIT."""
    return {r: add(store, f"looks-{r.name.lower()}", r, (OWN_UNIT,) if r is Role.COUNTY else ()) for r in Role}
