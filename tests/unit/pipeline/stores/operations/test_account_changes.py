"""Changing, disabling and enabling accounts: refused in words where nobody would be left, and always written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.errors import NotPermitted, Refused
from pipeline.settings import Settings
from pipeline.stores.access import Actor, Role, Scope
from pipeline.stores.operations import accounts, audit, sessions
from pipeline.stores.operations.account_states import account_states
from pipeline.stores.operations.accounts import Account, BadAccount, operator
from pipeline.stores.operations.schema import ACCOUNT, AUDIT
from pipeline.stores.operations.store import Operations
from tests.accounts import PASSWORD, actor, add, cheap_hashes
from tests.public_tables import city_file


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Operations]:
    opened = Operations.open(Settings.load(city_file(tmp_path / "city")))
    with cheap_hashes():
        yield opened
    opened.close()


def admin(user: str) -> Actor:
    return Actor(user, "管理员", Role.ADMIN, Scope())


def last(store: Operations) -> tuple[str, str, str, dict[str, Any]]:
    row = store.rows(select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(1))[0]
    return row.user, row.action, row.subject, json.loads(row.detail)


def rows(store: Operations) -> int:
    return audit.verify(store).rows


def test_a_change_is_written_down_with_before_and_after_and_ends_sessions(store: Operations) -> None:
    token = add(store, "li", Role.COUNTY, ("U1",))
    changed = accounts.change_account(store, operator(), Account("li", " 李新 ", Role.COUNTY, ("U2", "U1")))
    assert (changed.name, changed.units, changed.must_change) == ("李新", ("U1", "U2"), False)
    assert sessions.find_session(store, token) is None
    assert last(store)[1:] == (
        "account_changed", "li",
        {"before": {"name": "县（市）局、分局测试", "units": ["U1"]}, "after": {"name": "李新", "units": ["U1", "U2"]}},
    )  # fmt: skip
    again = sessions.actor_of_session(store, str(sessions.sign_in(store, "li", PASSWORD)))
    assert again and again.scope.units == ("U1", "U2")


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_a_role_keeps_only_the_scope_that_it_has(store: Operations, role: Role) -> None:
    add(store, "li", Role.SECTION, ("U1",), ("catering",))
    wanted = Account("li", "李", role, ("U1",), ("catering",))
    changed = accounts.change_account(store, operator(), wanted)
    assert changed.role is role
    assert changed.units == (("U1",) if role in (Role.COUNTY, Role.SECTION) else ())
    assert changed.fields == (("catering",) if role is Role.SECTION else ())


@pytest.mark.parametrize(
    "account",
    [
        Account("li", " ", Role.LEADER),
        Account("li", "李", Role.COUNTY),
        Account("li", "李", Role.SECTION, ("U1",)),
        Account("nobody", "李", Role.LEADER),
    ],
)
def test_an_account_with_a_fault_is_not_changed(store: Operations, account: Account) -> None:
    add(store, "li", Role.LEADER)
    before = rows(store)
    with pytest.raises(BadAccount) as fault:
        accounts.change_account(store, operator(), account)
    assert all(t.zh and t.en for t in fault.value.texts) and rows(store) == before
    assert store.rows(select(ACCOUNT.c.role))[0].role == "LEADER"


def test_nothing_changed_is_refused(store: Operations) -> None:
    token = add(store, "li", Role.LEADER)
    with pytest.raises(Refused, match="没有改动"):
        accounts.change_account(store, operator(), Account("li", "领导小组测试", Role.LEADER))
    assert sessions.find_session(store, token)


def demote(store: Operations, who: Actor, user: str) -> object:
    return accounts.change_account(store, who, Account(user, "某人", Role.LEADER))


def disable(store: Operations, who: Actor, user: str) -> object:
    return accounts.disable_account(store, who, user)


@pytest.mark.parametrize("act", [disable, demote])
def test_administrators_do_not_undo_themselves_nor_the_last_one(
    store: Operations, act: Callable[[Operations, Actor, str], object]
) -> None:
    add(store, "one", Role.ADMIN)
    add(store, "two", Role.ADMIN)
    before = rows(store)
    with pytest.raises(Refused, match="自己"):
        act(store, admin("one"), "one")
    assert rows(store) == before
    act(store, admin("one"), "two")
    for who in (operator(), admin("two")):
        with pytest.raises(Refused, match="最后一个"):
            act(store, who, "one")
    assert [a.user for a in accounts.all_accounts(store, operator()) if a.role is Role.ADMIN and not a.is_disabled] == [
        "one"
    ]


def test_a_new_name_of_one_s_own_is_fine(store: Operations) -> None:
    add(store, "one", Role.ADMIN)
    assert accounts.change_account(store, admin("one"), Account("one", "新名", Role.ADMIN)).name == "新名"


def test_a_disabled_account_is_enabled_with_the_password_it_had(store: Operations) -> None:
    add(store, "li", Role.LEADER)
    accounts.disable_account(store, operator(), "li")
    assert sessions.sign_in(store, "li", PASSWORD) is None
    assert not accounts.enable_account(store, operator(), "li").is_disabled
    assert last(store)[1:3] == ("account_enabled", "li") and sessions.sign_in(store, "li", PASSWORD)


def test_one_s_own_password_is_not_reset(store: Operations) -> None:
    token = add(store, "one", Role.ADMIN)
    with pytest.raises(Refused, match="右上角"):
        accounts.reset_password(store, admin("one"), "one")
    assert sessions.find_session(store, token)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ADMIN], ids=str)
def test_only_an_administrator_acts(store: Operations, role: Role) -> None:
    add(store, "li", Role.LEADER)
    someone, before = actor(role, store.settings.city), rows(store)
    for act in (
        lambda: accounts.change_account(store, someone, Account("li", "李", Role.ADMIN)),
        lambda: accounts.enable_account(store, someone, "li"),
        lambda: account_states(store, someone),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert rows(store) == before


def test_states_say_lock_and_last_use(store: Operations, monkeypatch: pytest.MonkeyPatch) -> None:
    start = store.settings.now()
    now = [start]
    monkeypatch.setattr(Settings, "now", lambda _: now[0])
    add(store, "li", Role.LEADER)
    accounts.add_account(store, operator(), Account("wu", "吴", Role.WINDOW))
    for _ in range(5):
        sessions.sign_in(store, "wu", "wrong")
        now[0] += timedelta(seconds=11)
    states = {s.account.user: s for s in account_states(store, operator())}
    assert states["li"].used_at == start and states["li"].locked_until is None
    assert states["wu"].used_at is None and states["wu"].locked_until
    now[0] += timedelta(hours=1)
    assert all(s.locked_until is None for s in account_states(store, operator()))


def test_no_password_reaches_the_log(store: Operations) -> None:
    one = accounts.add_account(store, operator(), Account("li", "李", Role.LEADER))
    two = accounts.reset_password(store, operator(), "li")
    said = str(store.rows(select(AUDIT)))
    assert one.password not in said and two.password not in said
