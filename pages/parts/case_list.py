"""The card with the list of warnings: head, bulk assignment, rows, pages, export."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from pages.parts import case_bar, case_table, exports, list_card
from pages.parts.case_shapes import Line
from pages.parts.desk import Desk
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.stores.access import Role

MANY = Text("批量指派", "Assign")
EXPORT = Text("导出", "Export")


def show(
    here: Desk,
    lines: Sequence[Line],
    heads: Mapping[str, tuple[Text, Text]],
    words: Sequence[tuple[Text, Text]],
    content: str,
    place: tuple[int, int, int, int],
    told: Sequence[tuple[Text, Text]],
    order: Callable[[], exports.Order],
    *,
    with_unit: bool,
) -> list[int]:
    """Draw the list; gives the rows that are to be assigned now.

    `place`: page, pages, rows of a page, warnings in all. `told`: the conditions in words. `order`: what is exported.
    """
    many = here.actor.role is Role.SUPERVISOR
    page, pages, size, total = place
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="case_head"):
        case_bar.head(told)
        with st.container(horizontal=True, width="content", gap="small"):
            button = st.empty()
            exports.button(here, "warnings", say(EXPORT), order, disabled=not total)
    if not lines:
        case_bar.nothing()
        return []
    rows = case_table.table(lines, heads, words, content, case_bar.point, many=many, with_unit=with_unit)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="case_foot"):
        case_bar.position(page, size, len(lines), total)
        list_card.pages(page, pages)
    label = f"{say(MANY)} {len(rows)}" if rows else say(MANY)
    is_asked = many and button.button(label, icon=":material/assignment_ind:", disabled=not rows, key="assign_many")
    return rows if is_asked else []
