"""Every page for every role, before a build and with the small city: its own, or the one sentence of refusal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from pages import (
    audit,
    collection,
    enterprise,
    enterprises,
    indicators,
    inspections,
    lookup,
    model,
    pilot,
    policy,
    warnings,
)
from pages.parts.frame import NO_BUILD, NOT_YOURS
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from tests.accounts import actor
from tests.public_tables import city_file

PAGES = (
    pilot,
    warnings,
    enterprises,
    enterprise,
    inspections,
    collection,
    indicators,
    policy,
    model,
    audit,
    lookup,
)
EVERYBODY = [(page, role) for page in PAGES for role in Role]
NAMES = [f"{page.__name__.rpartition('.')[2]}-{role}" for page, role in EVERYBODY]
FILES = {p.stem for p in (REPOSITORY / "pages").glob("*.py")}


def script(module, actor):  # type: ignore[no-untyped-def]  # its source runs alone: no name of this file is known there
    module.render(actor)


def drawn(module: Any, someone: Actor) -> str:
    """All HTML of one run of a page for an actor."""
    app = AppTest.from_function(script, default_timeout=60, kwargs={"module": module, "actor": someone}).run()
    assert not app.exception, app.exception[0].value
    return "\n".join(e.proto.body for e in app.get("html"))


@pytest.fixture(scope="module")
def city(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operations]:
    folder = tmp_path_factory.mktemp("roles") / "city"
    shutil.copytree(tiny.data, folder)
    opened = Operations.open(Settings.load(folder))
    yield opened
    opened.close()


@pytest.mark.parametrize(("page", "role"), EVERYBODY, ids=NAMES)
def test_with_a_small_city(city: Operations, monkeypatch: pytest.MonkeyPatch, page: Any, role: Role) -> None:
    monkeypatch.setenv("CREDIT_RISK_DATA", str(city.settings.data))
    words = drawn(page, actor(role, city.settings.city))
    if role in page.PAGE.roles:
        assert page.PAGE.title.zh in words and 'class="hd"' in words and "演示数据" in words
        return
    assert NOT_YOURS.zh in words and 'class="hd"' not in words and "有限公司" not in words and "91220" not in words
    last = city.rows(select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(1))[0]
    assert (last.action, last.user, last.subject) == ("refused", role.name.lower(), page.PAGE.title.zh)


@pytest.mark.parametrize(("page", "role"), EVERYBODY, ids=NAMES)
def test_before_the_first_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: Any, role: Role) -> None:
    folder = city_file(tmp_path / "city")
    monkeypatch.setenv("CREDIT_RISK_DATA", str(folder))
    words = drawn(page, actor(role, Settings.load(folder).city))
    if role not in page.PAGE.roles:
        assert NOT_YOURS.zh in words
    elif page.PAGE.needs_build:
        assert NO_BUILD.zh in words and "cli.py build" in words
    else:
        assert page.PAGE.title.zh in words


def test_every_page_is_walked() -> None:
    assert {page.__name__.rpartition(".")[2] for page in PAGES} == FILES
