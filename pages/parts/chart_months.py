"""Shares month by month as a matrix: numbers in cells, colour only below the target."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from pages.parts import inert, plot
from pages.parts.plot import INK, MUTED
from pages.parts.text import say
from pipeline.domain import Text

ROW = 21
BELOW, FAR_BELOW = "#F2D3BA", "#A8481B"
FAR = 0.10
"""From so many points below the target on the darker shade is taken."""
FEW = 10
"""Below so many records `n=` is written and nothing marked."""
WHOLE = Text("12 月", "12 mo")


class Share(Protocol):
    """A part of a whole."""

    @property
    def part(self) -> int:
        """The part."""

    @property
    def whole(self) -> int:
        """The whole."""

    @property
    def share(self) -> float | None:
        """Part of whole."""


class Row(Protocol):
    """One row of the matrix."""

    @property
    def key(self) -> str:
        """Its code."""

    @property
    def label(self) -> Text:
        """Its name."""

    @property
    def cells(self) -> Sequence[Share]:
        """The months."""

    @property
    def whole(self) -> Share:
        """All months together."""


def matrix(months: Sequence[date], rows: Sequence[Row], target: float, name: str, chosen: str) -> dict[str, Any]:
    """Rows × months; a click on a cell says `key:YYYY-MM`, the cell of `chosen` is framed."""
    xs, ys = list(range(1, len(months) + 1)), list(range(len(rows)))
    keys = [[f"{r.key}:{m:%Y-%m}" for m in months] for r in rows]
    flat = [(x, y, cell) for y, row in enumerate(rows) for x, cell in zip(xs, row.cells, strict=True)]
    heat = {
        "type": "heatmap", "x": [0, *xs], "y": ys, "zmin": 0, "zmax": 2, "showscale": False, "hoverinfo": "skip",
        "z": [[_shade(c, target) for c in (r.whole, *r.cells)] for r in rows],
        "colorscale": [[0, plot.FUNNEL[0]], [0.5, BELOW], [1, FAR_BELOW]], "xgap": 2, "ygap": 2,
    }  # fmt: skip
    every = [*((0, y, r.whole) for y, r in enumerate(rows)), *flat]
    texts = {
        **plot.words([x for x, *_ in every], [y for _, y, _ in every], [_written(c, x) for x, _, c in every],
                     [_ink(c, target) for *_, c in every], "middle center"),
    }  # fmt: skip
    marks = {
        "type": "scatter", "mode": "markers", "x": [x for x, *_ in flat], "y": [y for _, y, _ in flat],
        "marker": {"symbol": "square", "size": 24, "color": plot.NONE},
        "customdata": [[_hover(rows[y], months[x - 1], c, name), keys[y][x - 1]] for x, y, c in flat],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }  # fmt: skip
    texts["textfont"] = {**texts["textfont"], "size": 11}
    labels = [inert.drawn(plot.fitted(say(r.label))) for r in rows]
    edge = {"type": "rect", "line": {"color": INK, "width": 2}, "fillcolor": plot.NONE}
    frames = [
        {**edge, "x0": x - 0.48, "x1": x + 0.48, "y0": y - 0.46, "y1": y + 0.46}
        for x, y, _ in flat
        if keys[y][x - 1] == chosen
    ]
    layout = plot.layout(36 + ROW * len(rows), plot.margin(labels) + 8, 2, 34, 0, shapes=frames)
    heads = [f"{m:%m}<br>{m:%Y}" if n == 0 or m.month == 1 else f"{m:%m}<br> " for n, m in enumerate(months)]
    layout["xaxis"] = plot.axis(
        side="top",
        tickvals=[0, *xs],
        ticktext=[f"<b>{say(WHOLE)}</b><br> ", *heads],
        tickangle=0,
        range=[-0.5, len(xs) + 0.5],
    )
    layout["xaxis"] |= {"tickfont": {"size": 11, "color": MUTED}, "linecolor": plot.NONE, "showgrid": False}
    layout["yaxis"] = plot.names(labels)
    return {"data": [heat, texts, marks], "layout": layout}


def _shade(cell: Share, target: float) -> int:
    if cell.share is None or cell.whole < FEW or cell.share >= target:
        return 0
    return 2 if cell.share < target - FAR else 1


def _ink(cell: Share, target: float) -> str:
    if cell.whole < FEW:
        return plot.FAINT
    return plot.WHITE if _shade(cell, target) == 2 else INK


def _written(cell: Share, x: int) -> str:
    if not cell.whole:
        return "·"
    if cell.whole < FEW:
        return f"<i>n={cell.whole}</i>"
    percent = 100 * (cell.share or 0)
    written = "100" if cell.part == cell.whole else f"{min(percent, 99.9):.0f}" if percent < 99.5 else "99+"
    return f"<b>{written}</b>" if x == 0 else written


def _hover(row: Row, month: date, cell: Share, name: str) -> str:
    head = f"<b>{inert.drawn(say(row.label))} · {month:%Y-%m}</b>"
    if cell.share is None:
        return f"{head}<br>n=0"
    return f"{head}<br>{name} {cell.part:,} / {cell.whole:,} = {cell.share:.1%}"
