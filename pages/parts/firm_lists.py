"""Lists of a firm's archive as HTML, so that they wrap and print: rules, changes, a row as delivered, records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from typing import Protocol

import streamlit as st

from pages.parts.firm_shapes import Cited, Clause, Delivered, Record
from pages.parts.swimlanes import STYLE
from pages.parts.text import day, say
from pipeline.domain import Text

UNCONFIRMED = Text("待确认", "to be confirmed")
SIGNS = {0: "○", 1: "●", 2: "◆"}
FILE = Text("来源文件", "File")
SUPPLIER = Text("来源单位", "Supplier")
RECEIVED = Text("收到日期", "Received")
KNOWN = Text("计入起始", "Counts from")
ROW = Text("行号", "Row")
LATE = Text("逾期", "late")
DUE = Text("时限", "due")
COLUMNS = (Text("日期", "Date"), Text("类别", "Kind"), Text("内容", "What"), Text("编号", "Number"), FILE, ROW)


class Change(Protocol):
    """What an indicator did since the run before."""

    @property
    def title(self) -> Text:
        """Title of the indicator."""

    @property
    def before(self) -> Text:
        """Value then."""

    @property
    def after(self) -> Text:
        """Value now."""

    @property
    def points(self) -> float:
        """Difference of the points."""


class Measure(Protocol):
    """One measure that the grade brings."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def title(self) -> Text:
        """What it is."""

    @property
    def does(self) -> Text:
        """What the system does about it."""

    @property
    def clause(self) -> str:
        """The clause of the plan."""

    @property
    def confirmed(self) -> bool:
        """Else it is marked 待确认."""


class Warned(Protocol):
    """One warning case."""

    @property
    def level(self) -> int:
        """1 to 3."""

    @property
    def sign(self) -> str:
        """Its sign."""

    @property
    def word(self) -> Text:
        """Its name."""

    @property
    def rule(self) -> str:
        """The rule."""

    @property
    def said(self) -> Text:
        """What triggered it."""

    @property
    def state(self) -> Text:
        """Where it stands."""

    @property
    def is_open(self) -> bool:
        """Whether it is open."""

    @property
    def opened_on(self) -> date:
        """When it was opened."""

    @property
    def due_on(self) -> date | None:
        """Until when the stage is due."""

    @property
    def is_overdue(self) -> bool:
        """Whether it is late."""


class Task(Protocol):
    """One inspection that the firm was drawn for."""

    @property
    def task_id(self) -> str:
        """Its number."""

    @property
    def item(self) -> str:
        """The item."""

    @property
    def due_on(self) -> date:
        """Until when."""

    @property
    def checked_on(self) -> date | None:
        """When it was checked."""

    @property
    def said(self) -> Text:
        """Result, or where it stands."""

    @property
    def has_problem(self) -> bool:
        """Whether a problem was found."""

    @property
    def is_overdue(self) -> bool:
        """Whether it is late."""


def empty(sentence: Text) -> None:
    """Why there is nothing."""
    st.html(f'<div class="nothing">{escape(say(sentence))}</div>')


def clauses(rules: Sequence[Clause]) -> None:
    """Rules with what they do and the clause they rest on."""
    st.html(f'<ul class="ms">{"".join(map(_clause, rules))}</ul>')


def changes(movers: Iterable[Change], others: tuple[Text, float] | None) -> None:
    """What moved the score: points, indicator, value before and after."""
    items = [_change(m.points, say(m.title), f"{say(m.before)} → {say(m.after)}") for m in movers]
    if others is not None:
        items.append(_change(others[1], say(others[0]), ""))
    st.html(f'<ul class="mv">{"".join(items)}</ul>')


def warned(found: Sequence[Warned]) -> None:
    """Warnings: level, what triggered them, where they stand."""
    st.html(f'<ul class="ms">{"".join(map(_warned, found))}</ul>')


def checked(tasks: Sequence[Task], checks: Sequence[Record]) -> None:
    """Tasks of the draws, then the last checks on record."""
    items = [_task(t) for t in tasks]
    items += [
        f'<li><b>{day(r.day)}</b><span><i style="font-style:normal;color:{STYLE[r.weight][1]}">{SIGNS[r.weight]}</i>'
        f" {escape(say(r.words))}<u>{escape(r.number)}</u></span></li>"
        for r in checks
    ]
    st.html(f'<ul class="ms days">{"".join(items)}</ul>')


def measures(found: Sequence[Measure]) -> None:
    """Measures with their clause; what the system does about one stands on hover. Where none is confirmed the heading says so."""
    some = any(m.confirmed for m in found)
    items = "".join(
        f'<li title="{escape(say(m.does))}"><b>{escape(m.id)}</b><span>{escape(say(m.title))}'
        f"<s>{escape(m.clause)}{_unconfirmed(m.confirmed or not some)}</s></span></li>"
        for m in found
    )
    st.html(f'<ul class="ms tight">{items}</ul>')


def cited(records: Sequence[Cited]) -> None:
    """Records with file and row, as a table that prints."""
    titles = "".join(f"<th>{escape(say(t))}</th>" for t in COLUMNS)
    st.html(
        f'<div class="ruled rec"><table><thead><tr>{titles}</tr></thead><tbody>{"".join(map(_cited, records))}</tbody></table></div>'
    )


def delivered(row: Delivered) -> None:
    """The row as it was delivered, with where it came from above it."""
    source = (
        (FILE, row.file_name),
        (ROW, str(row.row_no)),
        (SUPPLIER, say(row.supplier)),
        (RECEIVED, day(row.received_on)),
        (KNOWN, day(row.known_from)),
    )
    head = "".join(f"<dt>{escape(say(t))}</dt><dd>{escape(v)}</dd>" for t, v in source)
    body = "".join(f"<tr><td>{escape(say(t))}</td><td>{escape(say(v))}</td></tr>" for t, v in row.cells)
    st.html(f'<dl class="defs">{head}</dl><table class="kv"><tbody>{body}</tbody></table>')


def _unconfirmed(confirmed: bool) -> str:
    return "" if confirmed else f' <i class="tag">{escape(say(UNCONFIRMED))}</i>'


def _clause(rule: Clause) -> str:
    basis = "；".join(escape(say(b)) for b in rule.basis)
    note = f"<u>{escape(say(rule.note))}</u>" if rule.note else ""
    effect = f"<em>{escape(say(rule.effect))}</em>"
    return f"<li><b>{escape(rule.id)}</b><span>{escape(say(rule.title))} {effect}<u>{basis}{_unconfirmed(rule.confirmed)}</u>{note}</span></li>"


def _warned(case: Warned) -> str:
    late = f' <b class="late">▲ {escape(say(LATE))}</b>' if case.is_overdue else ""
    due = f" · {escape(say(DUE))} {day(case.due_on)}" if case.due_on and case.is_open else ""
    return (
        f'<li><b class="lv{case.level}">{escape(case.sign)} {escape(say(case.word))}</b><span>{escape(say(case.said))}'
        f"<u>{escape(case.rule)} · {day(case.opened_on)} · {escape(say(case.state))}{due}{late}</u></span></li>"
    )


def _task(task: Task) -> str:
    bad = " class=late" if task.has_problem or task.is_overdue else ""
    when = day(task.checked_on) if task.checked_on else f"{escape(say(DUE))} {day(task.due_on)}"
    late = f" ▲ {escape(say(LATE))}" if task.is_overdue else ""
    return (
        f"<li><b>{day(task.checked_on or task.due_on)}</b><span><i{bad}>{escape(say(task.said))}{late}</i>"
        f"<u>{escape(task.task_id)} · {escape(task.item)} · {when}</u></span></li>"
    )


def _change(points: float, title: str, values: str) -> str:
    whole = round(points)
    sign = "0" if whole == 0 else f"{'−' if whole < 0 else '+'}{abs(whole)}"
    kind = "down" if whole < 0 else "up"
    return f'<li><b class="{kind}">{sign}</b><span>{escape(title)}<u>{escape(values)}</u></span></li>'


def _cited(entry: Cited) -> str:
    record = entry.record
    colour = STYLE[record.weight][1]
    sign = f'<i style="color:{colour}">{SIGNS[record.weight]}</i>'
    cells = (record.number, entry.file_name, str(record.row_no))
    rest = "".join(f"<td>{escape(c)}</td>" for c in cells)
    return (
        f'<tr><td class="day">{sign} {day(record.day)}</td><td>{escape(say(record.kind))}</td>'
        f"<td>{escape(say(record.words))}</td>{rest}</tr>"
    )
