"""The right drawer of a warning: what it is about, where it stands, and the steps that may be taken now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import Any

import streamlit as st

from pages.parts import cards, nav
from pages.parts.case_shapes import Shown
from pages.parts.frame import NOT_YOURS
from pages.parts.text import MISSING, say
from pipeline.domain import Text
from pipeline.errors import NotPermitted, Outdated, Refused
from pipeline.stores.operations.case_rules import FINAL, Case, Step

TITLE = Text("预警处置", "Warning")
GRADE = Text("信用等级", "Grade")
NEXT = Text("下一步", "Next step")
NOTE, NEEDED = Text("说明", "Note"), Text("必填，写入处置记录", "Needed; it goes into the record")
NO_NOTE = Text("请填写说明。", "A note is needed.")
EVIDENCE = Text("证据材料名称", "Name of the evidence")
OPTIONAL = Text("选填", "optional")
EVIDENCE_NEEDED = Text("必填：判为误报须有证据", "Needed: a false alarm needs evidence")
UNTIL = Text("延期至", "Extended until")
UNIT, PERSON = Text("承办单位", "Unit"), Text("承办人", "Person")
WHOLE_UNIT = Text("不指定人员", "Nobody in particular")
SUBMIT = Text("确认提交", "Submit")
ARCHIVE = Text("打开信用档案", "Open the archive")
DONE = Text("已记录", "Recorded")
HISTORY = Text("办理记录", "Record")
NO_STEPS = Text("当前环节没有由您办理的步骤。", "There is no step for you to take now.")
ASSIGN_MANY = Text("批量指派", "Assign")
MANY = Text("指派 {n} 件预警", "Assign {n} warnings")
TO = Text("指派给", "Give to")
OWN_UNITS = Text("各自的管辖单位", "Each to the unit of its firm")
CLOSED = Text("此预警已办结，不能再改。", "This warning is settled and can't be changed.")
CHANGED = Text(
    "上面已是最新情况，您填写的内容都还在；核对后可再次提交。",
    "What you see above is the newest, and all you wrote is still here: look, then submit again.",
)
ENDED = Text("触发情形在本批次已不存在", "The condition no longer holds in this build")
ESCALATED = Text("已上报：", "Escalated: ")
FINAL_WORDS = {
    Step.CLOSE: Text("销号后此预警办结，不能再改。", "Once closed, a warning can't be changed."),
    Step.FALSE_ALARM: Text("判为误报后此预警办结，不能再改。", "A false alarm is settled and can't be changed."),
    Step.TRANSFER: Text("移送后此预警办结，由接收单位另行处理。", "Once transferred, the warning is settled here."),
}
"""What cannot be undone says so."""
SAID = "case_said"


Take = Callable[..., object]
"""Takes a step: step, version, note, attachment, until."""
Give = Callable[..., object]
"""Gives cases to somebody: chosen, unit, to, note, own_unit."""


def open_case(
    view_of: Callable[[], Shown], take: Take, give: Give, units: dict[str, Text], on_close: Callable[[], None]
) -> None:
    """Open the drawer. `view_of` reads the case anew at every step; `on_close`: when it is left."""

    def drawer() -> None:
        try:
            view = view_of()
        except NotPermitted:
            cards.alert(say(NOT_YOURS))
            return
        _head(view, say(view.level_words))
        _steps(view, take, give, units, on_close)
        _record(view)

    st.dialog(say(TITLE), position="right", width="medium", on_dismiss=on_close)(drawer)()


def tell() -> None:
    """The word that a step has been recorded, once."""
    if said := st.session_state.pop(SAID, None):
        st.toast(said)


def act(do: Callable[[], object], said: str, on_close: Callable[[], None]) -> bool:
    """Do it and close the drawer; a refusal stays in it, nothing that was written is lost. False if refused."""
    try:
        do()
    except Outdated as refusal:
        cards.alert(f"{say(Text(refusal.zh, refusal.en))}. {say(CHANGED)}")
        return False
    except Refused as refusal:
        cards.alert(say(Text(refusal.zh, refusal.en)))
        return False
    except NotPermitted as refusal:
        cards.alert(str(refusal))
        return False
    st.session_state[SAID] = said
    on_close()
    st.rerun()
    return True


def _head(view: Shown, level: str) -> None:
    course = "".join(f'<i class="{kind}">{escape(say(title))}</i>' for title, kind in view.course)
    chip = f'<b class="g g{escape(view.grade)}">{escape(view.grade)}</b>' if view.grade else MISSING
    entries = [(escape(say(GRADE)), chip), *((escape(say(k)), escape(say(v))) for k, v in view.facts)]
    entries += [("", "")] * (len(entries) % 2)
    pairs = zip(entries[::2], entries[1::2], strict=True)
    body = "".join("<tr>" + "".join(f"<td>{k}</td><td>{v}</td>" for k, v in pair) + "</tr>" for pair in pairs)
    signs = [f'<em class="up">↑ {escape(say(ESCALATED))}{escape(say(view.escalation))}</em>'] if view.escalation else []
    signs += [f"<em>○ {escape(say(ENDED))}</em>"] if view.has_ended else []
    st.html(
        f'<div class="wd"><p><b class="lv lv{int(view.case.level)}">{escape(level)}</b> {escape(say(view.title))}'
        f"　{escape(say(view.unit))}　{escape(view.case.case_id)}</p><h2>{escape(say(view.subject))}</h2>"
        f"<p>{escape(say(view.said))}</p>{''.join(signs)}</div>"
        f'<div class="steps" role="status">{course}</div><table class="kv"><tbody>{body}</tbody></table>'
    )


def _steps(view: Shown, take: Take, give: Give, units: dict[str, Text], on_close: Callable[[], None]) -> None:
    case = view.case
    seen = f"seen_{case.case_id}"
    st.session_state.setdefault(seen, case.version)
    if not view.allowed:
        st.caption(say(CLOSED if case.state in FINAL else NO_STEPS))
        _archive(case)
        return
    by_step = {t.step: t for t in view.allowed}
    step = st.selectbox(say(NEXT), list(by_step), format_func=lambda s: say(s.title), key=f"step_{case.case_id}")
    needs = by_step[step].needs if step in by_step else ()
    to, unit = _whom(view, units) if step is Step.ASSIGN else (None, None)
    until = _until(case) if "until" in needs else None
    note = st.text_area(say(NOTE), placeholder=say(NEEDED), max_chars=1000, height=96, key=f"note_{case.case_id}")
    hint = EVIDENCE_NEEDED if "attachment" in needs else OPTIONAL
    attachment = st.text_input(say(EVIDENCE), placeholder=say(hint), max_chars=160, key=f"evidence_{case.case_id}")
    if step in FINAL_WORDS:
        cards.warn(say(FINAL_WORDS[step]))
    with st.container(horizontal=True, key="acts"):
        asked = st.button(say(SUBMIT), type="primary", key="submit", width="stretch")
        _archive(case)
    if not asked:
        return
    if not note.strip():
        cards.alert(say(NO_NOTE))
        return
    version = st.session_state[seen]

    def do() -> None:
        if step is Step.ASSIGN:
            give({case.case_id: version}, unit=unit, to=to, note=note, own_unit=unit is None and to is None)
        else:
            take(step, version=version, note=note, attachment=attachment, until=until)

    if not act(do, f"{case.case_id} {say(step.title)} · {say(DONE)}", lambda: _leave(case.case_id, on_close)):
        st.session_state[seen] = case.version


def _leave(case_id: str, on_close: Callable[[], None]) -> None:
    st.session_state.pop(f"seen_{case_id}", None)
    on_close()


def _whom(view: Shown, units: dict[str, Text]) -> tuple[str | None, str | None]:
    """The person and, for a case of no firm's unit, the unit it is given to."""
    unit = None
    if view.case.unit is None:
        unit = st.selectbox(
            say(UNIT), list(units), format_func=lambda u: say(units[u]), key=f"unit_{view.case.case_id}"
        )
    names = dict(view.people)
    to = st.selectbox(
        say(PERSON),
        ["", *names],
        format_func=lambda u: f"{names[u]} {u}" if u else say(WHOLE_UNIT),
        key=f"to_{view.case.case_id}",
    )
    return to or None, unit


def _until(case: Case) -> date | None:
    chosen: Any = st.date_input(say(UNTIL), value=None, min_value=case.dispose_due, key=f"until_{case.case_id}")
    return chosen if isinstance(chosen, date) else None


def _archive(case: Case) -> None:
    if case.uscc and nav.offers("enterprise") and st.button(say(ARCHIVE), key="to_archive", width="stretch"):
        nav.go("enterprise", uscc=case.uscc)


def _record(view: Shown) -> None:
    lines = "".join(
        f"<li><b>{escape(say(s.title))}</b><span>{escape(s.at)} {escape(s.user)}</span>"
        f"{f'<p>{escape(s.note)}</p>' if s.note else ''}{f'<p>{escape(say(EVIDENCE))}: {escape(s.attachment)}</p>' if s.attachment else ''}</li>"
        for s in reversed(view.history)
    )
    if lines:
        cards.heading(say(HISTORY), "")
        st.html(f'<ul class="record">{lines}</ul>')


def open_many(
    chosen: dict[str, int],
    lines: Sequence[Sequence[Text]],
    people: list[tuple[str, str]],
    give: Give,
    on_close: Callable[[], None],
) -> None:
    """Open the drawer that gives several cases at once: each to the unit of its firm, or all to one person."""

    def drawer() -> None:
        items = "".join(f"<li>{'　'.join(escape(say(word)) for word in line)}</li>" for line in lines)
        st.html(
            f'<div class="wd"><h2>{escape(say(MANY).format(n=len(chosen)))}</h2></div><ol class="chosen">{items}</ol>'
        )
        names = dict(people)
        options = ["", *names]
        to = st.selectbox(
            say(TO), options, format_func=lambda u: f"{names[u]} {u}" if u else say(OWN_UNITS), key="many_to"
        )
        note = st.text_area(say(NOTE), placeholder=say(NEEDED), max_chars=1000, height=96, key="many_note")
        if not st.button(say(SUBMIT), type="primary", key="many_submit", width="stretch"):
            return
        if not note.strip():
            cards.alert(say(NO_NOTE))
            return
        act(
            lambda: give(chosen, to=to or None, note=note, own_unit=not to),
            f"{say(MANY).format(n=len(chosen))} · {say(DONE)}",
            on_close,
        )

    st.dialog(say(ASSIGN_MANY), position="right", width="medium", on_dismiss=on_close)(drawer)()
