"""The figures of a report as pictures for print: 300 dots an inch, the colours of the screens, legible in grey.

Colour never stands alone: grades have letters, limits have signs, every bar and dot has its number beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pages.parts.report_map import counties
from pages.parts.report_plot import (
    BRAND,
    DOTS,
    GRADE,
    GRID,
    INK,
    LIMIT,
    MUTED,
    PAPER,
    WHITE,
    canvas,
    chinese_font,
    frameless,
    margin,
    percents,
    quiet,
    settings,
)  # fmt: skip

SMALL_GROUP = 20
WRITTEN_FROM = 0.06
"""Segments below this share carry no number: it would not fit."""
_WORDS = {
    "zh": {"checks": "{} 户次", "households": "{} 户", "target": "目标"},
    "en": {"checks": "{}", "households": "{}", "target": "target"},
}  # fmt: skip


def drawn(figure: Any, language: str) -> bytes:
    """The picture of a figure of a report as PNG; raises ChecksFailed where no Chinese font is to be had."""
    with settings(chinese_font()):
        picture = _DRAW[figure.kind](figure.data, _WORDS[language])
        out = BytesIO()
        picture.savefig(out, format="png", dpi=DOTS, facecolor=WHITE, metadata={"Software": ""})
    return out.getvalue()


def grades(data: Any, words: dict[str, str]) -> Figure:
    """Stacked shares of A–E, a bar a group, the whole at the bottom; letters once on top, numbers in the segments."""
    groups = list(reversed(data.groups))
    paper = canvas(0.29 * len(groups) + 0.6)
    left = margin([g.label for g in groups])
    axes = paper.add_axes((left, 0.04, 0.87 - left, 0.86))
    for y, group in enumerate(groups):
        size, start = sum(group.counts), 0.0
        for letter, n in zip(GRADE, group.counts, strict=True):
            share = n / size if size else 0.0
            axes.barh(y, share, left=start, height=0.66, color=GRADE[letter], edgecolor=WHITE, linewidth=0.8)
            if share >= WRITTEN_FROM:
                ink = INK if letter == "A" else WHITE
                axes.text(start + share / 2, y, f"{100 * share:.0f}", ha="center", va="center", fontsize=8, color=ink)
            start += share
        axes.text(1.012, y, words["households"].format(f"{size:,}"), va="center", fontsize=8, color=MUTED)
    axes.set_yticks(range(len(groups)), [g.label for g in groups])
    axes.get_yticklabels()[0].set_fontweight("bold")
    _letters(axes, groups[-1], len(groups))
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.5, len(groups) - 0.1)
    axes.tick_params(length=0)
    axes.set_xticks([])
    frameless(axes)
    return paper


def rates(data: Any, words: dict[str, str]) -> Figure:
    """A dot and its interval a grade; rate and number of checks at the interval's end, `n=` alone for few."""
    paper = canvas(2.3)
    axes = paper.add_axes((0.08, 0.13, 0.86, 0.84))
    places = {letter: len(GRADE) - 1 - i for i, letter in enumerate(GRADE)}
    fit = [r for r in data.rows if r.checked >= SMALL_GROUP]
    top = max((r.high for r in fit), default=0.1)
    for r in data.rows:
        y = places[r.grade]
        if r.checked < SMALL_GROUP:
            axes.text(top * 0.02, y, f"n={r.checked}", va="center", fontsize=8, color=MUTED)
            continue
        axes.plot([r.low, r.high], [y, y], color="#8894A0", lw=2.2, solid_capstyle="butt", zorder=2)
        axes.plot(r.rate, y, "o", ms=8, color=GRADE[r.grade], mec=WHITE, mew=1, zorder=3)
        checks = words["checks"].format(f"{r.checked:,}")
        axes.text(r.high + top * 0.025, y, f"{r.rate:.1%}　{checks}", va="center", fontsize=8.5)
    axes.set_yticks(list(places.values()), list(places), fontweight="bold")
    axes.set_ylim(-0.6, len(GRADE) - 0.4)
    axes.set_xlim(0, top * 1.35)
    percents(axes, min(1.0, top * 1.2), 100.0)
    quiet(axes)
    return paper


def trends(data: Any, words: dict[str, str]) -> Figure:
    """One panel a share: a line with its ends written, the target dashed."""
    panels = data.panels
    paper = canvas(1.95)
    width = 1 / len(panels)
    for n, panel in enumerate(panels):
        axes = paper.add_axes((n * width + 0.055, 0.14, width - 0.085, 0.68))
        _panel(axes, panel, words)
    return paper


_DRAW: dict[str, Callable[[Any, dict[str, str]], Figure]] = {
    "counties": counties,
    "grades": grades,
    "rates": rates,
    "trends": trends,
}
"""Kind of a figure -> what draws it."""


def _panel(axes: Axes, panel: Any, words: dict[str, str]) -> None:
    shares = [100 * p.share for p in panel.points]
    places = list(range(len(shares)))
    axes.plot(places, shares, "-o", color=BRAND, lw=1.4, ms=3.2)
    reach = [*shares, *([100 * panel.target] if panel.target is not None else [])]
    room = max(0.8, 0.3 * (max(reach) - min(reach)))
    axes.set_ylim(max(0.0, min(reach) - room), max(reach) + room)
    axes.set_xlim(-0.4, len(places) - 0.6)
    for place, other in ((0, 1), (len(places) - 1, len(places) - 2)):
        is_above = shares[place] >= shares[other]
        axes.annotate(
            f"{shares[place]:.1f}%",
            (place, shares[place]),
            (0, 5 if is_above else -5),
            textcoords="offset points",
            ha="left" if place == 0 else "right",
            va="bottom" if is_above else "top",
            fontsize=8,
            bbox=PAPER,
        )
    if panel.target is not None:
        target = 100 * panel.target
        axes.axhline(target, color=LIMIT, lw=0.8, ls=(0, (4, 3)))
        said = f"{words['target']} {panel.target:.0%}"
        side = "top" if shares[-1] > target else "bottom"
        axes.text(len(places) - 0.62, target, said, ha="right", va=side, fontsize=7.5, color=LIMIT, bbox=PAPER)
    axes.set_title(panel.title, loc="left", fontsize=9, fontweight="bold", pad=8)
    shown = [0, *([len(places) // 2] if len(places) > 4 else []), len(places) - 1]
    axes.set_xticks(shown, [panel.points[i].day[:7] for i in shown])
    labels = axes.get_xticklabels()
    if labels:
        labels[0].set_horizontalalignment("left")
        labels[-1].set_horizontalalignment("right")
    axes.yaxis.set_major_formatter(lambda v, _: f"{v:.0f}")
    axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4, integer=True))
    axes.grid(axis="y", color=GRID, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=7.5, labelcolor=MUTED)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _letters(axes: Axes, first: Any, height: int) -> None:
    """The letters once, above the segments of the first bar; those too close are moved to the right."""
    size, left, least = sum(first.counts) or 1, 0.0, 0.0
    for letter, n in zip(GRADE, first.counts, strict=True):
        share = n / size
        x = max(left + share / 2, least)
        axes.text(x, height - 0.5, letter, ha="center", va="bottom", fontsize=9, fontweight="bold", color=GRADE[letter])
        least, left = x + 0.028, left + share
