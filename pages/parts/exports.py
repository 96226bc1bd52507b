"""An export of a list: made by a process of its own, with its progress shown, offered when ready, deleted after.

The page's thread only starts it. Each export is noted in the log before a row is read.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import streamlit as st

from pages.parts import text
from pages.parts.desk import Desk
from pages.parts.shapes import Coded
from pages.parts.text import say
from pages.parts.workbook import Field, Heading
from pages.parts.workbook_run import PROGRESS, ROWS, WORKBOOK, ask
from pipeline.domain import Text
from pipeline.settings import REPOSITORY
from pipeline.stores.operations import audit

LOG = logging.getLogger("credit_risk.exports")
AT_ONCE = 2
"""Exports that run at the same time in one server; more wait."""
KEPT_SECONDS = 3600
"""How long a finished workbook waits to be fetched."""
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILTER = Text("筛选条件", "Filter")
NUMBER = Text("户数", "Rows")
WAITING = Text("正在准备数据…", "Reading the rows …")
WRITING = Text("正在写入", "Writing")
FAILED = Text(
    "导出未完成，请重试；如仍失败，请告知运维人员编号", "The export failed: try again, or tell the operator this number"
)
FETCH = Text("下载工作簿", "Download the workbook")
DISCARD = Text("取消", "Cancel")
_TURN = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Order:
    """What is exported: heading, columns, how many rows, and what gives them as Arrow batches.

    `subject`, `detail`: what the log says of it. `file_name`: without its ending.
    """

    heading: Heading
    fields: tuple[Field, ...]
    total: int
    batches: Callable[[], Any]
    subject: str
    detail: dict[str, Any]
    file_name: str


class Export:
    """One export under way; what it has done lies in its folder."""

    def __init__(self, folder: Path, order: Order) -> None:
        self.folder = folder
        self.order = order
        self.fault: str | None = None
        self.is_over = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def rows(self) -> int | None:
        """Rows written, None before the first."""
        try:
            return int((self.folder / PROGRESS).read_text())
        except (OSError, ValueError):
            return None

    @property
    def is_ready(self) -> bool:
        """Whether the workbook can be fetched."""
        return not self.is_over and (self.folder / WORKBOOK).is_file()

    def fetch(self) -> bytes:
        """The workbook; its folder is deleted with it."""
        content = (self.folder / WORKBOOK).read_bytes()
        self.end()
        return content

    def end(self) -> None:
        """Give it up, or be done with it: nothing of it stays."""
        self.is_over = True
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self) -> None:
        """Read the rows and have them written; on a thread of its own."""
        try:
            with _TURN:
                self._read()
                self._write()
        except Exception:
            if not self.is_over:
                self.fault = f"{datetime.now():%Y%m%d-%H%M%S}"
                LOG.exception("export %s failed", self.fault)

    def _read(self) -> None:
        reader = self.order.batches()
        part = self.folder / (ROWS + ".part")
        with pa.OSFile(str(part), "wb") as sink, pa.ipc.new_stream(sink, reader.schema) as writer:
            for batch in reader:
                if self.is_over:
                    return
                writer.write_batch(batch)
        part.rename(self.folder / ROWS)

    def _write(self) -> None:
        if self.is_over:
            return
        command = [sys.executable, "-m", "pages.parts.workbook_run", str(self.folder)]
        self._process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, said = self._process.communicate()
        if self._process.returncode:
            raise ChildProcessError(said.decode(errors="replace"))


def begin(here: Desk, order: Order) -> Export:
    """Note the export in the log and start it."""
    audit.note(here.operations, here.actor, "export", order.subject, rows=order.total, **order.detail)
    home = here.settings.var / "exports"
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    forget_old(home)
    folder = home / secrets.token_hex(16)
    folder.mkdir(mode=0o700)
    ask(folder, order.heading, order.fields)
    export = Export(folder, order)
    threading.Thread(target=export.run, daemon=True, name="export").start()
    return export


def heading(here: Desk, title: str, lines: tuple[tuple[Text, str], ...]) -> Heading:
    """The heading that every workbook has: the page's own lines, then as-of, build, who and when, and the mark."""
    marks = [say(text.INTERNAL)]
    provenance: list[tuple[Text, str]] = []
    if here.build is not None:
        stamp = here.build.stamp
        marks += [say(text.DEMO)] if stamp.is_synthetic else []
        provenance = [(text.AS_OF, text.day(stamp.as_of - timedelta(days=1))), (text.BUILD, stamp.build_id)]
    business, wall = here.operations.clock()
    who = f"{here.actor.name}（{here.actor.user}）"
    when = f"{wall:%Y-%m-%d %H:%M}" + (
        "" if business.date() == wall.date() else f"（{say(BUSINESS_DAY)} {business:%Y-%m-%d}）"
    )
    all_lines = (*lines, *provenance, (MADE_BY, who), (MADE_AT, when))
    return Heading(title, tuple((say(word), value) for word, value in all_lines), " · ".join([*marks, here.actor.name]))


MADE_BY = Text("导出人", "Exported by")
MADE_AT = Text("导出时间", "Exported at")
BUSINESS_DAY = Text("业务日", "business day")


def order(
    here: Desk, key: str, title: str, columns: Sequence[Coded], total: int, asked: Text, batches: Callable[[], Any]
) -> Order:
    """The export of a list: its columns, its filter in words, and what gives its rows."""
    lines = ((FILTER, say(asked)), (NUMBER, f"{total:,}"))
    fields = tuple(field(c) for c in columns)
    detail = {"filter": asked.zh, "columns": [c.key for c in columns]}
    return Order(heading(here, title, lines), fields, total, batches, key, detail, title)


def field(column: Coded) -> Field:
    """A column of a list as a column of a sheet."""
    return Field(
        say(column.label),
        column.kind,
        column.chars,
        {code: say(words) for code, words in column.labels.items()},
        text.comma(),
    )


def button(here: Desk, key: str, label: str, order: Callable[[], Order], *, disabled: bool = False) -> None:
    """Start an export, show how far it is, offer the workbook. `order` is asked for only when it is started."""
    slot = f"export_{key}"
    export: Export | None = st.session_state.get(slot)
    if export is None or export.is_over:
        if st.button(label, icon=":material/download:", key=f"{slot}_begin", disabled=disabled):
            st.session_state[slot] = begin(here, order())
            st.rerun()
    elif export.is_ready:
        _offer(export, slot)
    else:
        _watch(export, slot)


def _offer(export: Export, slot: str) -> None:
    name = f"{export.order.file_name}.xlsx"
    st.download_button(
        say(FETCH), export.fetch, name, MIME, key=f"{slot}_fetch", type="primary", icon=":material/download:"
    )


@st.fragment(run_every=1.0)
def _watch(export: Export, slot: str) -> None:
    if export.is_ready or export.is_over:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key=f"{slot}_watch"):
        if export.fault:
            st.html(f'<span class="bad">{say(FAILED)} {export.fault}</span>')
        else:
            rows, total = export.rows, max(export.order.total, 1)
            words = say(WAITING) if rows is None else f"{say(WRITING)} {rows:,} / {total:,}"
            st.progress(min((rows or 0) / total, 1.0), words, width=220)
        if st.button(say(DISCARD), type="tertiary", key=f"{slot}_end"):
            export.end()
            st.rerun()


def forget_old(home: Path) -> None:
    """Delete what nobody fetched in time."""
    for folder in home.iterdir():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
