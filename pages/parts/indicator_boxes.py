"""Boxes of groups on one scale, and shares of classes as a table: how an indicator is distributed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from pages.parts import plot, text
from pages.parts.indicator_shapes import Box, Group, Scale
from pages.parts.plot import GRADE, INK, MUTED
from pages.parts.text import say
from pipeline.domain import Text

ROW, HIGHEST, AXIS = 27, 34, 24
"""Pixels of a row, of a row that has room to spare, and of the axis."""
THICK = 0.52
NARROWEST, APART = 290, 12
"""Pixels of the narrowest figure without its right edge, and those between two words of the axis."""
UNIT, ALL = "#B7C3CE", "#8894A0"
WIDE_FROM = 6
"""From more classes than so many on the classes stand in the rows, and the groups in the columns."""
SHADE = "rgba(31,90,153,{:.3f})"
DEEPEST = 0.34
"""Opacity behind a share of 100 %."""
MISSING = Text("缺", "missing")
SIZE = Text("户数", "Number")
NO_VALUE = Text("缺失率", "Missing")
VALUE = Text("取值", "Value")


def boxes(drawn: Sequence[Box], scale: Scale, most: int) -> dict[str, Any]:
    """A row a group, the whole last and bold: 5–95 % as a line, the middle half as a box, the median as a stroke.

    `most`: rows of the figure beside this one; with fewer of them they are higher.
    """
    row = min(HIGHEST, max(ROW, ROW * most // max(len(drawn), 1)))
    fit = [(y, box) for y, box in enumerate(drawn) if box.quantiles]
    bars = {
        "type": "bar", "orientation": "h", "y": [y for y, _ in fit], "base": [b.quantiles[1] for _, b in fit],
        "x": [b.quantiles[3] - b.quantiles[1] for _, b in fit], "width": THICK, "hoverinfo": "skip",
        "marker": {"color": [_colour(b.group) for _, b in fit]},
    }  # fmt: skip
    places = [b.quantiles[2] for _, b in fit]
    medians = {
        "type": "scatter", "mode": "markers", "x": places, "y": [y for y, _ in fit], "cliponaxis": False,
        "marker": {"symbol": "line-ns", "size": row * THICK + 5, "line": {"color": INK, "width": 2.5}},
        "customdata": [f"<b>{_name(b.group)}</b><br>{say(b.told)}" for _, b in fit], "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    small = plot.words(
        [scale.low] * (len(drawn) - len(fit)), [y for y, b in enumerate(drawn) if not b.quantiles],
        [f"  <i>n={b.group.held}</i>" for b in drawn if not b.quantiles], [MUTED] * (len(drawn) - len(fit)), "middle right",
    )  # fmt: skip
    right, carrier = plot.remarks([_remark(b.group) for b in drawn], [MUTED] * len(drawn))
    labels = [_name(b.group) for b in drawn]
    layout = plot.layout(
        row * len(drawn) + AXIS + 4,
        max(30, plot.margin(labels)),
        _right([_remark(b.group) for b in drawn]),
        2,
        AXIS,
        shapes=[plot.line(MUTED, 1, x0=b.quantiles[0], x1=b.quantiles[4], y0=y, y1=y) for y, b in fit],
        bargap=0,
    )
    ticks = _ticks(scale, NARROWEST - plot.margin(labels))
    layout["xaxis"] = plot.axis(
        range=[scale.low, scale.high],
        tickvals=[at for at, _ in ticks],
        ticktext=[words for _, words in ticks],
        tickangle=0,
    )
    bold = [
        f"<b>{label}</b>" if not b.group.key or b.group.key in GRADE else label
        for label, b in zip(labels, drawn, strict=True)
    ]
    layout["yaxis"], layout["yaxis2"] = plot.names(bold), right
    return {"data": [bars, medians, small, carrier], "layout": layout}


def spoken(drawn: Sequence[Box]) -> str:
    """The boxes in words, for readers who can't see them."""
    return "; ".join(f"{_name(b.group)}: {say(b.told).replace('<br>', ', ')}" for b in drawn if b.quantiles)


def shares(drawn: Sequence[Box], classes: Sequence[Text]) -> None:
    """Shares of the classes among those with a value: a row a group; with many classes a column a group."""
    groups = [b.group for b in drawn]
    words = [say(c) for c in classes]
    if len(classes) > WIDE_FROM:
        heads = [_head(g) for g in groups]
        rows = [(escape(w), [_cell(g, n) for g in groups]) for n, w in enumerate(words)]
        rows += [(escape(say(NO_VALUE)), [f'<td class="q">{text.share(g.missing)}</td>' for g in groups])]
        rows += [(escape(say(SIZE)), [f'<td class="q">{g.size:,}</td>' for g in groups])]
        _table(say(VALUE), heads, rows, 0)
        return
    heads = [
        *(f"<th>{escape(w)}</th>" for w in words),
        f"<th>{escape(say(NO_VALUE))}</th>",
        f"<th>{escape(say(SIZE))}</th>",
    ]
    rows = [
        (
            _label(g),
            [
                *(_cell(g, n) for n in range(len(words))),
                f'<td class="q">{text.share(g.missing)}</td>',
                f'<td class="q">{g.size:,}</td>',
            ],
        )
        for g in groups
    ]
    _table("", heads, rows, 1 if groups and not groups[-1].key else 0)


def _table(corner: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]], strong: int) -> None:
    """`strong`: so many rows at the end are about all."""
    first = len(rows) - strong
    body = "".join(
        f"<tr{' class=all' if n >= first else ''}><td>{label}</td>{''.join(cells)}</tr>"
        for n, (label, cells) in enumerate(rows)
    )
    st.html(
        f'<div class="shr"><table><thead><tr><th>{escape(corner)}</th>{"".join(heads)}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cell(group: Group, n: int) -> str:
    share = group.shares[n]
    if group.is_small or share is None:
        return f'<td class="q"><i>n={group.held}</i></td>' if n == 0 else '<td class="q">·</td>'
    written = f"{share:.1%}" if share else "0"
    return f'<td style="background:{SHADE.format(DEEPEST * share)}">{written}</td>'


def _head(group: Group) -> str:
    return f"<th>{_label(group)}</th>"


def _label(group: Group) -> str:
    if group.key in GRADE:
        return f'<span class="g g{group.key}">{group.key}</span>'
    return escape(say(group.label))


def _name(group: Group) -> str:
    return plot.fitted(say(group.label))


def _colour(group: Group) -> str:
    return GRADE.get(group.key, UNIT if group.key else ALL)


def _remark(group: Group) -> str:
    """How many enterprises, and how many of them have no value."""
    missing = f" · {say(MISSING)} {text.share(group.missing)}" if group.missing else ""
    return f"{group.size:,}{missing}"


def _ticks(scale: Scale, room: int) -> list[tuple[float, str]]:
    """As many ticks as stand beside each other in `room` pixels, evenly left out."""
    ticks = [(at, say(words)) for at, words in scale.ticks]
    while len(ticks) > 1 and sum(plot.width(words) + APART for _, words in ticks) > room:
        ticks = ticks[::2]
    return ticks


def _right(remarks: Sequence[str]) -> int:
    return 14 + round(max(map(plot.width, remarks), default=0) * 0.95)
