"""The card with the published builds: which is in force, and the drawer that goes back to the one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from html import escape
from typing import Protocol

import streamlit as st

from pages.parts import cards, text
from pages.parts.desk import Desk
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.errors import Busy, NotPermitted, Refused
from pipeline.stores.operations.rollbacks import Offer, roll_back_build, rollback_offer

TITLE = Text("已发布批次", "Published builds")
HOW = Text("新的在前", "newest first")
CURRENT = Text("现行", "in force")
GONE = Text("文件已清理", "file cleared away")
AS_OF = Text("数据时点 {day}", "as of {day}")
ISSUED = Text("{at} 发布", "issued {at}")
NONE = Text("还没有发布任何批次。", "Nothing has been published yet.")
WITHDRAWN = Text("已回退", "withdrawn")
BACK = Text("回退批次", "Roll back")
NO_WAY_BACK = Text("没有可以回退到的批次。", "There is no build to go back to.")
FROM_TO = (Text("现行批次", "In force"), Text("回退到", "Back to"))
CONSEQUENCE = Text(
    "所有页面随即改按批次 {after} 显示；已发出的等级、已办的预警和抽查都不撤销。下次构建会再发布新批次。",
    "Every page shows build {after} from now on; grades that were issued, warnings and draws stay. The next build"
    " publishes a new one.",
)
AGAINST = Text("已有人按现行批次办理，这些不会撤销：", "People acted on the build in force; none of it is undone:")
FORCE = Text("我已核对，仍要回退", "I have looked at it and roll back all the same")
WHY = Text("回退原因（必填，写入日志）", "Why (needed, goes into the log)")
CONFIRM = Text("确认回退", "Roll back now")
SHORT = 8
_SAID = "rollback_said"


class Build(Protocol):
    """A published build."""

    @property
    def build_id(self) -> str:
        """Its id."""

    @property
    def as_of(self) -> date | None:
        """The first day not known to it."""

    @property
    def issued_at(self) -> datetime | None:
        """When its grades were issued."""

    @property
    def is_current(self) -> bool:
        """Whether it is in force."""

    @property
    def is_kept(self) -> bool:
        """Whether its file is still there."""

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was rolled back from."""


def show(builds: Sequence[Build]) -> None:
    """The list, and the button for the way back."""
    if said := st.session_state.pop(_SAID, None):
        st.toast(said)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="published_head"
    ):
        st.html(f'<div class="tt"><b>{escape(say(TITLE))}</b><span>{escape(say(HOW))}</span></div>', width="content")
        if len(builds) > 1:
            st.button(say(BACK), icon=":material/undo:", key="roll_back", on_click=_ask)
    lines = "".join(_line(b) for b in builds)
    st.html(f'<ul class="record">{lines}</ul>' if lines else f'<div class="say">{escape(say(NONE))}</div>')


def open_rollback(here: Desk) -> None:
    """The drawer: from which build to which, what speaks against it, why; it says what it does before it is done."""

    def drawer() -> None:
        offer = rollback_offer(here.operations, here.actor)
        if offer is None:
            cards.finding(say(NO_WAY_BACK))
            return
        days = (offer.before_as_of, offer.after_as_of)
        for label, build_id, as_of in zip(FROM_TO, (offer.before, offer.after), days, strict=True):
            day = say(AS_OF).format(day=text.day(as_of - timedelta(days=1)))
            st.html(f'<div class="wd"><p>{escape(say(label))}</p><h2>{escape(build_id)}</h2><p>{escape(day)}</p></div>')
        force = True
        if offer.against:
            cards.alert(say(AGAINST) + text.semicolon().join(say(t) for t in offer.against))
            force = st.checkbox(say(FORCE), key="rollback_force")
        why = st.text_input(say(WHY), max_chars=200, key="rollback_why")
        cards.warn(say(CONSEQUENCE).format(after=offer.after[:SHORT]))
        if st.button(say(CONFIRM), type="primary", key="rollback_now", width="stretch"):
            _carry_out(here, offer, why, force=force and bool(offer.against))

    st.dialog(say(BACK), position="right", width="medium", on_dismiss=_leave)(drawer)()


def _carry_out(here: Desk, offer: Offer, why: str, *, force: bool) -> None:
    try:
        done = roll_back_build(here.operations, here.actor, why=why, force=force, to=offer.after)
    except Refused as refusal:
        cards.alert(say(Text(refusal.zh, refusal.en)))
    except (Busy, NotPermitted) as refusal:
        cards.alert(str(refusal))
    else:
        st.session_state[_SAID] = f"{say(BACK)} {done.before[:SHORT]} → {done.after[:SHORT]}"
        _leave()
        st.rerun()


def _ask() -> None:
    st.query_params["rollback"] = "1"


def _leave() -> None:
    st.query_params.pop("rollback", None)


def _line(build: Build) -> str:
    marks = []
    if build.as_of:
        marks.append(say(AS_OF).format(day=text.day(build.as_of - timedelta(days=1))))
    if build.issued_at:
        marks.append(say(ISSUED).format(at=f"{build.issued_at:%m-%d %H:%M}"))
    if build.is_withdrawn:
        marks.append(say(WITHDRAWN))
    if not build.is_kept:
        marks.append(say(GONE))
    tag = f' <em class="tag">{escape(say(CURRENT))}</em>' if build.is_current else ""
    return f"<li><b>{escape(build.build_id[:SHORT])}</b>{tag}<span>{escape(' · '.join(marks))}</span></li>"
