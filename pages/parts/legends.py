"""Headings with a legend in them: the lights of the tasks with their numbers, the shades of the map."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.parts.chart_map import SHADES
from pages.parts.chart_phases import LIGHT, Chip
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.pilot import Light

SIGNS = {Light.DONE: "✓", Light.ON_TIME: "", Light.SOON: "!", Light.LATE: "▲", Light.EARLY: "◇"}


def lights(title: Text, remark: Text | None, counts: Sequence[tuple[Light, int]]) -> None:
    """Title and remark at the left, each light with its number at the right."""
    legend = "".join(
        f'<em><s style="background:{LIGHT[light]}">{SIGNS[light]}</s>{escape(say(light.title))} <b>{n}</b></em>'
        for light, n in counts
    )
    said = escape(say(remark)) if remark else ""
    st.html(
        f'<div class="tt"><b>{escape(say(title))}</b><span title="{said}">{said}</span><i class="leg">{legend}</i></div>'
    )


def spoken(counts: Sequence[tuple[Light, int]]) -> str:
    """The numbers of the lights in one sentence, for readers who can't see them."""
    return ", ".join(f"{say(light.title)} {n}" for light, n in counts)


def shades(title: Text, remark: Text, span: tuple[float, float] | None) -> None:
    """Title and remark at the left, the shades from the lowest to the highest share at the right."""
    legend = ""
    if span:
        boxes = "".join(f'<s style="background:{shade}"></s>' for shade in SHADES)
        legend = f'<i class="leg sq">{span[0]:.0%} {boxes} {span[1]:.0%}</i>'
    st.html(f'<div class="tt"><b>{escape(say(title))}</b><span>{escape(say(remark))}</span>{legend}</div>')


def urgent(title: Text, chips: Sequence[Chip], none: Text) -> None:
    """The tasks that need somebody, as a list: what a phone shows in place of the time line."""
    rows = "".join(
        f'<li><s style="background:{LIGHT[c.light]}">{SIGNS[c.light]}</s><b>{c.id}</b> {escape(say(c.title))}'
        f"<u>{escape(say(c.light.title))} · {escape(say(c.when))}</u></li>"
        for c in chips
    )
    body = f'<ul class="todo">{rows}</ul>' if rows else f'<p class="todo">{escape(say(none))}</p>'
    st.html(f'<div class="tt"><b>{escape(say(title))}</b></div>{body}')
