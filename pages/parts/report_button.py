"""The button that has a report made: gathered on a thread, drawn and written by a process of its own, offered when ready.

It is noted in the log before anything is read; the document is deleted once it is fetched.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, Protocol

import streamlit as st

from pages.parts import exports, report_request, text
from pages.parts.desk import Desk
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.settings import REPOSITORY
from pipeline.stores.operations import audit

LOG = logging.getLogger("credit_risk.reports")
MAKING = Text("正在编制…", "Writing the report …")
FETCH = Text("下载报告", "Download the report")
_TURN = threading.BoundedSemaphore(1)
"""One report at a time in one server; more wait."""

Gather = Callable[[], Any]
"""Gives the report (views/report.py); called on a thread, so it may not ask the page anything."""


class Making:
    """One report under way; what was done so far lies in its folder."""

    def __init__(self, folder: Path, language: str) -> None:
        self.folder = folder
        self.language = language
        self.file_name = ""
        self.fault: str | None = None
        self.is_over = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the document can be fetched."""
        return not self.is_over and (self.folder / report_request.DOCUMENT).is_file()

    def fetch(self) -> bytes:
        """The document; its folder is deleted with it."""
        content = (self.folder / report_request.DOCUMENT).read_bytes()
        self.end()
        return content

    def end(self) -> None:
        """Give it up, or be done with it: nothing of it stays."""
        self.is_over = True
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, gather: Gather) -> None:
        """Gather the report and have it written; on a thread of its own."""
        try:
            with _TURN:
                report = gather()
                if self.is_over:
                    return
                self.file_name = report.file_name.of(self.language) + ".docx"
                report_request.ask(self.folder, report, self.language)
                self._write()
        except Exception:
            if not self.is_over:
                self.fault = f"{exports.FAILED.of(self.language)} {datetime.now():%Y%m%d-%H%M%S}"
                LOG.exception("report failed: %s", self.fault)

    def _write(self) -> None:
        command = report_request.command(self.folder)
        self._process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, said = self._process.communicate(timeout=report_request.LONGEST_SECONDS)
        if self._process.returncode == report_request.REFUSED:
            self.fault = said.decode(errors="replace").strip()
        elif self._process.returncode:
            raise ChildProcessError(said.decode(errors="replace"))


class Offer(Protocol):
    """A report that can be made now."""

    @property
    def kind(self) -> str:
        """Kind of report."""

    @property
    def label(self) -> Text:
        """What the button says."""

    @property
    def title(self) -> Text:
        """What the log calls it."""

    @property
    def gather(self) -> Gather:
        """Gives the report."""


def buttons(here: Desk, offers: Sequence[Offer]) -> None:
    """A button a report, at the right below the page."""
    with st.container(horizontal=True, horizontal_alignment="right", key="reports"):
        for offer in offers:
            _button(here, offer)


def _button(here: Desk, offer: Offer) -> None:
    """Have a report made, show that it is under way, offer it."""
    slot = f"report_{offer.kind}"
    making: Making | None = st.session_state.get(slot)
    if making is None or making.is_over:
        if st.button(say(offer.label), icon=":material/description:", key=f"{slot}_begin"):
            st.session_state[slot] = begin(here, offer)
            st.rerun()
    elif making.is_ready:
        st.download_button(
            say(FETCH), making.fetch, making.file_name, report_request.MIME, key=f"{slot}_fetch", type="primary",
            icon=":material/download:",
        )  # fmt: skip
    else:
        _watch(making, slot)


def begin(here: Desk, offer: Offer) -> Making:
    """Note the export in the log and start it."""
    language = text.language()
    build = here.read.stamp.build_id
    audit.note(here.operations, here.actor, "export", offer.title.zh, kind=offer.kind, build=build, language=language)
    folder = report_request.folder_for(here.settings)
    exports.forget_old(folder.parent)
    making = Making(folder, language)
    threading.Thread(target=making.run, args=(offer.gather,), daemon=True, name="report").start()
    return making


@st.fragment(run_every=1.0)
def _watch(making: Making, slot: str) -> None:
    if making.is_ready or making.is_over:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", width="content", key=f"{slot}_watch"):
        if making.fault:
            st.html(f'<span class="bad">{escape(making.fault)}</span>')
        else:
            st.html(f'<span class="muted" role="status">{escape(say(MAKING))}</span>')
        if st.button(say(exports.DISCARD), type="tertiary", key=f"{slot}_end"):
            making.end()
            st.rerun()
