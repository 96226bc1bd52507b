"""Accounts: who may sign in, as what, and which rows they see. Acts of administrators and of the command line."""

from __future__ import annotations

import getpass
import json
import os
import re
import secrets
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.errors import BadDeclaration, NotPermitted
from pipeline.settings import City
from pipeline.stores.access import Actor, Role, Scope, scope_of
from pipeline.stores.operations import audit
from pipeline.stores.operations.passwords import hashed, one_time
from pipeline.stores.operations.schema import ACCOUNT, SESSION
from pipeline.stores.operations.store import Operations

_USER = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_FRESH = {"failures": 0, "locked_until": None, "is_disabled": False}


@dataclass(frozen=True)
class Account:
    """An account: who signs in, as what, and for which rows."""

    user: str
    name: str
    role: Role
    units: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    must_change: bool = True
    is_disabled: bool = False

    def __str__(self) -> str:
        state = "停用 disabled" if self.is_disabled else "待改密码 must change" if self.must_change else "在用 in use"
        scope = ",".join((*self.units, *self.fields)) or "—"
        return f"{self.user:<16} {self.role.name:<10} {scope:<24} {state}  {self.name}"


@dataclass(frozen=True)
class Accounts:
    """All accounts of a deployment."""

    accounts: tuple[Account, ...]


@dataclass(frozen=True)
class OneTime:
    """A new password of an account: shown once, never kept."""

    user: str
    password: str


@dataclass(frozen=True)
class DemoSummary:
    """Where the demo accounts are written, and what stands there."""

    file: str
    text: str


DEMO_ACCOUNTS = (
    Account("leader", "演示·领导小组", Role.LEADER),
    Account("credit", "演示·信用监管科", Role.SUPERVISOR),
    Account("meihekou", "演示·梅河口市局", Role.COUNTY, units=("TH-MH",)),
    Account("food", "演示·食品监管科", Role.SECTION, fields=("food_production", "food_sales", "catering")),
    Account("window", "演示·登记窗口", Role.WINDOW),
    Account("admin", "演示·系统管理员", Role.ADMIN),
)


def operator() -> Actor:
    """Who acts at the command line: the user of the operating system, with the rights of an administrator."""
    return Actor(f"cli:{getpass.getuser()}"[:40], "命令行", Role.ADMIN, Scope())


def add_account(operations: Operations, actor: Actor, account: Account) -> OneTime:
    """Add an account and give its one-time password, which has to be changed at the first sign-in.

    Raises BadDeclaration with every fault of the name, the units or the fields.
    """
    password = one_time()
    with operations.transaction() as transaction:
        _add(operations, transaction, actor, account, password)
    return OneTime(account.user, password)


def disable_account(operations: Operations, actor: Actor, user: str) -> Account:
    """Disable an account and end its sessions: open pages end at their next click."""
    actor.must_be(Role.ADMIN)
    with operations.transaction() as transaction:
        _change(transaction, user, is_disabled=True)
        end_sessions(transaction, user)
        audit.record(operations, transaction, actor, "account_disabled", user)
        return _account(transaction.execute(select(ACCOUNT).where(ACCOUNT.c.user == user)).one())


def reset_password(operations: Operations, actor: Actor, user: str) -> OneTime:
    """Give an account a one-time password; ends its sessions and its lock, and enables it again."""
    actor.must_be(Role.ADMIN)
    password = one_time()
    with operations.transaction() as transaction:
        _change(transaction, user, password_hash=hashed(password), must_change=True, **_FRESH)
        end_sessions(transaction, user)
        audit.record(operations, transaction, actor, "password_reset", user)
    return OneTime(user, password)


def all_accounts(operations: Operations, actor: Actor) -> list[Account]:
    """Every account by name, for an administrator."""
    actor.must_be(Role.ADMIN)
    return [_account(row) for row in operations.rows(select(ACCOUNT).order_by(ACCOUNT.c.user))]


def account_faults(operations: Operations) -> list[str]:
    """What is wrong with the accounts of this deployment: units or fields that exist no more."""
    faults = []
    for row in operations.rows(select(ACCOUNT).where(~ACCOUNT.c.is_disabled).order_by(ACCOUNT.c.user)):
        try:
            actor_of(row, operations.settings.city)
        except (BadDeclaration, KeyError, ValueError) as error:
            faults.append(f"{row.user}: {error}")
    return faults


def demo_accounts(operations: Operations) -> DemoSummary:
    """One account a role with a random password, written to accounts.txt (600) of a synthetic deployment.

    Accounts that are there already keep their passwords, unless the file was lost.
    """
    settings = operations.settings
    if not settings.city.synthetic:
        raise NotPermitted("演示账号只在演示部署中设立（demo accounts are for synthetic deployments only）")
    path = settings.data / "accounts.txt"
    users = [a.user for a in DEMO_ACCOUNTS]
    if path.is_file() and len(operations.rows(select(ACCOUNT.c.user).where(ACCOUNT.c.user.in_(users)))) == len(users):
        return DemoSummary(str(path), path.read_text(encoding="utf-8"))
    passwords = {a.user: one_time() for a in DEMO_ACCOUNTS}
    known = {u.code for u in settings.city.units}
    with operations.transaction() as transaction:
        there = {row.user for row in transaction.execute(select(ACCOUNT.c.user)).all()}
        for account in DEMO_ACCOUNTS:
            if account.user in there:
                _change(transaction, account.user, password_hash=hashed(passwords[account.user]), **_FRESH)
                end_sessions(transaction, account.user)
                audit.record(operations, transaction, operator(), "password_reset", account.user)
                continue
            units = account.units if set(account.units) <= known else (settings.city.units[0].code,)
            one = replace(account, units=units, must_change=False)
            _add(operations, transaction, operator(), one, passwords[account.user])
        text = "".join(f"{a.user:<10} {passwords[a.user]}  {a.role.title.zh}\n" for a in DEMO_ACCOUNTS)
        _write_privately(path, text)
    return DemoSummary(str(path), text)


def actor_of(row: Any, city: City) -> Actor:
    """The actor of an account's row; raises BadDeclaration or KeyError where its role or scope does not exist."""
    role = Role[row.role]
    scope = scope_of(role, tuple(json.loads(row.units)), tuple(json.loads(row.fields)), city)
    return Actor(row.user, row.name, role, scope)


def end_sessions(transaction: Connection, user: str) -> None:
    """End every session of a user."""
    transaction.execute(delete(SESSION).where(SESSION.c.user == user))


def _add(operations: Operations, transaction: Connection, actor: Actor, account: Account, password: str) -> None:
    actor.must_be(Role.ADMIN)
    if not _USER.fullmatch(account.user) or not account.name.strip():
        raise BadDeclaration(
            "account", ["user: 2 to 40 of a-z 0-9 . _ - beginning with a letter; name: not empty", repr(account.user)]
        )
    scope_of(account.role, account.units, account.fields, operations.settings.city)
    if transaction.execute(select(ACCOUNT.c.user).where(ACCOUNT.c.user == account.user)).first():
        raise BadDeclaration("account", [f"user: {account.user!r} exists already"])
    transaction.execute(
        insert(ACCOUNT).values(
            user=account.user,
            name=account.name.strip(),
            role=account.role.name,
            units=json.dumps(sorted(account.units)),
            fields=json.dumps(sorted(account.fields)),
            password_hash=hashed(password),
            must_change=account.must_change,
            failures=0,
            is_disabled=False,
            created_at=operations.settings.now(),
        )
    )
    detail = {"name": account.name, "role": account.role.name, "units": account.units, "fields": account.fields}
    audit.record(operations, transaction, actor, "account_added", account.user, **detail)


def _change(transaction: Connection, user: str, **values: Any) -> None:
    if transaction.execute(update(ACCOUNT).where(ACCOUNT.c.user == user).values(**values)).rowcount != 1:
        raise BadDeclaration("account", [f"user: {user!r} does not exist"])


def _account(row: Any) -> Account:
    return Account(
        user=row.user,
        name=row.name,
        role=Role[row.role],
        units=tuple(json.loads(row.units)),
        fields=tuple(json.loads(row.fields)),
        must_change=row.must_change,
        is_disabled=row.is_disabled,
    )


def _write_privately(path: Any, text: str) -> None:
    """Write under another name with mode 600 and rename: nobody else reads it, not even for a moment."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(part, path)
