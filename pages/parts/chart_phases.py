"""The pilot's time line: four phases, one chip a task, a line for today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from pages.parts import plot, text
from pages.parts.plot import BRAND, INK, LIMIT, LINE, MUTED, NONE, WHITE
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.pilot import Light

LIGHT = {
    Light.DONE: "#23704F",
    Light.ON_TIME: BRAND,
    Light.SOON: "#B7791F",
    Light.LATE: LIMIT,
    Light.EARLY: "#8894A0",
}
"""Fill of a task's chip by its light."""
HEIGHT = 148
USUAL_WIDTH = 1330
"""Pixels of the plot on a usual screen: what fits is reckoned by it."""
CHIP = 37
"""Pixels of a chip, the gap included."""
ROWS = (0.60, 0.39, 0.18)
BAR = (0.75, 1.0)
PAST, AHEAD, COMING = "#EDF1F5", "#DCE7F2", WHITE
TODAY = Text("今日", "Today")
DEADLINE = Text("时限", "Deadline")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Stage(Protocol):
    """One phase."""

    @property
    def label(self) -> Text:
        """Its name."""

    @property
    def start(self) -> date:
        """Its first day."""

    @property
    def end(self) -> date:
        """Its last day."""

    @property
    def is_current(self) -> bool:
        """Whether it is today's."""

    @property
    def is_past(self) -> bool:
        """Whether it is over."""


class Chip(Protocol):
    """One task."""

    @property
    def id(self) -> str:
        """Its number."""

    @property
    def title(self) -> Text:
        """What is to be done."""

    @property
    def light(self) -> Light:
        """How it stands."""

    @property
    def sign(self) -> str:
        """The sign of the light."""

    @property
    def deadline(self) -> date:
        """Until when."""

    @property
    def when(self) -> Text:
        """How far off."""


class Line(Protocol):
    """The time line on a day."""

    @property
    def today(self) -> date:
        """The business day."""

    @property
    def stages(self) -> Sequence[Stage]:
        """The phases in order."""

    @property
    def chips(self) -> Sequence[Chip]:
        """The tasks in order."""

    @property
    def now(self) -> Text:
        """Today's phase and its days."""


def time_line(line: Line) -> dict[str, Any]:
    """Phases as bars, tasks as chips stacked leftwards from their deadline; `customdata` ends with the task's number."""
    if not line.stages:
        return {"data": [], "layout": plot.layout(HEIGHT, 4, 4, 2, 20)}
    first, last = line.stages[0].start - timedelta(days=1), line.stages[-1].end + timedelta(days=2)
    per_day = USUAL_WIDTH / (last - first).days
    shapes: list[dict[str, Any]] = [_tick(m) for m in _months(first, last)]
    notes: list[dict[str, Any]] = []
    for stage in line.stages:
        shapes += _bars(stage, line.today)
        notes.append(_name(stage, line, per_day))
    placed = _places(line.chips, CHIP / per_day)
    half = timedelta(days=(CHIP - 2) / 2 / per_day)
    shapes += [{**_rect(x - half, x + half, y - 0.085, y + 0.085, LIGHT[c.light]), "yref": "y"} for c, x, y in placed]
    if first <= line.today <= last:
        shapes.append(
            plot.line(LIMIT, 1.5, yref="paper", x0=str(line.today), x1=str(line.today), y0=0, y1=1, layer="above")
        )
        notes.append(_today(line.today, last))
    layout = plot.layout(HEIGHT, 4, 4, 2, 20, shapes=shapes, annotations=notes, clickmode="event+select")
    months = _months(first, last)
    ticks = [f"{m.month}月" if text.language() == "zh" else MONTHS[m.month - 1] for m in months]
    layout["xaxis"] = plot.axis(
        range=[str(first), str(last)], type="date", showgrid=False, tickvals=list(map(str, months)), ticktext=ticks
    )
    layout["xaxis"]["ticklabelposition"] = "outside right"
    layout["yaxis"] = plot.axis(visible=False, range=[0, 1])
    return {"data": [_chips(placed)], "layout": layout}


def _chips(placed: Sequence[tuple[Chip, datetime, float]]) -> dict[str, Any]:
    hover = [
        f"<b>{c.id} {say(c.title)}</b><br>{say(DEADLINE)} {c.deadline}<br>{c.sign} {say(c.light.title)} · {say(c.when)}"
        for c, *_ in placed
    ]
    return {
        **plot.words(
            [str(x) for _, x, _ in placed], [y for *_, y in placed], [c.id + c.sign for c, *_ in placed],
            [WHITE] * len(placed), "middle center",
        ),
        "mode": "markers+text",
        "textfont": {"size": 10.5, "color": WHITE},
        "marker": {"symbol": "square", "size": 26, "color": NONE},
        "selected": {"textfont": {"color": WHITE}},
        "unselected": {"textfont": {"color": WHITE}, "marker": {"opacity": 1}},
        "customdata": [[h, c.id] for h, (c, *_) in zip(hover, placed, strict=True)],
        "hoverinfo": None,
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }  # fmt: skip


def _places(chips: Sequence[Chip], step: float) -> list[tuple[Chip, datetime, float]]:
    """Chip, middle as a moment, height: up to three beside each other, then rows below."""
    by_day: dict[date, list[Chip]] = defaultdict(list)
    for chip in chips:
        by_day[chip.deadline].append(chip)
    placed = []
    for day, group in by_day.items():
        rows = 1 if len(group) <= 3 else 2 if len(group) <= 8 else 3
        columns = -(-len(group) // rows)
        for n, chip in enumerate(group):
            row, column = divmod(n, columns)
            back = timedelta(days=step * (columns - column - 0.5))
            placed.append((chip, _moment(day) + timedelta(days=1) - back, ROWS[min(row, len(ROWS) - 1)]))
    return placed


def _bars(stage: Stage, today: date) -> list[dict[str, Any]]:
    end = stage.end + timedelta(days=1)
    colour = PAST if stage.is_past else AHEAD if stage.is_current else COMING
    bar = _rect(stage.start, end, *BAR, colour)
    bar["line"] = {"color": LINE if colour == COMING else WHITE, "width": 1}
    if not stage.is_current:
        return [bar]
    return [bar, _rect(stage.start, today, *BAR, BRAND)]


def _name(stage: Stage, line: Line, per_day: float) -> dict[str, Any]:
    """The label of a phase; that of the current one stands on whichever part of its bar holds it."""
    middle = sum(BAR) / 2
    label = say(stage.label)
    if not stage.is_current:
        centre = _moment(stage.start) + (stage.end + timedelta(days=1) - stage.start) / 2
        words, colour = (f"✓ {label}", MUTED) if stage.is_past else (label, INK)
        return plot.note(0, middle, words, colour, yref="paper") | {"x": str(centre)}
    long = f"<b>{label}</b>　{say(line.now)}"
    done, left = ((line.today - stage.start).days * per_day, (stage.end - line.today).days * per_day)
    for words, size in (
        (long, plot.width(label + say(line.now)) * 1.08 + 44),
        (f"<b>{label}</b>", plot.width(label) + 24),
    ):
        if done >= size:
            note = plot.note(0, middle, words, WHITE, yref="paper", xanchor="left", xshift=14)
            return note | {"x": str(stage.start)}
        if left >= size:
            note = plot.note(0, middle, words, INK, yref="paper", xanchor="right", xshift=-12)
            return note | {"x": str(stage.end)}
    return plot.note(0, middle, f"<b>{label}</b>", INK, yref="paper", xanchor="left", xshift=4) | {
        "x": str(stage.start), "bgcolor": AHEAD,
    }  # fmt: skip


def _today(today: date, last: date) -> dict[str, Any]:
    right = (last - today).days < 24
    words = f"{say(TODAY)} {today:%m-%d}"
    note = plot.note(0, 0.0, words, LIMIT, yref="paper", yanchor="bottom", xanchor="right" if right else "left")
    return note | {"x": str(today), "xshift": -5 if right else 5, "font": {"size": 11, "color": LIMIT}}


def _tick(month: date) -> dict[str, Any]:
    return plot.line("#EEF1F4", 1, yref="paper", x0=str(month), x1=str(month), y0=0, y1=BAR[0] - 0.02)


def _rect(x0: Any, x1: Any, y0: float, y1: float, colour: str) -> dict[str, Any]:
    box = {"type": "rect", "xref": "x", "yref": "paper", "layer": "below", "line": {"width": 0}}
    return {**box, "x0": str(x0), "x1": str(x1), "y0": y0, "y1": y1, "fillcolor": colour}


def _months(first: date, last: date) -> list[date]:
    """The first days of the months between, the very last one left out where its label would not fit."""
    found, day = [], first.replace(day=1)
    while day <= last - timedelta(days=8):
        if day >= first:
            found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def _moment(day: date) -> datetime:
    """Midnight of a day, so that parts of a day can be added."""
    return datetime.combine(day, datetime.min.time())
