"""The table of counties: sortable, with lagging points as tags, each number a way to its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts.shapes import Listing
from pages.parts.text import MISSING, say

ROW_HEIGHT = 32
_TURN = "turn_counties"
"""Each click gives the table a new slot, so that no cell stays selected."""
WORSE, LATE = "#F6DDDD", "#FBEBD3"


def county_table(table: Listing, alt: str, on_click: Callable[[int, int], None]) -> None:
    """The rows as they are; a click on a cell gives the numbers of its row and column to `on_click`, before the next run."""
    slot = f"counties_{st.session_state.setdefault(_TURN, 0)}"
    titles = [say(c.label) for c in table.columns]
    cells = [[_cell(v) for v in row] for row in table.rows]
    tags = sorted({tag for row in cells for value in row if isinstance(value, list) for tag in value})

    def told() -> None:
        chosen = st.session_state.get(slot, {}).get("selection", {}).get("cells", [])
        if chosen:
            st.session_state[_TURN] += 1
            on_click(int(chosen[0][0]), titles.index(chosen[0][1]))

    st.dataframe(
        pd.DataFrame(cells, columns=titles),
        hide_index=True,
        key=slot,
        on_select=told,
        selection_mode="single-cell",
        column_config={t: _config(c, tags) for t, c in zip(titles, table.columns, strict=True)},
        row_height=ROW_HEIGHT,
        height=ROW_HEIGHT * (len(cells) + 1) + 2,
        placeholder=MISSING,
        alt=alt,
    )


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        return [say(v) for v in value]
    return say(value) if hasattr(value, "zh") else value


def _config(column: Any, tags: list[str]) -> Any:
    config, more = st.column_config, {"help": say(column.help), "width": column.width}
    if column.kind == "tags":
        colours = [LATE if "▼" in tag else WORSE for tag in tags]
        return config.MultiselectColumn(options=tags, color=colours, disabled=True, **more)
    if column.kind == "progress":
        return config.ProgressColumn(min_value=0, max_value=100, format="%.0f%%", color="blue", **more)
    if column.kind == "count":
        return config.NumberColumn(format="localized", **more)
    if column.kind == "percent":
        return config.NumberColumn(format="%.1f", **more)
    return config.TextColumn(**more)
