"""Ways from page to page: app.py names the pages of the actor's menu, the others go there by key."""

from __future__ import annotations

from typing import Any

import streamlit as st

_PAGES = "pages_by_key"


def register(pages: dict[str, Any]) -> None:
    """Remember the st.Page objects of this run by their keys: the names of the modules in pages/."""
    st.session_state[_PAGES] = pages


def offers(key: str) -> bool:
    """Whether the actor has that page."""
    return key in st.session_state.get(_PAGES, {})


def go(key: str, **query: str) -> None:
    """Leave for another page with these query parameters; nothing happens where the actor does not have it."""
    if offers(key):
        st.switch_page(st.session_state[_PAGES][key], query_params=query)


def link(key: str, label: str, **query: str) -> None:
    """A link to another page with these query parameters; the label alone where the actor does not have it."""
    if offers(key):
        st.page_link(st.session_state[_PAGES][key], label=label, query_params=query)
    else:
        st.caption(label)
