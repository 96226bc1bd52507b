"""The bar above a list: search, pills and select boxes with counts, further conditions, what is chosen, saved filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Protocol

import streamlit as st

from pages.parts import address, inert, text
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.errors import Refused

MORE = Text("更多条件", "More")
CLEAR = Text("清除", "Clear")
CHOSEN = Text("已选：", "Chosen:")
SORT = Text("排序", "Sort by")
TURN = Text("倒序", "Reverse")
SAVED = Text("常用方案", "Saved")
SAVED_HELP = Text("打开、保存、改名或删除自己的筛选方案", "Open, keep, rename or delete your own filters")
NAME = Text("方案名称", "Name of the filter")
KEEP = Text("保存当前条件", "Keep these conditions")
OPEN = Text("打开", "Open")
RENAME = Text("改名", "Rename")
DELETE = Text("删除", "Delete")
NONE_SAVED = Text("还没有保存的方案", "Nothing saved yet")
OPENED = 3
"""Saved filters that stand beside the list; the rest are in the popover."""
_MESSAGE = "saved_filter_message"


class Choice(Protocol):
    """One choice of a condition."""

    @property
    def value(self) -> str:
        """As the address says it."""

    @property
    def label(self) -> Text:
        """Its name."""

    @property
    def count(self) -> int | None:
        """How many rows it would show."""


class Saved(Protocol):
    """A saved filter."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def query(self) -> dict[str, str]:
        """What an address would ask for."""


def search(name: str, value: str, hint: Text, width: int) -> None:
    """A search box; it acts on Enter or when it is left."""
    st.text_input(
        say(hint), key=address.fill(name, value), placeholder=say(hint), icon=":material/search:", width=width,
        label_visibility="collapsed", on_change=address.changed, args=(name,), max_chars=60,
    )  # fmt: skip


def pills(name: str, label: Text, choices: Sequence[Choice], asked: str, *, shown: bool = False) -> None:
    """Several choices, each with its count."""
    labels = {c.value: _counted(c) for c in choices}
    chosen = [v for v in asked.split(",") if v in labels]
    st.pills(
        say(label), list(labels), selection_mode="multi", key=address.fill(name, chosen), format_func=labels.__getitem__,
        on_change=address.changed, args=(name,), label_visibility="visible" if shown else "collapsed",
    )  # fmt: skip


def select(
    name: str,
    label: Text,
    everything: Text,
    choices: Sequence[Choice],
    asked: str,
    *,
    width: int | None = None,
    drops: tuple[str, ...] = (),
    slot: str = "",
) -> None:
    """One choice or all of them. `drops`: conditions that mean nothing once this one changes; `slot`: see address."""
    labels = {"": say(everything), **{c.value: _counted(c) for c in choices}}
    st.selectbox(
        say(label), list(labels), key=address.fill(slot or name, asked if asked in labels else ""),
        format_func=labels.__getitem__, on_change=address.changed, args=(name, *drops), kwargs={"slot": slot},
        label_visibility="collapsed" if width else "visible", width=width or "stretch",
    )  # fmt: skip


def further(number: int) -> st.delta_generator.DeltaGenerator:
    """The popover of further conditions, with how many of them are set."""
    return st.popover(f"{say(MORE)} {number}" if number else say(MORE), icon=":material/tune:", key="filter_more")


def clear(is_set: bool, keeps: Mapping[str, str]) -> None:
    """Drop every condition; `keeps` stays in the address."""
    if is_set:
        st.button(say(CLEAR), type="tertiary", key="filter_clear", on_click=address.replace, args=(keeps,))


def chosen(total: str, words: Sequence[tuple[Text, Text]], remark: str = "") -> None:
    """How many rows, by which conditions in words."""
    tags = "".join(f"<em>{escape(text.term(say(title)))} {escape(say(value))}</em>" for title, value in words)
    more = f"<i>{escape(remark)}</i>" if remark else ""
    st.html(
        f'<div class="flt" role="status"><span>{escape(total)}</span>{escape(say(CHOSEN)) if tags else ""}{tags}{more}</div>'
    )


def sorting(choices: Sequence[Choice], by: str, is_reversed: bool) -> None:
    """What the list is sorted by, in the database."""
    labels = {c.value: say(c.label) for c in choices}
    st.selectbox(
        say(SORT), list(labels), key=address.fill("sort", by), format_func=lambda v: f"{say(SORT)} {labels[v]}",
        on_change=address.changed, args=("sort",), label_visibility="collapsed", width=178,
    )  # fmt: skip
    icon = ":material/arrow_upward:" if is_reversed else ":material/arrow_downward:"
    st.button(
        "",
        icon=icon,
        help=say(TURN),
        key="sort_turn",
        type="tertiary",
        on_click=address.put,
        kwargs={"desc": "" if is_reversed else "1"},
    )


def saved(
    filters: Sequence[Saved],
    keep: Callable[[str], None],
    rename: Callable[[str, str], None],
    forget: Callable[[str], None],
) -> None:
    """Saved filters: the first few as buttons, all of them in a popover where they are opened, renamed and deleted."""
    if filters:
        with st.container(horizontal=True, width="content", key="saved_first"):
            for one in filters[:OPENED]:
                st.button(
                    inert.marked(one.name),
                    type="tertiary",
                    key=f"saved_{one.name}",
                    on_click=address.replace,
                    args=(one.query,),
                )
    with st.popover(say(SAVED), icon=":material/bookmark:", help=say(SAVED_HELP), key="saved_filters"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(say(NAME), key="saved_name", max_chars=20, width=190)
            st.button(say(KEEP), key="saved_keep", on_click=_act, args=(keep, "saved_name"))
        if message := st.session_state.pop(_MESSAGE, None):
            st.html(f'<div class="bad" role="alert">{escape(say(message))}</div>')
        if not filters:
            st.caption(say(NONE_SAVED))
        for n, one in enumerate(filters):
            _row(n, one, rename, forget)


def _row(n: int, one: Saved, rename: Callable[[str, str], None], forget: Callable[[str], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"saved_row_{n}"):
        key = f"saved_as_{one.name}"
        st.text_input(say(NAME), one.name, key=key, max_chars=20, label_visibility="collapsed", width=190)
        st.button(say(OPEN), type="tertiary", key=f"open_{one.name}", on_click=address.replace, args=(one.query,))
        st.button(say(RENAME), type="tertiary", key=f"rename_{one.name}", on_click=_act, args=(rename, key, one.name))
        st.button(say(DELETE), type="tertiary", key=f"delete_{one.name}", on_click=_try, args=(forget, one.name))


def _act(act: Callable[..., None], key: str, *names: str) -> None:
    _try(act, *names, str(st.session_state.get(key, "")))


def _try(act: Callable[..., None], *names: str) -> None:
    """Do it; a refusal is told where the person stands."""
    try:
        act(*names)
    except Refused as refusal:
        st.session_state[_MESSAGE] = Text(refusal.zh, refusal.en)


def _counted(choice: Choice) -> str:
    return say(choice.label) if choice.count is None else f"{say(choice.label)} {choice.count:,}"
