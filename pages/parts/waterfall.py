"""From the base to the score: one bar an indicator, in points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pages.parts import inert, plot
from pages.parts.firm_shapes import Band, Step
from pages.parts.plot import GRADE, INK, LINE, MUTED, WHITE
from pages.parts.text import language, say
from pipeline.domain import Text

WORSE, BETTER, BASE_BAR, JOINT = "#B5602F", "#37A2AA", "#C3CCD5", "#9AA7B3"
ROW = 24
THICK = 0.62
WIDEST = 212
"""Pixels of the widest label."""
BASE = Text("基准", "Base")
SCORE = Text("本企业评分", "This firm")
HOVER = Text("影响 {points} 分<br>{before} → {after}", "{points} points<br>{before} → {after}")
CLICK = Text("点击查看依据的记录", "Click for the records behind it")
LEAST_SHARE = 0.05
"""A band narrower than this share of the axis is not written below it."""


def signed(points: int) -> str:
    """Whole points with their sign, a true minus."""
    return "0" if points == 0 else f"{'−' if points < 0 else '+'}{abs(points)}"


def waterfall(base: float, score: float, grade: str, steps: Sequence[Step], scale: Sequence[Band]) -> dict[str, Any]:
    """The figure; a bar's customdata ends with its indicator's code, empty for the pooled rest. `grade`: that of the score."""
    low, high = _range(base, score, steps)
    count = len(steps)
    labels = [f"<b>{say(BASE)}</b>", *(inert.drawn(fitted(say(s.label))) for s in steps), f"<b>{say(SCORE)}</b>"]
    traces = [
        _steps(steps),
        _end(0, base, low, BASE_BAR, INK),
        _end(count + 1, score, low, GRADE[grade], INK if grade == "A" else WHITE),
    ]
    shapes = [
        {
            "type": "line",
            "x0": at,
            "x1": at,
            "y0": i + THICK / 2,
            "y1": i + 1 - THICK / 2,
            "line": {"color": JOINT, "width": 1},
        }
        for i, at in enumerate([base, *(s.after for s in steps)])
    ]
    visible = [b for b in scale if b.high > low and b.low < high]
    shapes += [
        plot.line(LINE, 1, dash="3px,3px", yref="paper", x0=b.low, x1=b.low, y0=0, y1=1) for b in visible if b.low > low
    ]
    layout = plot.layout(
        18 + ROW * (count + 2), plot.margin([*map(_plain, labels)]), 10, 2, 18, shapes=shapes, bargap=0.3
    )
    layout["annotations"] = [
        plot.note(
            (max(b.low, low) + min(b.high, high)) / 2,
            0,
            _grade_word(b.grade),
            GRADE[b.grade],
            yref="paper",
            yanchor="top",
        )
        for b in visible
        if min(b.high, high) - max(b.low, low) > LEAST_SHARE * (high - low)
    ]
    layout["xaxis"] = plot.axis(range=[low, high], showgrid=False, showticklabels=False)
    layout["yaxis"] = plot.names(labels, range=[count + 1.6, -0.6])
    layout["clickmode"] = "event+select"
    return {"data": traces, "layout": layout}


def fitted(label: str) -> str:
    """The label, its title cut where it is too wide: the value at its end stays."""
    if plot.width(label) <= WIDEST:
        return label
    cut = label.rfind(": ") if ": " in label else label.rfind(" ", 0, label.rfind(" "))
    title, value = (label[:cut], label[cut:]) if cut > 0 else (label, "")
    room = WIDEST - plot.width(value) - 10
    kept = max((i for i in range(len(title)) if plot.width(title[:i]) <= room), default=0)
    return title[:kept].rstrip() + "…" + value


def _range(base: float, score: float, steps: Sequence[Step]) -> tuple[float, float]:
    ends = [base, score, *(s.after for s in steps)]
    span = max(ends) - min(ends) or 10.0
    return min(ends) - 0.16 * span, max(ends) + 0.13 * span


def _steps(steps: Sequence[Step]) -> dict[str, Any]:
    colours = [WORSE if s.after < s.before else BETTER for s in steps]
    return {
        "type": "bar", "orientation": "h", "width": THICK, "cliponaxis": False,
        "y": list(range(1, len(steps) + 1)),
        "x": [abs(s.after - s.before) for s in steps],
        "base": [min(s.before, s.after) for s in steps],
        "marker": {"color": colours},
        "text": [signed(s.written) for s in steps], "textposition": "outside", "textfont": {"size": 12, "color": INK},
        "customdata": [[_hover(s), s.code or ""] for s in steps],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
        "selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}},
    }  # fmt: skip


def _hover(step: Step) -> str:
    said = say(HOVER).format(points=signed(step.written), before=round(step.before), after=round(step.after))
    more = f"<br><span style='color:{MUTED}'>{say(CLICK)}</span>" if step.code else ""
    return f"<b>{inert.drawn(say(step.label))}</b><br>{said}{more}"


def _end(row: int, score: float, low: float, colour: str, ink: str) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h", "width": THICK, "y": [row], "x": [score - low], "base": [low],
        "marker": {"color": colour}, "text": [f"<b>{score:.0f}</b>"], "textposition": "inside",
        "insidetextanchor": "end", "constraintext": "none", "insidetextfont": {"color": ink, "size": 12},
        "hoverinfo": "skip", "customdata": [["", ""]],
        "selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}},
    }  # fmt: skip


def _plain(label: str) -> str:
    return label.replace("<b>", "").replace("</b>", "")


def _grade_word(grade: str) -> str:
    return f"{grade} 级" if language() == "zh" else grade
