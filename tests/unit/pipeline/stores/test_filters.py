"""Filters that a person keeps under a name: own ones only, each act with its audit row, or nothing at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.domain import Text
from pipeline.errors import NotPermitted, Refused
from pipeline.settings import DEFAULT_DATA, City, Settings
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import accounts, audit, filters
from pipeline.stores.operations.accounts import Account
from pipeline.stores.operations.filters import MOST, SavedFilter
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from tests.accounts import actor

PAGE = "enterprises"
QUERY = {"grade": "D,E", "checked": "1y"}


@pytest.fixture
def operations(tmp_path: Path) -> Operations:
    return Operations.open(Settings(tmp_path, City.load(DEFAULT_DATA / "city.toml"), tmp_path / "landing"))


def person(operations: Operations, user: str, role: Role = Role.COUNTY) -> Actor:
    units = ("TH-MH",) if role is Role.COUNTY else ()
    accounts.add_account(operations, accounts.operator(), Account(user, "某科员", role, units, ()))
    made = actor(role, operations.settings.city, units)
    return Actor(user, made.name, role, made.scope)


def acts(operations: Operations) -> list[tuple[str, str, dict[str, object]]]:
    rows = operations.rows(
        select(AUDIT.c.action, AUDIT.c.subject, AUDIT.c.detail).where(AUDIT.c.action.like("filter.%"))
    )
    return [(r.action, r.subject, json.loads(r.detail)) for r in rows]


def test_save_list_rename_delete_and_what_the_log_says(operations: Operations) -> None:
    me = person(operations, "me")
    filters.save(operations, me, PAGE, "  D、E  一年未查 ", QUERY)
    filters.save(operations, me, PAGE, "食品", {"field": "catering"})
    assert filters.saved(operations, me, PAGE) == [
        SavedFilter("D、E 一年未查", QUERY),
        SavedFilter("食品", {"field": "catering"}),
    ]
    filters.rename(operations, me, PAGE, "食品", "餐饮")
    filters.forget(operations, me, PAGE, "D、E 一年未查")
    assert [f.name for f in filters.saved(operations, me, PAGE)] == ["餐饮"]
    assert [a for a, *_ in acts(operations)] == ["filter.save", "filter.save", "filter.rename", "filter.delete"]
    assert acts(operations)[0] == ("filter.save", PAGE, {"name": "D、E 一年未查", "query": QUERY})
    assert audit.verify(operations).fault is None


def test_the_same_name_is_replaced(operations: Operations) -> None:
    me = person(operations, "me")
    filters.save(operations, me, PAGE, "甲", QUERY)
    filters.save(operations, me, PAGE, "甲", {"q": "x"})
    assert filters.saved(operations, me, PAGE) == [SavedFilter("甲", {"q": "x"})]


def test_everybody_has_their_own_by_page(operations: Operations) -> None:
    me, other = person(operations, "me"), person(operations, "other")
    filters.save(operations, me, PAGE, "甲", QUERY)
    assert filters.saved(operations, other, PAGE) == []
    assert filters.saved(operations, me, "warnings") == []
    for attempt in (
        lambda: filters.forget(operations, other, PAGE, "甲"),
        lambda: filters.rename(operations, other, PAGE, "甲", "乙"),
        lambda: filters.forget(operations, me, "warnings", "甲"),
    ):
        with pytest.raises(Refused):
            attempt()
    assert [f.name for f in filters.saved(operations, me, PAGE)] == ["甲"]


@pytest.mark.parametrize("name", ["", "   ", "\t\n", "长" * 21])
def test_bad_names_are_refused(operations: Operations, name: str) -> None:
    me = person(operations, "me")
    with pytest.raises(Refused):
        filters.save(operations, me, PAGE, name, QUERY)
    filters.save(operations, me, PAGE, "甲", QUERY)
    with pytest.raises(Refused):
        filters.rename(operations, me, PAGE, "甲", name)
    assert [a for a, *_ in acts(operations)] == ["filter.save"]


def test_a_name_that_is_taken_and_too_much(operations: Operations) -> None:
    me = person(operations, "me")
    for n in range(MOST):
        filters.save(operations, me, PAGE, f"方案{n}", QUERY)
    with pytest.raises(Refused):
        filters.rename(operations, me, PAGE, "方案1", "方案2")
    with pytest.raises(Refused):
        filters.save(operations, me, PAGE, "再一个", QUERY)
    with pytest.raises(Refused):
        filters.save(operations, me, PAGE, "方案1", {"q": "长" * 3000})
    filters.save(operations, me, PAGE, "方案1", {"q": "换"})
    filters.rename(operations, me, PAGE, "方案1", "方案1")
    assert len(filters.saved(operations, me, PAGE)) == MOST


@pytest.mark.parametrize("role", [Role.WINDOW, Role.ADMIN])
def test_roles_without_rows_keep_no_filters(operations: Operations, role: Role) -> None:
    nobody = Actor("nobody", Text("甲", "A").zh, role, actor(role, operations.settings.city).scope)
    for attempt in (
        lambda: filters.save(operations, nobody, PAGE, "甲", QUERY),
        lambda: filters.rename(operations, nobody, PAGE, "甲", "乙"),
        lambda: filters.forget(operations, nobody, PAGE, "甲"),
    ):
        with pytest.raises(NotPermitted):
            attempt()


def test_names_are_values_not_statements(operations: Operations) -> None:
    me = person(operations, "me")
    name = "'; DROP TABLE x; --"
    filters.save(operations, me, PAGE, name, {"q": name})
    assert filters.saved(operations, me, PAGE) == [SavedFilter(name, {"q": name})]
