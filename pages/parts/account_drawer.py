"""The right drawers of accounts: add one, change it, reset its password, disable it, enable it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from pages.parts import cards, inert
from pages.parts.account_card import Row
from pages.parts.desk import Desk
from pages.parts.scope_words import scope_words
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.errors import BadDeclaration, NotPermitted, Refused
from pipeline.stores.access import Role
from pipeline.stores.operations import accounts
from pipeline.stores.operations.accounts import Account, BadAccount, OneTime

ADD = Text("新增账号", "Add an account")
TITLE = Text("账号", "Account")
USER, NAME, ROLE = Text("用户名", "User"), Text("姓名", "Name"), Text("角色", "Role")
USER_HINT = Text("小写字母、数字或 . _ -，字母开头", "a-z 0-9 . _ -, a letter first")
UNITS, FIELDS = Text("管辖单位", "Units"), Text("重点领域", "Key fields")
UNITS_OPTIONAL = Text("管辖单位（不选为全市）", "Units (none: the whole city)")
SCOPE = Text("数据范围", "Scope")
STATE, CREATED, USED = Text("状态", "State"), Text("设立", "Added"), Text("最近使用", "Last use")
ACT = Text("办理", "What to do")
CHANGE, RESET = Text("修改", "Change"), Text("重置密码", "Reset the password")
DISABLE, ENABLE = Text("停用", "Disable"), Text("启用", "Enable")
SAVE, CREATE = Text("保存修改", "Save"), Text("设立账号", "Add it")
ON_CHANGE = Text(
    "保存后该账号的已有登录立即结束，新的角色和范围从下次登录起生效。",
    "Its sessions end at once; the new role and scope count from the next sign-in.",
)
ON_RESET = Text(
    "原密码立即失效，已有登录全部结束，锁定解除。一次性密码只在此处显示一次。",
    "The old password stops working, every session ends, a lock is lifted. The one-time password is shown here once.",
)
ON_RESET_DISABLED = Text("停用也同时解除。", " A disabling is lifted too.")
ON_DISABLE = Text(
    "该账号立即退出，不能再登录；它做过的事仍留在日志中。以后可以重新启用。",
    "The account is signed out at once and can't sign in; what it did stays in the log. It can be enabled again.",
)
ON_ENABLE = Text("启用后可用原来的密码登录。", "Once enabled, the password it had works again.")
OWN_ONLY = Text(
    "这是您自己的账号：密码在右上角修改，角色与停用须由另一名管理员办理。",
    "This is your own account: change the password at the top right; role and disabling are another administrator's.",
)
PASSWORD = Text("一次性密码", "One-time password")
HAND_OVER = Text(
    "只显示这一次，不进入日志，关闭后无法再看。点右侧图标复制，当面交给 {user}；首次登录须修改。",
    "Shown this once, kept nowhere, gone when this is closed. Copy it with the icon and hand it to {user}, who has to"
    " change it at the first sign-in.",
)
CLOSE = Text("已交付，关闭", "Handed over, close")
DONE = {
    "change": Text("已修改 {user}", "{user} was changed"),
    "disable": Text("已停用 {user}", "{user} was disabled"),
    "enable": Text("已启用 {user}", "{user} was enabled"),
}
_SAID = "account_said"
_GIVEN = "account_given"
_FAULTS = "account_faults"


def tell() -> None:
    """The word that something was done, once."""
    if said := st.session_state.pop(_SAID, None):
        st.toast(said)


def open_add(here: Desk, fields: Mapping[str, Text], on_close: Callable[[], None]) -> None:
    """Open the drawer of a new account. `fields`: key fields that a section can be given."""

    def leave() -> None:
        _forget()
        on_close()

    def add() -> None:
        wanted = _as_typed(Account(str(st.session_state["new_user"]).strip().lower(), "", Role.COUNTY), "new")
        _give(lambda: accounts.add_account(here.operations, here.actor, wanted))

    def drawer() -> None:
        if _handed_over(on_close):
            return
        st.text_input(say(USER), placeholder=say(USER_HINT), max_chars=40, key="new_user")
        _fields(here, Account("", "", Role.COUNTY), fields, "new", may_change_role=True)
        st.button(say(CREATE), type="primary", key="new_submit", width="stretch", on_click=add)
        _tell_faults()

    st.dialog(say(ADD), position="right", width="medium", on_dismiss=leave)(drawer)()


def open_account(here: Desk, row: Row, fields: Mapping[str, Text], on_close: Callable[[], None]) -> None:
    """Open the drawer of one account: how it stands, and what can be done about it."""

    def leave() -> None:
        _forget()
        on_close()

    def drawer() -> None:
        if not _handed_over(on_close):
            _acts(here, row, fields, on_close)

    st.dialog(say(TITLE), position="right", width="medium", on_dismiss=leave)(drawer)()


def _acts(here: Desk, row: Row, fields: Mapping[str, Text], on_close: Callable[[], None]) -> None:
    _facts(here, row)
    acts = {
        "change": CHANGE,
        "reset": RESET,
        **({"enable": ENABLE} if row.account.is_disabled else {"disable": DISABLE}),
    }
    if row.is_own:
        cards.finding(say(OWN_ONLY))
        acts = {"change": CHANGE}
    act = st.segmented_control(
            say(ACT), list(acts), format_func=lambda a: say(acts[a]), default=next(iter(acts)), required=True,
            key=f"act_{row.account.user}", label_visibility="collapsed",
        )  # fmt: skip
    if act == "reset":
        _reset(here, row)
    elif act == "disable":
        _disable(here, row, on_close)
    elif act == "enable":
        _enable(here, row, on_close)
    else:
        _change(here, row, fields, on_close)


def _facts(here: Desk, row: Row) -> None:
    one = row.account
    scope = scope_words(one.role, one.units, one.fields, here.settings.city)
    facts = ((ROLE, say(one.role.title)), (SCOPE, scope), (STATE, say(row.state)), (USED, say(row.used)))
    body = "".join(
        f"<tr><td>{escape(say(k))}</td><td>{escape(v)}</td></tr>" for k, v in (*facts, (CREATED, row.created))
    )
    st.html(
        f'<div class="wd"><p>{escape(one.user)}</p><h2>{escape(one.name)}</h2></div>'
        f'<table class="kv one"><tbody>{body}</tbody></table>'
    )


def _change(here: Desk, row: Row, fields: Mapping[str, Text], on_close: Callable[[], None]) -> None:
    one = row.account
    _fields(here, one, fields, one.user, may_change_role=not row.is_own)
    cards.warn(say(ON_CHANGE))
    wanted = _as_typed(one, one.user)
    _submit(SAVE, "change", one, lambda: accounts.change_account(here.operations, here.actor, wanted), on_close)


def _reset(here: Desk, row: Row) -> None:
    one = row.account
    cards.warn(say(ON_RESET) + (say(ON_RESET_DISABLED) if one.is_disabled else ""))

    def reset() -> None:
        _give(lambda: accounts.reset_password(here.operations, here.actor, one.user))

    st.button(say(RESET), type="primary", key=f"reset_{one.user}", width="stretch", on_click=reset)
    _tell_faults()


def _disable(here: Desk, row: Row, on_close: Callable[[], None]) -> None:
    user = row.account.user
    cards.warn(say(ON_DISABLE))
    _submit(
        DISABLE, "disable", row.account, lambda: accounts.disable_account(here.operations, here.actor, user), on_close
    )


def _enable(here: Desk, row: Row, on_close: Callable[[], None]) -> None:
    user = row.account.user
    cards.warn(say(ON_ENABLE))
    _submit(ENABLE, "enable", row.account, lambda: accounts.enable_account(here.operations, here.actor, user), on_close)


def _fields(here: Desk, now: Account, fields: Mapping[str, Text], slot: str, *, may_change_role: bool) -> None:
    """The form of an account: the role decides which parts of a scope are asked for, all from closed lists."""
    st.text_input(say(NAME), value=now.name, max_chars=60, key=f"name_{slot}")
    roles = list(Role)
    role = st.selectbox(
        say(ROLE), roles, index=roles.index(now.role), format_func=lambda r: say(r.title), key=f"role_{slot}",
        disabled=not may_change_role,
    )  # fmt: skip
    units = {u.code: u.name for u in here.settings.city.units}
    if role in (Role.COUNTY, Role.SECTION):
        _several(UNITS if role is Role.COUNTY else UNITS_OPTIONAL, units, now.units, f"units_{slot}")
    if role is Role.SECTION:
        _several(FIELDS, fields, now.fields, f"fields_{slot}")


def _as_typed(now: Account, slot: str) -> Account:
    """The account as the form says it now; what the role does not ask for is left out."""
    said = st.session_state
    role = said.get(f"role_{slot}") or now.role
    units = tuple(said.get(f"units_{slot}") or ()) if role in (Role.COUNTY, Role.SECTION) else ()
    fields = tuple(said.get(f"fields_{slot}") or ()) if role is Role.SECTION else ()
    return replace(now, name=str(said.get(f"name_{slot}") or ""), role=role, units=units, fields=fields)


def _several(label: Text, options: Mapping[str, Text], chosen: Sequence[str], key: str) -> None:
    known = [c for c in chosen if c in options]
    st.multiselect(
        say(label), list(options), default=known, format_func=lambda c: say(options[c]), key=key, placeholder=""
    )


def _submit(label: Text, act: str, account: Account, do: Callable[[], object], on_close: Callable[[], None]) -> None:
    """The button of an act; a refusal stays in the drawer, success closes it."""
    is_asked = st.button(say(label), type="primary", key=f"{act}_{account.user}", width="stretch")
    if is_asked and _done(do) is not None:
        st.session_state[_SAID] = say(DONE[act]).format(user=inert.marked(account.user))
        on_close()
        st.rerun()
    _tell_faults()


def _done(do: Callable[[], Any]) -> Any | None:
    """What the act gives, or None and why not, kept until it is told in the drawer."""
    try:
        return do()
    except BadAccount as fault:
        st.session_state[_FAULTS] = list(fault.texts)
    except BadDeclaration as fault:
        st.session_state[_FAULTS] = [Text(f, f) for f in fault.faults]
    except Refused as refusal:
        st.session_state[_FAULTS] = [Text(refusal.zh, refusal.en)]
    except NotPermitted as refusal:
        st.session_state[_FAULTS] = [Text(str(refusal), str(refusal))]
    return None


def _tell_faults() -> None:
    for text in st.session_state.pop(_FAULTS, ()):
        cards.alert(say(text))


def _give(do: Callable[[], OneTime]) -> None:
    """For callbacks: a new password is there before the drawer is drawn again."""
    given = _done(do)
    if given is not None:
        st.session_state[_GIVEN] = given


def _handed_over(on_close: Callable[[], None]) -> bool:
    """Show the password that was just given, if any, in place of the form: until the drawer is closed."""
    given: OneTime | None = st.session_state.get(_GIVEN)
    if given is None:
        return False
    st.html(f'<div class="wd"><p>{escape(say(PASSWORD))}</p><h2>{escape(given.user)}</h2></div>')
    st.code(given.password, language=None)
    cards.warn(say(HAND_OVER).format(user=given.user))
    if st.button(say(CLOSE), type="primary", key="handed_over", width="stretch"):
        _forget()
        on_close()
        st.rerun()
    return True


def _forget() -> None:
    """No password outlives its drawer."""
    st.session_state.pop(_GIVEN, None)
