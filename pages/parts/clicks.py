"""Marks of a figure that can be clicked, and what was asked for until the run that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.parts.plot import CONFIG, Ready


def clickable(figure: dict[str, Any], alt: str, key: str, on_click: Callable[[str], None]) -> None:
    """Draw a figure; a click on a mark gives the last item of its customdata to `on_click`, before the next run.

    Each click gives the figure a new slot, so that no mark stays selected and the same one can be clicked again.
    """
    turn = f"turn_{key}"
    slot = f"{key}_{st.session_state.setdefault(turn, 0)}"

    def told() -> None:
        points = st.session_state.get(slot, {}).get("selection", {}).get("points", [])
        if points:
            st.session_state[turn] += 1
            on_click(str(points[0]["customdata"][-1]))

    with st.container(key=f"wide_{key}"):
        st.plotly_chart(
            Ready(figure), theme=None, config=CONFIG, alt=alt, key=slot, on_select=told, selection_mode="points"
        )


def ask(name: str, value: Any) -> None:
    """Remember what was asked for until the run that follows the click."""
    st.session_state[f"asked_{name}"] = value


def asked(name: str) -> Any:
    """What was asked for under `name`, once; None if nothing was."""
    return st.session_state.pop(f"asked_{name}", None)
