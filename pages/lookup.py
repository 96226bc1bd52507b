"""登记窗口查询: one credit code in, the flag out; never the grade."""

from __future__ import annotations

import streamlit as st

from pages.parts import cards
from pages.parts.desk import Desk
from pages.parts.frame import Page, close_page, open_page
from pages.parts.text import say
from pages.views import lookup as views
from pages.views.fields import explanations
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations.lookups import look_up

PAGE = Page(
    title=Text("登记窗口查询", "Window look-up"),
    question=Text("这家企业的登记申请是否须从严审查？", "Does an application of this enterprise need a strict review?"),
    roles=frozenset({Role.WINDOW}),
)
CODE = Text("统一社会信用代码", "Unified credit code")
ASK = Text("查询", "Look up")
NOT_A_CODE = Text(
    "不是有效的统一社会信用代码：应为 18 位，末位校验码须相符。请核对营业执照。",
    "Not a valid unified credit code: 18 characters with a matching check digit. Compare with the licence.",
)
UNKNOWN = Text(
    "当前批次中没有这家企业，按一般程序办理。", "The present build has no such enterprise: the usual procedure."
)
STRICT = Text("▲ 须从严审查", "▲ Strict review")
USUAL = Text("✓ 按一般程序办理", "✓ The usual procedure")
NO_FLAGS = Text(
    "当前批次没有窗口标识，请联系信用监管科。", "The present build holds no flags: ask the credit division."
)
LOGGED = Text("每次查询均有记录；只显示办理方式。", "Every look-up is logged; only the procedure is shown.")


def render(actor: Actor) -> None:
    """Ask for a code, and answer with the flag."""
    here = open_page(PAGE, actor)
    if not views.has_flags(here.read):
        cards.notice(say(PAGE.title), say(NO_FLAGS))
    else:
        with cards.card("lookup"):
            cards.heading(say(CODE), say(LOGGED))
            with st.form("lookup", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
                typed = st.text_input(say(CODE), max_chars=40, width=360, label_visibility="collapsed")
                asked = st.form_submit_button(say(ASK), type="primary")
            if asked:
                _answer(here, typed)
    close_page(here)


def _answer(here: Desk, typed: str) -> None:
    code = views.code_of(typed)
    if code is None:
        cards.verdict(say(NOT_A_CODE), "bad")
        return
    look_up(here.operations, here.actor, code)
    found = views.flag(here.read, code)
    if found is None:
        cards.verdict(say(UNKNOWN), "")
        return
    cards.verdict(say(STRICT if found.needs_strict_review else USUAL), "bad" if found.needs_strict_review else "ok")
    labels = explanations(found)
    cards.definitions([(say(labels[n][0]), getattr(found, n)) for n in ("uscc", "entity_name")])
