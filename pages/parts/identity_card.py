"""The head of a firm's archive: grade, who it is, where it stands on the scale, and what is noted at its side."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from pages.parts.firm_shapes import Band, Clause, Identity
from pages.parts.text import MISSING, language, say, share
from pipeline.domain import Text

STYLE = Path(__file__).with_name("archive.css").read_text(encoding="utf-8")
"""What only this page needs; on the others it would be ballast."""
POINTS = Text("{} 分", "{} points")
UNGRADED = Text("未分级", "No grade")
SINCE = Text("较上期", "Since last run:")
UNCHANGED = Text("等级未变", "same grade")
TO_NEXT = Text("距 {grade} 级还差 <b>{points} 分</b>", "<b>{points} points</b> short of {grade}")
BY_SCORE = Text("评分对应", "By score")
NATIONAL = Text("国家平台等级", "National grade")
AGREES = Text("一致", "agrees")
DIFFERS = Text("不一致", "differs")
DECIDED = Text("定级规则", "Decided by")
DATA = Text("有数据的指标", "Indicators with data")
LONG = 16
"""Characters from which a value may break over two lines."""


def head(firm: Identity, aside: Sequence[tuple[Text, Text, bool]]) -> None:
    """Draw the card's content. `aside`: label, value and whether it is bad, at the right."""
    noted = "".join(
        f"<span>{escape(say(label))} <b{' class=bad' if is_bad else ''}>{escape(say(value))}</b></span>"
        for label, value, is_bad in aside
    )
    side = f'<div class="mk">{noted}</div>' if noted else ""
    st.html(f'<style>{STYLE}</style><div class="id">{_chip(firm)}{_name(firm)}{_standing(firm)}{side}</div>')


def _chip(firm: Identity) -> str:
    if firm.grade is None:
        return f'<div class="big none"><b>{MISSING}</b><span>{escape(say(UNGRADED))}</span></div>'
    score = say(POINTS).format(f"{firm.score:.0f}") if firm.score is not None else ""
    return f'<div class="big g{escape(firm.grade)}"><b>{escape(firm.grade)}</b><span>{escape(score)}</span></div>'


def _name(firm: Identity) -> str:
    state = f'<em class="{"" if firm.is_active else "off"}">{escape(say(firm.status))}</em>'
    flags = "".join(f'<em class="kf">{escape(say(f))}</em>' for f in firm.flags)
    facts = "".join(_fact(say(label), say(value)) for label, value in firm.facts)
    return f'<div class="nm"><h2>{escape(firm.name)}{state}{flags}</h2><p>{facts}</p></div>'


def _fact(label: str, value: str) -> str:
    """A fact stays together on its line unless it is long."""
    kind = ' class="long"' if len(value) > LONG else ""
    return f"<span{kind}><i>{escape(label)}</i> <b>{escape(value)}</b></span>"


def _standing(firm: Identity) -> str:
    if firm.why_none is not None:
        return f'<div class="sc"><p class="why">{escape(say(firm.why_none))}</p></div>'
    bar = _bar(firm.scale, firm.score) if firm.scale else ""
    return f'<div class="sc">{bar}<p>{_moved(firm)}</p><p>{_compared(firm)}</p></div>'


def _bar(scale: Sequence[Band], score: float | None) -> str:
    low, high = scale[0].low, scale[-1].high
    place = {b.grade: 100 * (b.low - low) / (high - low) for b in scale}
    parts = "".join(
        f'<i class="g{escape(b.grade)}" style="width:{100 * (b.high - b.low) / (high - low):.2f}%">{escape(b.grade)}</i>'
        for b in scale
    )
    mark = "" if score is None else f'<u style="left:{100 * (score - low) / (high - low):.2f}%"></u>'
    limits = "".join(f'<span style="left:{place[b.grade]:.2f}%">{b.low:.0f}</span>' for b in _apart(scale[1:], place))
    return f'<div class="bar">{parts}{mark}</div><div class="lb">{limits}</div>'


def _apart(bands: Sequence[Band], place: dict[str, float]) -> list[Band]:
    """The limits that can be written without touching: of two too close the better grade's is kept off."""
    kept: list[Band] = []
    for band in bands:
        if not kept or place[band.grade] - place[kept[-1].grade] > 6.5:
            kept.append(band)
    return kept


def _moved(firm: Identity) -> str:
    parts = []
    if firm.previous_grade and firm.grade:
        worse = firm.grade > firm.previous_grade
        change = f"{escape(firm.previous_grade)} → {escape(firm.grade)}"
        said = (
            say(UNCHANGED) if firm.grade == firm.previous_grade else f"<b{' class=bad' if worse else ''}>{change}</b>"
        )
        parts.append(f"{escape(say(SINCE))} {said}")
    if firm.next_better is not None:
        grade, points = firm.next_better
        parts.append(say(TO_NEXT).format(grade=escape(grade), points=f"{points:.0f}"))
    if firm.data_share is not None:
        parts.append(f"{escape(say(DATA))} <b>{share(firm.data_share)}</b>")
    return "".join(f"<span>{p}</span>" for p in parts)


def _compared(firm: Identity) -> str:
    parts = []
    if firm.national_grade:
        agrees = firm.national_grade == firm.grade
        chip = f'<b class="g g{escape(firm.national_grade)}">{escape(firm.national_grade)}</b>'
        parts.append(f"{escape(say(NATIONAL))} {chip} {escape(say(AGREES if agrees else DIFFERS))}")
    decided = [c for c in firm.clauses if c.decided]
    if decided and firm.model_grade:
        parts.append(f'{escape(say(BY_SCORE))} <b class="g g{escape(firm.model_grade)}">{escape(firm.model_grade)}</b>')
    parts += [_rule(c) for c in decided]
    return "".join(f"<span>{p}</span>" for p in parts)


def _rule(clause: Clause) -> str:
    colon = "，" if language() == "zh" else ", "
    said = f"{escape(say(clause.title))}{colon}{escape(say(clause.effect))}"
    return f"{escape(say(DECIDED))} <b>{escape(clause.id)}</b> {said}"
