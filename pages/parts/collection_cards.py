"""The cards of the collection page: figures, the matrix of months, the table of deliveries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any, Protocol

import pandas as pd
import streamlit as st

from pages.parts import address, cards, chart_months, clicks, filter_bar, list_card
from pages.parts.chart_months import Row
from pages.parts.delivery_shapes import Counted, Delivered
from pages.parts.shapes import Figure
from pages.parts.tables import HEADER_HEIGHT, ROW_HEIGHT
from pages.parts.text import language, say
from pipeline.domain import Text

MATRIX = Text("{measure}：{by} × 月份", "{measure}: {by} × month")
HOW = Text("%，按收到月份；颜色只标低于 {target:.0%} 的格", "%, by month of receipt; colour only below {target:.0%}")
MEASURE, BY = Text("指标", "Measure"), Text("分组", "By")
UPLOAD = Text("上传文件", "Upload a file")
LIST = Text("送达批次", "Deliveries")
LIST_HOW = Text(
    "行数 = 采用 + 被更新 + 重复 + 排除 + 隔离；点一行看原因",
    "delivered = accepted + superseded + duplicate + excluded + quarantined; click a row",
)
SEARCH = Text("文件名", "File name")
ALL_SUPPLIERS, SUPPLIER = Text("全部来源", "All sources"), Text("来源", "Source")
ALL_FEEDS, FEED = Text("全部类别", "All feeds"), Text("类别", "Feed")
STATE = Text("状态", "State")
MONTH = Text("月份", "Month")
NOTHING = Text("没有符合条件的批次。", "No delivery fits.")
NO_BUILD = Text(
    "还没有发布任何批次；送达文件后可在此启动构建。",
    "No build has been published yet: upload files, then start one here.",
)
CLEAR = Text("清除条件", "Clear the conditions")
MOST_ROWS = 23
"""Rows of the matrix before it scrolls within its card."""
COUNTS: dict[str, Text] = {
    "delivered": Text("行数", "Rows"),
    "accepted": Text("采用", "Accepted"),
    "superseded": Text("被更新", "Superseded"),
    "duplicate": Text("重复", "Duplicate"),
    "excluded": Text("排除", "Excluded"),
    "quarantined": Text("隔离", "Refused"),
}
_SHOWN = ("received_on", "supplier", "feed", "state", "reason", "file_name")
_TURN = "delivery_turn"
SAID = "collection_said"


class Months(Protocol):
    """The matrix."""

    @property
    def measure(self) -> str:
        """What is measured."""

    @property
    def by(self) -> str:
        """What its rows are."""

    @property
    def months(self) -> Sequence[date]:
        """The columns."""

    @property
    def rows(self) -> Sequence[Row]:
        """The rows."""

    @property
    def target(self) -> float:
        """Below it cells are coloured."""

    @property
    def finding(self) -> Text:
        """What to conclude."""


class Choice(Protocol):
    """One choice of a condition."""

    @property
    def value(self) -> str:
        """As the address says it."""

    @property
    def label(self) -> Text:
        """Its name."""

    @property
    def count(self) -> int | None:
        """How many it would show."""


def figures(found: Sequence[Figure], terms: Sequence[tuple[Text, int]], verdict: Text, *, balanced: bool) -> bool:
    """The four figures, the sum of all rows, and the button of an upload; gives whether that was pressed."""
    with cards.card("figures"):
        cards.strip(found)
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="figures_foot"
        ):
            cards.equation(terms, verdict, balanced)
            return upload_button()


def tell() -> None:
    """The word that something was done, once."""
    if said := st.session_state.pop(SAID, None):
        st.toast(said)


def before_build() -> bool:
    """In place of the figures before the first publish; gives whether an upload is wanted."""
    with cards.card("figures"):
        cards.finding(say(NO_BUILD))
        return upload_button()


def upload_button() -> bool:
    """The button that opens the drawer of an upload."""
    return st.button(say(UPLOAD), icon=":material/upload:", key="upload")


def matrix(found: Months, former: tuple[str, str], measures: Mapping[str, Text], groups: Mapping[str, Text]) -> None:
    """The matrix with its two switches; a click on a cell shows its deliveries. `former`: row and month shown now."""
    measure, by = found.measure, found.by
    title = say(MATRIX).format(measure=say(measures[measure]), by=say(groups[by]))
    with cards.card("months"):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="months_head"
        ):
            cards.heading(title, say(HOW).format(target=found.target))
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="months_bar"):
            _switch("measure", MEASURE, measures, measure)
            _switch("by", BY, groups, by)
        if found.rows:
            figure = chart_months.matrix(
                found.months, found.rows, found.target, say(measures[measure]), ":".join(former)
            )
            clicks.clickable(
                figure, f"{title}: {say(found.finding)}", "months", lambda key: turn_to(by, former, *key.rsplit(":", 1))
            )
        cards.finding(say(found.finding))


def bar(asked: Mapping[str, str], states: Mapping[str, Text], choices: Mapping[str, Sequence[Choice]]) -> None:
    """The conditions of the table of deliveries."""
    st.html(f'<div class="tt"><b>{escape(say(LIST))}</b><span>{escape(say(LIST_HOW))}</span></div>')
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="delivery_bar"):
        _switch("state", STATE, states, asked.get("state", ""))
        filter_bar.select(
            "supplier", SUPPLIER, ALL_SUPPLIERS, choices["supplier"], asked.get("supplier", ""), width=136
        )
        filter_bar.select("feed", FEED, ALL_FEEDS, choices["feed"], asked.get("feed", ""), width=150)
        filter_bar.search("q", asked.get("q", ""), SEARCH, 128)
        filter_bar.clear(any(v for n, v in asked.items() if n != "state"), {})
    if asked.get("month"):
        st.html(f'<div class="flt"><em>{escape(say(MONTH))} {escape(asked["month"])}</em></div>')


def table(
    rows: Sequence[Delivered], labels: Mapping[str, tuple[Text, Text]], content: str, on_open: Callable[[int], None]
) -> None:
    """The deliveries; `on_open` is told the number of the one that was clicked."""
    if not rows:
        st.html(f'<div class="none" role="status">{escape(say(NOTHING))}</div>')
        st.button(say(CLEAR), key="empty_clear", on_click=address.replace, args=({},))
        return
    slot = f"deliveries_{content}_{st.session_state.get(_TURN, 0)}"
    is_aside = all(r.is_aside for r in rows)
    counts = ("delivered",) if is_aside else tuple(COUNTS)
    title = {n: say(COUNTS.get(n) or labels[n][0]) for n in (*_SHOWN, *counts)}
    cells = {
        "received_on": [r.received_on for r in rows],
        "supplier": [say(r.supplier) for r in rows],
        "feed": [say(r.feed) for r in rows],
        "state": [say(r.state) for r in rows],
        **{n: [_outcome(r.outcome, n) for r in rows] for n in counts},
        "reason": [say(r.reason) for r in rows],
        "file_name": [r.file_name for r in rows],
    }
    names = [n for n in cells if n != ("state" if is_aside else "reason")]
    data = {title[n]: cells[n] for n in names}
    config = {title[n]: _column(n, say(labels[n][1])) for n in names}

    def told() -> None:
        clicked = st.session_state[slot]["selection"]["cells"]
        if clicked:
            on_open(rows[clicked[0][0]].number)

    st.dataframe(
        pd.DataFrame(data), hide_index=True, column_config=config, row_height=ROW_HEIGHT,
        height=HEADER_HEIGHT + ROW_HEIGHT * len(rows) + 2, key=slot, on_select=told, selection_mode="single-cell", alt=say(LIST),
    )  # fmt: skip


def foot(page: int, size: int, shown: int, total: int, pages: int) -> None:
    """Which rows of how many, and the pages."""
    first = (page - 1) * size + 1 if total else 0
    last = first + shown - 1 if total else 0
    words = f"第 {first:,}–{last:,} 件，共 {total:,} 件" if language() == "zh" else f"{first:,}–{last:,} of {total:,}"
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="delivery_foot"
    ):
        st.html(f'<span class="cnt" role="status">{words}</span>')
        list_card.pages(page, pages)


def turn_to(by: str, former: tuple[str, str], key: str, month: str) -> None:
    """Let the table show the deliveries of one cell of the matrix; the same cell once more: all of them again."""
    is_same = former == (key, month)
    others = {name: "" for name in ("supplier", "feed", "unit") if name != by}
    address.put(**others, **({by: "", "month": ""} if is_same else {by: key, "month": month}))


def point(number: int) -> None:
    """Write the delivery whose drawer is open into the address."""
    st.query_params["delivery"] = str(number)


def leave() -> None:
    """The drawer is left."""
    st.query_params.pop("delivery", None)
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _switch(name: str, label: Text, options: Mapping[str, Text], value: str) -> None:
    st.segmented_control(
        say(label), list(options), key=address.fill(name, value), format_func=lambda v: say(options[v]), required=True,
        on_change=address.changed, args=(name,), label_visibility="collapsed",
    )  # fmt: skip


def _column(name: str, said: str) -> Any:
    wide = language() == "en"
    if name == "received_on":
        return st.column_config.DateColumn(format="YYYY-MM-DD", help=said, width=90)
    if name in COUNTS:
        return st.column_config.NumberColumn(format="localized", help=said, width=78 if wide else 57)
    widths = {"supplier": 100, "feed": 122, "state": 76, "reason": 330, "file_name": 150}
    return st.column_config.TextColumn(help=said, width=widths[name])


def _outcome(outcome: Counted, name: str) -> int:
    return int(getattr(outcome, name))
