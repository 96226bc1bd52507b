"""Tables with labels, units and grade colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts.plot import GRADE
from pages.parts.shapes import Coded, Column, Listing
from pages.parts.text import MISSING, comma, say
from pipeline.domain import Text

ROW_HEIGHT = 32
HEADER_HEIGHT = 33
LETTERS = "ABCDE"
VISIBLE_ROWS = 16
"""Rows of a page that stand on the screen at once; the rest of the page scrolls."""
CHIPS = ("grade", "tag", "change")
CHIP = {
    "late": "#A3142A", "week": "#1F5A99", "open": "#5D6B79", "done": "#23704F",
    **{str(n): "#F4D9DC" if n > 0 else "#DCEBE4" for n in range(-4, 5)}, "0": "#FFFFFF",
}  # fmt: skip
"""Colours of tags by their codes: words stand in them, colour never stands alone."""
HEADER = (
    Text("等级", "Grade"),
    Text("户数", "Number"),
    Text("", ""),
    Text("占比", "Share"),
    Text("较上期", "Change"),
)
ALL = Text("合计", "All")
_TURN = "opening_turn"


def ruled(table: Listing) -> None:
    """A short list whose cells may wrap, so that long reasons can be read; nothing if empty."""
    if not table.rows:
        return
    titles = "".join(
        f'<th class="{escape(c.kind)}" title="{escape(say(c.help))}">{escape(say(c.label))}</th>' for c in table.columns
    )
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{escape(c.kind)}">{_cell(v)}</td>' for c, v in zip(table.columns, row, strict=True))
        + "</tr>"
        for row in table.rows
    )
    st.html(f'<div class="ruled"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>')


def _cell(value: Any) -> str:
    if value is None:
        return MISSING
    if isinstance(value, Text):
        return escape(say(value))
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def listing(table: Listing, most: int, alt: str) -> None:
    """A list as it is; at most `most` rows before it scrolls, nothing if empty. `alt`: what it shows, for readers who can't see it."""
    if not table.rows:
        return
    titles = [say(c.label) for c in table.columns]
    cells = [[say(v) if isinstance(v, Text) else v for v in row] for row in table.rows]
    st.dataframe(
        pd.DataFrame(cells, columns=titles),
        hide_index=True,
        column_config={t: _config(c) for t, c in zip(titles, table.columns, strict=True)},
        row_height=ROW_HEIGHT,
        height=HEADER_HEIGHT + ROW_HEIGHT * min(len(cells), most),
        placeholder=MISSING,
        alt=alt,
    )


def paged(columns: Sequence[Coded], rows: Sequence[Sequence[Any]], key: str, alt: str) -> int | None:
    """One page of a list that is cut and sorted in the database; gives the row of the cell that was clicked.

    Codes are written in words, grades and tags as chips; `key` names this very content, so that no other row is open.
    """
    titles = [say(c.label) for c in columns]
    cells = {t: [_shown(row[n], columns[n]) for row in rows] for n, t in enumerate(titles)}
    event = st.dataframe(
        pd.DataFrame(cells, columns=titles),
        hide_index=True,
        column_config={t: _config(c) for t, c in zip(titles, columns, strict=True)},
        row_height=ROW_HEIGHT,
        height=HEADER_HEIGHT + ROW_HEIGHT * max(1, min(len(rows), VISIBLE_ROWS)) + 2,
        placeholder=MISSING,
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        alt=alt,
    )
    clicked = event["selection"]["cells"]
    return int(clicked[0][0]) if clicked else None


def opening(
    columns: Sequence[Coded],
    rows: Sequence[Sequence[Any]],
    key: str,
    alt: str,
    on_open: Callable[[int], None],
    most: int,
) -> None:
    """One page of a list whose rows open a drawer: `on_open` is told the row that was clicked, before the next run.

    `key` names this very content; `let_go` of it makes every cell clickable again. `most`: rows before it scrolls.
    """
    slot = f"{key}_{st.session_state.get(_TURN, 0)}"
    titles = [say(c.label) for c in columns]
    cells = {t: [_shown(row[n], columns[n]) for row in rows] for n, t in enumerate(titles)}

    def told() -> None:
        clicked = st.session_state[slot]["selection"]["cells"]
        if clicked and clicked[0][0] < len(rows):
            on_open(int(clicked[0][0]))

    st.dataframe(
        pd.DataFrame(cells, columns=titles),
        hide_index=True,
        column_config={t: _config(c) for t, c in zip(titles, columns, strict=True)},
        row_height=ROW_HEIGHT,
        height=HEADER_HEIGHT + ROW_HEIGHT * max(1, min(len(rows), most)) + 2,
        placeholder=MISSING,
        key=slot,
        on_select=told,
        selection_mode="single-cell",
        alt=alt,
    )


def let_go() -> None:
    """Forget what was clicked in a list whose drawer is left."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _shown(value: Any, column: Coded) -> Any:
    """A value as its column's kind takes it."""
    if value is None or value != value:
        return [] if column.kind in CHIPS else "" if column.kind == "cases" else None
    if column.kind == "grade":
        return [value]
    if column.kind == "cases":
        return say(Text(f"{value} 件", str(value)))
    if column.kind in ("codes", "tag", "change"):
        codes = value.split(";") if isinstance(value, str) else value if isinstance(value, list) else [str(value)]
        found = [say(column.labels[str(c)]) if str(c) in column.labels else str(c) for c in codes if c != ""]
        return found if column.kind in CHIPS else comma().join(found) or MISSING
    return value


def _chips(column: Coded) -> Any:
    options = list(LETTERS) if column.kind == "grade" else [say(t) for t in column.labels.values()]
    colours = list(GRADE.values()) if column.kind == "grade" else [CHIP[code] for code in column.labels]
    return st.column_config.MultiselectColumn(help=say(column.help), width=column.width, options=options, color=colours)


def _config(column: Column) -> Any:
    title, width = say(column.help), column.width
    if column.kind in CHIPS and isinstance(column, Coded):
        return _chips(column)
    if column.kind == "score":
        return st.column_config.NumberColumn(format="%.0f", help=title, width=width)
    if column.kind == "count":
        return st.column_config.NumberColumn(format="localized", help=title, width=width)
    if column.kind == "percent":
        return st.column_config.NumberColumn(format="%.1f", help=title, width=width)
    if column.kind == "day":
        return st.column_config.DateColumn(format="YYYY-MM-DD", help=title, width=width)
    return st.column_config.TextColumn(help=title, width=width)
