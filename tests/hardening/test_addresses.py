"""Every condition of every page, filled with what an address can hold: no page breaks, and no row of another scope is sent."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache
from random import Random
from urllib.parse import quote

import pytest

from pages.views.enterprise_filter import EnterpriseFilter
from pipeline.settings import REPOSITORY
from pipeline.stores.access import Role
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.hardening.planted import OWN_UNIT
from tests.wire import line, rerun

PAGES = (
    ("directory", Role.COUNTY), ("risk-warnings", Role.COUNTY), ("archive", Role.COUNTY), ("double-random", Role.COUNTY),
    ("gathering", Role.SUPERVISOR), ("overview", Role.LEADER), ("indicator-set", Role.COUNTY), ("rules", Role.SUPERVISOR),
    ("risk-model", Role.LEADER), ("log", Role.SUPERVISOR), ("log", Role.ADMIN), ("window", Role.WINDOW),
)  # fmt: skip
VALUES = (
    "'", '"', "--", ";", "%", "_", "\\", "\0", "\r\nset-cookie: x=y", "x" * 10_000, "🏭", "' OR 1=1 --", "²", "٣", "9" * 400, "-1", "0", "1e9",
    "9999-12-31", "0001-01-01", "2020-00", "2020-13", "0000-01", "null", "[]", "{}", "a,b,,", "True", "\u202e", "../../etc/passwd", "TH-MH",
    "nan", "inf", "1e-400", "0.001", "*", "$1", "?", "%00", "<img src=x onerror=alert(1)>", "1", "A", "all",
)  # fmt: skip
"""Statements, signs of patterns, numbers beyond any count, days beyond any calendar, another unit's code, plain values."""


@cache
def names() -> tuple[str, ...]:
    """Every name of a condition that the pages read from an address, found in their source."""
    found = {"lang", *(f.name for f in fields(EnterpriseFilter))}
    for path in (REPOSITORY / "pages").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'(?:asked|query|query_params)\.get\(\s*"(\w+)"', source))
        found |= set(
            re.findall(
                r'(?:address\.fill|filter_bar\.\w+|choice\.\w+|_switch|_one|_several|several)\(\s*"(\w+)"', source
            )
        )
    return tuple(sorted(found - {"zh", "en"}))


def attempts() -> list[tuple[str, Role, str]]:
    """Each page with every condition set to one value, and with values mixed by chance."""
    every = []
    for page, role in PAGES:
        every += [(page, role, "&".join(f"{n}={quote(value)}" for n in names())) for value in VALUES]
        for seed in range(12):
            rng = Random(f"{page}-{seed}")
            chosen = rng.sample(names(), rng.randint(1, 6))
            every.append((page, role, "&".join(f"{n}={quote(rng.choice(VALUES))}" for n in chosen)))
    return every


@pytest.fixture(scope="module")
def foreign(store: Operations) -> tuple[bytes, ...]:
    """The codes of every enterprise outside the county."""
    with Warehouse.read(build_file(store.settings, str(current_build(store.settings)))) as build:
        rows = build.rows("SELECT uscc FROM mart.enterprise WHERE unit IS DISTINCT FROM ? ORDER BY 1", [OWN_UNIT])
    assert len(rows) > 40
    return tuple(uscc.encode() for (uscc,) in rows)


def faults(
    site: str, tokens: dict[Role, str], foreign: tuple[bytes, ...], asked: list[tuple[str, Role, str]]
) -> list[str]:
    found = []
    for role in Role:
        mine = [(page, query) for page, who, query in asked if who is role]
        if not mine:
            continue
        with line(site, tokens[role]) as opened:
            for page, query in mine:
                sent = b"".join(m.SerializeToString() for m in rerun(opened, page=page, query=query))
                if "页面出错了".encode() in sent or b"The page failed" in sent:
                    found.append(f"{page} {role.name} {query[:300]}: broke")
                if role is Role.COUNTY and any(code in sent for code in foreign):
                    found.append(f"{page} {role.name} {query[:300]}: shows another unit's firm")
    return found


def test_some_conditions_of_every_page(site: str, tokens: dict[Role, str], foreign: tuple[bytes, ...]) -> None:
    some = Random(7).sample(attempts(), 60)
    assert faults(site, tokens, foreign, some) == []


@pytest.mark.slow
def test_every_condition_of_every_page(site: str, tokens: dict[Role, str], foreign: tuple[bytes, ...]) -> None:
    every = attempts()
    assert len(every) > 600 and len(names()) > 40
    assert faults(site, tokens, foreign, every) == []


def test_another_unit_s_firm_is_nobody_s(
    site: str, tokens: dict[Role, str], foreign: tuple[bytes, ...], store: Operations
) -> None:
    """Asked for by its own code, by a part of it, and among others: the same sentence as for a firm that isn't there."""
    code = foreign[0].decode()
    with Warehouse.read(build_file(store.settings, str(current_build(store.settings)))) as build:
        name = str(build.value("SELECT entity_name FROM mart.enterprise WHERE uscc = ?", [code]))
    with line(site, tokens[Role.COUNTY]) as opened:
        for page, query in (
            ("archive", f"uscc={code}"),
            ("directory", f"q={code}&status=all&kind=all"),
            ("risk-warnings", f"q={code}"),
        ):
            sent = b"".join(m.SerializeToString() for m in rerun(opened, page=page, query=query)).decode(
                errors="ignore"
            )
            assert name.partition("<")[0] not in sent and "页面出错了" not in sent, page
