"""Tables with labels, units and grade colours."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts.shapes import Column, Graded, Listing
from pages.parts.text import MISSING, count, points, say, share
from pipeline.domain import Text

ROW_HEIGHT = 32
HEADER_HEIGHT = 33
LETTERS = "ABCDE"
HEADER = (
    Text("等级", "Grade"),
    Text("户数", "Number"),
    Text("", ""),
    Text("占比", "Share"),
    Text("较上期", "Change"),
)
ALL = Text("合计", "All")


def grades(city: Graded, changes: Sequence[float | None]) -> None:
    """Ruled table of grades: letter, count, share as a bar and as a number, change in points; the total below."""
    shares = [c / city.size if city.size else None for c in city.counts]
    widest = max((s for s in shares if s is not None), default=0) or 1
    titles = "".join(f"<th>{escape(say(t))}</th>" for t in HEADER)
    body = "".join(
        f'<tr><td><span class="g g{letter}">{letter}</span></td><td>{count(number)}</td>'
        f'<td class="bar"><i class="g{letter}" style="width:{100 * (value or 0) / widest:.1f}%"></i></td>'
        f"<td>{share(value)}</td><td>{points(change)}</td></tr>"
        for letter, number, value, change in zip(LETTERS, city.counts, shares, changes, strict=True)
    )
    whole = f"<tr><td>{escape(say(ALL))}</td><td>{count(city.size)}</td><td></td><td>{share(1 if city.size else None)}</td><td></td></tr>"
    st.html(f'<table class="gt"><thead><tr>{titles}</tr></thead><tbody>{body}{whole}</tbody></table>')


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


def _config(column: Column) -> Any:
    title, width = say(column.help), column.width
    if column.kind == "count":
        return st.column_config.NumberColumn(format="localized", help=title, width=width)
    if column.kind == "percent":
        return st.column_config.NumberColumn(format="%.1f", help=title, width=width)
    if column.kind == "day":
        return st.column_config.DateColumn(format="YYYY-MM-DD", help=title, width=width)
    return st.column_config.TextColumn(help=title, width=width)
