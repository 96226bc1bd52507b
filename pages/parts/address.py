"""Filters in the address: a link, a bookmark and a reload show the same; widgets are filled from it and write to it.

The widgets' own binding to the address writes their labels there, and those change with the counts and the language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

_KEPT = ("lang",)
_AWAY = ("page",)
"""What a change of a filter takes out of the address: page 7 of another list means nothing."""


def asked() -> dict[str, str]:
    """What the address asks for: name -> text, repeated names joined by commas."""
    return {name: ",".join(st.query_params.get_all(name)) for name in st.query_params}


def put(*gone: str, **values: str) -> None:
    """Write these values into the address, empty ones and `gone` out of it, and go back to the first page."""
    for name in (*gone, *(n for n in _AWAY if n not in values), *(n for n, v in values.items() if not v)):
        if name in st.query_params:
            del st.query_params[name]
    st.query_params.update({n: v for n, v in values.items() if v})


def replace(query: Mapping[str, str]) -> None:
    """Make this the whole of the address, but for the language."""
    kept = {n: st.query_params[n] for n in _KEPT if n in st.query_params}
    st.query_params.from_dict({**kept, **query})


def fill(name: str, value: Any) -> str:
    """Fill the widget of `name` with what the address asks for; gives its key."""
    key = f"ask_{name}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return key


def changed(name: str, *gone: str, slot: str = "") -> None:
    """For a widget's on_change: its value goes into the address. `slot`: its own, where two widgets ask the same."""
    value = st.session_state.get(f"ask_{slot or name}")
    if isinstance(value, list | tuple):
        put(*gone, **{name: ",".join(str(v) for v in value)})
    else:
        put(*gone, **{name: "" if value is None else str(value)})
