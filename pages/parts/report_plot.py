"""What every figure of a report shares: the Chinese font, the colours of the screens, paper, axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findSystemFonts, fontManager

from pipeline.errors import ChecksFailed

CJK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "SimHei", "PingFang SC",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
)  # fmt: skip
"""The first of these that the machine has draws the words."""
NO_FONT = (
    "没有可用的中文字体，图中文字无法绘制；请安装 fonts-noto-cjk（Debian、Ubuntu：apt-get install fonts-noto-cjk）"
    "（no Chinese font on this machine: install the package fonts-noto-cjk）"
)
DOTS = 300
WIDTH = 156 / 25.4
"""Inches of the text block."""
GRADE = {"A": "#37A2AA", "B": "#4975B5", "C": "#805D00", "D": "#86320F", "E": "#4A0F28"}
INK, MUTED, LINE, GRID, BRAND, LIMIT, UNKNOWN, WHITE = (
    "#1B2733", "#5D6B79", "#B7C3CE", "#E9EDF1", "#1F5A99", "#A3142A", "#EEF1F4", "#FFFFFF",
)  # fmt: skip
PAPER = {"facecolor": WHITE, "edgecolor": "none", "pad": 0.6}
"""Behind words that a line may cross."""


def chinese_font() -> str:
    """The name of a Chinese font that this machine has; raises ChecksFailed with what to install.

    The library keeps a list of fonts from its first run: a font that came later is found by looking again.
    """
    found = _known()
    if found is None:
        for path in findSystemFonts():
            with suppress(RuntimeError, OSError):
                fontManager.addfont(path)
        found = _known()
    if found is None:
        raise ChecksFailed(NO_FONT)
    return found


@contextmanager
def settings(font: str) -> Iterator[None]:
    """The settings of every figure, for as long as one is drawn."""
    rules: dict[Any, Any] = {
        "font.family": [font], "font.size": 8.5, "axes.edgecolor": LINE, "axes.linewidth": 0.6, "text.color": INK,
        "xtick.color": MUTED, "ytick.color": INK, "xtick.labelsize": 8, "ytick.labelsize": 8.5, "axes.unicode_minus": False,
        "text.parse_math": False,
    }  # fmt: skip
    with mpl.rc_context(rules):
        yield


def canvas(height: float) -> Figure:
    """An empty picture as wide as the text; `height` in inches."""
    paper = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(paper)
    return paper


def margin(labels: Sequence[str]) -> float:
    """The part of the width that the longest of `labels` takes beside an axis."""
    points = max((sum(8.6 if ord(c) > 0x2E7F else 4.7 for c in label) for label in labels), default=0.0)
    return (points + 8) / (WIDTH * 72)


def percents(axes: Axes, top: float, times: float) -> None:
    """Ticks at whole percents up to `top`; `times`: how many percent one unit of the axis is."""
    step = next(s for s in (1, 2, 5, 10, 20, 25, 50, 100) if top * times / s <= 6)
    ticks = range(0, int(top * times + 1e-9) + 1, step)
    axes.set_xticks([t / times for t in ticks], [f"{t}%" for t in ticks])


def quiet(axes: Axes) -> None:
    """An axis with faint upright lines and no frame at the top and the right."""
    axes.grid(axis="x", color=GRID, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def frameless(axes: Axes) -> None:
    """No frame at all."""
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)


def _known() -> str | None:
    names = {entry.name for entry in fontManager.ttflist}
    return next((name for name in CJK_FONTS if name in names), None)
