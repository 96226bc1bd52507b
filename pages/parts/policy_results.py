"""What a trial would do: grades before and after, who moves where and why, unit by unit, checks a year."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.parts import cards, charts, plot, tables
from pages.parts.policy_shapes import Results
from pages.parts.text import households, say
from pipeline.domain import Text

LETTERS = "ABCDE"
MIGRATION = Text("等级变动", "Migration")
ON_MIGRATION = Text("行：现行，列：拟议（户）", "rows: in force, columns: proposed")
CHECKS = Text("一年检查", "Checks a year")
ON_CHECKS = Text("⌈户数 × 实际比例⌉，按单位进位", "ceil(firms × ratio), by unit")
CAUSES = Text("由哪条改动引起", "Which change moves them")
UNITS = Text("各单位", "By unit")
FIRMS = Text("户", "firms")
WORSE, BETTER, SAME = (181, 96, 47), (55, 162, 170), "#F1F4F7"
HIGH = 84


def results(view: Results) -> None:
    """Everything below the controls."""
    cards.answer(say(view.said))
    plot.show(charts.grade_bars(view.bars, [0] * len(view.bars), HIGH), say(view.said), "policy_bars")
    left, right = st.columns((4.4, 5.6), gap="small")
    with left:
        cards.heading(say(MIGRATION), say(ON_MIGRATION))
        st.html(_migration(view.matrix))
        if view.outside:
            cards.finding(say(view.outside))
    with right, st.container(key="tight_checks", gap="xsmall"):
        cards.heading(say(CHECKS), say(ON_CHECKS))
        tables.ruled(view.checks)
    cards.finding(say(view.on_checks))
    if view.causes.rows:
        with st.container(key="tight_causes", gap="xsmall"):
            cards.heading(say(CAUSES), say(FIRMS))
            tables.ruled(view.causes)
    with st.container(key="tight_units", gap="xsmall"):
        cards.heading(say(UNITS), say(FIRMS))
        tables.ruled(view.units)


def _migration(counts: Sequence[Sequence[int]]) -> str:
    """Five by five: hue says worse or better, strength the share of the row; numbers stand in every cell."""
    head = "".join(f"<th>{g}</th>" for g in LETTERS)
    rows = ""
    for i, row in enumerate(counts):
        whole = sum(row) or 1
        rows += f"<tr><th>{LETTERS[i]}</th>" + "".join(_cell(i, j, n, n / whole) for j, n in enumerate(row)) + "</tr>"
    return f'<table class="mig"><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _cell(i: int, j: int, n: int, share: float) -> str:
    if i == j or not n:
        style = f"background:{SAME}" if i == j else ""
    else:
        red, green, blue = WORSE if j > i else BETTER
        style = f"background:rgba({red},{green},{blue},{min(1.0, 0.18 + 6 * share):.2f})"
    said = escape(f"{LETTERS[i]} → {LETTERS[j]} {households(n)} {share:.1%}")
    return f'<td style="{style}" title="{said}">{f"{n:,}" if n else "·"}</td>'
