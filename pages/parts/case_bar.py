"""Around the list of warnings: the bar of filters, the heat map of sectors, the head of the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Protocol

import streamlit as st

from pages.parts import address, cards, case_table, charts, clicks, filter_bar, plot, text
from pages.parts.filter_bar import Choice
from pages.parts.shapes import Graded, Place
from pages.parts.text import language, say
from pipeline.domain import Text

ROW = 33
"""Pixels of a row of the heat map."""
VIEW, LEVEL = Text("范围", "View"), Text("级别", "Level")
UNIT, ALL_UNITS = Text("县区", "Unit"), Text("全部县区", "All units")
RULE, ALL_RULES = Text("类型", "Kind"), Text("全部类型", "All kinds")
SEARCH = Text("企业名称或信用代码", "Name or credit code")
HEAT = Text("行业 × 县区：D、E 级占比", "Sector × unit: share of D and E")
HEAT_HOW = Text("%　颜色只标出超出漏斗界限的格", "%; colour only beyond the funnel limits")
LEGEND = (
    (2, Text("高于 3σ", "above 3σ")),
    (1, Text("高于 2σ", "above 2σ")),
    (0, Text("界限内", "within")),
    (-1, Text("低于 2σ", "below 2σ")),
    (-2, Text("低于 3σ", "below 3σ")),
)
HOW = Text(
    "界限随户数放宽；点一格，右侧列表只看该行业与县区。",
    " Limits widen as groups get small; click a cell to see its warnings only.",
)
SMALL = Text("不足 20 户不比较", "below 20: not compared")
LIST = Text("预警列表", "Warnings")
CLEAR = Text("清除条件", "Clear the conditions")
NOTHING = Text("没有符合条件的预警。", "No warning fits.")
ORDER = Text("先我的与逾期，再按级别与剩余天数", "mine and late first, then level and days left")


class Row(Protocol):
    """A sector of the heat map."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def whole(self) -> Graded:
        """The sector in the whole city."""

    @property
    def cells(self) -> Sequence[Place]:
        """The sector in each unit."""


class Heat(Protocol):
    """The heat map."""

    @property
    def units(self) -> Sequence[str]:
        """Codes of the columns."""

    @property
    def labels(self) -> Sequence[Text]:
        """Names of the columns."""

    @property
    def sectors(self) -> Sequence[Row]:
        """The rows."""

    @property
    def finding(self) -> Text:
        """What to conclude."""


def bar(asked: Mapping[str, str], choices: Mapping[str, Sequence[Choice]]) -> None:
    """What the list is about, levels, unit, kind, search."""
    with st.container(key="card_bar"), st.container(horizontal=True, vertical_alignment="center", gap="small"):
        labels = {c.value: f"{say(c.label)} {c.count:,}" for c in choices["view"]}
        st.segmented_control(
            say(VIEW), list(labels), key=address.fill("view", asked.get("view", "")), format_func=labels.__getitem__,
            required=True, on_change=address.changed, args=("view",), label_visibility="collapsed",
        )  # fmt: skip
        filter_bar.pills("level", LEVEL, choices["level"], asked.get("level", ""))
        if len(choices["unit"]) > 1:
            filter_bar.select("unit", UNIT, ALL_UNITS, choices["unit"], asked.get("unit", ""), width=122)
        filter_bar.select("rule", RULE, ALL_RULES, choices["rule"], asked.get("rule", ""), width=140)
        filter_bar.search("q", asked.get("q", ""), SEARCH, 172)
        filter_bar.clear(
            any(v for n, v in asked.items() if n != "view"), {n: asked[n] for n in ("view",) if n in asked}
        )


def heat(found: Heat, sector: str, units: Sequence[str], on_cell: Callable[[str, str], None]) -> None:
    """The heat map; `on_cell` is told sector and unit of the cell that was clicked."""
    with cards.card("heat"):
        cards.heading(say(HEAT), say(HEAT_HOW))
        if found.sectors:
            keys = [[f"{s.code}:{unit}" for unit in found.units] for s in found.sectors]
            chosen = f"{sector}:{units[0]}" if sector and len(units) == 1 else ""
            figure = charts.sector_heat(
                _column_heads(found.labels), [(s.whole, s.cells) for s in found.sectors], keys, chosen, ROW
            )
            clicks.clickable(
                figure, f"{say(HEAT)}: {say(found.finding)}", "sectors", lambda key: on_cell(*key.split(":"))
            )
            _legend()
        cards.finding(f"{say(found.finding)}{say(HOW)}")


def head(words: Sequence[tuple[Text, Text]]) -> None:
    """Title of the list, how it is sorted, and the conditions that no widget shows."""
    tags = "".join(f"<em>{escape(text.term(say(title)))} {escape(say(value))}</em>" for title, value in words)
    st.html(
        f'<div class="tt"><b>{escape(say(LIST))}</b><span>{escape(say(ORDER))}</span></div>'
        f"{f'<div class=flt>{tags}</div>' if tags else ''}",
        width="content",
    )


def position(page: int, size: int, shown: int, total: int) -> None:
    """Which rows of how many are shown."""
    first = (page - 1) * size + 1 if total else 0
    last = first + shown - 1 if total else 0
    words = f"第 {first:,}–{last:,} 件，共 {total:,} 件" if language() == "zh" else f"{first:,}–{last:,} of {total:,}"
    st.html(f'<span class="cnt" role="status">{words}</span>')


def nothing() -> None:
    """In place of the rows: why there are none, and the way back."""
    st.html(f'<div class="none" role="status">{escape(say(NOTHING))}</div>')
    st.button(say(CLEAR), key="empty_clear", on_click=address.replace, args=({},))


def turn_to(sector: str, unit: str, former: tuple[str, Sequence[str]]) -> None:
    """Let the list show one cell of the heat map; the same cell once more: everything again."""
    is_same = former == (sector, (unit,))
    address.put(sector="" if is_same else sector, unit="" if is_same else unit)


def point(case_id: str) -> None:
    """Write the case whose drawer is open into the address: a link, a reload and a bookmark open it too."""
    st.query_params["case"] = case_id


def leave() -> None:
    """The drawer is left."""
    st.query_params.pop("case", None)
    case_table.let_go()


def _legend() -> None:
    boxes = "".join(
        f'<span><s style="background:{plot.FUNNEL[level]}"></s>{plot.SIGN[level]} {escape(say(words))}</span>'
        for level, words in LEGEND
    )
    st.html(f'<div class="heatleg">{boxes}<span><i>n=</i> {escape(say(SMALL))}</span></div>')


def _column_heads(names: Sequence[Text]) -> list[str]:
    """Names of units as they fit above a column: 东昌 for 东昌分局; English ones stand on two levels in turn."""
    if language() == "en":
        first = [name.en.split()[0] for name in names]
        return [f" <br>{word}" if n % 2 else f"{word}<br> " for n, word in enumerate(first)]
    return [name.zh.removesuffix("分局").removesuffix("市局").removesuffix("局") for name in names]
