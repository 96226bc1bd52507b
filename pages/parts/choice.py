"""A choice of one among a few, its label beside it, kept in the address."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from pages.parts import address
from pages.parts.text import say
from pipeline.domain import Text


def one(name: str, label: Text, options: Mapping[str, Text]) -> str:
    """The code chosen by a switch; the first of `options` where the address asks for none of them."""
    with _beside(name, label):
        st.segmented_control(
            say(label),
            list(options),
            required=True,
            format_func=lambda code: say(options[code]),
            key=address.fill(name, _asked(name, options)),
            on_change=address.changed,
            args=(name,),
            label_visibility="collapsed",
        )
    return _asked(name, options)


def among(name: str, label: Text, options: Mapping[str, Text]) -> str:
    """The code chosen from a list."""
    with _beside(name, label):
        st.selectbox(
            say(label),
            list(options),
            format_func=lambda code: say(options[code]),
            key=address.fill(name, _asked(name, options)),
            on_change=address.changed,
            args=(name,),
            label_visibility="collapsed",
            width=190,
        )
    return _asked(name, options)


def _asked(name: str, options: Mapping[str, Text]) -> str:
    asked = address.asked().get(name, "")
    return asked if asked in options else next(iter(options))


def _beside(name: str, label: Text) -> st.delta_generator.DeltaGenerator:
    row = st.container(
        horizontal=True, vertical_alignment="center", width="content", gap="xsmall", key=f"choice_{name}"
    )
    row.html(f'<span class="label">{escape(say(label))}</span>', width="content")
    return row
