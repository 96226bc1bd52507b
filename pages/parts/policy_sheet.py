"""The left side of the policy page: what is in force, part by part, and the scores under the cuts."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st

from pages.parts import address, cards, plot, tables
from pages.parts.plot import GRADE, INK, MUTED
from pages.parts.policy_shapes import Entries, Entry, Head, Scores, Sheet
from pages.parts.text import MISSING, day, households, language, say
from pipeline.domain import Text
from pipeline.errors import BadDeclaration

STYLE = Path(__file__).with_name("policy.css").read_text(encoding="utf-8")
IN_FORCE = Text("现行规则", "In force")
PARTS = {
    "bands": Text("分级线", "Bands"),
    "rules": Text("上限红线", "Rules"),
    "ratios": Text("抽查比例", "Ratios"),
    "measures": Text("措施", "Measures"),
    "warnings": Text("预警", "Warnings"),
    "fields": Text("重点领域", "Key fields"),
}
VERSION, SINCE = Text("版本", "version"), Text("{day} 起施行", "since {day}")
APPROVED, BASIS = Text("批准", "approved by"), Text("依据", "Basis")
UNCONFIRMED, CONFIRMED = Text("待确认", "to be confirmed"), Text("已确认", "confirmed")
OF_VERSIONS = Text("共 {n} 个版本", "{n} versions")
AT_FAULT = Text("政策文件有误，无法显示", "A policy file is at fault")
SCORES = Text("得分分布", "Scores")
ON_SCORES = Text("每 10 分一条，计入的企业；虚线为拟议", "a bar a ten points, firms that count; dashed: proposed")
_HIGH = 268


def dress() -> None:
    """The style of this page."""
    st.html(f"<style>{STYLE}</style>")


def at_fault(fault: BadDeclaration) -> NoReturn:
    """In place of the page where a policy file can't be used: which file, and every fault of it."""
    cards.notice(say(AT_FAULT), "\n".join([Path(fault.where).name, *fault.faults]), "python cli.py check")
    st.stop()


def part(chosen: str, drift: Text | None) -> None:
    """The switch between the parts; below it where the published build was graded otherwise than the file says."""
    st.segmented_control(
        say(IN_FORCE), list(PARTS), format_func=lambda p: say(PARTS[p]), key=address.fill("part", chosen), required=True,
        on_change=address.changed, args=("part",), label_visibility="collapsed",
    )  # fmt: skip
    if drift:
        cards.warn(say(drift))


def sheet(view: Sheet) -> None:
    """Head, then every table with its heading and finding."""
    _head(view.head)
    for number, block in enumerate(view.blocks):
        cards.heading(say(block.title), say(block.remark))
        if hasattr(block.content, "rows") and block.content.rows and hasattr(block.content.rows[0], "sub"):
            _entries(block.content)
        else:
            with st.container(key=f"law_{number}"):
                tables.ruled(block.content)
        if block.finding:
            cards.finding(say(block.finding))


def scores(view: Scores, tried: Mapping[str, float]) -> None:
    """The histogram with the cuts in force, and dashed those that are tried out."""
    if view.bars:
        cards.heading(say(SCORES), say(ON_SCORES))
        plot.show(_histogram(view, tried), say(SCORES), "policy_scores")


def _head(head: Head) -> None:
    facts = [
        f"<b>{escape(head.file)}</b>",
        f"{escape(say(VERSION))} <b>{escape(head.version)}</b>",
        escape(say(SINCE).format(day=day(head.effective_from))),
        f"{escape(say(APPROVED))} {MISSING if head.approved_by == UNCONFIRMED.zh else escape(head.approved_by)}",
    ]
    if head.versions > 1:
        facts.append(escape(say(OF_VERSIONS).format(n=head.versions)))
    tag = f'<em class="{"ok" if head.confirmed else "open"}">{escape(say(CONFIRMED if head.confirmed else UNCONFIRMED))}</em>'
    st.html(
        f'<div class="lawhead">{"".join(f"<span>{f}</span>" for f in facts)}{tag}'
        f"<p>{escape(say(BASIS))}{'：' if language() == 'zh' else ': '}{escape(say(head.basis))}</p></div>"
    )


def _entries(view: Entries) -> None:
    heads = "".join(f'<th title="{escape(say(c.help))}">{escape(say(c.label))}</th>' for c in view.columns)
    head = f"<thead><tr><th></th>{heads}</tr></thead>" if view.columns else ""
    st.html(f'<table class="law">{head}<tbody>{"".join(map(_entry, view.rows))}</tbody></table>')


def _entry(entry: Entry) -> str:
    """A line with the numbers, and below it, over the whole width, clause and remarks."""
    tag = f"<em>{escape(say(entry.tag))}</em>" if entry.tag else ""
    code = f"<b>{escape(entry.code)}</b> " if not entry.code.islower() else ""
    state = "" if entry.confirmed else f" <i>{escape(say(UNCONFIRMED))}</i>"
    cells = "".join(f'<td class="n">{escape(c)}</td>' for c in entry.cells)
    sub = "".join(f"<u>{escape(say(s))}</u>" for s in entry.sub)
    return (
        f"<tr><td>{code}{escape(say(entry.title))} {tag}{state}</td>{cells}</tr>"
        f'<tr class="sub"><td colspan="{1 + len(entry.cells)}">{sub}</td></tr>'
    )


def _histogram(view: Scores, tried: Mapping[str, float]) -> dict[str, Any]:
    """Stacked bars in the colours of the bands; lines at the cuts, their letters on top."""
    traces = []
    for letter, colour in GRADE.items():
        own = [(low, n) for low, grade, n in view.bars if grade == letter]
        traces.append({
            "type": "bar", "x": [low + 5 for low, _ in own], "y": [n for _, n in own], "width": 9.2,
            "marker": {"color": colour}, "hovertemplate": "%{customdata}<extra></extra>",
            "customdata": [f"<b>{low:.0f}–{low + 10:.0f}</b> {letter}<br>{households(n)}" for low, n in own],
        })  # fmt: skip
    lines = [_cut(c, INK, "solid") for c in view.cuts.values()]
    lines += [_cut(c, plot.LIMIT, "4px,3px") for g, c in tried.items() if c != view.cuts.get(g)]
    layout = plot.layout(_HIGH, 40, 6, 20, 22, barmode="stack", bargap=0, shapes=lines)
    layout["annotations"] = [
        plot.note(c, 1, f"<b>{g}</b> {c:g}", INK if tried.get(g, c) == c else plot.LIMIT, yref="paper", yanchor="bottom",
                  xanchor="right" if g == "D" else "left", xshift=0, font={"size": 11, "color": MUTED})
        for g, c in view.cuts.items()
    ]  # fmt: skip
    layout["xaxis"] = plot.axis(showgrid=False)
    layout["yaxis"] = plot.axis(nticks=5, separatethousands=True)
    return {"data": traces, "layout": layout}


def _cut(at: float, colour: str, dash: str) -> dict[str, Any]:
    return {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": colour, "width": 1.2, "dash": dash},
    }  # fmt: skip
