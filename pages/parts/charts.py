"""The figures, as plain dicts (building one costs about 2 ms); hover text is written here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pages.parts import plot, text
from pages.parts.plot import FAINT, GRADE, INK, LIMIT, MUTED, SIGN, WHITE
from pages.parts.shapes import Graded, Place
from pages.parts.text import say
from pipeline.domain import Text

LETTERS = "ABCDE"
SMALL_GROUP = 20
"""Below this many enterprises `n=` is written and nothing compared."""
WRITTEN_FROM = 4.0
"""Segments below this many percent carry no number: it would not fit."""
ROW = 24
"""Pixels of a row."""
WHOLE = Text("全市", "City")
LIMITS = {
    2: Text("高于 3σ 界限", "above the 3σ limit"),
    1: Text("高于 2σ 界限", "above the 2σ limit"),
    0: Text("在界限之内", "within the limits"),
    -1: Text("低于 2σ 界限", "below the 2σ limit"),
    -2: Text("低于 3σ 界限", "below the 3σ limit"),
    None: Text("不足 20 户，不作比较", "fewer than 20, not compared"),
}


def grade_bars(groups: Sequence[Graded], levels: Sequence[int | None], height: int) -> dict[str, Any]:
    """Stacked shares of A–E, a bar a group; letters once on top; size and limit sign at the right.

    The last group is the whole and written bold; `levels` are those of the funnel, None for small groups.
    """
    places = list(range(len(groups)))
    traces = [{**_bar(groups, i, WRITTEN_FROM), "orientation": "h", "y": places} for i in range(len(LETTERS))]
    sizes = [
        f"<i>n={g.size}</i>" if g.size < SMALL_GROUP else f"{g.size:,} {SIGN[level]}"
        for g, level in zip(groups, levels, strict=True)
    ]
    colours = [LIMIT if (level or 0) > 0 else MUTED for level in levels]
    right, carrier = plot.remarks(sizes, colours)
    labels = [plot.fitted(say(g.label)) for g in groups]
    heads = zip(LETTERS, _letter_places(groups[0], 3.4), strict=True)
    layout = plot.layout(height, plot.margin(labels), 66, 20, 2, barmode="stack", bargap=0.28)
    layout["annotations"] = [
        plot.note(x, 1, f"<b>{letter}</b>", GRADE[letter], yref="paper", yanchor="bottom") for letter, x in heads
    ]
    layout["xaxis"] = plot.axis(visible=False, range=[0, 100])
    layout["yaxis"], layout["yaxis2"] = plot.names([*labels[:-1], f"<b>{labels[-1]}</b>"]), right
    return {"data": [*traces, carrier], "layout": layout}


def sector_heat(
    columns: Sequence[str],
    rows: Sequence[tuple[Graded, Sequence[Place]]],
    keys: Sequence[Sequence[str]],
    chosen: str,
    row: int = ROW,
) -> dict[str, Any]:
    """Share of D and E, sector × unit; colour only beyond the funnel limits, `n=` for small groups.

    `keys`: what a click on each cell says; the cell whose key is `chosen` is framed. `row`: pixels of a row.
    """
    xs, ys = list(range(1, len(columns) + 1)), list(range(len(rows)))
    flat = [(x, y, cell) for y, (_, cells) in enumerate(rows) for x, cell in zip(xs, cells, strict=True)]
    heat = {
        "type": "heatmap", "x": xs, "y": ys, "z": [[c.level or 0 for c in cells] for _, cells in rows], "zmin": -2, "zmax": 2,
        "colorscale": [[(k + 2) / 4, colour] for k, colour in sorted(plot.FUNNEL.items())],
        "xgap": 2, "ygap": 2, "showscale": False, "hoverinfo": "skip",
    }  # fmt: skip
    written, colours = [_cell(c) for *_, c in flat], [_cell_ink(c) for *_, c in flat]
    numbers = {
        **plot.words([x for x, *_ in flat], [y for _, y, _ in flat], written, colours, "middle center"),
        "mode": "markers+text",
        "marker": {"symbol": "square", "size": 24, "color": plot.NONE},
        "customdata": [[_cell_hover(c, rows[y][0], columns[x - 1]), keys[y][x - 1]] for x, y, c in flat],
        "hoverinfo": None,
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }
    shares = [_whole(r) for r, _ in rows]
    whole = plot.words([0] * len(rows), ys, shares, [MUTED] * len(rows), "middle center")
    labels = [say(r.label) for r, _ in rows]
    heads = [f"<b>{say(WHOLE)}</b>", *columns]
    top = 22 + 14 * max(h.count("<br>") for h in heads)
    layout = plot.layout(top + row * len(rows), plot.margin(labels), 2, top, 0, shapes=_frames(flat, keys, chosen))
    layout["xaxis"] = plot.axis(
        side="top", tickvals=[0, *xs], ticktext=heads, tickangle=0, range=[-0.5, len(columns) + 0.5]
    )
    layout["xaxis"] |= {"tickfont": {"size": 11, "color": INK}, "linecolor": plot.NONE, "showgrid": False}
    layout["yaxis"] = plot.names(labels)
    return {"data": [heat, numbers, whole], "layout": layout}


def _bar(groups: Sequence[Graded], i: int, from_percent: float) -> dict[str, Any]:
    percents, letter = _percents(groups, i), LETTERS[i]
    return {
        "type": "bar", "name": letter, "x": percents, "text": [f"{p:.0f}" if p >= from_percent else "" for p in percents],
        "textposition": "inside", "insidetextanchor": "middle", "textangle": 0, "constraintext": "none",
        "textfont": {"size": 11, "color": INK if letter == "A" else WHITE},
        "marker": {"color": GRADE[letter], "line": {"color": WHITE, "width": 1}},
        "hovertemplate": "%{customdata}<extra></extra>",
        "customdata": [
            f"<b>{say(g.label)} · {letter}</b><br>{text.households(g.counts[i])} / {g.size:,} = {p:.1f}%"
            for g, p in zip(groups, percents, strict=True)
        ],
    }  # fmt: skip


def _percents(groups: Sequence[Graded], i: int) -> list[float]:
    return [100 * g.counts[i] / g.size if g.size else 0.0 for g in groups]


def _letter_places(group: Graded, apart: float) -> list[float]:
    """Middle of each segment of a bar in percent, pushed left where two letters would touch."""
    ends = [100 * sum(group.counts[: i + 1]) / (group.size or 1) for i in range(len(LETTERS))]
    places = [(a + b) / 2 for a, b in zip([0.0, *ends], ends, strict=False)]
    for i in range(len(places) - 2, -1, -1):
        places[i] = min(places[i], places[i + 1] - apart)
    return places


def _frames(flat: Sequence[tuple[int, int, Place]], keys: Sequence[Sequence[str]], chosen: str) -> list[dict[str, Any]]:
    """A frame around the chosen cell."""
    edge = {"type": "rect", "line": {"color": INK, "width": 2}, "fillcolor": plot.NONE}
    return [
        {**edge, "x0": x - 0.48, "x1": x + 0.48, "y0": y - 0.47, "y1": y + 0.47}
        for x, y, _ in flat
        if chosen and keys[y][x - 1] == chosen
    ]


def _cell(cell: Place) -> str:
    if not cell.size:
        return text.MISSING
    if cell.level is None:
        return f"<i>n={cell.size}</i>"
    written = f"{SIGN[cell.level]}{100 * cell.risky / cell.size:.1f}"
    return f"<b>{written}</b>" if cell.level == 2 else written


def _whole(sector: Graded) -> str:
    if sector.risky_share is None or sector.size < SMALL_GROUP:
        return f"<i>n={sector.size}</i>"
    return f"<b>{100 * sector.risky_share:.1f}</b>"


def _cell_ink(cell: Place) -> str:
    return WHITE if cell.level == 2 else FAINT if cell.level is None else INK


def _cell_hover(cell: Place, whole: Graded, unit: str) -> str:
    head = f"<b>{unit} · {say(whole.label)}</b>"
    if not cell.size:
        return f"{head}<br>n=0"
    here = f"D+E {cell.risky:,} / {cell.size:,} = {cell.risky / cell.size:.1%}"
    return f"{head}<br>{here}<br>{say(WHOLE)} {text.share(whole.risky_share)}<br>{say(LIMITS[cell.level])}"
