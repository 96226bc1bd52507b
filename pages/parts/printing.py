"""The print view: a button that opens the browser's print dialogue; the style sheet says what is on paper."""

from __future__ import annotations

from datetime import datetime
from html import escape

import streamlit as st

from pages.parts.text import say
from pipeline.domain import Text
from pipeline.stores.access import Actor

PRINT = Text("打印档案", "Print")
PRINTED = Text(
    "{name}（{user}）于 {at} 打印。仅供内部监管参考，不得外传。",
    "Printed by {name} ({user}) at {at}. For internal supervision only, not to be passed on.",
)
_ASKED = "printing"
_ASK = "<script>setTimeout(() => window.print(), 900)</script>"
"""The one script of the app: it names nothing that anybody typed."""


def button() -> None:
    """Draw the button."""
    st.button(say(PRINT), icon=":material/print:", type="tertiary", key="print", on_click=_ask)


def stamp(actor: Actor, at: datetime) -> None:
    """Who printed when, on paper only."""
    words = say(PRINTED).format(name=actor.name, user=actor.user, at=f"{at:%Y-%m-%d %H:%M}")
    st.html(f'<div class="stamp">{escape(words)}</div>')


def is_asked() -> bool:
    """Whether this run is for paper: tables that scroll on the screen are written out."""
    return bool(st.session_state.get(_ASKED))


def carry_out() -> None:
    """Open the print dialogue if it was asked for, once; last on the page."""
    if st.session_state.pop(_ASKED, False):
        st.html(_ASK, unsafe_allow_javascript=True)


def _ask() -> None:
    st.session_state[_ASKED] = True
