"""The figures of the model's page: candidates by period, probabilities against outcomes, drift, outcomes against expectation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pages.parts import plot
from pages.parts.plot import BRAND, FAINT, GRID, INK, JOIN, LIMIT, MUTED, RING, WHITE
from pages.parts.text import MISSING, say
from pipeline.domain import Text

INTERVAL = Text("95% 区间", "95% interval")
PREDICTED, OBSERVED = Text("平均预测概率", "Mean predicted probability"), Text("实际发现问题率", "Share with a problem")
ROWS = Text("户次", "rows")
BY_CHANCE, NOW, THEN = Text("随机界限", "by chance up to"), Text("本期", "now"), Text("训练时", "at training")
PROBLEMS, EXPECTED, CHECKS = Text("发现问题", "problems"), Text("预期", "expected"), Text("检查", "checks")
RANGE = Text("99% 区间", "99% interval")
BAND = "#DCE4EC"
FACTOR = 1.5
CONTEST, ROOMY, TIGHT = 300, 22, 15
"""Pixels of the candidates' chart as long as a row has TIGHT of them, and of a row of the other charts."""
MOST_RATIO = 3.0
"""The axis of outcomes never reaches further: what lies beyond stands at its end, its number beside it."""


class Judged(Protocol):
    """A candidate's AUC in a period, or its mean."""

    @property
    def label(self) -> Text:
        """Candidate or period."""

    @property
    def value(self) -> float:
        """The AUC."""

    @property
    def low(self) -> float:
        """Lower end."""

    @property
    def high(self) -> float:
        """Upper end."""

    @property
    def is_mean(self) -> bool:
        """Whether it is the mean of all periods."""

    @property
    def in_office(self) -> bool:
        """Whether it scores."""

    @property
    def ahead(self) -> str:
        """Paired difference as written, empty for the first."""


class Dot(Protocol):
    """Rows with probabilities next to each other."""

    @property
    def rows(self) -> int:
        """How many."""

    @property
    def expected(self) -> float:
        """Mean probability."""

    @property
    def observed(self) -> float:
        """Share with a problem."""

    @property
    def low(self) -> float:
        """Lower end."""

    @property
    def high(self) -> float:
        """Upper end."""


class Moved(Protocol):
    """How far a distribution moved."""

    @property
    def label(self) -> Text:
        """What."""

    @property
    def psi(self) -> float | None:
        """Its PSI."""

    @property
    def critical(self) -> float | None:
        """What chance exceeds in 5 of 100 cases."""

    @property
    def is_alarm(self) -> bool:
        """Whether it counts as moved."""

    @property
    def then_rows(self) -> int:
        """Enterprises at training."""

    @property
    def now_rows(self) -> int:
        """Enterprises now."""


class Expected(Protocol):
    """Problems of a quarter against those expected."""

    @property
    def label(self) -> Text:
        """Kind of check."""

    @property
    def checks(self) -> int:
        """Checks."""

    @property
    def observed(self) -> int:
        """Problems."""

    @property
    def expected(self) -> float | None:
        """Problems expected."""

    @property
    def low(self) -> int | None:
        """Lower end."""

    @property
    def high(self) -> int | None:
        """Upper end."""

    @property
    def ratio(self) -> float | None:
        """observed ÷ expected."""

    @property
    def is_alarm(self) -> bool:
        """Whether it left what was expected."""


def candidates(rows: Sequence[Judged]) -> dict[str, Any]:
    """A dot and its interval a row: the mean of a candidate bold, its periods below it; differences at the right."""
    places = list(range(len(rows)))
    dots = {
        **_dots([r.value for r in rows], places, [r.low for r in rows], [r.high for r in rows], "x"),
        "marker": {
            "size": [11 if r.is_mean else 6 for r in rows],
            "color": [BRAND if r.in_office else MUTED if r.is_mean else RING for r in rows],
            "line": {"color": WHITE, "width": 1},
        },
        "customdata": [
            f"<b>{say(r.label)}</b><br>AUC {r.value:.3f}<br>{say(INTERVAL)} {r.low:.3f}–{r.high:.3f}" for r in rows
        ],
    }
    labels = [
        f"<b>{say(r.label)}</b>" if r.is_mean else f"<span style='color:{MUTED}'>{say(r.label)}</span>" for r in rows
    ]
    written = [f"<b>{r.value:.3f}</b>  {r.ahead}" if r.is_mean else f"{r.value:.3f}" for r in rows]
    right, carrier = plot.remarks(written, [INK if r.is_mean else MUTED for r in rows])
    low, high = min(r.low for r in rows), max(r.high for r in rows)
    layout = plot.layout(
        max(CONTEST, 24 + TIGHT * len(rows)), plot.margin([say(r.label) for r in rows if r.is_mean]),
        plot.margin([w.replace("<b>", "").replace("</b>", "") for w in written]), 2, 22,
    )  # fmt: skip
    layout["shapes"] = [
        plot.line(GRID, 1, x0=0, x1=1, xref="paper", y0=y - 0.5, y1=y - 0.5)
        for y, r in enumerate(rows)
        if r.is_mean and y
    ]
    spare = 0.06 * (high - low)
    layout["xaxis"] = plot.axis(range=[low - spare, high + spare], nticks=4, tickangle=0, tickformat=".2f")
    layout["yaxis"], layout["yaxis2"] = plot.names(labels), right
    return {"data": [dots, carrier], "layout": layout}


def calibration(dots: Sequence[Dot], height: int) -> dict[str, Any]:
    """Predicted against observed with Wilson's interval; the diagonal is where they are equal."""
    top = 1.06 * max(max(d.high for d in dots), max(d.expected for d in dots))
    marks = {
        **_dots(
            [d.expected for d in dots], [d.observed for d in dots], [d.low for d in dots], [d.high for d in dots], "y"
        ),
        "marker": {"size": 9, "color": BRAND, "line": {"color": WHITE, "width": 1}},
        "customdata": [
            f"{say(PREDICTED)} <b>{d.expected:.1%}</b><br>{say(OBSERVED)} <b>{d.observed:.1%}</b>"
            f"<br>{say(INTERVAL)} {d.low:.1%}–{d.high:.1%}<br>{d.rows:,} {say(ROWS)}"
            for d in dots
        ],
    }
    layout = plot.layout(height, 44, 10, 8, 38)
    layout["shapes"] = [plot.line(JOIN, 1, dash="4px,3px", x0=0, y0=0, x1=top, y1=top)]
    step = next(s for s in (0.05, 0.1, 0.2, 0.25) if top / s <= 6)
    ticks = [n * step for n in range(int(top / step) + 1)]
    words = [f"{t:.0%}" if t else "0" for t in ticks]
    title = {"text": say(PREDICTED), "font": {"size": 11, "color": MUTED}, "standoff": 4}
    layout["xaxis"] = plot.axis(range=[0, top], tickvals=ticks, ticktext=words, title=title)
    layout["yaxis"] = plot.axis(range=[0, top], tickvals=ticks, ticktext=words)
    return {"data": [marks], "layout": layout}


def drift(rows: Sequence[Moved], limits: tuple[float, float]) -> dict[str, Any]:
    """PSI as bars, what chance alone exceeds as a mark in each, lines where it matters and where it is large."""
    places = list(range(len(rows)))
    values = [r.psi or 0.0 for r in rows]
    bars = {
        "type": "bar", "orientation": "h", "x": values, "y": places, "width": 0.62,
        "marker": {"color": [LIMIT if v >= limits[1] and r.is_alarm else "#B5602F" if r.is_alarm else JOIN for r, v in zip(rows, values, strict=True)]},
        "customdata": [_drift_hover(r) for r in rows], "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    top = 1.08 * max(*values, limits[1])
    chance = {
        "type": "scatter", "mode": "markers", "x": [min(r.critical or 0.0, top) for r in rows], "y": places, "hoverinfo": "skip",
        "marker": {"symbol": "line-ns", "size": 11, "line": {"color": INK, "width": 1.6}},
    }  # fmt: skip
    written = [MISSING if r.psi is None else f"{'▲ ' if r.is_alarm else ''}{r.psi:.3f}" for r in rows]
    right, carrier = plot.remarks(written, [LIMIT if r.is_alarm else MUTED for r in rows])
    labels = [plot.fitted(say(r.label)) for r in rows]
    layout = plot.layout(26 + ROOMY * len(rows), plot.margin(labels), 58, 2, 22, bargap=0.3)
    layout["shapes"] = [
        plot.line(LIMIT if x == limits[1] else RING, 1, dash="4px,3px", x0=x, x1=x, yref="paper", y0=0, y1=1)
        for x in limits
    ]
    ticks = [0.0, *limits, *(t for t in (0.5, 1.0, 2.0, 4.0) if t < top)]
    layout["xaxis"] = plot.axis(range=[0, top], tickvals=ticks, ticktext=[f"{t:g}" for t in ticks], showgrid=False)
    first = f"<b>{labels[0]}</b>"
    layout["yaxis"], layout["yaxis2"] = plot.names([first, *labels[1:]]), right
    return {"data": [bars, chance, carrier], "layout": layout}


def outcomes(rows: Sequence[Expected]) -> dict[str, Any]:
    """observed ÷ expected: a dot over the bar in which chance keeps it; dashed where a factor of 1.5 is reached."""
    told = [r for r in rows if r.expected]
    places = list(range(len(told)))
    ends = [((r.low or 0) / (r.expected or 1), (r.high or 0) / (r.expected or 1)) for r in told]
    top = min(MOST_RATIO, 1.08 * max([FACTOR, *(b for _, b in ends), *(r.ratio or 0 for r in told)]))
    bars = {
        "type": "bar", "orientation": "h", "base": [a for a, _ in ends], "x": [min(b, top) - a for a, b in ends], "y": places, "width": 0.4,
        "marker": {"color": BAND}, "hoverinfo": "skip",
    }  # fmt: skip
    dots = {
        "type": "scatter", "mode": "markers", "x": [min(r.ratio or 0.0, top) for r in told], "y": places,
        "marker": {"size": 11, "color": [LIMIT if r.is_alarm else BRAND for r in told], "line": {"color": WHITE, "width": 1}},
        "customdata": [
            f"<b>{say(r.label)}</b><br>{say(CHECKS)} {r.checks:,}<br>{say(PROBLEMS)} <b>{r.observed:,}</b>，{say(EXPECTED)} {r.expected:,.1f}"
            f"<br>{say(RANGE)} {r.low:,}–{r.high:,}" for r in told
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    written = [f"{'▲ ' if r.is_alarm else ''}{r.observed:,} / {r.expected:,.1f}" for r in told]
    right, carrier = plot.remarks(written, [LIMIT if r.is_alarm else MUTED for r in told])
    labels = [plot.fitted(say(r.label)) for r in told]
    layout = plot.layout(30 + 34 * len(told), plot.margin(labels), plot.margin(written), 4, 22)
    layout["shapes"] = [
        plot.line(
            INK if x == 1 else RING, 1, x0=x, x1=x, yref="paper", y0=0, y1=1, **({} if x == 1 else {"dash": "4px,3px"})
        )
        for x in (1 / FACTOR, 1.0, FACTOR)
    ]
    layout["xaxis"] = plot.axis(range=[0, top], tickvals=[0, 1, 2, 3], ticktext=["0", "1", "2", "3"], showgrid=False)
    layout["yaxis"], layout["yaxis2"] = plot.names(labels), right
    return {"data": [bars, dots, carrier], "layout": layout}


def _dots(x: list[float], y: list[Any], low: list[float], high: list[float], along: str) -> dict[str, Any]:
    """Dots with intervals along one axis."""
    values = x if along == "x" else y
    error = {"type": "data", "symmetric": False, "color": FAINT, "thickness": 1.4, "width": 0}
    error |= {
        "array": [h - v for h, v in zip(high, values, strict=True)],
        "arrayminus": [v - w for v, w in zip(values, low, strict=True)],
    }
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        f"error_{along}": error,
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _drift_hover(row: Moved) -> str:
    if row.psi is None:
        return f"<b>{say(row.label)}</b><br>{MISSING}"
    return (
        f"<b>{say(row.label)}</b><br>PSI {row.psi:.4f}<br>{say(BY_CHANCE)} {row.critical or 0:.4f}"
        f"<br>{say(THEN)} n={row.then_rows:,}，{say(NOW)} n={row.now_rows:,}"
    )
