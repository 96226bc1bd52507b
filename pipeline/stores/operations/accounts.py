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

from pipeline.domain import Text
from pipeline.errors import BadDeclaration, NotPermitted, Refused
from pipeline.settings import City
from pipeline.stores.access import Actor, Role, Scope, scope_of
from pipeline.stores.operations import audit
from pipeline.stores.operations.passwords import hashed, one_time
from pipeline.stores.operations.schema import ACCOUNT, SESSION
from pipeline.stores.operations.store import Operations

_USER = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_FRESH = {"failures": 0, "locked_until": None, "is_disabled": False}
BAD_USER = Text(
    "用户名须为 2 至 40 个小写字母、数字或 . _ -，以字母开头",
    "the user name has 2 to 40 of a-z 0-9 . _ - and begins with a letter",
)
NO_NAME = Text("请填写姓名", "the name is missing")
NEEDS_UNIT = Text("县（市）局、分局账号至少需要一个管辖单位", "a county account needs at least one unit")
NEEDS_FIELD = Text("业务科室账号至少需要一个重点领域", "a section's account needs at least one key field")


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


class BadAccount(BadDeclaration):
    """An account that can't be; `texts` says why, as people read it."""

    def __init__(self, *texts: Text) -> None:
        self.texts = texts
        super().__init__("account", [f"{t.zh}（{t.en}）" for t in texts])


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
    """Disable an account and end its sessions: open pages end at their next click.

    Raises Refused for the actor's own account, and for the last administrator in use.
    """
    actor.must_be(Role.ADMIN)
    with operations.transaction() as transaction:
        _keep_administrators(transaction, actor, user)
        _change(transaction, user, is_disabled=True)
        end_sessions(transaction, user)
        audit.record(operations, transaction, actor, "account_disabled", user)
        return _account(transaction.execute(select(ACCOUNT).where(ACCOUNT.c.user == user)).one())


def enable_account(operations: Operations, actor: Actor, user: str) -> Account:
    """Let a disabled account in again, with the password it had; ends its lock."""
    actor.must_be(Role.ADMIN)
    with operations.transaction() as transaction:
        _change(transaction, user, **_FRESH)
        audit.record(operations, transaction, actor, "account_enabled", user)
        return _account(transaction.execute(select(ACCOUNT).where(ACCOUNT.c.user == user)).one())


def change_account(operations: Operations, actor: Actor, account: Account) -> Account:
    """Give the account of that user another name, role or scope; its sessions end, so that the new scope counts at once.

    Password, lock and state stay. Raises BadAccount with every fault, Refused where nothing would change, where
    administrators give up their own role, and for the last administrator in use.
    """
    actor.must_be(Role.ADMIN)
    with operations.transaction() as transaction:
        row = transaction.execute(select(ACCOUNT).where(ACCOUNT.c.user == account.user)).first()
        if row is None:
            raise _nobody(account.user)
        _check(operations, account)
        before, after = _said(_account(row)), _said(account)
        if before == after:
            raise Refused("没有改动", "nothing was changed")
        if account.role is not Role.ADMIN:
            _keep_administrators(transaction, actor, account.user)
        written = {**after, "units": json.dumps(after["units"]), "fields": json.dumps(after["fields"])}
        _change(transaction, account.user, **written)
        end_sessions(transaction, account.user)
        changed = [key for key in after if before[key] != after[key]]
        audit.record(
            operations, transaction, actor, "account_changed", account.user,
            before={key: before[key] for key in changed}, after={key: after[key] for key in changed},
        )  # fmt: skip
        return _account(transaction.execute(select(ACCOUNT).where(ACCOUNT.c.user == account.user)).one())


def reset_password(operations: Operations, actor: Actor, user: str) -> OneTime:
    """Give an account a one-time password; ends its sessions and its lock, and enables it again.

    Raises Refused for the actor's own account: its session would end before the password was read.
    """
    actor.must_be(Role.ADMIN)
    if user == actor.user:
        raise Refused("自己的密码请在右上角“修改密码”中更改", "change your own password at the top right")
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
    _check(operations, account)
    if transaction.execute(select(ACCOUNT.c.user).where(ACCOUNT.c.user == account.user)).first():
        raise BadAccount(Text(f"用户名 {account.user} 已被使用", f"the user name {account.user} exists already"))
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


def _check(operations: Operations, account: Account) -> None:
    """Raise BadAccount or BadDeclaration with everything that is wrong with an account."""
    faults = [] if _USER.fullmatch(account.user) else [BAD_USER]
    faults += [] if account.name.strip() else [NO_NAME]
    faults += [NEEDS_UNIT] if account.role is Role.COUNTY and not account.units else []
    faults += [NEEDS_FIELD] if account.role is Role.SECTION and not account.fields else []
    if faults:
        raise BadAccount(*faults)
    scope_of(account.role, account.units, account.fields, operations.settings.city)


def _said(account: Account) -> dict[str, Any]:
    """What can be changed of an account; a role that has no scope of its own keeps none."""
    role = account.role
    return {
        "name": account.name.strip(),
        "role": role.name,
        "units": sorted(account.units) if role in (Role.COUNTY, Role.SECTION) else [],
        "fields": sorted(account.fields) if role is Role.SECTION else [],
    }


def _keep_administrators(transaction: Connection, actor: Actor, user: str) -> None:
    """Refuse what would take an administrator's rights from oneself, or from the last one who is in use."""
    if user == actor.user:
        raise Refused("不能停用自己的账号或放弃自己的管理员角色", "you can't disable or demote your own account")
    admins = select(ACCOUNT.c.user).where(ACCOUNT.c.role == Role.ADMIN.name, ~ACCOUNT.c.is_disabled)
    if [row.user for row in transaction.execute(admins)] == [user]:
        raise Refused("这是最后一个在用的管理员账号", "this is the last administrator in use")


def _nobody(user: str) -> BadAccount:
    return BadAccount(Text(f"没有账号 {user}", f"user: {user!r} does not exist"))


def _change(transaction: Connection, user: str, **values: Any) -> None:
    if transaction.execute(update(ACCOUNT).where(ACCOUNT.c.user == user).values(**values)).rowcount != 1:
        raise _nobody(user)


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
