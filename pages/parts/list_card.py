"""A list and what stands around it: which list, its bar, its rows, its pages, its columns, its export."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts import address, cards, filter_bar, tables
from pages.parts.filter_bar import Choice
from pages.parts.shapes import Coded, Figure
from pages.parts.text import households, language, say
from pipeline.domain import Text

LISTS = {"": Text("企业名录", "Enterprises"), "tasks": Text("抽查任务", "Inspections")}
WHICH = Text("名录", "List")
SEARCH = Text("企业名称、曾用名或信用代码", "Name, former name or credit code")
ALL_INDUSTRIES = Text("全部行业", "All industries")
ALL_STREETS = Text("全部街道", "All streets")
ALL_UNITS = Text("全部单位", "All units")
ANY = Text("不限", "Any")
USUAL = Text("在营（默认）", "In business (usual)")
NO_SHOPS = Text("不含个体工商户（默认）", "No individual businesses (usual)")
GRADE = Text("等级", "Grade")
TITLES = {
    "industry": Text("行业", "Industry"),
    "street": Text("街道", "Street"),
    "field": Text("重点领域", "Key field"),
    "unit": Text("管辖单位", "Unit"),
    "kind": Text("主体", "Kind"),
    "status": Text("登记状态", "Status"),
    "warning": Text("预警", "Warnings"),
    "task": Text("抽查任务", "Inspection"),
    "checked": Text("最近检查", "Last check"),
    "result": Text("检查结果", "Result"),
}
FIXED = ("name", "uscc")
CLASS = Text("行业小类", "Industry class")
COLUMNS = Text("显示列", "Columns")
USUAL_COLUMNS = Text("恢复默认列", "Usual columns")
NEAR = Text("没有完全匹配，以下名称或代码相近", "Nothing fits exactly: these names or codes are near")
NOBODY = Text("没有符合全部条件的企业。", "No enterprise fits all conditions.")
NO_TASKS = Text("没有符合条件的抽查任务。", "No inspection task fits.")
PAGE_SIZE = 25
PAGES_SHOWN = 7
CLEAR_ALL = Text("清除条件", "Clear the conditions")
SEARCH_TASKS = Text("企业名称、信用代码或任务编号", "Name, credit code or task number")
STATE = Text("状态", "State")
HINT = Text("点击任一单元格打开该企业的信用风险档案", "Click a cell to open the archive of the enterprise")


class Linked(Figure, Protocol):
    """A figure with the query of the list that shows its rows."""

    @property
    def query(self) -> dict[str, str]:
        """What an address asks for to show them."""


@dataclass(frozen=True)
class Option:
    """One choice that is made here."""

    value: str
    label: Text
    count: int | None


def strip(figures: Sequence[Linked]) -> None:
    """The strip of figures; each opens its rows."""
    with st.container(horizontal=True, key="figures", gap=None):
        for n, figure in enumerate(figures):
            with st.container(key=f"figure_{n}", width="stretch"):
                cards.strip([figure])
                label = f"{say(figure.label)} {figure.value}"
                st.button(label, key=f"goto_figure_{n}", on_click=address.replace, args=(figure.query,))


def which(chosen: str, tasks: int) -> None:
    """The switch between enterprises and inspection tasks, with their number."""
    labels = {"": say(LISTS[""]), "tasks": f"{say(LISTS['tasks'])} {tasks:,}"}
    st.segmented_control(
        say(WHICH), list(labels), key=address.fill("view", chosen), format_func=labels.__getitem__, required=True,
        on_change=_other_list, label_visibility="collapsed",
    )  # fmt: skip


def enterprise_bar(asked: Mapping[str, str], choices: Mapping[str, Sequence[Choice]], more: int) -> None:
    """Search, grades, industry and street; the rest in a popover."""
    filter_bar.search("q", asked.get("q", ""), SEARCH, 250)
    filter_bar.pills("grade", GRADE, choices["grade"], asked.get("grade", ""))
    with st.container(key="narrow_industry", width="content"):
        filter_bar.select(
            "industry", TITLES["industry"], ALL_INDUSTRIES, choices["industry"], asked.get("industry", ""), width=132
        )
    with st.container(key="narrow_street", width="content"):
        filter_bar.select(
            "street", TITLES["street"], ALL_STREETS, choices["street"], asked.get("street", ""), width=124
        )
    with filter_bar.further(more):
        _further(asked, choices)
    filter_bar.clear(any(asked.values()), {})


def _further(asked: Mapping[str, str], choices: Mapping[str, Sequence[Choice]]) -> None:
    filter_bar.pills("field", TITLES["field"], choices["field"], asked.get("field", ""), shown=True)
    with st.container(key="wide_off"):
        for name, everything in (("industry", ALL_INDUSTRIES), ("street", ALL_STREETS)):
            value = asked.get(name, "")
            filter_bar.select(name, TITLES[name], everything, choices[name], value, slot=f"more_{name}")
    defaults = {"kind": NO_SHOPS, "status": USUAL}
    left, right = st.columns(2, gap="small")
    names = [
        n
        for n in ("unit", "kind", "status", "warning", "task", "checked", "result")
        if n != "unit" or len(choices["unit"]) > 1
    ]
    for n, name in enumerate(names):
        with (left, right)[n % 2]:
            drops = ("street",) if name == "unit" else ()
            filter_bar.select(
                name, TITLES[name], defaults.get(name, ANY), choices[name], asked.get(name, ""), drops=drops
            )
    if choices["class"]:
        with (left, right)[len(names) % 2]:
            _class(asked, choices)


def _class(asked: Mapping[str, str], choices: Mapping[str, Sequence[Choice]]) -> None:
    """The four-digit class below the industry that is chosen: it takes its place in the address."""
    labels = {"": say(ANY), **{c.value: f"{c.value} {c.count:,}" for c in choices["class"]}}
    now = asked.get("industry", "")
    st.selectbox(
        say(CLASS), list(labels), key=address.fill("class", now if now in labels else ""), format_func=labels.__getitem__,
        on_change=_class_chosen, args=(now[:2] if len(now) == 4 else now,),
    )  # fmt: skip


def _class_chosen(above: str) -> None:
    address.put(industry=st.session_state.get("ask_class") or above)


def _other_list() -> None:
    address.replace({"view": st.session_state["ask_view"]} if st.session_state.get("ask_view") else {})


def number(total: int) -> str:
    """How many enterprises the filter finds."""
    return households(total) if language() == "zh" else f"{total:,} enterprises"


def near(codes: Sequence[str] | None) -> str:
    """That the rows only nearly fit the search, if so."""
    return say(NEAR) if codes else ""


def export_label(total: int) -> str:
    """What the button for the export says."""
    return f"导出全部 {households(total)}" if language() == "zh" else f"Export all {total:,}"


def task_bar(asked: Mapping[str, str], counts: Mapping[str, int], states: Mapping[str, Text]) -> None:
    """Search and states of the inspection tasks."""
    filter_bar.search("q", asked.get("q", ""), SEARCH_TASKS, 250)
    offered = [Option(code, title, counts.get(code, 0)) for code, title in states.items()]
    filter_bar.pills("task", STATE, offered, asked.get("task", ""))
    filter_bar.clear(bool(asked.get("q") or asked.get("task")), {"view": "tasks"})


def row(key: str) -> DeltaGenerator:
    """A line of controls that wraps where it is too long."""
    return st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"line_{key}")


def rows(
    columns: Sequence[Coded],
    cells: Sequence[Sequence[Any]],
    codes: Sequence[str],
    alt: str,
    *,
    are_tasks: bool = False,
) -> str | None:
    """The rows, or why there are none; gives the credit code of the one that was clicked."""
    if not cells:
        _empty(are_tasks)
        return None
    key = hashlib.sha256(repr((codes, [c.key for c in columns], language())).encode()).hexdigest()[:16]
    clicked = tables.paged(columns, cells, f"rows_{key}", f"{alt}. {say(HINT)}")
    return codes[clicked] if clicked is not None and clicked < len(codes) else None


def _empty(are_tasks: bool) -> None:
    with st.container(key="empty_list", horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="none" role="status">{say(NO_TASKS if are_tasks else NOBODY)}</div>')
        keeps = {"view": "tasks"} if are_tasks else {}
        st.button(say(CLEAR_ALL), key="empty_clear", on_click=address.replace, args=(keeps,))


def position(page: int, shown: int, total: int, unit: str = "户") -> None:
    """Which rows of how many are shown."""
    first = (page - 1) * PAGE_SIZE + 1 if total else 0
    last = first + shown - 1 if total else 0
    words = say(Text(f"第 {first:,}–{last:,} {unit}，共 {total:,} {unit}", f"{first:,}–{last:,} of {total:,}"))
    st.html(f'<span class="cnt">{words}</span>')


def pages(page: int, number: int) -> None:
    """The pages of the list."""
    if number > 1:
        width = 130 + 38 * min(number, PAGES_SHOWN)
        key = address.fill("page", page)
        st.pagination(number, key=key, on_change=_page_chosen, max_visible_pages=PAGES_SHOWN, width=width)


def _page_chosen() -> None:
    page = int(st.session_state["ask_page"])
    address.put(page="" if page == 1 else str(page))
    if page == 1:
        st.query_params.pop("page", None)


def columns(known: Mapping[str, Coded], chosen: Sequence[str]) -> None:
    """Which columns are shown; the name and the code always are."""
    with st.popover(say(COLUMNS), icon=":material/view_column:", key="choose_columns"):
        offered = [k for k in known if k not in FIXED]
        st.pills(
            say(COLUMNS), offered, selection_mode="multi", key=address.fill("cols", [k for k in chosen if k in offered]),
            format_func=lambda k: say(known[k].label), on_change=_columns_chosen, label_visibility="collapsed", width=360,
        )  # fmt: skip
        st.button(say(USUAL_COLUMNS), type="tertiary", key="usual_columns", on_click=address.put, kwargs={"cols": ""})


def _columns_chosen() -> None:
    address.put(cols=",".join(st.session_state["ask_cols"]) or "name")
