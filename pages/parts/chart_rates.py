"""Shares with their uncertainty, over time, and between two dates: problem rate, trend, migration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from pages.parts import plot, text
from pages.parts.plot import BRAND, GRADE, INK, LIMIT, MUTED, WHITE
from pages.parts.text import say
from pipeline.domain import Text

LETTERS = "ABCDE"
WORSE, BETTER, SAME = "#B5602F", "#37A2AA", "#F1F4F7"
SMALL_GROUP = 20
RATE = Text("问题发现率", "Problem rate")
INTERVAL = Text("95% 区间", "95% interval")
CHECKED = Text("检查", "checked")
GRADE_WORD = Text("级", "")
NOW = Text("本期 →", "Now →")
THEN = Text("上期", "then")
TARGET = Text("目标", "target")


class Rated(Protocol):
    """A grade's problem rate."""

    @property
    def grade(self) -> str:
        """A to E."""

    @property
    def checked(self) -> int:
        """Completed checks."""

    @property
    def rate(self) -> float:
        """Share with a problem."""

    @property
    def low(self) -> float:
        """Lower end of the interval."""

    @property
    def high(self) -> float:
        """Upper end of the interval."""


def problem_rates(rows: Sequence[Rated], height: int) -> dict[str, Any]:
    """A dot and its 95 % interval a grade; rate and number at the interval's end, `n=` alone for few checks."""
    fit = [r for r in rows if r.checked >= SMALL_GROUP]
    places = [LETTERS.index(r.grade) for r in fit]
    error = {"type": "data", "symmetric": False, "color": plot.RING, "thickness": 2, "width": 0}
    error |= {"array": [100 * (r.high - r.rate) for r in fit], "arrayminus": [100 * (r.rate - r.low) for r in fit]}
    dots = {
        "type": "scatter", "mode": "markers", "x": [100 * r.rate for r in fit], "y": places, "error_x": error,
        "marker": {"size": 13, "color": [GRADE[r.grade] for r in fit], "line": {"color": WHITE, "width": 1.5}},
        "customdata": [_rate_hover(r) for r in fit], "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    top = max((100 * r.high for r in fit), default=10)
    layout = plot.layout(height, 30, 4, 4, 22)
    layout["annotations"] = [
        plot.note(100 * r.high, y, f"<b>{r.rate:.1%}</b>  <span style='color:{MUTED}'>{_checks(r.checked)}</span>",
                  INK, xanchor="left", xshift=8)
        for r, y in zip(fit, places, strict=True)
    ] + [
        plot.note(0, LETTERS.index(r.grade), f"<i>n={r.checked}</i>", MUTED, xanchor="left", xshift=8)
        for r in rows if r.checked < SMALL_GROUP
    ]  # fmt: skip
    step = next(s for s in (5, 10, 20, 25, 50, 100) if top / s <= 5)
    ticks = [t for t in range(0, 101, step) if t <= top]
    layout["xaxis"] = plot.axis(range=[0, top * 1.6], tickvals=ticks, ticktext=[f"{t}%" if t else "0" for t in ticks])
    layout["yaxis"] = plot.names([f"<b>{x}</b>" for x in LETTERS])
    return {"data": [dots], "layout": layout}


def migration(counts: Sequence[Sequence[int]], height: int) -> dict[str, Any]:
    """Grade then (rows) against grade now (columns): hue says worse or better, strength the share of the row."""
    shares = [[n / (sum(row) or 1) for n in row] for row in counts]
    sign = [[(j > i) - (j < i) for j in range(5)] for i in range(5)]
    strength = [
        [s * min(1.0, 0.18 + 6 * p) if n else 0.0 for s, p, n in zip(*rows, strict=True)]
        for rows in zip(sign, shares, counts, strict=True)
    ]
    cells = [(i, j) for i in range(5) for j in range(5)]
    heat = {
        "type": "heatmap", "z": strength, "xgap": 2, "ygap": 2, "zmin": -1, "zmax": 1, "showscale": False, "hoverinfo": "skip",
        "colorscale": [[0, BETTER], [0.5, SAME], [1, WORSE]],
    }  # fmt: skip
    numbers = {
        **plot.words(
            [j for _, j in cells], [i for i, _ in cells], [f"{counts[i][j]:,}" if counts[i][j] else "·" for i, j in cells],
            [MUTED if i == j or not counts[i][j] else INK for i, j in cells], "middle center",
        ),
        "mode": "markers+text",
        "marker": {"symbol": "square", "size": 34, "color": plot.NONE},
        "customdata": [
            f"{say(THEN)} <b>{LETTERS[i]}</b> → <b>{LETTERS[j]}</b>：{text.households(counts[i][j])}，{shares[i][j]:.1%}" for i, j in cells
        ],
        "hoverinfo": None,
        "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    layout = plot.layout(height, 52, 2, 24, 4)
    layout["annotations"] = [
        plot.note(
            0, 1, say(NOW), MUTED, xref="paper", yref="paper", xanchor="right", yanchor="bottom", xshift=-4, yshift=4
        )
    ]
    ticks = {
        "tickvals": list(range(5)),
        "showgrid": False,
        "tickfont": {"size": 12, "color": INK},
        "linecolor": plot.NONE,
    }
    layout["xaxis"] = plot.axis(side="top", range=[-0.5, 4.5], ticktext=[f"<b>{x}</b>" for x in LETTERS], **ticks)
    layout["yaxis"] = plot.axis(range=[4.5, -0.5], ticktext=[f"<b>{x}</b>" for x in LETTERS], **ticks)
    return {"data": [heat, numbers], "layout": layout}


def trend(points: Sequence[tuple[date, float, int]], target: float | None, height: int) -> dict[str, Any]:
    """A share over time: (date, share, records); the newest is written, `target` a dashed line."""
    days, shares = [p[0] for p in points], [100 * p[1] for p in points]
    labels = [f"{d.month}月" if text.language() == "zh" else f"{d:%b}" for d in days]
    reach = [*shares, *([100 * target] if target is not None else [])]
    room = max(1.0, 0.18 * (max(reach) - min(reach))) if reach else 1.0
    line = {
        "type": "scatter", "mode": "lines+markers", "x": list(range(len(days))), "y": shares,
        "line": {"color": BRAND, "width": 2}, "marker": {"size": 6},
        "customdata": [f"<b>{d:%Y-%m}</b><br>{s:.1f}%<br>n={n:,}" for d, s, n in zip(days, shares, (p[2] for p in points), strict=True)],
        "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    layout = plot.layout(height, 40, 68 if target is not None else 26, 14, 22)
    notes = [plot.note(len(days) - 1, shares[-1], f"<b>{shares[-1]:.1f}%</b>", INK, yshift=14)] if points else []
    if target is not None:
        notes.append(
            plot.note(1, 100 * target, f"{say(TARGET)} {target:.0%}", LIMIT, xref="paper", xanchor="left", xshift=3)
        )
        layout["shapes"] = [
            plot.line(LIMIT, 1, dash="4px,3px", xref="paper", x0=0, x1=1, y0=100 * target, y1=100 * target)
        ]
    layout["annotations"] = notes
    low, high = (max(0.0, min(reach) - room), max(reach) + 1.6 * room) if reach else (0.0, 1.0)
    layout["xaxis"] = plot.axis(
        tickvals=list(range(len(days))), ticktext=labels, showgrid=False, range=[-0.3, max(0.3, len(days) - 0.7)]
    )
    layout["yaxis"] = plot.axis(range=[low, high], nticks=6, ticksuffix="%")
    return {"data": [line], "layout": layout}


def _rate_hover(row: Rated) -> str:
    head = f"<b>{row.grade} {say(GRADE_WORD)}</b>".replace(" </b>", "</b>")
    return f"{head}<br>{say(RATE)} {row.rate:.1%}<br>{say(INTERVAL)} {row.low:.1%}–{row.high:.1%}<br>{say(CHECKED)} {_checks(row.checked)}"


def _checks(number: int) -> str:
    """Checks, a firm counted once a run: `382 户次`, in English the number alone."""
    return f"{number:,} 户次" if text.language() == "zh" else f"{number:,}"
