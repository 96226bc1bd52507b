"""What every figure shares: colours, axes, labels, and how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from plotly.basedatatypes import BaseFigure

GRADE = {"A": "#37A2AA", "B": "#4975B5", "C": "#805D00", "D": "#86320F", "E": "#4A0F28"}
"""Colours of the grades: lightness falls from A to E, so that grey print keeps the order."""
FUNNEL = {2: "#A8481B", 1: "#F2D3BA", 0: "#F4F6F8", -1: "#D5EBEC", -2: "#8CC7CB"}
SIGN = {2: "▲", 1: "△", 0: "", -1: "▽", -2: "▼", None: ""}
"""Sign of a limit that is passed, since colour never stands alone."""
INK, WHITE = "#1B2733", "#FFFFFF"
MUTED, FAINT, LINE, GRID, PALE = "#5D6B79", "#7D8995", "#D5DDE5", "#E9EDF1", "#F1F4F7"
BRAND, LIMIT, RING, JOIN, NONE = "#1F5A99", "#A3142A", "#8894A0", "#B7C3CE", "rgba(0,0,0,0)"
FONT = "Noto Sans SC, Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
WIDEST = 164
"""Pixels of the widest label beside an axis; on a phone the plot needs the rest."""
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}


class Ready(BaseFigure):  # type: ignore[misc]  # plotly has no types
    """A figure that is sent as it is. Plotly would look at every property of a dict again, for 10 to 15 ms a figure;
    tests/app/conftest.py looks at them instead.
    """

    def __init__(self, figure: dict[str, Any]) -> None:
        self.__dict__["figure"] = figure

    def to_dict(self) -> dict[str, Any]:
        """The dict itself."""
        figure: dict[str, Any] = self.__dict__["figure"]
        return figure


def show(figure: dict[str, Any], alt: str, key: str) -> None:
    """Draw a figure; `alt` says in words what it shows. On a phone it scrolls inside its `wide_…` container."""
    with st.container(key=f"wide_{key}"):
        st.plotly_chart(Ready(figure), theme=None, config=CONFIG, alt=alt, key=key)


def layout(height: int, left: int, right: int, top: int, bottom: int, **more: Any) -> dict[str, Any]:
    """Size and margins in pixels; transparent paper, fixed axes, white hover box."""
    hover = {"bgcolor": WHITE, "bordercolor": "#9AA7B3", "font": {"family": FONT, "size": 12, "color": INK}}
    return {
        "height": height,
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 4},
        "font": {"family": FONT, "size": 12, "color": INK},
        "paper_bgcolor": NONE,
        "plot_bgcolor": NONE,
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {**hover, "align": "left"},
        **more,
    }


def axis(**more: Any) -> dict[str, Any]:
    """An axis in muted small print, without ticks or zoom."""
    quiet = {"zeroline": False, "ticks": "", "fixedrange": True, "automargin": False}
    return {"gridcolor": GRID, "linecolor": LINE, "tickfont": {"size": 11, "color": MUTED}, **quiet, **more}


def names(labels: Sequence[str], **more: Any) -> dict[str, Any]:
    """A vertical axis of named rows, the first on top."""
    places = list(range(len(labels)))
    rows = {"tickvals": places, "ticktext": list(labels), "tickfont": {"size": 12, "color": INK}}
    quiet = {"showgrid": False, "linecolor": NONE, "range": [len(labels) - 0.5, -0.5]}
    return axis(**{**rows, **quiet, **more})


def remarks(written: Sequence[str], colours: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """One remark a row at the right edge, whatever the width: the axis `yaxis2` and the empty trace that it needs.

    A text trace would be cut off where the plot is narrow; an axis stands in the margin, which is in pixels.
    """
    spans = [f'<span style="color:{colour}">{words}</span>' for words, colour in zip(written, colours, strict=True)]
    return names(spans, side="right", overlaying="y"), {"type": "scatter", "x": [None], "y": [None], "yaxis": "y2"}


def width(label: str) -> float:
    """About how many pixels a label takes at 12 px: wide characters one em."""
    return sum(12 if ord(c) > 0x2E7F else 6.2 for c in label)


def fitted(label: str) -> str:
    """The label, cut with … where it is wider than a margin may be."""
    if width(label) <= WIDEST:
        return label
    kept = max(i for i in range(len(label)) if width(label[:i]) <= WIDEST - 10)
    return label[:kept].rstrip() + "…"


def margin(labels: Sequence[str]) -> int:
    """Pixels that the longest of `labels` needs beside an axis."""
    return 14 + round(max(map(width, labels), default=0))


def words(
    x: Sequence[Any], y: Sequence[float], written: Sequence[str], colours: Sequence[str], place: str
) -> dict[str, Any]:
    """Text at points, as one trace: annotations cost four times as much."""
    font = {"size": 12, "color": list(colours)}
    quiet = {"hoverinfo": "skip", "cliponaxis": False}
    return {
        "type": "scatter",
        "mode": "text",
        "x": x,
        "y": y,
        "text": written,
        "textposition": place,
        "textfont": font,
        **quiet,
    }


def note(x: float, y: float, written: str, colour: str, **more: Any) -> dict[str, Any]:
    """One label placed by hand."""
    font = {"size": 12, "color": colour}
    return {
        "x": x,
        "y": y,
        "text": written,
        "showarrow": False,
        "xanchor": "center",
        "yanchor": "middle",
        "font": font,
        **more,
    }


def line(colour: str, width: float, **more: Any) -> dict[str, Any]:
    """A line behind the marks; `dash` in more."""
    dash = {"dash": more.pop("dash")} if "dash" in more else {}
    return {"type": "line", "layer": "below", "line": {"color": colour, "width": width, **dash}, **more}
