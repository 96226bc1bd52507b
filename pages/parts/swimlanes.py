"""The time line of all records: a lane a kind, ○ ● ◆ by weight, what lasts as a bar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from pages.parts import inert, plot
from pages.parts.firm_shapes import Record
from pages.parts.plot import BRAND, LIMIT, MUTED, WHITE
from pages.parts.text import day, language, say
from pipeline.domain import Text

STYLE = {
    0: ("circle-open", "#5D6B79", 8, Text("常规", "ordinary")),
    1: ("circle", "#B4540A", 9, Text("提示", "to be noted")),
    2: ("diamond", "#A3142A", 11, Text("不良", "adverse")),
}
"""Sign, colour, size and word of each weight."""
ROW = 20
CLICK = Text("点击查看原始记录", "Click for the row as delivered")
MONTH = {"zh": "7月", "en": "Jul"}


def swimlanes(
    records: Sequence[Record], lasting: Sequence[str], lanes: Sequence[Text], first: date, until: date
) -> dict[str, Any]:
    """The figure; a dot's customdata ends with its record's key. `lasting`: feeds drawn as bars.

    `first`: where the axis begins; `until`: today's line."""
    order = [say(lane) for lane in lanes]
    traces = [_dots([r for r in records if r.weight == weight and r.day >= first], weight, order) for weight in STYLE]
    shapes = [plot.line(LIMIT, 1, xref="x", yref="paper", x0=day(until), x1=day(until), y0=0, y1=1)]
    shapes += [_bar(r, until, order) for r in records if r.feed in lasting and not r.is_repaired]
    layout = plot.layout(26 + ROW * len(order), plot.margin(order), 12, 2, 22, shapes=shapes)
    ticks, words = _ticks(first.year, until)
    end = date.fromordinal(until.toordinal() + max(14, (until - first).days // 60))
    start = date.fromordinal(first.toordinal() - max(20, (until - first).days // 60))
    layout["xaxis"] = plot.axis(type="date", range=[day(start), day(end)], tickvals=ticks, ticktext=words)
    layout["yaxis"] = plot.names(order, showgrid=True, gridcolor="#EEF1F4")
    layout["clickmode"] = "event+select"
    return {"data": traces, "layout": layout}


def _dots(records: Sequence[Record], weight: int, order: Sequence[str]) -> dict[str, Any]:
    sign, colour, size, _ = STYLE[weight]
    faded = [0.45 if r.is_repaired else 1 for r in records]
    marker = {"symbol": sign, "color": colour, "size": size, "opacity": faded}
    return {
        "type": "scatter", "mode": "markers",
        "x": [day(r.day) for r in records], "y": [order.index(say(r.lane.value)) for r in records],
        "marker": {**marker, "line": {"width": 1.5, "color": colour if weight == 0 else WHITE}},
        "customdata": [[_hover(r), r.key] for r in records],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
        "selected": {"marker": {"color": BRAND, "size": size + 4}}, "unselected": {"marker": {"opacity": 0.9}},
    }  # fmt: skip


def _hover(record: Record) -> str:
    lines = [f"<b>{day(record.day)}　{inert.drawn(say(record.kind))}</b>"]
    lines += [inert.drawn(text) for text in (say(record.words), record.number) if text]
    return "<br>".join([*lines, f"<span style='color:{MUTED}'>{say(CLICK)}</span>"])


def _bar(record: Record, until: date, order: Sequence[str]) -> dict[str, Any]:
    row, end = order.index(say(record.lane.value)), min(record.until or until, until)
    colour = STYLE[record.weight][1]
    box = {"x0": day(record.day), "x1": day(end), "y0": row - 0.28, "y1": row + 0.28}
    return {"type": "rect", **box, "fillcolor": colour, "opacity": 0.16, "line": {"width": 0}, "layer": "below"}


def _ticks(first: int, until: date) -> tuple[list[str], list[str]]:
    """The years, and their middle where the line is short."""
    years = range(first, until.year + 1)
    halves = len(years) <= 4
    ticks = [(f"{y}-01-01", str(y)) for y in years] + [(f"{y}-07-01", MONTH[language()]) for y in years if halves]
    ticks = sorted(t for t in ticks if t[0] <= day(until))
    return [t for t, _ in ticks], [w for _, w in ticks]


def legend() -> list[tuple[str, str, str]]:
    """Sign, colour and word of each weight, for the heading."""
    signs = {0: "○", 1: "●", 2: "◆"}
    return [(signs[w], colour, say(word)) for w, (_, colour, _, word) in STYLE.items()]
