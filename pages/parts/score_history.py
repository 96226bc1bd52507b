"""The score from run to run on the bands of the grades, and the five dimensions against the trade."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from pages.parts import plot
from pages.parts.firm_shapes import Band, Run, Spoke
from pages.parts.plot import BRAND, GRADE, GRID, INK, LINE, MUTED, WHITE
from pages.parts.text import day, language, say
from pipeline.domain import Text

HEIGHT, RADAR = 138, 204
ROOM = 14
"""Points of score left free above and below the line."""
BACKCAST = Text("按现规则回溯", "computed back")
ISSUED = Text("本期", "this run")
MEDIAN = Text("同业中位 {points} 分", "median of the trade {points}")
OWN = Text("{points} 分，优于全市 {rank:.0f}% 的企业", "{points} points, above {rank:.0f}% of the city")
MOST_TICKS = 4
NEAR = 50
"""A limit so many points away is still shown."""


def history(runs: Sequence[Run], scale: Sequence[Band]) -> dict[str, Any]:
    """Scores on grade bands: a line joins neighbouring runs of one kind of score; computed back = hollow."""
    scored = [r for r in runs if r.score is not None]
    scores = [float(r.score or 0) for r in scored]
    low, high = _window(scores, scale)
    visible = [b for b in scale if _high(b) > low and _low(b) < high]
    shapes = [_band(b, low, high) for b in visible]
    days = [day(r.last_known) for r in scored]
    dots = {
        "type": "scatter", "mode": "markers", "x": days, "y": scores,
        "marker": {
            "size": 7, "color": [WHITE if r.is_backcast else GRADE[r.grade] for r in scored],
            "line": {"width": 1.6, "color": [GRADE[r.grade] for r in scored]},
        },
        "customdata": [_hover(r) for r in scored], "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    layout = plot.layout(HEIGHT, 20, 24, 6, 20, shapes=shapes)
    layout["annotations"] = [*_letters(visible, low, high), *_ends(days, scores)]
    layout["xaxis"] = plot.axis(
        type="date", showgrid=False, tickvals=_ticks(days), ticktext=[d[:7] for d in _ticks(days)]
    )
    layout["xaxis"] |= {"range": _span(days)}
    layout["yaxis"] = plot.axis(visible=False, range=[low, high])
    return {"data": [*_lines(scored, days, scores), dots], "layout": layout}


def radar(spokes: Sequence[Spoke]) -> dict[str, Any]:
    """Five dimensions: how far out = share of the city's firms below; the label says the points."""
    joint = " " if language() == "zh" else "<br>"
    labels = [f"{say(s.label)}{joint}<b>{_signed(s.points)}</b>" for s in spokes]
    closed = [*labels, labels[0]]
    own, median = [s.rank for s in spokes], [s.median_rank for s in spokes]
    hover = [_spoke_hover(s) for s in spokes]
    quiet = {"type": "scatterpolar", "theta": closed}
    traces = [
        {**quiet, "r": [*median, median[0]], "mode": "lines", "hoverinfo": "skip",
         "line": {"color": "#8894A0", "width": 1.5, "dash": "4px,3px"}},
        {**quiet, "r": [*own, own[0]], "mode": "lines+markers", "fill": "toself", "fillcolor": "rgba(31,90,153,.13)",
         "line": {"color": BRAND, "width": 2}, "marker": {"size": 6}, "customdata": [*hover, hover[0]],
         "hovertemplate": "%{customdata}<extra></extra>"},
    ]  # fmt: skip
    layout = plot.layout(RADAR, 76, 76, 26, 20) if language() == "zh" else plot.layout(RADAR + 24, 110, 110, 40, 40)
    radial = {
        "range": [0, 100],
        "showticklabels": False,
        "ticks": "",
        "gridcolor": GRID,
        "tickvals": [25, 50, 75, 100],
        "showline": False,
    }
    angular = {"gridcolor": GRID, "linecolor": LINE, "tickfont": {"size": 12, "color": INK}}
    turned = {"rotation": 90, "direction": "clockwise"}
    layout["polar"] = {
        "bgcolor": plot.NONE,
        "gridshape": "linear",
        "radialaxis": radial,
        "angularaxis": angular | turned,
    }
    return {"data": traces, "layout": layout}


def _low(band: Band) -> float:
    """The scale is cut for the bar above; here the worst grade has no lower end."""
    return float("-inf") if band.grade == "E" else band.low


def _high(band: Band) -> float:
    return float("inf") if band.grade == "A" else band.high


def _window(scores: Sequence[float], scale: Sequence[Band]) -> tuple[float, float]:
    """The scores with some room, and a piece of the next band where one is near."""
    low, high = min(scores) - ROOM, max(scores) + ROOM
    limits = [b.low for b in scale if b.grade != "E"]
    high = max([high, *(c + ROOM for c in limits if high <= c < high + NEAR)][:2])
    low = min([low, *(c - ROOM for c in reversed(limits) if low - NEAR < c <= low)][:2])
    return low, high


def _band(band: Band, low: float, high: float) -> dict[str, Any]:
    return {
        "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": max(_low(band), low), "y1": min(_high(band), high),
        "fillcolor": GRADE[band.grade], "opacity": 0.1, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _letters(bands: Sequence[Band], low: float, high: float) -> list[dict[str, Any]]:
    """The letters beside the bands, kept apart where a band is narrow."""
    places = [(max(_low(b), low) + min(_high(b), high)) / 2 for b in bands]
    apart = 0.115 * (high - low)
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + apart)
    return [
        plot.note(1, y, f"<b>{b.grade}</b>", GRADE[b.grade], xref="paper", xanchor="left", xshift=6)
        for b, y in zip(bands, places, strict=True)
    ]


def _ends(days: Sequence[str], scores: Sequence[float]) -> list[dict[str, Any]]:
    """The first and the last score, written at the free side of the line."""
    last = plot.note(0, scores[-1], f"<b>{scores[-1]:.0f}</b>", INK, yshift=-13, xanchor="right")
    if len(scores) == 1:
        return [{**last, "x": days[-1], "xanchor": "center"}]
    falling = scores[-1] <= scores[-2]
    rising = scores[1] > scores[0]
    first = plot.note(0, scores[0], f"{scores[0]:.0f}", MUTED, yshift=-12 if rising else 12, xanchor="left")
    return [{**last, "x": days[-1], "yshift": -13 if falling else 13}, {**first, "x": days[0]}]


def _lines(runs: Sequence[Run], days: Sequence[str], scores: Sequence[float]) -> list[dict[str, Any]]:
    traces = []
    start = 0
    for i in range(1, len(runs) + 1):
        if i == len(runs) or runs[i].kind != runs[start].kind:
            line = {"type": "scatter", "mode": "lines", "x": list(days[start:i]), "y": list(scores[start:i])}
            traces.append({**line, "line": {"color": INK, "width": 1.8}, "hoverinfo": "skip"})
            start = i
    return traces


def _hover(run: Run) -> str:
    how = say(BACKCAST if run.is_backcast else ISSUED)
    grade = f"{run.grade} 级" if language() == "zh" else run.grade
    return f"<b>{day(run.last_known)}</b><br>{run.score:.0f} · {grade}<br><span style='color:{MUTED}'>{how}</span>"


def _spoke_hover(spoke: Spoke) -> str:
    own = say(OWN).format(points=_signed(spoke.points), rank=spoke.rank)
    return f"<b>{say(spoke.label)}</b><br>{own}<br>{say(MEDIAN).format(points=_signed(spoke.median))}"


def _signed(points: float) -> str:
    whole = round(points)
    return "0" if whole == 0 else f"{'−' if whole < 0 else '+'}{abs(whole)}"


def _ticks(days: Sequence[str]) -> list[str]:
    if len(days) <= MOST_TICKS:
        return list(days)
    step = (len(days) - 1) / (MOST_TICKS - 1)
    return [days[round(i * step)] for i in range(MOST_TICKS)]


def _span(days: Sequence[str]) -> list[str | float]:
    if len(days) == 1:
        return [f"{days[0][:4]}-01-01", f"{days[0][:4]}-12-31"]
    first, last = date.fromisoformat(days[0]).toordinal(), date.fromisoformat(days[-1]).toordinal()
    spare = max(1, (last - first) // 40)
    return [day(date.fromordinal(first - spare)), day(date.fromordinal(last + spare))]
