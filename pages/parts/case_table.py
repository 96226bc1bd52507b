"""The list of warnings: level, deadline and grade as chips; a click opens one, ticks choose several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts.case_shapes import Line
from pages.parts.plot import GRADE
from pages.parts.tables import HEADER_HEIGHT, ROW_HEIGHT
from pages.parts.text import language, say
from pipeline.domain import Severity, Text

LEVEL_COLOUR = {Severity.CRITICAL: "#F6CFD5", Severity.MAJOR: "#FBE3CB", Severity.MINOR: "#EEF1F4"}
LATE, TODAY, LEFT = "#A3142A", "#B4540A", "#FFFFFF"
"""Chips of deadlines: late, due today, time left. The words say which; only what is late or due shouts."""
ENDED = Text("情形已消失", "condition ended")
ESCALATED = "↑"
MINE = "★ "
CHOSEN = Text("勾选多行可批量指派；点击其余单元格打开办理", "Tick rows to assign them; click another cell to open one")
OPEN = Text("点击任一单元格打开办理", "Click a cell to open it")
_TURN = "case_table_turn"


def table(
    lines: Sequence[Line],
    heads: Mapping[str, tuple[Text, Text]],
    words: Sequence[tuple[Text, Text]],
    content: str,
    on_open: Callable[[str], None],
    *,
    many: bool,
    with_unit: bool,
) -> list[int]:
    """Draw the list; gives the rows that are ticked. `on_open` is told the case whose cell was clicked.

    `heads`: field -> title and help. `words`: level and deadline of each. `content` names what is shown: no tick and
    no click goes over to another list. `many`: whether rows can be ticked. `with_unit`:
    whether there is more than one.
    """
    slot = f"cases_{content}_{st.session_state.get(_TURN, 0)}"
    titles = {name: say(label) for name, (label, _) in heads.items()}
    levels, deadlines = [say(level) for level, _ in words], [say(deadline) for _, deadline in words]
    cells: dict[str, list[Any]] = {
        titles["level"]: [[w] for w in levels],
        titles["days_left"]: [[w] for w in deadlines],
        titles["subject"]: [f"{MINE if r.is_mine else ''}{say(r.subject)}" for r in lines],
        titles["grade"]: [[r.grade] if r.grade else [] for r in lines],
        titles["said"]: [f"{_ended() if r.has_ended else ''}{say(r.brief)}" for r in lines],
        titles["unit"]: [say(r.unit) for r in lines],
        titles["state"]: [f"{say(r.state.title)}{ESCALATED if r.is_escalated else ''}" for r in lines],
        titles["handler"]: [say(r.handler) for r in lines],
    }
    colours = {w: LEVEL_COLOUR[r.level] for w, r in zip(levels, lines, strict=True)}
    shades = {w: _shade(r.days_left) for w, r in zip(deadlines, lines, strict=True)}
    wide = language() == "en"
    config = {
        titles["level"]: _chips(heads["level"], colours, 88 if wide else 70),
        titles["days_left"]: _chips(heads["days_left"], shades, 88),
        titles["subject"]: st.column_config.TextColumn(help=say(heads["subject"][1]), width=172),
        titles["grade"]: _chips(heads["grade"], GRADE, 46),
        titles["said"]: st.column_config.TextColumn(
            help=say(heads["said"][1]), width=170 if wide else 204 if with_unit else 284
        ),
        titles["unit"]: st.column_config.TextColumn(help=say(heads["unit"][1]), width=92 if wide else 78),
        titles["state"]: st.column_config.TextColumn(help=say(heads["state"][1]), width=80 if wide else 72),
        titles["handler"]: st.column_config.TextColumn(help=say(heads["handler"][1]), width=92 if wide else 78),
    }

    def told() -> None:
        clicked = st.session_state[slot]["selection"]["cells"]
        if clicked:
            on_open(lines[clicked[0][0]].case_id)

    event: Any = st.dataframe(
        pd.DataFrame(cells, columns=list(cells)),
        hide_index=True,
        column_order=[t for t in cells if with_unit or t != titles["unit"]],
        column_config=config,
        row_height=ROW_HEIGHT,
        height=HEADER_HEIGHT + ROW_HEIGHT * max(1, len(lines)) + 2,
        key=slot,
        on_select=told,
        selection_mode=["multi-row", "single-cell"] if many else "single-cell",
        alt=say(CHOSEN if many else OPEN),
    )
    return [int(row) for row in event["selection"]["rows"] if row < len(lines)]


def let_go() -> None:
    """Forget what is ticked and clicked."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _ended() -> str:
    """In front of a trigger whose condition holds no more."""
    return f"（{say(ENDED)}）" if language() == "zh" else f"({say(ENDED)}) "


def _shade(days: int | None) -> str:
    if days is None or days > 0:
        return LEFT
    return TODAY if days == 0 else LATE


def _chips(head: tuple[Text, Text], colours: dict[str, str], width: int) -> Any:
    return st.column_config.MultiselectColumn(
        help=say(head[1]), width=width, options=list(colours), color=list(colours.values())
    )
