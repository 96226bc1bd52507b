"""A right drawer with a list."""

from __future__ import annotations

import streamlit as st

from pages.parts import nav, tables
from pages.parts.shapes import Listing
from pages.parts.text import say
from pipeline.domain import Text

ROWS = 20


def open_list(title: Text, table: Listing, page: str, label: Text) -> None:
    """Show `table`, and a way to `page` where the actor has it."""

    def drawer() -> None:
        tables.listing(table, ROWS, say(title))
        if nav.offers(page):
            nav.link(page, say(label))

    st.dialog(say(title), position="right", width="medium")(drawer)()
