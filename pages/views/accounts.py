"""The accounts as a list: who may sign in, as what, how each stands, and when it was last used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pages.views.enterprise_columns import Column
from pages.views.fields import shown
from pipeline.domain import Text
from pipeline.stores.access import KEY_FIELDS, Actor, Role
from pipeline.stores.operations.account_states import AccountState, account_states
from pipeline.stores.operations.accounts import Account
from pipeline.stores.operations.store import Operations

IN_USE = Text("✓ 在用", "✓ In use")
MUST_CHANGE = Text("! 待改密码", "! Must change")
DISABLED = Text("◇ 停用", "◇ Disabled")
NEVER = Text("从未", "Never")
ORDER = (Role.ADMIN, Role.LEADER, Role.SUPERVISOR, Role.SECTION, Role.COUNTY, Role.WINDOW)


@dataclass(frozen=True)
class AccountRow:
    """One account as a line of the list."""

    account: Account = field(metadata=shown("账号", "Account", "用户名、姓名、角色、范围", "User, name, role, scope"))
    state: Text = field(
        metadata=shown("状态", "State", "在用、待改密码、锁定或停用", "In use, must change, locked, disabled")
    )
    used: Text = field(metadata=shown("最近使用", "Last use", "最近登录或操作的时间", "The last sign-in or click"))
    created: str = field(metadata=shown("设立", "Added", "设立的日期", "Day on which it was added"))
    is_locked: bool = field(metadata=shown("锁定", "Locked", "现在是否锁定", "Whether it is locked now"))
    is_own: bool = field(metadata=shown("本人", "Own", "是否本人的账号", "Whether it is the actor's own"))


def account_rows(operations: Operations, actor: Actor) -> tuple[AccountRow, ...]:
    """Every account, those in use first, administrators before the others."""
    rows = [_row(state, actor) for state in account_states(operations, actor)]
    return tuple(sorted(rows, key=lambda r: (r.account.is_disabled, ORDER.index(r.account.role), r.account.user)))


def remark(rows: Sequence[AccountRow]) -> Text:
    """How many accounts there are, and how many of them are administrators in use."""
    used = [r.account for r in rows if not r.account.is_disabled]
    admins = sum(a.role is Role.ADMIN for a in used)
    return Text(
        f"{len(rows)} 个，在用 {len(used)} 个，其中管理员 {admins} 个；点一行办理",
        f"{len(rows)}, {len(used)} in use, administrators: {admins}; click a row",
    )


def columns() -> tuple[Column, ...]:
    """The columns of the list."""
    titles = (
        ("user", Text("用户名", "User"), Text("登录用的名字", "The name to sign in with"), 96),
        ("name", Text("姓名", "Name"), Text("页面上显示的姓名", "As pages show it"), 136),
        ("role", Text("角色", "Role"), Text("决定看到哪些页面", "Decides which pages"), 122),
        ("scope", Text("数据范围", "Scope"), Text("看到哪些企业", "Which enterprises"), 212),
        ("state", Text("状态", "State"), Text("能否登录", "Whether it can sign in"), 112),
        ("used", Text("最近使用", "Last use"), Text("最近登录或操作", "The last sign-in or click"), 126),
    )
    return tuple(Column(key, label, said, "text", width, 20, "") for key, label, said, width in titles)


def fields_offered(labels: dict[str, Text]) -> dict[str, Text]:
    """The key fields that a section can be given, in their order."""
    return {code: labels.get(code, Text(code, code)) for code in KEY_FIELDS}


def _row(state: AccountState, actor: Actor) -> AccountRow:
    account = state.account
    used = f"{state.used_at:%Y-%m-%d %H:%M}" if state.used_at else ""
    return AccountRow(
        account=account,
        state=_standing(state),
        used=Text(used, used) if used else NEVER,
        created=f"{state.created_at:%Y-%m-%d}",
        is_locked=state.locked_until is not None,
        is_own=account.user == actor.user,
    )


def _standing(state: AccountState) -> Text:
    if state.account.is_disabled:
        return DISABLED
    if state.locked_until:
        until = f"{state.locked_until:%H:%M:%S}"
        return Text(f"▲ 锁定至 {until}", f"▲ Locked until {until}")
    return MUST_CHANGE if state.account.must_change else IN_USE
