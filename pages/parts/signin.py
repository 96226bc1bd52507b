"""The pages before the app, as plain HTML without a script: sign-in, change of password, a notice.

Every value is escaped here; the style sheet stands in the page and is the only one its headers allow.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from pipeline.domain import Text
from pipeline.stores.operations.accounts import DEMO_ACCOUNTS

STYLE = Path(__file__).with_name("signin.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
}
"""What a browser is told about these pages beyond what the gate tells it about all."""
PRODUCT = Text("企业信用风险分类监管", "Enterprise credit-risk supervision")
USER = Text("用户名", "User name")
PASSWORD = Text("密码", "Password")
SIGN_IN = Text("登录", "Sign in")
SIGN_OUT = Text("退出登录", "Sign out")
SIGNED_OUT = Text("您已退出登录。", "You have signed out.")
REFUSED = Text(
    "用户名或密码不正确，或账号已停用、暂时锁定。连续多次失败后，须等待的时间会逐次延长。",
    "User name or password is wrong, or the account is disabled or locked for now. Repeated failures make the wait longer.",
)
BUSY = Text("登录请求过多，请稍后再试。", "Too many sign-ins at once: try again in a moment.")
CHANGE = Text("修改密码", "Change the password")
MUST_CHANGE = Text(
    "首次登录或密码重置后，须先设置自己的密码。",
    "After the first sign-in or a reset you have to choose a password of your own.",
)
OLD = Text("原密码", "Old password")
NEW = Text("新密码（至少 10 个字符，不同于用户名）", "New password (10 characters or more, not the user name)")
AGAIN = Text("再次输入新密码", "New password again")
SAVE = Text("保存并继续", "Save and go on")
BACK = Text("返回", "Back")
DIFFERENT = Text("两次输入的新密码不一致", "The two new passwords differ")
CLAUSES = (
    Text("仅供内部监管参考", "For internal supervision only"),
    Text("企业信用风险等级不对外公布", "Grades are not published"),
    Text("登录与查阅均有记录", "Sign-ins and views are logged"),
)
DEMO = Text("演示环境", "Demo")
INVENTED = Text("数据均为虚构。演示账号：", "All data are invented. Accounts: ")
WHERE = Text("；密码见启动时的输出。", "; passwords are in the output of the start.")
_MARK = (
    '<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="4" fill="#14304F"/>'
    '<path d="M7 9h14M7 14h18M7 19h10M7 24h6" stroke="#fff" stroke-width="2.6"/></svg>'
)
_SMALL_MARK = (
    '<svg viewBox="0 4 34 34" aria-hidden="true"><rect x="1" y="5" width="32" height="32" rx="3" fill="none" stroke="#9FB6CE"'
    ' stroke-width="1.4"/><path d="M9 14h17" stroke="#37A2AA" stroke-width="3"/><path d="M9 19h17" stroke="#7FA3D6"'
    ' stroke-width="3"/><path d="M9 24h12" stroke="#D8A63A" stroke-width="3"/><path d="M9 29h6" stroke="#D9683A"'
    ' stroke-width="3"/></svg>'
)
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32'"
    " rx='4' fill='%2314304F'/%3E%3Cpath d='M7 9h14M7 14h18M7 19h10M7 24h6' stroke='%23fff' stroke-width='2.6'/%3E%3C/svg%3E"
)


def sign_in_page(
    bureau: Text,
    language: str,
    *,
    synthetic: bool,
    fault: Text | None = None,
    user: str = "",
    target: str = "",
    is_out: bool = False,
) -> str:
    """User name and password; `target`: where to go afterwards, `fault`: why the last try was refused."""
    query = {"next": target} if target else {}
    lead = f'<p class="lead" role="status">{escape(SIGNED_OUT.of(language))}</p>' if is_out else ""
    form = (
        f'<form method="post" action="/sign-in?{escape(urlencode({**query, "lang": language}))}">{_fault(fault, language)}{lead}'
        f"{_field(USER, 'user', 'username', language, value=user)}{_field(PASSWORD, 'password', 'current-password', language)}"
        f'<button type="submit">{escape(SIGN_IN.of(language))}</button></form>'
    )
    note = _demo_note(language) if synthetic else ""
    return _page(bureau, PRODUCT, form + note, language, "/sign-in", query)


def password_page(bureau: Text, language: str, *, must_change: bool, fault: Text | None = None) -> str:
    """Old and new password; the way back only for who may go back."""
    lead = f'<p class="lead">{escape(MUST_CHANGE.of(language))}</p>' if must_change else ""
    hidden = f'<input type="hidden" name="language" value="{escape(language)}">'
    away = (
        f'<form class="quiet" method="post" action="/sign-out">{hidden}<button type="submit">{escape(SIGN_OUT.of(language))}</button></form>'
        if must_change
        else f'<form class="quiet" method="get" action="/"><input type="hidden" name="lang" value="{escape(language)}"><button type="submit">{escape(BACK.of(language))}</button></form>'
    )
    form = (
        f'{lead}<form method="post" action="/password?{urlencode({"lang": language})}">{_fault(fault, language)}'
        f"{_field(OLD, 'old', 'current-password', language)}{_field(NEW, 'new', 'new-password', language)}"
        f"{_field(AGAIN, 'again', 'new-password', language)}"
        f'<button type="submit">{escape(SAVE.of(language))}</button></form>{away}'
    )
    return _page(bureau, CHANGE, form, language, "/password", {})


def notice_page(title: Text, sentence: Text, command: str, language: str) -> str:
    """What is the matter and which command tells more; for a deployment that can't be opened."""
    body = f'<p class="lead">{escape(sentence.of(language))}</p><code>{escape(command)}</code>'
    return _page(PRODUCT, title, body, language, "/sign-in", {})


def _page(bureau: Text, title: Text, body: str, language: str, here: str, query: dict[str, str]) -> str:
    other = "en" if language == "zh" else "zh"
    switch = escape(f"{here}?{urlencode({**query, 'lang': other})}")
    clauses = "".join(f"<i>{escape(c.of(language))}</i>" for c in CLAUSES)
    return (
        f'<!DOCTYPE html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title.of(language))}</title>'
        f'<link rel="icon" href="{_ICON}"><style>{STYLE}</style></head><body>'
        f"<header>{_SMALL_MARK}<div><b>{escape(bureau.of(language))}</b><span>{escape(PRODUCT.of(language))}</span></div></header>"
        f'<main>{_MARK}<p class="bureau">{escape(bureau.of(language))}</p><h1>{escape(title.of(language))}</h1>{body}</main>'
        f'<footer><p>{clauses}</p><a href="{switch}" hreflang="{other}">{"English" if other == "en" else "中文"}</a></footer></body></html>'
    )


def _field(label: Text, name: str, kind: str, language: str, value: str = "") -> str:
    entry = "text" if name == "user" else "password"
    focus = " autofocus" if name in ("user", "old") else ""
    return (
        f'<label><span>{escape(label.of(language))}</span><input type="{entry}" name="{name}" value="{escape(value)}"'
        f' autocomplete="{kind}" maxlength="200" required{focus}></label>'
    )


def _fault(fault: Text | None, language: str) -> str:
    return f'<p class="fault" role="alert">{escape(fault.of(language))}</p>' if fault else ""


def _demo_note(language: str) -> str:
    entries: Sequence[str] = [
        f"<code>{escape(a.user)}</code> {escape(a.role.title.of(language))}" for a in DEMO_ACCOUNTS
    ]
    comma = "、" if language == "zh" else ", "
    return (
        f'<p class="demo"><b>{escape(DEMO.of(language))}</b> {escape(INVENTED.of(language))}{comma.join(entries)}'
        f"{escape(WHERE.of(language))}</p>"
    )
