"""The right drawer of one row of the log: everything that was recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import Protocol

import streamlit as st

from pages.parts import cards, nav
from pages.parts.frame import NOT_YOURS
from pages.parts.text import MISSING, say
from pipeline.domain import Text
from pipeline.errors import NotPermitted

TITLE = Text("日志记录", "Row of the log")
NUMBER = Text("第 {n} 条", "Row {n}")
FACTS = (Text("时间", "Time"), Text("业务日", "Business day"), Text("用户", "User"), Text("角色", "Role"))
DETAIL = Text("记录的内容", "What was recorded")
NO_DETAIL = Text("没有更多内容。", "Nothing else was recorded.")
SEAL = Text("封签", "Seal")
ARCHIVE = Text("打开信用档案", "Open the archive")


class Row(Protocol):
    """The row as a line of the list."""

    @property
    def seq(self) -> int:
        """Its number."""

    @property
    def at(self) -> str:
        """When."""

    @property
    def business_on(self) -> date:
        """The day that counts."""

    @property
    def who(self) -> Text:
        """Who."""

    @property
    def role(self) -> Text:
        """The role then."""

    @property
    def action(self) -> Text:
        """What was done."""

    @property
    def subject(self) -> Text:
        """About what."""


class Shown(Protocol):
    """One row in full."""

    @property
    def row(self) -> Row:
        """The row."""

    @property
    def facts(self) -> Sequence[tuple[Text, Text]]:
        """Item by item."""

    @property
    def seal(self) -> str:
        """Its seal."""

    @property
    def uscc(self) -> str:
        """The firm, empty if none."""


def open_entry(view_of: Callable[[], Shown], on_close: Callable[[], None]) -> None:
    """Open the drawer; a row that is not the actor's is refused in the usual sentence."""

    def drawer() -> None:
        try:
            view = view_of()
        except NotPermitted:
            cards.alert(say(NOT_YOURS))
            return
        _draw(view)

    st.dialog(say(TITLE), position="right", width="medium", on_dismiss=on_close)(drawer)()


def _draw(view: Shown) -> None:
    row = view.row
    values = (row.at, row.business_on.isoformat(), say(row.who), say(row.role) or MISSING)
    facts = [(say(label), value) for label, value in zip(FACTS, values, strict=True)]
    pairs = zip(facts[::2], facts[1::2], strict=True)
    head = "".join(
        "<tr>" + "".join(f"<td>{escape(k)}</td><td>{escape(v)}</td>" for k, v in pair) + "</tr>" for pair in pairs
    )
    st.html(
        f'<div class="wd"><p>{escape(say(NUMBER).format(n=f"{row.seq:,}"))}　{escape(say(row.action))}</p>'
        f"<h2>{escape(say(row.subject) or say(row.action))}</h2></div>"
        f'<table class="kv wide"><tbody>{head}</tbody></table>'
    )
    cards.heading(say(DETAIL), "")
    body = "".join(f"<tr><td>{escape(say(k))}</td><td>{escape(say(v))}</td></tr>" for k, v in view.facts)
    if body:
        st.html(f'<table class="kv one"><tbody>{body}</tbody></table>')
    else:
        st.caption(say(NO_DETAIL))
    st.html(f'<div class="seal">{escape(say(SEAL))} {escape(view.seal)}</div>')
    if view.uscc and nav.offers("enterprise") and st.button(say(ARCHIVE), key="to_archive"):
        nav.go("enterprise", uscc=view.uscc)
