"""The figure of the units in a report: map and bars of the share of D and E."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from pages.parts.report_plot import INK, MUTED, PAPER, UNKNOWN, WHITE, canvas, margin, percents, quiet

SHADES = ("#F6EFE8", "#EFD9C3", "#DFB38C", "#C07F4E", "#8F3A15")
BAR = "#C07F4E"
LEAST_SPAN = 0.04
ASPECT = 1.346
"""Length of a degree of latitude over one of longitude at 41.9° N."""


def counties(data: Any, words: dict[str, str]) -> Figure:
    """The map at the left where there are outlines, bars of the share at the right; the city as a dashed line."""
    areas = sorted(data.areas, key=lambda a: -1.0 if a.is_small or a.share is None else a.share)
    paper = canvas(max(2.5, 0.3 * len(areas) + 0.7))
    has_map = any(a.rings for a in areas)
    left = margin([a.label for a in areas])
    bars = paper.add_axes((0.5 + left, 0.13, 0.45 - left, 0.79) if has_map else (left, 0.13, 0.9 - left, 0.79))
    if has_map:
        _map(paper.add_axes((0.0, 0.02, 0.47, 0.96)), areas)
    shares = [0.0 if a.is_small or a.share is None else 100 * a.share for a in areas]
    places = range(len(areas))
    bars.barh(places, shares, height=0.62, color=BAR)
    bars.set_yticks(list(places), [a.label for a in areas])
    quiet(bars)
    top = max([*shares, 100 * (data.city or 0), 1.0])
    bars.set_xlim(0, top * 1.3)
    percents(bars, top * 1.2, 1.0)
    for y, a in zip(places, areas, strict=True):
        said = f"n={a.size}" if a.is_small else f"{a.share:.1%} {a.sign}"
        bars.text(
            shares[y] + top * 0.02, y, said, va="center", fontsize=8, color=MUTED if a.is_small else INK, bbox=PAPER
        )
    if data.city is not None:
        bars.axvline(100 * data.city, color=INK, lw=0.9, ls=(0, (4, 3)))
        bars.text(
            100 * data.city,
            len(areas) - 0.35,
            f"{data.city_label} {data.city:.1%}",
            ha="center",
            va="bottom",
            fontsize=8,
        )
    return paper


def _map(axes: Axes, areas: Sequence[Any]) -> None:
    """One filled outline a unit with its name and share; a label that has no room is led outside."""
    fit = [a.share for a in areas if a.share is not None and not a.is_small]
    low, high = (min(fit), max(fit)) if fit else (0.0, 0.0)
    if high - low < LEAST_SPAN:
        low = max(0.0, (low + high - LEAST_SPAN) / 2)
        high = low + LEAST_SPAN
    for a in areas:
        shade = _shade(a, low, high)
        for ring in a.rings:
            axes.add_patch(
                Polygon(
                    ring,
                    closed=True,
                    facecolor=SHADES[shade] if shade is not None else UNKNOWN,
                    edgecolor=MUTED,
                    lw=0.5,
                )
            )
        if a.at:
            _label(axes, a, shade)
    axes.set_aspect(ASPECT)
    axes.autoscale_view()
    low_x, high_x = axes.get_xlim()
    led = [a.beside[0] + 0.42 for a in areas if a.beside]
    axes.set_xlim(low_x, max([high_x, *led]))
    axes.axis("off")


def _label(axes: Axes, area: Any, shade: int | None) -> None:
    said = f"n={area.size}" if area.is_small else f"{area.share:.1%}"
    where = area.beside or area.at
    ink = WHITE if shade is not None and shade >= 3 and not area.beside else INK
    if area.beside:
        axes.plot([area.at[0], where[0] - 0.03], [area.at[1], where[1]], color=MUTED, lw=0.6)
        axes.plot(*area.at, "o", ms=1.8, color=INK)
    axes.text(
        where[0],
        where[1],
        f"{area.label}\n{said}",
        ha="left" if area.beside else "center",
        va="center",
        fontsize=7.5,
        color=ink,
        linespacing=1.25,
    )


def _shade(area: Any, low: float, high: float) -> int | None:
    if area.is_small or area.share is None:
        return None
    return min(len(SHADES) - 1, max(0, int((area.share - low) / (high - low) * len(SHADES))))
