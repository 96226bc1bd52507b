"""The verbs about accounts: who may sign in, as what, and which rows they see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from commands.output import DEMO, Data, Json, say
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import accounts
from pipeline.stores.operations.store import Operations

user = typer.Typer(no_args_is_help=True, help="Accounts: who may sign in, as what, and which rows they see (账号).")

User = Annotated[str, typer.Argument(help="The name to sign in with: a-z 0-9 . _ -")]


@user.command("add")
def user_add(
    account: User,
    name: Annotated[str, typer.Option(help="Who it is, as pages show it.")],
    role: Annotated[str, typer.Option(help="LEADER, SUPERVISOR, COUNTY, SECTION, WINDOW or ADMIN.")],
    units: Annotated[str, typer.Option(help="Codes of city.toml, with commas; a county needs one.")] = "",
    fields: Annotated[str, typer.Option(help="Key fields, with commas; a section needs one.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Add an account; its one-time password is printed this once."""
    with _accounts(data) as store:
        given = accounts.Account(account, name, _role(role), _codes(units), _codes(fields))
        _say_password(account, accounts.add_account(store, accounts.operator(), given), as_json)


@user.command("password")
def user_password(account: User, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Give a new one-time password, printed this once; ends the sessions, the lock and a disabling."""
    with _accounts(data) as store:
        _say_password(account, accounts.reset_password(store, accounts.operator(), account), as_json)


@user.command("disable")
def user_disable(account: User, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Disable an account and end its sessions at once."""
    with _accounts(data) as store:
        say(f"已停用 {account}", accounts.disable_account(store, accounts.operator(), account), as_json)


@user.command("list")
def user_list(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List the accounts."""
    with _accounts(data) as store:
        found = accounts.all_accounts(store, accounts.operator())
    say("\n".join(map(str, found)) or "还没有账号", accounts.Accounts(tuple(found)), as_json)


@user.command("demo")
def user_demo(data: Data = DEMO, as_json: Json = False) -> None:
    """Print the accounts of a synthetic deployment, one a role; made at the first call."""
    with _accounts(data) as store:
        summary = accounts.demo_accounts(store)
    say(f"演示账号（{summary.file}）：\n{summary.text}", summary, as_json)


@contextmanager
def _accounts(data: Path) -> Iterator[Operations]:
    store = Operations.open(Settings.load(data))
    try:
        yield store
    finally:
        store.close()


def _role(name: str) -> Role:
    if name.upper() not in Role.__members__:
        raise typer.BadParameter(f"expected one of {', '.join(Role.__members__)}, received {name!r}")
    return Role[name.upper()]


def _codes(given: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in given.split(",") if code.strip())


def _say_password(account: str, given: accounts.OneTime, as_json: bool) -> None:
    say(f"{account} 的一次性密码（只显示这一次，首次登录须修改）：{given.password}", given, as_json)
