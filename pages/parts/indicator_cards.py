"""The cards of the indicators page: the list at the left; declaration, distribution and change log at the right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts import address, cards, exports, filter_bar, indicator_boxes, plot, tables
from pages.parts.desk import Desk
from pages.parts.filter_bar import Choice
from pages.parts.indicator_shapes import ChangeLog, Detail, Entry, Pane, Row
from pages.parts.shapes import Coded
from pages.parts.text import MISSING, day, language, say
from pipeline.domain import Text

SEARCH = Text("指标、代码、依据或信息类别", "Title, code, clause or feed")
DIMENSION, ALL_DIMENSIONS = Text("维度", "Dimension"), Text("全部维度", "All dimensions")
NOTHING = Text("没有符合条件的指标。", "No indicator fits.")
CLEAR = Text("清除条件", "Clear the conditions")
LIST_ALT = Text("指标清单，点击一行查看说明与分布", "The indicators; click a row for its meaning and distribution")
TITLE = Text("指标", "Indicator")
HEADS: dict[str, tuple[Text, Text]] = {
    "group": (DIMENSION, Text("五个维度，或只供规则使用的事实", "One of five, or a fact that only rules read")),
    "title": (TITLE, Text("点击查看", "Click to open")),
    "arrow": (
        Text("方向", "Dir."),
        Text("↑ 越高风险越大，↓ 越低风险越大，— 不计方向", "↑ higher is riskier, ↓ lower is, — neither"),
    ),
    "points": (
        Text("作用", "Effect"),
        Text("对信用分的平均影响（分），不计正负", "Mean effect on the score in points, signs aside"),
    ),
    "missing": (Text("缺失 %", "Missing %"), Text("没有值的企业占比", "Enterprises without a value")),
}
WIDTHS = {"group": 66, "title": 170, "arrow": 40, "points": 86, "missing": 54}
WIDER = {"group": 82, "title": 168, "arrow": 36, "points": 82, "missing": 62}
MOST_ROWS = 19
BY_GRADE, BY_UNIT = Text("按等级分布", "By grade"), Text("按单位分布", "By unit")
HOW_BOXES = Text("线 5–95%，盒中间半数，竖线中位数；右侧户数", "line 5–95 %, box middle half, stroke median")
HOW_SHARES = Text("有值企业中各取值的占比", "share of each value among those with one")
LOG, LOG_HOW = (
    Text("版本与变更", "Versions and changes"),
    Text("等级按哪一版指标签发", "under which set grades were issued"),
)
SET_HEADS = (
    Text("指标集", "Set"),
    Text("首个数据时点", "First date"),
    Text("首次签发", "First issued"),
    Text("最近签发", "Last issued"),
    Text("批次", "Builds"),
    Text("状态", "State"),
)
IN_FORCE, FORMER = Text("现行", "In force"), Text("历史", "Former")
AHEAD = Text(
    "程序现声明的指标集为 {id}，下次构建起用。", "The program declares the set {id}: the next build will use it."
)
NO_AUTHOR = Text(
    "批准人与理由：系统不另行登记，以下为程序变更记录的原文。",
    "Approved by whom, and why: not recorded apart from the change log below, in its own words.",
)
NO_CHANGES = Text("变更记录中没有涉及此指标的条目。", "The change log has no line about this indicator.")
UNRELEASED = Text("未发布", "unreleased")
NOT_IN_SET = Text(
    "红线事实不计分，不属于计分指标集，随程序与等级规则版本变更。",
    "A rule fact is in no scored set: it changes with the program and the grade policy.",
)
TO_CONFIRM = Text("待确认", "to be confirmed")
SCORED, FACT, REVIEW = (
    Text("计分指标", "Scored"),
    Text("红线事实 · 不计分", "Rule fact, not scored"),
    Text("▲ 待评审", "▲ To be reviewed"),
)
NUMBER = Text("项数", "Indicators")
SCOPE = Text("范围", "Scope")
BESIDE = indicator_boxes.WIDE_FROM
"""With more classes than so many a distribution takes the whole width."""
_LIST = "indicator_rows"


def bar(q: str, dimension: str, choices: Sequence[Choice]) -> None:
    """Search and dimension."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="indicator_bar"):
        filter_bar.search("q", q, SEARCH, 200)
        filter_bar.select("dimension", DIMENSION, ALL_DIMENSIONS, choices, dimension, width=158)
        filter_bar.clear(bool(q or dimension), {})


def listing(rows: Sequence[Row], place: int | None, groups: Mapping[str, Text], one_group: bool) -> None:
    """The rows; a click opens one. `place`: the one that is open now, where it is among them."""
    if not rows:
        st.html(f'<div class="none" role="status">{escape(say(NOTHING))}</div>')
        st.button(say(CLEAR), key="empty_clear", on_click=address.replace, args=({},))
        return
    without = {"group"} if one_group else set()
    without |= {"points"} if all(r.weight.points is None for r in rows) else set()
    names = [n for n in HEADS if n not in without]
    head = {n: say(HEADS[n][0]) for n in names}
    cells = {
        "group": [say(groups[r.entry.group]) for r in rows],
        "title": [_flagged(r) for r in rows],
        "arrow": [r.entry.arrow for r in rows],
        "points": [r.weight.points for r in rows],
        "missing": [None if r.weight.missing is None else 100 * r.weight.missing for r in rows],
    }
    most = max((r.weight.points or 0.0 for r in rows), default=0.0) or 1.0
    _select(place, head["title"], list(head.values()))

    def told() -> None:
        chosen = st.session_state[_LIST]["selection"]["cells"]
        if chosen and chosen[0][0] < len(rows):
            address.put(code=rows[chosen[0][0]].entry.code)

    st.dataframe(
        pd.DataFrame({head[n]: cells[n] for n in names}),
        hide_index=True,
        column_config={head[n]: _config(n, most) for n in names},
        row_height=tables.ROW_HEIGHT,
        height=tables.HEADER_HEIGHT + tables.ROW_HEIGHT * min(len(rows), MOST_ROWS) + 2,
        placeholder=MISSING,
        key=_LIST,
        on_select=told,
        selection_mode="single-cell",
        alt=say(LIST_ALT),
    )


def foot(
    here: Desk, shown: int, scope: Text, columns: Sequence[Coded], asked: Text, rows: Callable[[], Any], title: str
) -> None:
    """How many rows and whose enterprises; the export."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="indicator_foot"
    ):
        number = say(Text(f"{shown} 项", f"{shown} indicator{'s' if shown != 1 else ''}"))
        st.html(f'<span class="cnt">{number} · {escape(say(scope))}</span>')
        label = say(Text(f"导出 {shown} 项", f"Export {shown}"))

        def order() -> exports.Order:
            lines = ((exports.FILTER, say(asked)), (NUMBER, f"{shown}"), (SCOPE, say(scope)))
            detail = {"filter": asked.zh, "scope": scope.zh}
            fields = tuple(exports.field(c) for c in columns)
            return exports.Order(exports.heading(here, title, lines), fields, shown, rows, "indicators", detail, title)

        exports.button(here, "indicators", label, order, disabled=not shown)


def declared(view: Detail) -> None:
    """What the open indicator is: title, definition, figures, facts."""
    entry = view.row.entry
    tags = [(entry.dimension, ""), (SCORED if entry.is_scored else FACT, "")]
    tags += [(REVIEW, "up")] if view.row.weight.needs_review else []
    spans = "".join(f'<em class="{kind}">{escape(say(words))}</em>' for words, kind in tags)
    with cards.card("indicator"):
        st.html(
            f'<div class="ind"><h2>{escape(say(entry.title))}<code>{escape(entry.code)}</code>{spans}</h2>'
            f"<p>{escape(say(entry.definition))}</p></div>"
        )
        cards.strip(view.figures)
        st.html(f'<dl class="facts">{_facts(entry)}</dl>')


def spread(view: Detail, pane: Pane, key: str, title: Text) -> None:
    """One distribution with its finding."""
    with cards.card(key):
        cards.heading(say(title), say(HOW_SHARES if view.classes else HOW_BOXES) if pane.groups else "")
        if view.classes:
            indicator_boxes.shares(pane.groups, view.classes)
        elif view.scale is not None:
            most = max(len(view.grades.groups), len(view.units.groups))
            figure = indicator_boxes.boxes(pane.groups, view.scale, most)
            plot.show(figure, f"{say(title)}: {indicator_boxes.spoken(pane.groups)}", key)
        cards.finding(say(pane.finding))


def versions(view: Detail, log: ChangeLog) -> None:
    """The sets of indicators, and what the change log says."""
    with cards.card("versions"):
        cards.heading(say(LOG), say(LOG_HOW))
        heads = "".join(f"<th>{escape(say(h))}</th>" for h in SET_HEADS)
        rows = "".join(
            f"<tr><td><code>{escape(v.id)}</code></td><td>{day(v.first)}</td><td>{v.issued:%Y-%m-%d}</td><td>{v.latest:%Y-%m-%d}</td>"
            f"<td>{v.builds:,}</td><td>{escape(say(IN_FORCE if v.is_current else FORMER))}</td></tr>"
            for v in log.versions
        )
        st.html(f'<div class="sets"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>')
        said = [NOT_IN_SET] if not view.row.entry.is_scored else []
        said += [Text(AHEAD.zh.format(id=log.declared), AHEAD.en.format(id=log.declared))] if log.is_ahead else []
        said += [NO_AUTHOR if view.changes else NO_CHANGES]
        cards.finding("".join(say(t) for t in said) if language() == "zh" else " ".join(say(t) for t in said))
        if view.changes:
            items = "".join(
                f"<li><b>{escape(c.release)}</b> <span>{escape(c.day or say(UNRELEASED))}</span><p>{escape(c.words)}</p></li>"
                for c in view.changes
            )
            st.html(f'<ul class="record">{items}</ul>')


def _select(place: int | None, usual: str, known: Sequence[str]) -> None:
    """Let the table show which row is open, whoever opened it: the address, or a click."""
    state = st.session_state.get(_LIST)
    cells = state["selection"]["cells"] if state else []
    now = cells[0] if cells else None
    if now is not None and now[0] == place and now[1] in known:
        return
    if place is None and now is None:
        return
    chosen = [] if place is None else [(place, usual)]
    st.session_state[_LIST] = {"selection": {"rows": [], "columns": [], "cells": chosen}}


def _flagged(row: Row) -> str:
    return f"▲ {say(row.entry.title)}" if row.weight.needs_review else say(row.entry.title)


def _config(name: str, most: float) -> Any:
    width, help_text = (WIDER if language() == "en" else WIDTHS)[name], say(HEADS[name][1])
    if name == "points":
        return st.column_config.ProgressColumn(
            help=help_text, width=width, min_value=0, max_value=most, format="%.1f", color="gray"
        )
    if name == "missing":
        return st.column_config.NumberColumn(help=help_text, width=width, format="%.1f")
    return st.column_config.TextColumn(help=help_text, width=width)


def _facts(entry: Entry) -> str:
    """Term and description, pairs beside each other; clauses and feeds over the whole width."""
    papers = dict.fromkeys(b.paper for b in entry.bases)
    bases = "".join(f"{_clauses(entry, paper)}<p><i>{escape(say(paper))}</i></p>" for paper in papers)
    feeds = "".join(
        f"<p>{escape(say(s.title))} <code>{escape(s.code)}</code> <i>{escape(say(s.suppliers))}</i></p>"
        for s in entry.sources
    )
    rules = "".join(f"<p>{escape(r.id)} {escape(say(r.title))}{_unconfirmed(r.confirmed)}</p>" for r in entry.rules)
    wide = [(Text("依据", "Legal basis"), bases), (Text("信息来源", "Feeds"), feeds)]
    wide += [(Text("用于规则", "Read by rules"), rules)] if rules else []
    short = [
        (Text("窗口", "Window"), entry.window),
        (Text("计算形式", "Form"), entry.form),
        (Text("风险方向", "Direction"), entry.direction),
        (Text("没有记录时", "Without records"), entry.without),
        (Text("数值单位", "Unit"), entry.unit),
        (Text("指标来源", "Category"), entry.category),
        (Text("成因语句", "As a reason"), entry.reason),
        (Text("声明摘要", "Own hash"), Text(entry.version, entry.version)),
    ]
    written = "".join(f"<dt>{escape(say(t))}</dt><dd>{escape(say(d))}</dd>" for t, d in short)
    return "".join(f'<dt>{escape(say(t))}</dt><dd class="wide">{body}</dd>' for t, body in wide) + written


def _clauses(entry: Entry, paper: Text) -> str:
    """The clauses of one paper."""
    return "".join(
        f"<p>{escape(b.clause)}{_unconfirmed(b.confirmed)} <code>{escape(b.code)}</code></p>"
        for b in entry.bases
        if b.paper == paper
    )


def _unconfirmed(confirmed: bool) -> str:
    return "" if confirmed else f" <u>{escape(say(TO_CONFIRM))}</u>"
