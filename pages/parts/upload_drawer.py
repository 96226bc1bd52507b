"""The right drawer of an upload: choose a file, see what would become of it, and only then deliver it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Protocol

import streamlit as st

from pages.parts import cards, inert
from pages.parts.collection_cards import SAID
from pages.parts.desk import Desk
from pages.parts.text import comma, say
from pipeline.domain import Text
from pipeline.errors import NotPermitted, Refused
from pipeline.stores.operations.uploads import (
    ENDINGS,
    LARGEST_MEGABYTES,
    Upload,
    discard,
    receive,
    stage,
    trial_of,
)

TITLE = Text("上传文件", "Upload a file")
SUPPLIER, CHOOSE = Text("来源单位", "Whose delivery"), Text("请选择", "Choose")
FILE = Text("文件", "File")
KINDS = Text(
    "{kinds}，不超过 {most} MB；先试读，确认后才送达",
    "{kinds}, at most {most} MB; tried first, delivered only when you confirm",
)
TRY = Text("试读", "Try it")
TRYING = Text("正在试读：识别、逐行核验…", "Reading it and checking every row …")
CONFIRM = Text("确认送达", "Deliver it")
AGAIN = Text("换一个文件", "Another file")
DELIVERED = Text("已送达，下次构建时归集", "Delivered: the next build takes it")
READ_AS, ROWS = Text("识别为", "Read as"), Text("行数", "Rows")
GOOD, OUT, BAD = Text("合格", "Good"), Text("排除", "Excluded"), Text("隔离", "Quarantined")
UNKNOWN, IGNORED = Text("未用列", "Unused columns"), Text("没有记录的表", "Without records")
CONSEQUENCE = Text(
    "送达后文件永久留存；隔离的行可退回来源单位更正后再送。",
    "A delivered file is kept for ever; refused rows can go back to their supplier and come again.",
)
_SLOT = "upload_now"
_PAUSE = 0.4


class Table(Protocol):
    """One table of the file."""

    @property
    def name(self) -> str:
        """Sheet, or file inside a zip."""

    @property
    def feed(self) -> Text:
        """What it was read as."""

    @property
    def delivered(self) -> int:
        """All rows."""

    @property
    def accepted(self) -> int:
        """Good rows."""

    @property
    def excluded(self) -> int:
        """Rows kept out on purpose."""

    @property
    def quarantined(self) -> int:
        """Refused rows."""

    @property
    def unknown(self) -> str:
        """Columns that lead nowhere."""

    @property
    def ignored(self) -> str:
        """Sheets without records."""

    @property
    def reason(self) -> Text | None:
        """Why it would be set aside."""

    @property
    def faults(self) -> Sequence[tuple[Text, Text, int]]:
        """Reason, outcome, rows."""


class Report(Protocol):
    """What the trial found."""

    @property
    def is_fit(self) -> bool:
        """Whether it may be delivered."""

    @property
    def verdict(self) -> Text:
        """The same in words."""

    @property
    def why(self) -> Text | None:
        """Why not."""

    @property
    def tables(self) -> Sequence[Table]:
        """The tables of the file."""


def open_upload(here: Desk, report_of: Callable[[dict[str, Any]], Report]) -> None:
    """Open the drawer. `report_of`: the report of a trial in words."""

    def drawer() -> None:
        now: tuple[Upload, dict[str, Any]] | None = st.session_state.get(_SLOT)
        try:
            if now is None:
                _choose(here)
            else:
                _confirm(here, *now, report_of)
        except Refused as refusal:
            cards.alert(say(Text(refusal.zh, refusal.en)))
        except NotPermitted as refusal:
            cards.alert(str(refusal))

    st.dialog(say(TITLE), position="right", width="medium", on_dismiss=_forget)(drawer)()


def _choose(here: Desk) -> None:
    suppliers = here.settings.city.suppliers
    supplier = st.selectbox(
        say(SUPPLIER),
        list(suppliers),
        index=None,
        format_func=lambda s: f"{say(suppliers[s])}（{s}）",
        placeholder=say(CHOOSE),
        key="upload_supplier",
    )
    file = st.file_uploader(
        f"{say(FILE)}　{say(KINDS).format(kinds=comma().join(ENDINGS), most=LARGEST_MEGABYTES)}",
        list(ENDINGS),
        max_upload_size=LARGEST_MEGABYTES,
        key="upload_file",
    )
    if not st.button(
        say(TRY), type="primary", key="upload_try", disabled=file is None or supplier is None, width="stretch"
    ):
        return
    if file is None or supplier is None:
        return
    upload = stage(here.operations, here.actor, supplier, file.name, file.getvalue())
    bar = st.progress(0.0, say(TRYING))
    while not (trial := trial_of(here.operations, here.actor, upload)).is_over:
        bar.progress(min(trial.share, 1.0), say(TRYING))
        time.sleep(_PAUSE)
    st.session_state[_SLOT] = (upload, trial.report)
    st.rerun(scope="fragment")


def _confirm(here: Desk, upload: Upload, report: dict[str, Any], report_of: Callable[[dict[str, Any]], Report]) -> None:
    view = report_of(report)
    supplier = say(here.settings.city.suppliers[upload.supplier])
    st.html(
        f'<div class="wd"><p>{escape(supplier)}　{upload.size / 1024:,.0f} kB</p><h2>{escape(upload.name)}</h2></div>'
    )
    cards.verdict(say(view.verdict), "ok" if view.is_fit else "bad")
    if view.why:
        st.html(f'<div class="say">{escape(say(view.why))}</div>')
    for table in view.tables:
        _table(table)
    if view.is_fit:
        cards.warn(say(CONSEQUENCE))
    with st.container(horizontal=True, key="acts"):
        if view.is_fit and st.button(say(CONFIRM), type="primary", key="upload_confirm", width="stretch"):
            receive(here.operations, here.actor, upload)
            st.session_state.pop(_SLOT, None)
            st.session_state[SAID] = f"{inert.marked(upload.name)} · {say(DELIVERED)}"
            st.rerun()
        if st.button(say(AGAIN), key="upload_again", width="stretch"):
            _forget()
            st.rerun(scope="fragment")


def _table(table: Table) -> None:
    cards.equation(
        [(ROWS, table.delivered), (GOOD, table.accepted), (OUT, table.excluded), (BAD, table.quarantined)],
        Text(f"{READ_AS.zh} {table.feed.zh}", f"{READ_AS.en} {table.feed.en}"),
        balanced=table.reason is None,
    )
    if table.reason:
        cards.alert(say(table.reason))
    notes = [(say(UNKNOWN), table.unknown), (say(IGNORED), table.ignored)]
    if told := [(term, value) for term, value in notes if value]:
        cards.definitions(told)
    cards.bars([(cards.bracketed(words, outcome), records) for words, outcome, records in table.faults])


def _forget() -> None:
    if now := st.session_state.pop(_SLOT, None):
        discard(now[0])
