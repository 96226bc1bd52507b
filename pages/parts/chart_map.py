"""The map: units by their share of D and E; one without an outline is a tile beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pages.parts import plot, text
from pages.parts.plot import INK, NONE, SIGN, WHITE
from pages.parts.text import say
from pipeline.domain import Text

SHADES = ("#F6EFE8", "#EFD9C3", "#DFB38C", "#C07F4E", "#8F3A15")
"""Five classes of a share, pale to dark."""
UNKNOWN = "#EEF1F4"
"""A unit with too few enterprises to compare."""
NAVY = "#14304F"
LEAST_SPAN = 0.04
"""The classes span at least so much, so that chance does not look like a difference."""
SMALL_GROUP = 20
ASPECT = 1.346
"""Length of a degree of latitude over one of longitude at 41.9° N."""
TILE = 0.115
ACTIVE = Text("在营企业", "Active enterprises")
RISKY = Text("D、E 级占比", "Share of D and E")
TOO_FEW = Text("不足 20 户，不作比较", "fewer than 20, not compared")


class Shape(Protocol):
    """The outline of a county."""

    @property
    def rings(self) -> Sequence[Sequence[tuple[float, float]]]:
        """Rings of (longitude, latitude)."""

    @property
    def label(self) -> tuple[float, float]:
        """Where its label stands."""

    @property
    def beside(self) -> tuple[float, float] | None:
        """Where the label is led to, None where there is room inside."""


class Area(Protocol):
    """One unit."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def label(self) -> Text:
        """Its name."""

    @property
    def enterprises(self) -> int:
        """Active enterprises."""

    @property
    def size(self) -> int:
        """Graded enterprises."""

    @property
    def risky_share(self) -> float | None:
        """Share of D and E."""

    @property
    def level(self) -> int | None:
        """Beyond the city's limits, −2…2."""

    @property
    def shape(self) -> Shape | None:
        """Its outline, None for a tile."""


def limits(areas: Sequence[Area]) -> tuple[float, float] | None:
    """Lowest and highest share of the classes; None where nothing can be compared."""
    shares = [a.risky_share for a in areas if a.risky_share is not None and a.size >= SMALL_GROUP]
    if not shares:
        return None
    low, high = min(shares), max(shares)
    if high - low < LEAST_SPAN:
        middle = (low + high) / 2
        low, high = max(0.0, middle - LEAST_SPAN / 2), max(0.0, middle - LEAST_SPAN / 2) + LEAST_SPAN
    return low, high


def county_map(areas: Sequence[Area], chosen: str, height: int) -> dict[str, Any]:
    """One filled outline a unit; `chosen` is the code of a unit with a dark edge. `customdata` ends with the code."""
    span = limits(areas)
    drawn = [(a, a.shape) for a in areas if a.shape]
    tiles = [a for a in areas if a.shape is None]
    ordered = sorted(drawn, key=lambda d: d[0].code == chosen)
    data = [_outline(a, shape, span, a.code == chosen) for a, shape in ordered]
    layout = plot.layout(height, 0, 0, 0, 0, clickmode="event+select")
    layout["annotations"] = [_label(a, shape, span) for a, shape in drawn]
    xs = [x for _, shape in drawn for ring in shape.rings for x, _ in ring] or [0.0, 1.0]
    ys = [y for _, shape in drawn for ring in shape.rings for _, y in ring] or [0.0, 1.0]
    led = [shape.beside[0] + 0.34 for _, shape in drawn if shape.beside]
    wide = {"visible": False, "constrain": "domain"}
    layout["xaxis"] = plot.axis(range=[min(xs) - 0.02, max([*xs, *led]) + 0.02], **wide)
    layout["yaxis"] = plot.axis(range=[min(ys) - 0.02, max(ys) + 0.02], scaleanchor="x", scaleratio=ASPECT, **wide)
    data.append(_markers([a for a, _ in drawn], [s.label[0] for _, s in drawn], [s.label[1] for _, s in drawn], ""))
    if tiles:
        _add_tiles(data, layout, tiles, span, chosen)
    return {"data": data, "layout": layout}


def _outline(area: Area, shape: Shape, span: tuple[float, float] | None, is_chosen: bool) -> dict[str, Any]:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for ring in shape.rings:
        xs += [*(x for x, _ in ring), None]
        ys += [*(y for _, y in ring), None]
    edge = {"color": NAVY, "width": 2.4} if is_chosen else {"color": WHITE, "width": 1.4}
    quiet = {"type": "scatter", "mode": "lines", "fill": "toself", "hoverinfo": "skip"}
    return {**quiet, "x": xs[:-1], "y": ys[:-1], "fillcolor": _shade(area, span)[0], "line": edge}


def _label(area: Area, shape: Shape, span: tuple[float, float] | None) -> dict[str, Any]:
    words, (fill, ink) = _words(area, short=True), _shade(area, span)
    if shape.beside is None:
        return plot.note(*shape.label, words, ink) | ({"bgcolor": fill} if ink == WHITE else {})
    arrow = {"showarrow": True, "arrowhead": 6, "arrowsize": 0.8, "arrowwidth": 1, "arrowcolor": INK}
    place = {
        "ax": shape.beside[0],
        "ay": shape.beside[1],
        "axref": "x",
        "ayref": "y",
        "xanchor": "left",
        "align": "left",
    }
    return {**plot.note(*shape.label, words, INK), **arrow, **place}


def _add_tiles(
    data: list[dict[str, Any]],
    layout: dict[str, Any],
    tiles: Sequence[Area],
    span: tuple[float, float] | None,
    chosen: str,
) -> None:
    """Tiles at the lower right, on axes of their own: they keep their place whatever the map's scale."""
    top = TILE * len(tiles)
    layout["xaxis2"] = plot.axis(visible=False, domain=[0.60, 0.99], range=[0, 1], anchor="y2")
    layout["yaxis2"] = plot.axis(visible=False, domain=[0.02, 0.02 + top], range=[len(tiles) - 0.5, -0.5], anchor="x2")
    layout["shapes"] = [
        {
            "type": "rect", "xref": "x2", "yref": "y2", "x0": 0, "x1": 1, "y0": n - 0.45, "y1": n + 0.45, "layer": "below",
            "fillcolor": _shade(t, span)[0],
            "line": {"color": NAVY if t.code == chosen else plot.LINE, "width": 2 if t.code == chosen else 1},
        }
        for n, t in enumerate(tiles)
    ]  # fmt: skip
    data.append(_markers(tiles, [0.5] * len(tiles), [float(n) for n in range(len(tiles))], "2"))
    layout["annotations"] += [
        plot.note(0.5, n, _words(t), _shade(t, span)[1], xref="x2", yref="y2") for n, t in enumerate(tiles)
    ]


def _markers(areas: Sequence[Area], xs: Sequence[float], ys: Sequence[float], axes: str) -> dict[str, Any]:
    invisible = {"color": NONE, "size": 46, "symbol": "square"}
    return {
        "type": "scatter", "mode": "markers", "x": list(xs), "y": list(ys), "marker": invisible,
        "xaxis": f"x{axes}", "yaxis": f"y{axes}", "cliponaxis": False,
        "selected": {"marker": {"color": NONE}}, "unselected": {"marker": {"opacity": 1, "color": NONE}},
        "customdata": [[_hover(a), a.code] for a in areas], "hovertemplate": "%{customdata[0]}<extra></extra>",
    }  # fmt: skip


def _hover(area: Area) -> str:
    share = say(TOO_FEW) if area.size < SMALL_GROUP else f"{say(RISKY)} {text.share(area.risky_share)}"
    return f"<b>{say(area.label)}</b><br>{say(ACTIVE)} {text.households(area.enterprises)}<br>{share}"


def _words(area: Area, *, short: bool = False) -> str:
    """Name and share. `short`: an English name by its first word, so that it stays within its outline."""
    share = f"n={area.size}" if area.size < SMALL_GROUP else text.share(area.risky_share) + SIGN[area.level]
    name = say(area.label)
    return f"<b>{name.split()[0] if short else name}</b><br>{share}"


def _shade(area: Area, span: tuple[float, float] | None) -> tuple[str, str]:
    """Fill and ink."""
    if span is None or area.risky_share is None or area.size < SMALL_GROUP:
        return UNKNOWN, INK
    low, high = span
    place = min(len(SHADES) - 1, int(len(SHADES) * (area.risky_share - low) / (high - low)))
    return SHADES[max(0, place)], WHITE if place >= 3 else INK
