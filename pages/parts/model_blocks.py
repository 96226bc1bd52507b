"""The blocks of the model's page: how good, how it is calibrated, what moved, how it was cut, and which models there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Protocol

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts import cards, chart_rates, choice, model_charts, plot, tables, text
from pages.parts.shapes import Figure, Listing, Words
from pages.parts.text import say
from pipeline.domain import Text

CALIBRATION_HEIGHT, MIGRATION_HEIGHT = 268, 236
HEAD = (
    Text("等级", "Grade"),
    Text("分数线", "Cut"),
    Text("户数", "Number"),
    Text("占比", "Share"),
    Text("目标", "Wanted"),
    Text("相差", "Off by"),
)
WIDTHS = (4.4, 4.5, 4.4)
CARD = Text("模型卡", "Model card")
CARD_REMARK = Text("训练时写定", "as written at training")
MODELS = Text("已训练的模型", "Trained models")
MODELS_REMARK = Text(
    "新的在前；启用后下次构建起生效", "the newest first; what is put in office scores from the next build on"
)
PROMOTIONS = Text("启用记录", "Who put it in office")
PROMOTIONS_REMARK = Text("新的在前，只增不改", "the newest first, only ever added to")
IN_OFFICE = Text("在用", "In office")
USE, SWITCH = Text("启用", "Put in office"), Text("换候选", "Another candidate")
ORIGIN, WINNER, ADVERSE = (
    Text("所知截至", "Knew until"),
    Text("按规则", "By the rule"),
    Text("不良户年", "Adverse firm-years"),
)
INDICATOR_SET = Text("指标集", "Indicators")
SHORT = 8


class GradeShare(Protocol):
    """A grade with its cut and shares."""

    @property
    def grade(self) -> str:
        """A to E."""

    @property
    def cut(self) -> str:
        """The least score, as written."""

    @property
    def count(self) -> int:
        """Enterprises."""

    @property
    def share(self) -> float | None:
        """Their share."""

    @property
    def wanted(self) -> float:
        """The share that was wanted."""

    @property
    def is_off(self) -> bool:
        """Beyond the tolerance."""


class Movement(Protocol):
    """Enterprises by grade then and now."""

    @property
    def counts(self) -> Sequence[Sequence[int]]:
        """Rows: then; columns: now."""


class Calibration(Protocol):
    """Probabilities against outcomes."""

    @property
    def dots(self) -> Sequence[model_charts.Dot]:
        """The bins."""

    @property
    def words(self) -> Words:
        """Title and finding."""


class Trained(Protocol):
    """A model that was trained."""

    @property
    def model_id(self) -> str:
        """Its id."""

    @property
    def origin(self) -> str:
        """Until when it knew."""

    @property
    def winner(self) -> str:
        """The candidate that won."""

    @property
    def auc(self) -> Mapping[str, str]:
        """AUC by candidate, as written."""

    @property
    def adverse(self) -> int | None:
        """Adverse firm-years."""

    @property
    def indicator_set(self) -> str:
        """The set it was trained on."""

    @property
    def in_office(self) -> str:
        """The candidate that scores, empty if none."""

    @property
    def obstacle(self) -> Text | None:
        """Why it can't be put in office."""


def columns() -> Sequence[DeltaGenerator]:
    """Three cards beside each other."""
    return st.columns(WIDTHS, gap="xsmall")


def figures(found: Sequence[Figure]) -> None:
    """The strip of figures."""
    with cards.card("figures"):
        cards.strip(found)


def contest(rows: Sequence[model_charts.Judged], words: Words) -> None:
    """Candidates by period."""
    with cards.told("contest", words):
        if rows:
            plot.show(model_charts.candidates(rows), say(words.finding), "contest")


def calibration(
    periods: Mapping[str, Text],
    candidates: Mapping[str, Text],
    names: tuple[Text, Text],
    of: Callable[[str, str], Calibration],
) -> None:
    """Probabilities against outcomes, of a period and a candidate that are chosen below the chart."""
    with cards.card("calibration"):
        place = st.container(gap="xsmall")
        period, candidate = "", ""
        with st.container(horizontal=True, key="calibration_of", vertical_alignment="center"):
            if periods:
                period = choice.one("period", names[0], periods)
            if candidates:
                candidate = choice.among("candidate", names[1], candidates)
        found = of(period, candidate)
        with place:
            cards.heading(say(found.words.title), say(found.words.remark))
            if found.dots:
                figure = model_charts.calibration(found.dots, CALIBRATION_HEIGHT)
                plot.show(figure, say(found.words.finding), "calibration")
        cards.finding(say(found.words.finding))


def drift(rows: Sequence[model_charts.Moved], limits: tuple[float, float], words: Words) -> None:
    """PSI of the score and of the indicators that moved most."""
    with cards.told("drift", words):
        if rows:
            plot.show(model_charts.drift(rows, limits), say(words.finding), "drift")


def outcomes(rows: Sequence[model_charts.Expected], words: Words, reasons: Sequence[tuple[Text, Text]]) -> None:
    """Problems of the newest quarter against those expected; what can't be said, and why."""
    with cards.told("outcomes", words):
        if any(r.expected for r in rows):
            plot.show(model_charts.outcomes(rows), say(words.finding), "outcomes")
        cards.definitions([(say(label), say(why)) for label, why in reasons])


def grades(rows: Sequence[GradeShare], words: Words) -> None:
    """Cuts, shares and wanted shares."""
    with cards.told("shares", words):
        head = "".join(f"<th>{escape(say(h))}</th>" for h in HEAD)
        body = "".join(_grade_row(r) for r in rows)
        st.html(f'<table class="gt cuts"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def migration(moved: Movement | None, words: Words) -> None:
    """How enterprises moved since the run before."""
    with cards.told("migration", words):
        if moved:
            plot.show(chart_rates.migration(moved.counts, MIGRATION_HEIGHT), say(words.finding), "migration")


def card(groups: Listing, words: Words, facts: Sequence[tuple[Text, Text]], table: Listing) -> None:
    """Groups with expected and observed rate; beside them the model card in words, and who put what in office, when and why."""
    left, right = st.columns((6.9, 6.2), gap="xsmall")
    with left, cards.told("parity", words):
        tables.ruled(groups)
    with right:
        with cards.card("facts"):
            cards.heading(say(CARD), say(CARD_REMARK))
            cards.definitions([(say(label), say(value)) for label, value in facts])
        with cards.card("promotions"):
            cards.heading(say(PROMOTIONS), say(PROMOTIONS_REMARK))
            tables.ruled(table)


def models(rows: Sequence[Trained], words: Mapping[str, Text], on_use: Callable[[str], None] | None) -> None:
    """The models that were trained; a button where one may be put in office. `on_use` None: nobody here may."""
    if not rows:
        return
    with cards.card("models"):
        cards.heading(say(MODELS), say(MODELS_REMARK))
        for row in rows:
            with st.container(horizontal=True, key=f"model_{row.model_id}", vertical_alignment="center"):
                st.html(_model_line(row, words))
                if on_use and row.obstacle is None:
                    label = say(SWITCH if row.in_office else USE)
                    st.button(label, key=f"use_{row.model_id}", on_click=on_use, args=(row.model_id,))


def _grade_row(r: GradeShare) -> str:
    off = None if r.share is None else 100 * (r.share - r.wanted)
    sign = "" if not r.is_off else "▲ " if (off or 0) > 0 else "▼ "
    mark = ' class="bad"' if r.is_off else ""
    return (
        f'<tr><td><span class="g g{r.grade}">{r.grade}</span></td><td>{escape(r.cut)}</td><td>{r.count:,}</td>'
        f"<td>{text.share(r.share)}</td><td>{r.wanted:.1%}</td><td{mark}>{sign}{text.points(off)}</td></tr>"
    )


def _model_line(row: Trained, words: Mapping[str, Text]) -> str:
    parts: list[tuple[Text, Any]] = [
        (ORIGIN, row.origin),
        (WINNER, f"{say(words[row.winner])} {row.auc.get(row.winner, '')}".strip()),
        (ADVERSE, text.count(row.adverse)),
        (INDICATOR_SET, row.indicator_set[:SHORT]),
    ]
    said = "".join(f"<span>{escape(say(label))} <b>{escape(str(value))}</b></span>" for label, value in parts)
    tag = (
        f'<em class="ok">✓ {escape(say(IN_OFFICE))} · {escape(say(words[row.in_office]))}</em>' if row.in_office else ""
    )
    why = f'<em class="bad">{escape(say(row.obstacle))}</em>' if row.obstacle else ""
    return f'<div class="sum model"><b>{escape(row.model_id)}</b>{said}{tag}{why}</div>'
