"""Tables of a firm's records: a click on a row opens the row as delivered in a drawer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts import firm_lists, inert
from pages.parts.firm_shapes import Cited, Delivered
from pages.parts.tables import HEADER_HEIGHT, ROW_HEIGHT
from pages.parts.text import MISSING, say
from pipeline.domain import Text

OPENED = "record_opened"
AS_DELIVERED = Text("原始记录", "Row as delivered")
ALT = Text("记录表，选择一行可查看原始记录", "Table of records; choose a row to see it as delivered")
COLUMNS = (
    (Text("日期", "Date"), 92),
    (Text("类别", "Kind"), 150),
    (Text("内容", "What"), None),
    (Text("编号", "Number"), None),
    (Text("来源文件", "File"), None),
    (Text("行", "Row"), 70),
)
SLIM = {0: 86, 2: 134, 3: 100, 4: 86, 5: 42}
"""The columns of a narrow card and their widths: the kind is left out, so that file and row are in sight."""


def table(entries: Sequence[Cited], key: str, most: int, *, slim: bool = False) -> None:
    """Draw the records, newest first, at most `most` rows before it scrolls."""
    rows = [_cells(e) for e in entries]
    kept = SLIM if slim else {i: width for i, (_, width) in enumerate(COLUMNS)}
    titles = [say(COLUMNS[i][0]) for i in kept]
    frame = pd.DataFrame([[row[i] for i in kept] for row in rows], columns=titles)
    st.dataframe(
        frame,
        hide_index=True,
        column_config={say(COLUMNS[i][0]): _config(i, width) for i, width in kept.items()},
        row_height=ROW_HEIGHT,
        height=HEADER_HEIGHT + ROW_HEIGHT * min(len(rows), most) + 2,
        placeholder=MISSING,
        alt=say(ALT),
        key=key,
        on_select=_listener(key, [e.record.key for e in entries]),
        selection_mode="single-cell",
    )


def opened() -> str:
    """The record that was just clicked, once; empty otherwise."""
    return str(st.session_state.pop(OPENED, ""))


def open_record(key: str) -> None:
    """Ask for a record's drawer; for callbacks."""
    st.session_state[OPENED] = key


def drawer(row: Delivered | None) -> None:
    """The row as delivered, at the right; nothing where there is none."""
    if row is None:
        return
    title = f"{say(AS_DELIVERED)} · {inert.marked(say(row.title))}"

    @st.dialog(title, width="medium", position="right")
    def show() -> None:
        firm_lists.delivered(row)

    show()


def _listener(key: str, keys: Sequence[str]) -> Callable[[], None]:
    def heard() -> None:
        cells = st.session_state[key]["selection"]["cells"]
        if cells:
            open_record(keys[cells[0][0]])

    return heard


def _cells(entry: Cited) -> tuple[Any, ...]:
    record = entry.record
    what = f"{firm_lists.SIGNS[record.weight]} {say(record.words)}"
    return (record.day, say(record.kind), what, record.number, entry.file_name, record.row_no)


def _config(column: int, width: int | None) -> Any:
    title = COLUMNS[column][0]
    if column == 0:
        return st.column_config.DateColumn(say(title), format="YYYY-MM-DD", width=width)
    if column == len(COLUMNS) - 1:
        return st.column_config.NumberColumn(say(title), format="%d", width=width)
    return st.column_config.TextColumn(say(title), width=width)
