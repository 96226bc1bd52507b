"""Right in the header: the language switch, and who is signed in, with the ways to change the password and to leave."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.parts import text
from pages.parts.scope_words import scope_words
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.settings import City
from pipeline.stores.access import Actor, Role

SCOPE = Text("数据范围", "Scope")
CHANGE_PASSWORD = Text("修改密码", "Change password")
SIGN_OUT = Text("退出登录", "Sign out")
EVERYWHERE = Text("在所有设备上退出", "Sign out everywhere")


def user_bar(actor: Actor, city: City) -> None:
    """Language switch and the menu of the person who is signed in."""
    with st.container(key="userbar", horizontal=True):
        text.choose_language()
        with st.popover(say(_unit(actor, city)), type="tertiary", key="user_menu"):
            st.html(_menu(actor, city))


def _menu(actor: Actor, city: City) -> str:
    language = text.language()
    hidden = f'<input type="hidden" name="language" value="{language}">'
    return (
        f'<div class="who"><b>{escape(actor.name)}</b><span>{escape(actor.user)} · {escape(say(actor.role.title))}</span>'
        f"<span>{escape(say(SCOPE))}: {escape(scope_words(actor.role, actor.scope.units, actor.scope.fields, city))}</span>"
        f'<a href="/password?lang={language}">{escape(say(CHANGE_PASSWORD))}</a>'
        f'<form method="post" action="/sign-out">{hidden}<button type="submit">{escape(say(SIGN_OUT))}</button></form>'
        f'<form method="post" action="/sign-out">{hidden}<input type="hidden" name="where" value="everywhere">'
        f'<button type="submit">{escape(say(EVERYWHERE))}</button></form></div>'
    )


def _unit(actor: Actor, city: City) -> Text:
    """What the menu is called: the unit of a county's user, the kind of user otherwise."""
    names = {u.code: u.name for u in city.units}
    if actor.role is Role.COUNTY and len(actor.scope.units) == 1:
        return names[actor.scope.units[0]]
    return actor.role.title
