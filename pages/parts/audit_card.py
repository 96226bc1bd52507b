"""The log on the page: the line of its verification, the bar of conditions, the rows, the pages, the export."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any, Protocol

import streamlit as st

from pages.parts import address, cards, exports, filter_bar, list_card, tables
from pages.parts.desk import Desk
from pages.parts.filter_bar import Choice
from pages.parts.shapes import Coded
from pages.parts.text import language, say
from pipeline.domain import Text

LOG = Text("操作日志", "Log of acts")
HOW = Text("最新在前；点一行看全文", "newest first; click a row for all of it")
CHAIN = Text("日志完整性", "Integrity of the log")
VERIFY = Text("核验", "Verify")
VERIFY_HELP = Text("从第一条起逐条核对封签；核验本身也记入日志", "Checks the seal of every row; it is noted itself")
VERIFYING = Text("正在逐条核对封签…", "Checking every seal …")
FAMILY, ALL_FAMILIES = Text("事项", "Acts"), Text("全部事项", "All acts")
USER, ALL_USERS = Text("用户", "User"), Text("全部用户", "All users")
SEARCH = Text("企业、编号或说明", "Firm, number or note")
SEARCH_PLAIN = Text("用户名或说明", "User or note")
SINCE, UNTIL = Text("自", "From"), Text("至", "Until")
NOTHING = Text("没有符合条件的记录。", "No row fits.")
CLEAR = Text("清除条件", "Clear the conditions")
NUMBER = Text("条数", "Rows")
_SIGN = {"ok": "ok", "bad": "bad", "none": ""}


class Line(Protocol):
    """What the last verification found."""

    @property
    def kind(self) -> str:
        """ok, bad or none."""

    @property
    def said(self) -> Text:
        """What was found."""

    @property
    def remark(self) -> Text:
        """When, and by whom."""

    @property
    def advice(self) -> Text | None:
        """What to do."""


class Asked(Protocol):
    """What the address asks for."""

    @property
    def since(self) -> date | None:
        """First day."""

    @property
    def until(self) -> date | None:
        """Last day."""

    def query(self) -> dict[str, str]:
        """As an address says it."""


def chain(line: Line, verify: Callable[[], object]) -> None:
    """The status of the chain, and the button that verifies it now."""
    with (
        cards.card("chain"),
        st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="chain_line"),
    ):
        st.html(
            f'<div class="chain {_SIGN[line.kind]}" role="status"><i>{escape(say(CHAIN))}</i><b>{escape(say(line.said))}</b>'
            f"<span>{escape(say(line.remark))}</span></div>"
        )
        if st.button(say(VERIFY), icon=":material/verified_user:", help=say(VERIFY_HELP), key="verify_log"):
            with st.spinner(say(VERIFYING)):
                verify()
            st.rerun()
    if line.advice:
        cards.alert(say(line.advice))


def head() -> None:
    """Title of the log, and how to read it."""
    cards.heading(say(LOG), say(HOW))


def bar(asked: Asked, choices: Mapping[str, Sequence[Choice]], *, with_firms: bool) -> None:
    """Kind of act, person, search, days."""
    query = asked.query()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="log_bar"):
        filter_bar.select("family", FAMILY, ALL_FAMILIES, choices["family"], query.get("family", ""), width=190)
        filter_bar.select("user", USER, ALL_USERS, choices["user"], query.get("user", ""), width=230)
        filter_bar.search("q", query.get("q", ""), SEARCH if with_firms else SEARCH_PLAIN, 230)
        _day("from", SINCE, asked.since)
        _day("to", UNTIL, asked.until)
        filter_bar.clear(bool(query), {})


def rows(columns: Sequence[Coded], cells: Sequence[Sequence[Any]], numbers: Sequence[int], most: int) -> None:
    """The rows, or why there are none; a click writes the number of the row into the address."""
    if not cells:
        st.html(f'<div class="none" role="status">{escape(say(NOTHING))}</div>')
        st.button(say(CLEAR), key="empty_clear", on_click=address.replace, args=({},))
        return
    content = f"log_{language()}_{numbers[0]}_{numbers[-1]}_{len(numbers)}_{sum(numbers)}"
    tables.opening(columns, cells, content, f"{say(LOG)}. {say(HOW)}", lambda n: _point(numbers[n]), most)


def foot(here: Desk, place: tuple[int, int, int, int], order: Callable[[], exports.Order]) -> None:
    """Which rows of how many, the pages, the export. `place`: page, pages, rows of a page, rows in all."""
    page, pages, size, total = place
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="log_foot"):
        first = (page - 1) * size + 1 if total else 0
        last = min(page * size, total)
        said = Text(f"第 {first:,}–{last:,} 条，共 {total:,} 条", f"{first:,}–{last:,} of {total:,}")
        st.html(f'<span class="cnt" role="status">{escape(say(said))}</span>', width="content")
        list_card.pages(page, pages)
        label = Text(f"导出全部 {total:,} 条", f"Export all {total:,}")
        exports.button(here, "log", say(label), order, disabled=not total)


def order(here: Desk, columns: Sequence[Coded], total: int, asked: Text, batches: Callable[[], Any]) -> exports.Order:
    """The export of what the list shows."""
    heading = exports.heading(here, say(LOG), ((exports.FILTER, say(asked)), (NUMBER, f"{total:,}")))
    fields = tuple(exports.field(c) for c in columns)
    return exports.Order(heading, fields, total, batches, "log", {"filter": asked.zh}, say(LOG))


def _point(seq: int) -> None:
    """Write the row whose drawer is open into the address."""
    st.query_params["entry"] = str(seq)


def leave() -> None:
    """The drawer is left."""
    st.query_params.pop("entry", None)
    tables.let_go()


def _day(name: str, label: Text, value: date | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", width="content", gap="xsmall", key=f"day_{name}"):
        st.html(f'<span class="label">{escape(say(label))}</span>', width="content")
        st.date_input(
            say(label), value=None, key=address.fill(name, value), format="YYYY-MM-DD", on_change=address.changed,
            args=(name,), label_visibility="collapsed", width=126, min_value=date(2000, 1, 1), max_value=date(2100, 1, 1),
        )  # fmt: skip
